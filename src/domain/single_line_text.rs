//! Free text on one line.

use super::Problem;

pub(crate) const MAX_CHARS: usize = 255;

/// Up to 255 characters of free text, without control characters (SPEC 5) and without the line separators and
/// bidirectional controls that make a printed line look like another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SingleLineText(String);

text_value!(SingleLineText);

impl SingleLineText {
    /// # Errors
    /// `TooLong`, or `Malformed` for a forbidden character.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.chars().count() > MAX_CHARS {
            return Err(Problem::TooLong(MAX_CHARS));
        }
        if text.chars().any(breaks_a_line) {
            return Err(Problem::Malformed("cannot contain control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// # Errors
    /// As `parse`, and `Blank` for empty text and white space.
    pub fn required(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::Blank);
        }
        Self::parse(text)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Control characters, line and paragraph separators, and the bidirectional controls of Unicode TR 9.
pub(crate) fn breaks_a_line(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_characters() {
        assert!(SingleLineText::parse(&"é".repeat(255)).is_ok());
        assert_eq!(SingleLineText::parse(&"é".repeat(256)), Err(Problem::TooLong(255)));
    }

    #[test]
    fn refuses_characters_that_could_forge_a_line() {
        for bad in ["a\nb", "a\rb", "\0", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}x", "tab\tbed"] {
            assert!(SingleLineText::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_required_text_is_not_blank() {
        assert_eq!(SingleLineText::required(" "), Err(Problem::Blank));
        assert_eq!(SingleLineText::required("laptop").unwrap().as_str(), "laptop");
    }
}
