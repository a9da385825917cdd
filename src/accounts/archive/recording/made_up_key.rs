//! Makes up SSH public keys of a given type and size. They follow from a number alone, and have no known private half.

use crate::domain::SshKey;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use sha2::{Digest as _, Sha256};

/// The number RSA-2048 of the RSA Factoring Challenge, whose factors were destroyed. Without them, no one can sign with
/// a key whose modulus is this number or a multiple of it.
const RSA_2048: &str = "\
    x5cM7tzDsHVEkCAaeqYTzXOREIHHkPXxqHJvRjVQu1t/8NuOHqEYnscvk9FlABG9chrurMKs3jKgQQfwZIwoE6MfWwt3Zf+LRLS2/8kzhLZG6wnHz16F\
    ktQOozyAA581tPFKBLUfe/14G+TRZzFkuo65kcLE1zC7vjX1kr3vUkr36Nrv0mxm/ALEea+J1k03P0QnCUOd5mzrlV8+o31RWfYTWAn4UzS1yxgTrdyA\
    zQVgnxCsapWtZYcskJUlva0yvHKVkmQpIPJMYdxbPDt5I+VrFqTZ03PYch8ko/wPGzEx9VYVFyhmvMww+VBUyCTnM6XraBf3vBY5nUjGNhzH5Q==";
const RSA_BITS: u32 = 2048;

/// A key of the same type and size, except that an RSA key has at least 2048 bits: `type base64`.
pub(super) fn like(key: &SshKey, number: i64) -> Option<String> {
    let name = key.algorithm();
    let fields: Vec<Vec<u8>> = match name {
        "ssh-rsa" => vec![mpint(&exponent(number)), mpint(&modulus(key.bits())?)],
        "ssh-ed25519" => vec![bytes(number, 0, 32)],
        "sk-ssh-ed25519@openssh.com" => vec![bytes(number, 0, 32), b"ssh:".into()],
        "sk-ecdsa-sha2-nistp256@openssh.com" => vec![b"nistp256".into(), p256_point(number)?, b"ssh:".into()],
        "ecdsa-sha2-nistp256" => vec![b"nistp256".into(), p256_point(number)?],
        "ecdsa-sha2-nistp384" => vec![b"nistp384".into(), p384_point(number)?],
        "ecdsa-sha2-nistp521" => vec![b"nistp521".into(), p521_point(number)?],
        _ => return None,
    };
    let mut blob = Vec::new();
    for field in [name.as_bytes()].into_iter().chain(fields.iter().map(Vec::as_slice)) {
        blob.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
        blob.extend(field);
    }
    Some(format!("{name} {}", BASE64_STANDARD.encode(blob)))
}

/// Bytes that look random.
fn bytes(number: i64, attempt: u32, length: usize) -> Vec<u8> {
    let block = |index: u32| {
        let hash = Sha256::new().chain_update("accountd record").chain_update(number.to_be_bytes());
        hash.chain_update(attempt.to_be_bytes()).chain_update(index.to_be_bytes()).finalize()
    };
    (0..).flat_map(block).take(length).collect()
}

/// The first x coordinate that has a point on the curve: half of them do. Its discrete logarithm, the private key, is unknown.
fn point(number: i64, length: usize, parse: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    (0..1000).find_map(|attempt| parse(&[&[2], bytes(number, attempt, length).as_slice()].concat()))
}

fn p256_point(number: i64) -> Option<Vec<u8>> {
    point(number, 32, |x| Some(p256::PublicKey::from_sec1_bytes(x).ok()?.to_encoded_point(false).as_bytes().to_vec()))
}

fn p384_point(number: i64) -> Option<Vec<u8>> {
    point(number, 48, |x| Some(p384::PublicKey::from_sec1_bytes(x).ok()?.to_encoded_point(false).as_bytes().to_vec()))
}

fn p521_point(number: i64) -> Option<Vec<u8>> {
    point(number, 66, |x| {
        // The field has 521 bits, so only the lowest bit of the first byte counts.
        let x = [&x[..1], &[x[1] & 1], &x[2..]].concat();
        Some(p521::PublicKey::from_sec1_bytes(&x).ok()?.to_encoded_point(false).as_bytes().to_vec())
    })
}

/// A different odd exponent for each number. It has more than the 24 bits that some clients accept only for numbers
/// beyond eight million.
fn exponent(number: i64) -> [u8; 8] {
    (65537 + 2 * number.unsigned_abs()).to_be_bytes()
}

/// The challenge number itself or, for a longer key, the product of it and 2^n + 1. Big endian.
fn modulus(bits: u32) -> Option<Vec<u8>> {
    let base = BASE64_STANDARD.decode(RSA_2048).ok()?;
    // With n = 1, the product has two bits more.
    let Some(shift) = bits.checked_sub(RSA_BITS).filter(|shift| *shift > 1) else { return Some(base) };
    let (shift_bytes, shift_bits) = (usize::try_from(shift / 8).ok()?, shift % 8);
    // Little endian, with a byte more than needed for the last carry.
    let mut sum = vec![0; base.len() + shift_bytes + 2];
    for (at, byte) in base.iter().rev().enumerate() {
        let [high, low] = (u16::from(*byte) << shift_bits).to_be_bytes();
        add(&mut sum, at, *byte);
        add(&mut sum, at + shift_bytes, low);
        add(&mut sum, at + shift_bytes + 1, high);
    }
    sum.reverse();
    Some(sum)
}

/// Adds one byte of a little-endian number, and carries.
fn add(sum: &mut [u8], at: usize, byte: u8) {
    let mut carry = byte;
    for digit in &mut sum[at..] {
        let overflowed;
        (*digit, overflowed) = digit.overflowing_add(carry);
        carry = u8::from(overflowed);
        if carry == 0 {
            break;
        }
    }
}

/// A positive number as RFC 4251 section 5 writes it: without leading zeros, except for one before a highest bit.
fn mpint(number: &[u8]) -> Vec<u8> {
    let digits = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    let sign = if digits.first().is_some_and(|first| first & 0x80 != 0) { &[0][..] } else { &[] };
    [sign, digits].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::KeyPolicy;
    use std::collections::HashSet;

    fn parse(text: &str) -> SshKey {
        SshKey::parse(text, KeyPolicy::default()).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
    }

    #[test]
    fn a_key_of_every_type_is_replaced_by_one_of_the_same_type_and_size() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/accepted");
        let mut types = HashSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let original = parse(&std::fs::read_to_string(file.unwrap().path()).unwrap());
            let made_up = parse(&like(&original, 17).unwrap());
            types.insert(original.algorithm().to_owned());
            assert_eq!(made_up.algorithm(), original.algorithm());
            let bits = if original.algorithm() == "ssh-rsa" { original.bits().max(2048) } else { original.bits() };
            assert_eq!(made_up.bits(), bits);
            assert_ne!(made_up.fingerprint(), original.fingerprint());
            assert_eq!(like(&original, 17), like(&original, 17));
            assert_ne!(like(&original, 17), like(&original, 18));
        }
        assert_eq!(types.len(), 7);
    }

    #[test]
    fn an_rsa_key_of_any_size_has_that_size() {
        for bits in [1024, 2047, 2048, 2050, 2051, 2055, 2056, 3072, 4096, 4101, 16384] {
            let blob = [b"ssh-rsa".to_vec(), mpint(&exponent(1)), mpint(&modulus(bits).unwrap())]
                .iter()
                .flat_map(|field| [&u32::try_from(field.len()).unwrap().to_be_bytes(), field.as_slice()].concat())
                .collect::<Vec<_>>();
            let key = parse(&format!("ssh-rsa {}", BASE64_STANDARD.encode(blob)));
            assert_eq!(key.bits(), bits.max(2048));
        }
        assert_eq!(modulus(2049), modulus(2048));
    }
}
