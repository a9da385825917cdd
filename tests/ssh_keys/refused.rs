//! Texts that are refused.

use super::{names, parse, read};
use accountd::domain::ssh_key::Refusal;
use std::collections::BTreeSet;

/// Every file of `refused/`, the reason, and a part of the advice in the message.
fn refused_files() -> Vec<(&'static str, Refusal, &'static str)> {
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
fn every_refusal_gives_the_reason_and_advice() {
    let table = refused_files();
    let listed: BTreeSet<_> = table.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(listed, names("refused"));
    for (name, expected, advice) in table {
        let refusal = parse(&read("refused", name)).unwrap_err();
        assert_eq!(refusal, expected, "{name}");
        let message = refusal.to_string();
        assert!(message.contains(advice), "{name}: {message}");
        assert!(!message.contains(['\n', '\r']), "{name}: {message}");
    }
}

#[test]
fn no_refusal_repeats_the_input() {
    for name in names("refused") {
        let text = read("refused", &name);
        let refusal = parse(&text).unwrap_err();
        let message = format!("{refusal} {refusal:?}");
        for word in text.split_whitespace().filter(|word| word.len() > 20) {
            assert!(!message.contains(word), "{name}: {message}");
        }
    }
}

#[test]
fn a_private_key_with_other_line_breaks_is_still_recognized() {
    for name in names("refused").iter().filter(|name| name.starts_with("private-")) {
        let text = read("refused", name);
        for line_break in ["", " ", "\r\n", "\\n", "\\r\\n", "\t"] {
            let text = text.replace('\n', line_break);
            assert_eq!(parse(&text), Err(Refusal::PrivateKey), "{name}: {line_break:?}");
        }
    }
}
