//! Reasons to refuse a key.

/// A broken rule. Each displays as one sentence for the sender that says what is wrong and what to do. The sentence
/// starts in lower case and has no full stop, so that it can follow the name of a field.
///
/// None contains the input, so that a private key sent by mistake cannot leak into a response or a log. The only
/// exception is the name in [`Refusal::UnknownType`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An empty text, or white space only.
    #[error(
        "no key was given; send the line in the .pub file that `ssh-keygen` wrote, \
         such as ~/.ssh/id_ed25519.pub"
    )]
    Empty,

    /// More than 16 KiB of text.
    #[error("the key is longer than 16 KiB; send one public key on one line, with a short comment or none")]
    TooLong,

    /// A private key in OpenSSH's format, PEM, PKCS8 or any other armor.
    #[error(
        "this is a private key, and it was not kept; send the public key, which \
         `ssh-keygen -y -f FILE` prints, and make a new pair if anybody may have seen this one"
    )]
    PrivateKey,

    /// PuTTY's `.ppk`, which contains both halves.
    #[error(
        "this is a PuTTY file with a private key, and it was not kept; send the public key, which \
         `puttygen FILE -O public-openssh` prints and PuTTYgen's window shows for pasting, \
         and make a new pair if anybody may have seen this one"
    )]
    PuttyPrivateKey,

    /// The format of `ssh-keygen -e` and of PuTTYgen's "Save public key".
    #[error(
        "this is a public key in the format of RFC 4716; \
         send what `ssh-keygen -i -m RFC4716 -f FILE` prints"
    )]
    Rfc4716,

    /// `BEGIN RSA PUBLIC KEY` (PKCS #1).
    #[error("this is a public key in PEM format; send what `ssh-keygen -i -m PEM -f FILE` prints")]
    Pem,

    /// `BEGIN PUBLIC KEY` (X.509's SubjectPublicKeyInfo, which `ssh-keygen` calls PKCS8).
    #[error("this is a public key in PKCS8 format; send what `ssh-keygen -i -m PKCS8 -f FILE` prints")]
    Pkcs8,

    /// Two keys, on two lines or on one.
    #[error("there is more than one key; send each one by itself")]
    SeveralKeys,

    /// Options of an `authorized_keys` line, the host name of a `known_hosts` line, or a line number.
    #[error(
        "there is text before the key, such as options from an authorized_keys file or a host name; \
         leave it out, so that the line begins with the key's type, such as `ssh-ed25519`"
    )]
    TextBeforeKey,

    /// Text that does not look like a key, or base64 without a type.
    #[error(
        "this is not a public key in OpenSSH's format; send the line in the .pub file that \
         `ssh-keygen` wrote, which begins with the key's type, such as `ssh-ed25519`"
    )]
    NotAKey,

    /// `ssh-dss`.
    #[error(
        "ssh-dss keys are not safe any more and OpenSSH has dropped them; \
         make a key with `ssh-keygen -t ed25519`"
    )]
    Dsa,

    /// `…-cert-v01@openssh.com`.
    #[error(
        "this is a certificate; send the public key it was made for, which is in the .pub file \
         without `-cert` in its name"
    )]
    Certificate,

    /// Another type. Its name has at most 48 lower-case letters, digits and `-.@`.
    #[error("`{0}` is not a type of key that is accepted; make a key with `ssh-keygen -t ed25519`")]
    UnknownType(String),

    /// The type at the start of the line, which is accepted, differs from the one in the base64.
    #[error(
        "the line says {0} but holds a key of another type; \
         copy the whole line from the .pub file again"
    )]
    TypeMismatch(&'static str),

    /// A character that is not base64, or wrong padding.
    #[error(
        "the key has characters or padding that do not belong in its base64; \
         copy the whole line from the .pub file again"
    )]
    Base64,

    /// The text ends before the key does. A key that lost each `+` to a form looks the same.
    #[error(
        "the key is cut short or has lost characters; copy the whole line from the .pub file again, \
         and in a form write each `+` as `%2B` (curl: --data-urlencode)"
    )]
    Truncated,

    /// The base64 continues after the key, or text follows without a blank.
    #[error(
        "something is glued to the end of the key; copy the whole line from the .pub file again, \
         and put a blank before the comment"
    )]
    TrailingBytes,

    /// The right type, but not a key that OpenSSH would read.
    #[error("the key is damaged; copy the whole line from the .pub file again")]
    Malformed,

    /// Below the minimum of OpenSSH or of the install, in bits.
    #[error(
        "the RSA key has {bits} bits and at least {floor} are needed; make a key with \
         `ssh-keygen -t ed25519` or `ssh-keygen -t rsa -b 4096`"
    )]
    RsaTooShort {
        /// The length of the modulus.
        bits: u32,
        /// The shortest accepted modulus.
        floor: u32,
    },

    /// Above the maximum of OpenSSL and therefore of sshd, in bits.
    #[error(
        "the RSA key has {bits} bits and OpenSSH takes no more than 16384; \
         make a key with `ssh-keygen -t ed25519` or `ssh-keygen -t rsa -b 4096`"
    )]
    RsaTooLong {
        /// The length of the modulus.
        bits: u32,
    },

    /// An exponent that is even, below 3, or longer than 64 bits.
    #[error(
        "the RSA key's exponent is not an odd number from 3 to 64 bits, so the key is not safe; \
         make a key with `ssh-keygen -t ed25519`"
    )]
    RsaExponent,

    /// A modulus that is even, zero or negative.
    #[error(
        "the RSA key's modulus is not an odd positive number, so the key is damaged; \
         copy the whole line from the .pub file again"
    )]
    RsaModulus,

    /// A line break, a tab, another control character, or a character that changes the direction of text.
    #[error(
        "the text after the key has a line break, a tab or another control character; \
         send the key and its comment on one line, without any"
    )]
    CommentCharacters,
}
