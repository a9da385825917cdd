//! Text that compares without regard to ASCII case.

use std::hash::{Hash, Hasher};

/// Keeps its spelling; two that differ only in the case of ASCII letters are equal, as in a `COLLATE NOCASE` column.
#[derive(Clone, Debug)]
pub(super) struct CaselessText(pub String);

impl CaselessText {
    pub fn matches(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl PartialEq for CaselessText {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl Eq for CaselessText {}

impl Hash for CaselessText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
        state.write_u8(0xff); // as `str` does, so that no text is a prefix of another
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn equality_and_hash_ignore_ascii_case_only() {
        let text = |text: &str| CaselessText(text.to_owned());
        assert_eq!(text("JaneDoe"), text("janedOE"));
        assert_ne!(text("JaneDoe"), text("janedo"));
        assert_ne!(text("é"), text("É"));
        let set: HashSet<_> = ["Jane", "jane", "JANE", "joe"].map(text).into();
        assert_eq!(set.len(), 2);
    }
}
