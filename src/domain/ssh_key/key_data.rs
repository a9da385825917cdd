//! Checks the contents of a blob as OpenSSH would, and measures its size.

use super::{KeyPolicy, OPENSSH_MIN_RSA_BITS, Refusal};
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Mpint, PublicKey};

/// OpenSSL's maximum (`OPENSSL_RSA_MAX_MODULUS_BITS`), in bits: sshd cannot use a longer key.
const MAX_RSA_BITS: u32 = 16384;

/// OpenSSL's maximum for the exponent with a modulus over 3072 bits (`OPENSSL_RSA_MAX_PUBEXP_BITS`), in bits. Here it
/// holds for every modulus: a long exponent makes checking a signature expensive for the server.
const MAX_EXPONENT_BITS: u32 = 64;

/// SEC 1 section 2.3.3: the only encoding of a point that RFC 5656 requires and that OpenSSH reads.
const UNCOMPRESSED: u8 = 4;

/// Checks a blob of an accepted type, and returns its size in bits as `ssh-keygen -l` counts.
pub(super) fn bits(blob: &[u8], policy: KeyPolicy) -> Result<u32, Refusal> {
    let key = PublicKey::from_bytes(blob).map_err(|_| Refusal::Malformed)?;
    // The decoder reads 32 bytes as an Ed25519 point, whatever length the blob states. A key must have one blob only, and
    // so one fingerprint.
    if key.to_bytes().map_err(|_| Refusal::Malformed)? != blob {
        return Err(Refusal::Malformed);
    }
    match key.key_data() {
        KeyData::Rsa(rsa) => rsa_bits(rsa, policy),
        KeyData::Ecdsa(point) => curve_bits(point),
        KeyData::Ed25519(_) => Ok(256),
        KeyData::SkEd25519(key) => application(key.application()).map(|()| 256),
        KeyData::SkEcdsaSha2NistP256(key) => {
            application(key.application())?;
            curve_bits(&EcdsaPublicKey::NistP256(*key.ec_point()))
        }
        // Types that the start of the line ruled out, and types that the crate may add.
        _ => Err(Refusal::Malformed),
    }
}

fn rsa_bits(key: &RsaPublicKey, policy: KeyPolicy) -> Result<u32, Refusal> {
    let floor = policy.min_rsa_bits.max(OPENSSH_MIN_RSA_BITS);
    let bits = bit_length(&key.n).ok_or(Refusal::RsaModulus)?;
    if bits < floor {
        return Err(Refusal::RsaTooShort { bits, floor });
    }
    if bits > MAX_RSA_BITS {
        return Err(Refusal::RsaTooLong { bits });
    }
    if is_even(&key.n) {
        return Err(Refusal::RsaModulus);
    }
    match bit_length(&key.e) {
        // At least two bits and odd: three or more.
        Some(2..=MAX_EXPONENT_BITS) if !is_even(&key.e) => Ok(bits),
        _ => Err(Refusal::RsaExponent),
    }
}

/// The bits of a positive number; `None` for zero and for negative numbers.
fn bit_length(number: &Mpint) -> Option<u32> {
    let bytes = number.as_positive_bytes()?;
    let len = u32::try_from(bytes.len()).ok()?;
    Some(len * 8 - bytes.first()?.leading_zeros())
}

fn is_even(number: &Mpint) -> bool {
    number.as_bytes().last().is_none_or(|byte| byte % 2 == 0)
}

/// OpenSSH rejects a key whose point is not on its curve.
fn curve_bits(key: &EcdsaPublicKey) -> Result<u32, Refusal> {
    let point = key.as_sec1_bytes();
    let (bits, on_curve) = match key {
        EcdsaPublicKey::NistP256(_) => (256, p256::PublicKey::from_sec1_bytes(point).is_ok()),
        EcdsaPublicKey::NistP384(_) => (384, p384::PublicKey::from_sec1_bytes(point).is_ok()),
        EcdsaPublicKey::NistP521(_) => (521, p521::PublicKey::from_sec1_bytes(point).is_ok()),
    };
    if on_curve && point.first() == Some(&UNCOMPRESSED) { Ok(bits) } else { Err(Refusal::Malformed) }
}

/// OpenSSH reads the application as a C string, which a NUL byte would cut short.
fn application(text: &str) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(Refusal::Malformed);
    }
    Ok(())
}
