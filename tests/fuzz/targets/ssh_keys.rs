//! An SSH key as somebody pastes it.

use super::is_fit_to_be_shown;
use accountd::domain::ssh_key::{Fingerprint, KeyPolicy, Refusal, SshKey};

/// The key, if it is taken: `ssh-keygen` has to take it, too.
pub fn check(input: &[u8]) -> Option<SshKey> {
    let text = String::from_utf8_lossy(input);
    let key = match SshKey::parse(&text, KeyPolicy::default()) {
        Ok(key) => key,
        Err(refusal) => {
            repeats_nothing(&text, &refusal);
            return None;
        }
    };
    let line = key.as_str();
    assert!(line.len() <= 16 * 1024 + 16, "{} bytes are kept", line.len());
    // One line, whoever reads it: sshd would take what follows a break for another key.
    assert!(!line.chars().any(|c| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c)), "{line:?}");
    let again = SshKey::parse(line, KeyPolicy::default()).expect("what is stored is taken again");
    assert_eq!(again, key, "what is stored is read as another key");
    assert!(line.starts_with(key.without_comment()), "{line:?}");
    let parts = [key.without_comment(), key.comment()].join(" ");
    assert_eq!(parts.trim_end(), line.trim_end());
    assert_eq!(key.fingerprint().to_string().parse::<Fingerprint>(), Ok(key.fingerprint()));
    assert!((256..=16384).contains(&key.bits()), "{} bits", key.bits());
    // Nothing of a private key is kept, not even as a comment.
    let upper = line.to_ascii_uppercase();
    assert!(!upper.split("--BEGIN").skip(1).any(|label| label.contains("PRIVATE KEY")), "{line:?}");
    Some(key)
}

/// A refusal may name a type, which is short; of all else that came it says nothing.
fn repeats_nothing(text: &str, refusal: &Refusal) {
    if matches!(refusal, Refusal::UnknownType(_)) {
        return;
    }
    let said = refusal.to_string();
    is_fit_to_be_shown(&said);
    for word in text.split_whitespace().filter(|word| word.len() > 40 && word.is_ascii()) {
        assert!(!said.contains(word), "{said:?} repeats {word:?}");
    }
}
