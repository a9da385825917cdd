//! Reads Rust files as text: without comments, without the contents of literals and, on request, without tests.

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file of this repository.
pub struct Source {
    /// Relative to the folder that was read: `accounts/keys.rs`.
    pub path: String,
    /// The whole file as it is.
    pub text: String,
    /// The file without comments, and with nothing in its string and character literals.
    pub code: String,
}

impl Source {
    /// The top-level module that the file belongs to: `accounts` for `accounts/keys.rs`, `app` for `app.rs`.
    pub fn module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The code that is compiled into the program. Empty for a file that holds only tests.
    pub fn without_tests(&self) -> String {
        match self.path.split('/').any(|part| part == "tests" || part == "tests.rs") {
            true => String::new(),
            false => without_test_items(&self.code),
        }
    }
}

/// All Rust files below a folder of this repository.
pub fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        Source { path, code: code(&text), text }
    };
    rust_files(&root).into_iter().map(read).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// Removes comments and empties literals. Keeps every line break, so that lines can be counted.
pub fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kept, length) = match first {
            '/' if rest.starts_with("//") => ("", rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => ("", block_comment(rest)),
            '"' => ("\"\"", 1 + quoted(&rest[1..], '"')),
            'r' if is_raw_string(rest) => ("\"\"", raw_string(rest)),
            '\'' => char_literal(rest).map_or(("'", 1), |length| ("' '", length)),
            _ => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        code.push_str(kept);
        if length > kept.len() {
            code.extend(rest[..length].chars().filter(|c| *c == '\n'));
        }
        rest = &rest[length..];
    }
    code
}

/// Whether the character can be part of an identifier.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(text: &str) -> usize {
    text.find("*/").map_or(text.len(), |end| end + 2)
}

/// The length of a literal up to and including its closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_raw_string(text: &str) -> bool {
    text[1..].trim_start_matches('#').starts_with('"')
}

fn raw_string(text: &str) -> usize {
    let marks = text[1..].len() - text[1..].trim_start_matches('#').len();
    let start = 1 + marks + 1;
    let end = format!("\"{}", "#".repeat(marks));
    text[start..].find(&end).map_or(text.len(), |at| start + at + end.len())
}

/// The length of a character literal, or none if the quote starts a lifetime.
fn char_literal(text: &str) -> Option<usize> {
    let mut chars = text[1..].char_indices();
    let (_, first) = chars.next()?;
    let (at, second) = chars.next()?;
    match (first, second) {
        ('\\', _) => Some(1 + quoted(&text[1..], '\'')),
        (_, '\'') => Some(1 + at + 1),
        _ => None,
    }
}

/// Removes each item that `#[cfg(test)]` stands before.
fn without_test_items(code: &str) -> String {
    let mut parts = code.split("#[cfg(test)]");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        let end = match (part.find('{'), part.find(';')) {
            (Some(brace), semicolon) if semicolon.is_none_or(|at| brace < at) => brace + block(&part[brace..]),
            (_, Some(semicolon)) => semicolon + 1,
            (_, None) => part.len(),
        };
        kept.push_str(&part[end..]);
    }
    kept
}

/// The length of the block in braces that the code starts with.
pub fn block(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

#[test]
fn comments_and_literals_are_removed() {
    let text = "let a = \"x // {\\\"\"; // b\nlet c: &'a str = r#\"}\"#; /* d\n*/ let e = ['{', '\\'', ' '];";
    assert_eq!(code(text), "let a = \"\"; \nlet c: &'a str = \"\"; \n let e = [' ', ' ', ' '];");
}

#[test]
fn test_items_are_removed() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { c() }\n}\n#[cfg(test)]\nmod d;\nfn e() {}\n";
    assert_eq!(without_test_items(text), "fn a() {}\n\n\nfn e() {}\n");
}
