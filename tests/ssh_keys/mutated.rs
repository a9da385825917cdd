//! Accepted keys that are wrapped, cut or changed at random, and random text.

use super::{accepted_files, parse};
use accountd::domain::ssh_key::SshKey;
use proptest::prelude::*;

#[test]
fn a_key_wrapped_at_any_width_is_parsed_to_the_same_key() {
    for (name, text) in accepted_files() {
        let key = parse(&text).unwrap();
        let base64 = key.without_comment().strip_prefix(key.algorithm()).unwrap().trim();
        for width in 1..=200 {
            for line_break in ["\n", "\r\n", "\n    ", " ", "\t"] {
                let pieces: Vec<_> =
                    base64.as_bytes().chunks(width).map(|piece| str::from_utf8(piece).unwrap()).collect();
                let wrapped = format!("{} {} {}", key.algorithm(), pieces.join(line_break), key.comment());
                assert_eq!(parse(&wrapped).as_ref(), Ok(&key), "{name} {width} {line_break:?}");
            }
        }
    }
}

#[test]
fn a_key_cut_off_anywhere_is_refused() {
    for (name, text) in accepted_files() {
        let key = parse(&text).unwrap();
        for len in 0..key.without_comment().len() {
            assert!(parse(&key.as_str()[..len]).is_err(), "{name} {len}");
        }
    }
}

/// Checks what holds for every accepted key.
fn check_accepted(key: &SshKey) {
    assert_eq!(parse(key.as_str()).as_ref(), Ok(key));
    assert_eq!(key.as_str().lines().count(), 1);
    assert!(!key.as_str().contains(char::is_control));
    let bare = parse(key.without_comment()).unwrap();
    assert_eq!((bare.comment(), bare.fingerprint()), ("", key.fingerprint()));
}

/// A position, the number of characters to remove there, and the text to insert.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let piece = prop_oneof![
        Just(String::new()),
        "[A-Za-z0-9+/=]{1,4}",
        "[ \t\r\n]{1,3}",
        any::<char>().prop_map(String::from),
        prop::sample::select(vec!["-----BEGIN ", "PRIVATE", "ssh-rsa AAAA", "no-pty ", "\u{feff}"])
            .prop_map(str::to_owned),
    ];
    (any::<prop::sample::Index>(), 0..3_usize, piece)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(key) = parse(&String::from_utf8_lossy(&bytes)) {
            check_accepted(&key);
        }
    }

    #[test]
    fn random_data_after_a_type_does_not_panic(
        name in prop::sample::select(vec!["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp521", "ssh-dss"]),
        text in "(AAAA)?[A-Za-z0-9+/= \n]{0,200}",
    ) {
        if let Ok(key) = parse(&format!("{name} {text}")) {
            check_accepted(&key);
        }
    }

    #[test]
    fn a_changed_key_is_refused_or_stored_on_one_line(
        file in prop::sample::select(accepted_files()),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut text: Vec<char> = file.1.chars().collect();
        for (position, removed, inserted) in changes {
            let start = position.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, inserted.chars());
        }
        if let Ok(key) = parse(&String::from_iter(text)) {
            check_accepted(&key);
        }
    }
}
