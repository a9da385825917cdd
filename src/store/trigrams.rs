//! Finds candidates of a text search in an FTS5 trigram index.
//!
//! The index only narrows a search down: an expression matches every text that contains the needle without regard to
//! case, and may match others, so `has_text` decides. The tokenizer folds case by the simple mappings of Unicode 6,
//! `has_text` by Rust's full ones; [`variants`] makes up for the difference.

use super::error::Error;
use super::tx::Read;

/// U+0307. "İ" becomes "i" and this in lower case, but is one character to the tokenizer.
const DOT_ABOVE: char = '\u{307}';
/// A search for one or two characters looks for all trigrams that begin with them. If there are more trigrams than
/// this, the characters are so common that a scan soon finds them.
const MAX_TERMS: usize = 256;
/// More trigrams would only cost time.
const MAX_TRIGRAMS: usize = 16;
/// The longest text of the index has 255 characters, each of which becomes two at most in lower case.
const MAX_CHARS: usize = 510;

/// What an index says about a needle.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Candidates {
    /// No text contains it.
    None,
    /// Only texts that match this FTS5 expression can contain it.
    Matching(String),
    /// The index cannot help.
    Unknown,
}

/// The candidates for a needle in lower case; `terms` is the `fts5vocab` table of the index.
pub(super) fn candidates(db: &Read<'_>, terms: &str, needle: &str) -> Result<Candidates, Error> {
    let chars: Vec<char> = needle.chars().take(MAX_CHARS + 1).collect();
    if chars.len() > MAX_CHARS || chars.iter().any(|char| char.is_control()) {
        return Ok(Candidates::None);
    }
    let wanted = trigrams(&chars);
    if !wanted.is_empty() {
        let step = wanted.len().div_ceil(MAX_TRIGRAMS);
        let all: Vec<_> = wanted.iter().step_by(step).map(|alternatives| any_of(alternatives)).collect();
        return Ok(Candidates::Matching(all.join(" AND ")));
    }
    if chars.is_empty() || chars.len() > 2 || chars.contains(&DOT_ABOVE) {
        return Ok(Candidates::Unknown);
    }
    let mut found = Vec::new();
    for prefix in alternatives(&chars, true) {
        terms_from(db, terms, &prefix, &mut found)?;
        if found.len() > MAX_TERMS {
            return Ok(Candidates::Unknown);
        }
    }
    Ok(if found.is_empty() { Candidates::None } else { Candidates::Matching(any_of(&found)) })
}

/// The trigrams that a text with these characters has, each with all spellings that the tokenizer tells apart.
fn trigrams(chars: &[char]) -> Vec<Vec<String>> {
    let is_dotted = |at: usize| chars[at] == DOT_ABOVE || chars.get(at + 1) == Some(&DOT_ABOVE);
    let starts = (0..chars.len().saturating_sub(2)).filter(|start| !(*start..start + 3).any(is_dotted));
    starts.map(|start| alternatives(&chars[start..start + 3], start + 3 == chars.len())).collect()
}

/// All spellings of the characters that the tokenizer tells apart. A final "i" may be half of "İ".
fn alternatives(chars: &[char], is_end: bool) -> Vec<String> {
    let mut spellings = vec![String::new()];
    for (at, char) in chars.iter().enumerate() {
        let mut variants = variants(*char);
        if is_end && at + 1 == chars.len() && *char == 'i' {
            variants.push('İ');
        }
        spellings = spellings
            .iter()
            .flat_map(|spelling| variants.iter().map(move |variant| format!("{spelling}{variant}")))
            .collect();
    }
    spellings
}

/// The character, and what the tokenizer may have made of it or of its upper case.
fn variants(char: char) -> Vec<char> {
    let mut variants = vec![char];
    let knows_upper_case = matches!(
        char,
        '\0'..='\u{17f}' | '\u{370}'..='\u{3f2}' | '\u{3f4}'..='\u{527}' | '\u{1e00}'..='\u{1fff}'
    );
    let mut upper = char.to_uppercase();
    if let (Some(upper), None) = (upper.next(), upper.next()) {
        if !knows_upper_case && upper != char {
            variants.push(upper);
        }
        // It replaces "ς" by "σ".
        variants.extend(upper.to_lowercase().filter(|lower| *lower != char));
    }
    // SQLite reads these two as the replacement character.
    if matches!(char, '\u{fffe}' | '\u{ffff}') {
        variants.push(char::REPLACEMENT_CHARACTER);
    }
    variants
}

/// Adds the terms of the index that begin with the prefix, until there are more than [`MAX_TERMS`].
fn terms_from(db: &Read<'_>, terms: &str, prefix: &str, found: &mut Vec<String>) -> Result<(), Error> {
    let sql = format!("SELECT term FROM {terms} WHERE term >= ?1 AND term < ?2 LIMIT 1");
    let end = format!("{prefix}{}", char::MAX);
    let mut from = prefix.to_owned();
    while found.len() <= MAX_TERMS
        && let Some(term) = db.one(&sql, [&from, &end], |row| row.get::<_, String>(0))?
    {
        // Each term is listed once per text, so the next one is looked up instead of read.
        from = format!("{term}\u{1}");
        found.push(term);
    }
    Ok(())
}

fn any_of(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
    format!("({})", quoted.join(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;
    use std::collections::HashMap;

    fn index() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        let sql = "CREATE VIRTUAL TABLE texts USING fts5(x, content = '', detail = none, tokenize = 'trigram');
                   CREATE VIRTUAL TABLE terms USING fts5vocab(texts, instance);";
        conn.execute_batch(sql).unwrap();
        conn
    }

    /// What the tokenizer makes of each character in the planes that have letters with case.
    fn folded() -> HashMap<char, char> {
        let mut conn = index();
        let tx = conn.transaction().unwrap();
        let mut insert = tx.prepare("INSERT INTO texts (rowid, x) VALUES (?1, ?2)").unwrap();
        for char in '\u{1}'..='\u{1ffff}' {
            insert.execute((char as u32, String::from_iter([char; 3]))).unwrap();
        }
        drop(insert);
        let mut terms = tx.prepare("SELECT doc, term FROM terms").unwrap();
        let rows = terms.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))).unwrap();
        rows.map(Result::unwrap)
            .map(|(doc, term)| (char::from_u32(doc).unwrap(), term.chars().next().unwrap()))
            .collect()
    }

    #[test]
    fn every_character_is_found_by_its_lower_case() {
        let folded = folded();
        assert!(folded.len() > 100_000);
        for (char, term) in &folded {
            let lower: Vec<_> = char.to_lowercase().collect();
            // The only one that becomes two characters.
            if *char == 'İ' {
                assert_eq!((lower.as_slice(), *term), (&['i', DOT_ABOVE][..], 'İ'));
                continue;
            }
            let [lower] = lower[..] else { panic!("{char:?} becomes {lower:?}") };
            let terms: Vec<_> = variants(lower).iter().map(|variant| folded[variant]).collect();
            assert!(terms.contains(term), "{char:?} is indexed as {term:?}, and {lower:?} looks for {terms:?}");
            // A search for one or two characters looks for the terms themselves.
            assert!(variants(lower).contains(term), "{char:?} is indexed as {term:?}, not as a variant of {lower:?}");
        }
        // "Σ" becomes "ς" at the end of a word.
        assert_eq!(folded[&'ς'], folded[&'Σ']);
    }

    #[test]
    fn no_text_that_contains_the_needle_is_missed() {
        let texts = [
            "ali",
            "ALİ",
            "İbrahim",
            "xİbrahim",
            "ΟΔΟΣ",
            "οδος",
            "ΟΔΟΣ ΑΒ",
            "Strasse",
            "Straße",
            "STRAẞE",
            "KELVIN",
            "\u{212a}elvin",
            "ᲐᲑᲒᲓ",
            "აბგდ",
            "ꭰꭱꭲ",
            "ᎠᎡᎢ",
            "𞤀𞤁𞤂",
            "𞤢𞤣𞤤",
            "中文",
            "中",
            "中文字符",
            "a\"b\"c",
            "a'b",
            "a*b^c",
            "Łódź",
            "ſſſ",
            "µµµ",
            "MMM",
            "ŉ",
            "ǆ",
            "ǅ",
            "Ǆ",
            "i",
            "İ",
            "a",
            "O'Neil OR x",
        ];
        let conn = index();
        let mut insert = conn.prepare("INSERT INTO texts (rowid, x) VALUES (?1, ?2 || char(10, 10))").unwrap();
        for (row, text) in texts.iter().enumerate() {
            insert.execute((row as i64, text)).unwrap();
        }
        let db = Read::new(&conn, &crate::domain::Clock::MACHINE);
        let mut asked = 0;
        for source in texts {
            let chars: Vec<char> = source.to_lowercase().chars().collect();
            for (from, to) in (0..chars.len()).flat_map(|from| (from + 1..=chars.len()).map(move |to| (from, to))) {
                let needle: String = chars[from..to].iter().collect();
                let found: Vec<i64> = match candidates(&db, "terms", &needle).unwrap() {
                    Candidates::None => Vec::new(),
                    Candidates::Unknown => continue,
                    Candidates::Matching(expression) => {
                        let sql = "SELECT rowid FROM texts WHERE texts MATCH ?1 ORDER BY rowid";
                        db.all(sql, [&expression], |row| row.get(0)).unwrap()
                    }
                };
                for (row, text) in texts.iter().enumerate().filter(|(_, text)| text.to_lowercase().contains(&needle)) {
                    assert!(found.contains(&(row as i64)), "{needle:?} does not find {text:?}");
                    asked += 1;
                }
            }
        }
        assert!(asked > 500, "{asked}");
    }

    #[test]
    fn needles_that_no_text_contains_need_no_index() {
        let conn = index();
        let db = Read::new(&conn, &crate::domain::Clock::MACHINE);
        for needle in ["a\0b", "ab\n", &"x".repeat(511), "zq", "q"] {
            assert_eq!(candidates(&db, "terms", needle).unwrap(), Candidates::None, "{needle:?}");
        }
    }
}
