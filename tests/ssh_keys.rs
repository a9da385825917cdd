//! SSH public keys against files: what `ssh-keygen` wrote and printed, and every kind that is refused.
//! `fixtures/keys/README.md` says how each was made.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use accountd::domain::ssh_key::{KeyPolicy, Refusal, SshKey};
use proptest::prelude::*;

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "keys", name].iter().collect()
}

fn names(folder_name: &str) -> BTreeSet<String> {
    fs::read_dir(folder(folder_name)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn read(folder_name: &str, file: &str) -> String {
    fs::read_to_string(folder(folder_name).join(file)).unwrap()
}

fn parse(text: &str) -> Result<SshKey, Refusal> {
    SshKey::parse(text, KeyPolicy::default())
}

fn accepted() -> Vec<(String, String)> {
    let read = |name: String| {
        let text = read("accepted", &name);
        (name, text)
    };
    names("accepted").into_iter().map(read).collect()
}

/// A line of `ssh-keygen -l`: `256 SHA256:… jane@laptop (ED25519)`.
fn printed_by_ssh_keygen(key: &SshKey) -> String {
    let kind = match key.algorithm() {
        "ssh-rsa" => "RSA",
        "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => "ECDSA",
        "ssh-ed25519" => "ED25519",
        "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA-SK",
        "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
        other => panic!("{other}"),
    };
    let comment = match key.comment() {
        "" => "no comment",
        comment => comment,
    };
    format!("{} {} {comment} ({kind})", key.bits(), key.fingerprint())
}

#[test]
fn every_accepted_key_is_what_ssh_keygen_says_it_is() {
    let table = fs::read_to_string(folder("fingerprints.txt")).unwrap();
    let table: Vec<_> = table.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let listed: BTreeSet<_> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, names("accepted"));
    for (name, printed) in table {
        let key = parse(&read("accepted", name)).unwrap();
        assert_eq!(printed_by_ssh_keygen(&key), printed, "{name}");
    }
}

#[test]
fn an_accepted_line_is_kept_as_it_stands() {
    for (name, text) in accepted() {
        let key = parse(&text).unwrap();
        let one_line = match name.as_str() {
            "gitlab-docs-wrapped.pub" => text.replacen('\n', "", 2),
            _ => text,
        };
        assert_eq!(key.as_str(), one_line.trim_end(), "{name}");
        assert!(key.as_str().starts_with(key.without_comment()), "{name}");
        assert!(key.without_comment().starts_with(key.algorithm()), "{name}");
    }
}

/// Every file of `refused/`, why it is refused, and a part of the sentence that says what to do.
fn refused() -> Vec<(&'static str, Refusal, &'static str)> {
    use Refusal::*;
    let again = "copy the whole line";
    let new = "ssh-keygen -t ed25519";
    let public = "ssh-keygen -y -f";
    let unknown = |name: &str| UnknownType(name.to_owned());
    vec![
        ("base64-character.pub", Base64, again),
        ("base64-padding.pub", Base64, again),
        ("base64-stray-bits.pub", Base64, again),
        ("base64-url-alphabet.pub", Base64, again),
        ("certificate-ed25519.pub", Certificate, "without `-cert`"),
        ("certificate-rsa.pub", Certificate, "without `-cert`"),
        ("comment-bidi.pub", CommentCharacters, "on one line"),
        ("comment-c1.pub", CommentCharacters, "on one line"),
        ("comment-carriage-return.pub", CommentCharacters, "on one line"),
        ("comment-delete.pub", CommentCharacters, "on one line"),
        ("comment-escape.pub", CommentCharacters, "on one line"),
        ("comment-forged-line.pub", SeveralKeys, "by itself"),
        ("comment-isolate.pub", CommentCharacters, "on one line"),
        ("comment-line-separator.pub", CommentCharacters, "on one line"),
        ("comment-paragraph-separator.pub", CommentCharacters, "on one line"),
        ("comment-second-line.pub", CommentCharacters, "on one line"),
        ("comment-tab.pub", CommentCharacters, "on one line"),
        ("dsa.pub", Dsa, new),
        ("ecdsa-256-off-curve.pub", Malformed, again),
        ("ecdsa-384-off-curve.pub", Malformed, again),
        ("ecdsa-521-off-curve.pub", Malformed, again),
        ("ecdsa-compressed.pub", Malformed, again),
        ("ecdsa-infinity.pub", Malformed, again),
        ("ecdsa-other-curve.pub", Malformed, again),
        ("ed25519-long.pub", Malformed, again),
        ("ed25519-short.pub", Malformed, again),
        ("empty", Empty, ".pub file"),
        ("mismatch-ed25519-certificate.pub", TypeMismatch("ssh-ed25519"), again),
        ("mismatch-rsa-ed25519.pub", TypeMismatch("ssh-rsa"), again),
        ("no-type.pub", NotAKey, "begins with the key's type"),
        ("not-a-key", NotAKey, "begins with the key's type"),
        ("options-command.pub", TextBeforeKey, "leave it out"),
        ("options-from.pub", TextBeforeKey, "leave it out"),
        ("options-host-name.pub", TextBeforeKey, "leave it out"),
        ("options-no-pty.pub", TextBeforeKey, "leave it out"),
        ("pem", Pem, "ssh-keygen -i -m PEM -f FILE"),
        ("pkcs8", Pkcs8, "ssh-keygen -i -m PKCS8 -f FILE"),
        ("private-after-public", PrivateKey, public),
        ("private-json-escaped", PrivateKey, public),
        ("private-leading-text", PrivateKey, public),
        ("private-openssh", PrivateKey, public),
        ("private-openssh-encrypted", PrivateKey, public),
        ("private-pem", PrivateKey, public),
        ("private-pem-encrypted", PrivateKey, public),
        ("private-pkcs8", PrivateKey, public),
        ("private-pkcs8-encrypted", PrivateKey, public),
        ("private-without-header", PrivateKey, public),
        ("putty-2.ppk", PuttyPrivateKey, "puttygen FILE -O public-openssh"),
        ("putty-3.ppk", PuttyPrivateKey, "puttygen FILE -O public-openssh"),
        ("rfc4716", Rfc4716, "ssh-keygen -i -m RFC4716 -f FILE"),
        ("rsa-1023.pub", RsaTooShort { bits: 1023, floor: 1024 }, new),
        ("rsa-16385.pub", RsaTooLong { bits: 16385 }, new),
        ("rsa-768.pub", RsaTooShort { bits: 768, floor: 1024 }, new),
        ("rsa-exponent-1.pub", RsaExponent, new),
        ("rsa-exponent-even.pub", RsaExponent, new),
        ("rsa-exponent-long.pub", RsaExponent, new),
        ("rsa-modulus-even.pub", RsaModulus, again),
        ("rsa-modulus-negative.pub", RsaModulus, again),
        ("rsa-modulus-padded.pub", Malformed, again),
        ("several-on-one-line.pub", SeveralKeys, "by itself"),
        ("several.pub", SeveralKeys, "by itself"),
        ("sk-application-nul.pub", Malformed, again),
        ("sk-ecdsa-compressed.pub", Malformed, again),
        ("ssh1.pub", NotAKey, "begins with the key's type"),
        ("too-long.pub", TooLong, "one public key on one line"),
        ("trailing-bytes.pub", TrailingBytes, again),
        ("trailing-last-quad.pub", TrailingBytes, again),
        ("trailing-text.pub", TrailingBytes, again),
        ("truncated-before-comment.pub", Truncated, again),
        ("truncated-padding.pub", Truncated, again),
        ("truncated-plus-lost.pub", Truncated, "--data-urlencode"),
        ("truncated.pub", Truncated, again),
        ("unknown-ed448.pub", unknown("ssh-ed448"), new),
        ("unknown-rsa-sha2-256.pub", unknown("rsa-sha2-256"), new),
        ("unknown-type.pub", unknown("ssh-ed25519-next"), new),
    ]
}

#[test]
fn every_refused_file_is_told_why_and_what_to_do() {
    let table = refused();
    let listed: BTreeSet<_> = table.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(listed, names("refused"));
    for (name, expected, what_to_do) in table {
        let refusal = parse(&read("refused", name)).unwrap_err();
        assert_eq!(refusal, expected, "{name}");
        let sentence = refusal.to_string();
        assert!(sentence.contains(what_to_do), "{name}: {sentence}");
        assert!(!sentence.contains(['\n', '\r']), "{name}: {sentence}");
    }
}

#[test]
fn no_refusal_repeats_its_input() {
    for name in names("refused") {
        let text = read("refused", &name);
        let refusal = parse(&text).unwrap_err();
        let told = format!("{refusal} {refusal:?}");
        for word in text.split_whitespace().filter(|word| word.len() > 20) {
            assert!(!told.contains(word), "{name}: {told}");
        }
    }
}

#[test]
fn a_private_key_is_refused_whatever_became_of_its_line_breaks() {
    for name in names("refused").iter().filter(|name| name.starts_with("private-")) {
        let text = read("refused", name);
        for other in ["", " ", "\r\n", "\\n", "\\r\\n", "\t"] {
            let text = text.replace('\n', other);
            assert_eq!(parse(&text), Err(Refusal::PrivateKey), "{name}: {other:?}");
        }
    }
}

#[test]
fn a_key_wrapped_at_any_width_is_the_same_key() {
    for (name, text) in accepted() {
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
fn a_key_cut_anywhere_is_refused() {
    for (name, text) in accepted() {
        let key = parse(&text).unwrap();
        for len in 0..key.without_comment().len() {
            assert!(parse(&key.as_str()[..len]).is_err(), "{name} {len}");
        }
    }
}

#[test]
fn the_keys_of_the_example_accounts_are_accepted_and_differ() {
    let keys_of = |file: &str| -> Vec<String> {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fixtures", file].iter().collect();
        let fixture: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let users = fixture["users"].as_array().unwrap();
        let keys = users.iter().flat_map(|user| user["keys"].as_array().unwrap());
        keys.map(|key| key["key"].as_str().unwrap().to_owned()).collect()
    };
    for (file, count) in [("docker.json", 0), ("gitlab.json", 3), ("demo.json", 3)] {
        let keys = keys_of(file);
        let parsed: Vec<_> = keys.iter().map(|key| parse(key).unwrap()).collect();
        let texts: Vec<_> = parsed.iter().map(SshKey::as_str).collect();
        assert_eq!(texts, keys, "{file}");
        let different: BTreeSet<_> = parsed.iter().map(SshKey::fingerprint).collect();
        assert_eq!(different.len(), count, "{file}");
    }
}

/// What holds for every text that parses.
fn check_what_parsed(key: &SshKey) {
    assert_eq!(parse(key.as_str()).as_ref(), Ok(key));
    assert_eq!(key.as_str().lines().count(), 1);
    assert!(!key.as_str().contains(char::is_control));
    let bare = parse(key.without_comment()).unwrap();
    assert_eq!((bare.comment(), bare.fingerprint()), ("", key.fingerprint()));
}

/// A change at a place: how many characters go, and what comes instead.
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
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(key) = parse(&String::from_utf8_lossy(&bytes)) {
            check_what_parsed(&key);
        }
    }

    #[test]
    fn no_data_after_a_type_makes_it_panic(
        name in prop::sample::select(vec!["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp521", "ssh-dss"]),
        text in "(AAAA)?[A-Za-z0-9+/= \n]{0,200}",
    ) {
        if let Ok(key) = parse(&format!("{name} {text}")) {
            check_what_parsed(&key);
        }
    }

    #[test]
    fn a_changed_key_is_refused_or_is_one_line(
        file in prop::sample::select(accepted()),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut text: Vec<char> = file.1.chars().collect();
        for (place, gone, instead) in changes {
            let start = place.index(text.len() + 1);
            let end = (start + gone).min(text.len());
            text.splice(start..end, instead.chars());
        }
        if let Ok(key) = parse(&String::from_iter(text)) {
            check_what_parsed(&key);
        }
    }
}
