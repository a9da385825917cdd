//! A `match` over one of our own error enums names every variant, so that a new one cannot get an old answer by accident.

use crate::source::{Source, block, is_word, sources};
use std::collections::BTreeSet;

/// The names of the enums that implement `std::error::Error`, or are called an error.
fn error_enums(sources: &[Source]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources {
        for (at, found) in source.code.match_indices("enum ") {
            let name: String = source.code[at + found.len()..].chars().take_while(|c| is_word(*c)).collect();
            let attributes = source.code[..at].rsplit(['}', ';']).next().unwrap();
            let implemented = source.code.contains(&format!("Error for {name} "));
            let derived = attributes
                .split("derive(")
                .skip(1)
                .any(|list| list.split(')').next().unwrap().split(',').any(|item| item.trim().ends_with("Error")));
            if derived || implemented || name.ends_with("Error") {
                names.insert(name);
            }
        }
    }
    names
}

/// The patterns of each `match` in the code, without guards, and with the type's name in place of `Self`.
fn matches(code: &str) -> Vec<Vec<String>> {
    let starts = code.match_indices("match ").filter(|(at, _)| !code[..*at].ends_with(is_word));
    let read = |(at, _)| {
        let own = format!("{}::", implementing(&code[..at]));
        let patterns = patterns(body(&code[at..])?).into_iter();
        Some(patterns.map(|pattern| pattern.replace("Self::", &own)).collect())
    };
    starts.filter_map(read).collect()
}

/// The type of the last `impl` block that starts in the code.
fn implementing(code: &str) -> &str {
    let header = code.rsplit_once("\nimpl").map_or("", |(_, rest)| rest.split('{').next().unwrap().trim());
    header.rsplit([' ', ':']).next().unwrap().split('<').next().unwrap()
}

/// Whether a pattern names a variant of one of these enums, and not of a package's type with the same name.
fn is_variant(pattern: &str, enums: &BTreeSet<String>, source: &Source, modules: &BTreeSet<&str>) -> bool {
    let own = |name: &String| {
        let (found, variant) = (pattern.match_indices(name.as_str()), format!("{name}::"));
        found.into_iter().filter(|(at, _)| pattern[*at..].starts_with(&variant)).any(|(at, _)| {
            match pattern[..at].strip_suffix("::") {
                Some(path) => modules.contains(path.rsplit(|c| !is_word(c)).next().unwrap()),
                None => !pattern[..at].ends_with(is_word) && !is_foreign(name, &source.code),
            }
        })
    };
    enums.iter().any(own)
}

/// Whether the file imports this name from a package.
fn is_foreign(name: &str, code: &str) -> bool {
    let imports = code.split("\nuse ").skip(1).map(|rest| rest.split(';').next().unwrap());
    let foreign = imports.filter(|path| !["crate::", "super::", "self::"].iter().any(|own| path.starts_with(own)));
    foreign.into_iter().any(|path| path.split(|c| !is_word(c)).any(|word| word == name))
}

/// What stands between the braces of a `match`. A brace in the value that is matched stands in parentheses.
fn body(code: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(&code[at + 1..at + block(&code[at..]) - 1]),
            _ => {}
        }
    }
    None
}

fn patterns(mut arms: &str) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((pattern, rest)) = arms.split_once("=>") {
        found.push(pattern.split(" if ").next().unwrap().trim().to_owned());
        let rest = rest.trim_start();
        arms = if rest.starts_with('{') { rest[block(rest)..].trim_start_matches(',') } else { after_comma(rest) };
    }
    found
}

/// What follows the first comma outside all brackets.
fn after_comma(code: &str) -> &str {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => return &code[at + 1..],
            _ => {}
        }
    }
    ""
}

#[test]
fn no_wildcard_matches_our_own_errors() {
    let sources = sources("src");
    let enums = error_enums(&sources);
    assert!(enums.contains("Error") && enums.contains("BodyError"), "{enums:?}");
    let stems = sources.iter().flat_map(|source| source.path.split('/')).map(|part| part.trim_end_matches(".rs"));
    let modules: BTreeSet<_> = stems.chain(["crate", "super", "self"]).collect();
    let mut wrong = Vec::new();
    for source in &sources {
        for patterns in matches(&source.without_tests()) {
            let ours = patterns.iter().any(|pattern| is_variant(pattern, &enums, source, &modules));
            if ours && patterns.iter().any(|pattern| pattern == "_" || pattern == "Err(_)") {
                wrong.push(format!("{}: {}", source.path, patterns.join(" | ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn patterns_are_read_as_rustfmt_writes_them() {
    let code = "
impl fmt::Display for Error {
    fn fmt() {
        match a(|x| { x }) {
            Self::A { b, .. } if b > 1 => c(d, e),
            Self::F(g) => match g {
                H::I => {}
                _ => j,
            },
            _ => k,
        }
    }
}";
    assert_eq!(matches(code), [vec!["Error::A { b, .. }", "Error::F(g)", "_"], vec!["H::I", "_"]]);
}
