use super::*;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

fn parse(text: &str) -> Result<SshKey, Refusal> {
    SshKey::parse(text, KeyPolicy::default())
}

fn line(name: &str, fields: &[&[u8]]) -> String {
    let mut blob = Vec::new();
    for field in [name.as_bytes()].iter().chain(fields) {
        blob.extend_from_slice(&u32::try_from(field.len()).unwrap().to_be_bytes());
        blob.extend_from_slice(field);
    }
    format!("{name} {}", BASE64_STANDARD.encode(blob))
}

/// A line with an odd modulus of that many bits, a multiple of eight.
fn rsa(bits: usize, exponent: &[u8]) -> String {
    let mut modulus = vec![0xff; bits / 8 + 1];
    modulus[0] = 0;
    line("ssh-rsa", &[exponent, &modulus])
}

#[test]
fn a_key_is_stored_as_one_line_of_three_parts() {
    let key = parse(&format!("\u{feff}\r\n {KEY}\t jane  at the laptop \r\n")).unwrap();
    assert_eq!(key.as_str(), format!("{KEY} jane  at the laptop"));
    assert_eq!(key.without_comment(), KEY);
    assert_eq!(key.comment(), "jane  at the laptop");
    assert_eq!((key.algorithm(), key.bits()), ("ssh-ed25519", 256));

    let bare = parse(KEY).unwrap();
    assert_eq!((bare.as_str(), bare.comment()), (KEY, ""));
    assert_eq!(bare.fingerprint(), key.fingerprint());
    assert_ne!(bare, key);
}

#[test]
fn the_length_limit_covers_the_whole_text() {
    let comment = "x".repeat(MAX_BYTES - KEY.len() - 1);
    assert!(parse(&format!("{KEY} {comment}")).is_ok());
    assert_eq!(parse(&format!("{KEY} {comment}x")), Err(Refusal::TooLong));
    assert_eq!(parse(&"A".repeat(1 << 20)), Err(Refusal::TooLong));
}

#[test]
fn the_minimum_for_rsa_can_be_raised_but_not_lowered() {
    let at = |bits, min_rsa_bits| SshKey::parse(&rsa(bits, &[3]), KeyPolicy { min_rsa_bits });
    assert_eq!(at(1024, 0).unwrap().bits(), 1024);
    assert_eq!(at(1016, 0), Err(Refusal::RsaTooShort { bits: 1016, floor: 1024 }));
    assert_eq!(at(2048, 3072), Err(Refusal::RsaTooShort { bits: 2048, floor: 3072 }));
    assert_eq!(at(3072, 3072).unwrap().bits(), 3072);
    assert_eq!(at(16384, 1024).unwrap().bits(), 16384);
    assert_eq!(at(16392, 1024), Err(Refusal::RsaTooLong { bits: 16392 }));
}

#[test]
fn the_exponent_is_odd_at_least_3_and_at_most_64_bits() {
    for exponent in [&[3][..], &[5], &[1, 0, 1], &[0, 0xff, 0, 0, 0, 0, 0, 0, 1]] {
        assert!(parse(&rsa(2048, exponent)).is_ok(), "{exponent:?}");
    }
    let long = [1, 0, 0, 0, 0, 0, 0, 0, 1];
    for exponent in [&[][..], &[1], &[2], &[4], &[1, 0, 0], &[0xff], &long] {
        assert_eq!(parse(&rsa(2048, exponent)), Err(Refusal::RsaExponent), "{exponent:?}");
    }
}

#[test]
fn a_wrong_length_inside_is_refused() {
    for length in ["AAAAC3NzaC1lZDI1NTE5/////w", "AAAAC3NzaC1lZDI1NTE5AAAAIQ"] {
        assert_eq!(parse(&format!("ssh-ed25519 {length}")), Err(Refusal::Truncated));
    }
    assert_eq!(parse("ssh-ed25519 /////w=="), Err(Refusal::Malformed));
    assert_eq!(parse("ssh-ed25519 AAAAAA=="), Err(Refusal::Malformed));
}

#[test]
fn a_type_without_a_complete_blob_is_cut_short() {
    for text in ["ssh-ed25519", "ssh-rsa A", "ssh-rsa AAAAB3NzaC1yc2E=", "ssh-rsa AAAAB3Nz"] {
        assert_eq!(parse(text), Err(Refusal::Truncated), "{text}");
    }
}

#[test]
fn a_message_repeats_only_words_that_look_like_a_type() {
    assert_eq!(parse("ssh-next AAAA"), Err(Refusal::UnknownType("ssh-next".into())));
    let long = "x-".repeat(25);
    for name in ["hunter2", "ssh-Next", "my-secret!", "ssh-né", "-ssh", &long] {
        assert_eq!(parse(&format!("{name} AAAA")), Err(Refusal::NotAKey), "{name}");
    }
    // Only if the start of a key follows.
    assert_eq!(parse("correct-horse battery"), Err(Refusal::NotAKey));
}

#[test]
fn a_comment_may_mention_keys() {
    for comment in ["my ssh-rsa key", "an ssh-rsa A", "jane@front-end private key", "no-pty", "--", "a=b,\"c\""] {
        assert_eq!(parse(&format!("{KEY} {comment}")).unwrap().comment(), comment);
    }
}

#[test]
fn any_part_of_the_armor_reveals_a_private_key() {
    for text in [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----begin rsa private key-----\\nMIIE",
        "BEGIN OPENSSH PRIVATE KEY",
        "-----BEGIN+EC+PRIVATE+KEY-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "{\"key\": \"-----BEGIN PRIVATE KEY-----\\nMIIE",
        "AAAAtail\n-----END OPENSSH PRIVATE KEY-----",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU",
    ] {
        assert_eq!(parse(text), Err(Refusal::PrivateKey), "{text}");
        assert!(parse(&format!("{KEY}\n{text}")).is_err(), "{text}");
    }
}

#[test]
fn an_application_may_be_any_text_without_a_nul() {
    let name = "sk-ssh-ed25519@openssh.com";
    for (application, accepted) in
        [(&b"ssh:"[..], true), (b"", true), (b"ssh:work laptop", true), (b"ssh:\0x", false), (b"ssh:\xff", false)]
    {
        let text = line(name, &[&[7; 32], application]);
        assert_eq!(parse(&text).is_ok(), accepted, "{application:?}");
    }
}
