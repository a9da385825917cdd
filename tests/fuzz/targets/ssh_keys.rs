//! SSH public keys as users paste them.

use super::assert_safe_message;
use accountd::domain::ssh_key::{Fingerprint, KeyPolicy, Refusal, SshKey};

/// Returns an accepted key, which `ssh-keygen` must accept too.
pub fn check(input: &[u8]) -> Option<SshKey> {
    let text = String::from_utf8_lossy(input);
    let key = match SshKey::parse(&text, KeyPolicy::default()) {
        Ok(key) => key,
        Err(refusal) => {
            assert_repeats_no_input(&text, &refusal);
            return None;
        }
    };
    let line = key.as_str();
    assert!(line.len() <= 16 * 1024 + 16, "{} bytes are stored", line.len());
    // sshd would read what follows a line break as another key.
    assert!(!line.chars().any(|c| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c)), "{line:?}");
    let parsed_again = SshKey::parse(line, KeyPolicy::default()).expect("the stored key is accepted again");
    assert_eq!(parsed_again, key, "the stored key is parsed to another key");
    assert!(line.starts_with(key.without_comment()), "{line:?}");
    let parts = [key.without_comment(), key.comment()].join(" ");
    assert_eq!(parts.trim_end(), line.trim_end());
    assert_eq!(key.fingerprint().to_string().parse::<Fingerprint>(), Ok(key.fingerprint()));
    assert!((256..=16384).contains(&key.bits()), "{} bits", key.bits());
    // No part of a private key is stored, also not in the comment.
    let upper = line.to_ascii_uppercase();
    assert!(!upper.split("--BEGIN").skip(1).any(|label| label.contains("PRIVATE KEY")), "{line:?}");
    Some(key)
}

/// A refusal may name the type, which is short. It repeats nothing else of the input.
fn assert_repeats_no_input(text: &str, refusal: &Refusal) {
    if matches!(refusal, Refusal::UnknownType(_)) {
        return;
    }
    let message = refusal.to_string();
    assert_safe_message(&message);
    for word in text.split_whitespace().filter(|word| word.len() > 40 && word.is_ascii()) {
        assert!(!message.contains(word), "{message:?} repeats {word:?}");
    }
}
