//! Why a text is not taken as a key.

/// One rule broken. Each displays as one sentence that says why and what to do, fit to be shown to the
/// sender as it stands (lower case at the start, no full stop, so that it can follow a field's name).
///
/// None carries the input, so none can leak a private key sent by mistake into an answer or a log. The
/// only exception is the name in [`Refusal::UnknownType`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing but white space.
    #[error(
        "no key was given; send the line in the .pub file that `ssh-keygen` wrote, \
         such as ~/.ssh/id_ed25519.pub"
    )]
    Empty,

    /// More than 16 KiB of text.
    #[error("the key is longer than 16 KiB; send one public key on one line, with a short comment or none")]
    TooLong,

    /// A private key in OpenSSH's, PEM, PKCS8 or any other armour.
    #[error(
        "this is a private key, and it was not kept; send the public key, which \
         `ssh-keygen -y -f FILE` prints, and make a new pair if anybody may have seen this one"
    )]
    PrivateKey,

    /// PuTTY's `.ppk`, which holds both halves.
    #[error(
        "this is a PuTTY file with a private key, and it was not kept; send the public key, which \
         `puttygen FILE -O public-openssh` prints and PuTTYgen's window shows for pasting, \
         and make a new pair if anybody may have seen this one"
    )]
    PuttyPrivateKey,

    /// What `ssh-keygen -e` and PuTTYgen's "Save public key" write.
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

    /// Options of an `authorized_keys` line, a host name of a `known_hosts` line, a line number.
    #[error(
        "there is text before the key, such as options from an authorized_keys file or a host name; \
         leave it out, so that the line begins with the key's type, such as `ssh-ed25519`"
    )]
    TextBeforeKey,

    /// Nothing that looks like a key, or base64 without its type.
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

    /// A type that is not on the list: its name, of lower-case letters, digits and `-.@`, at most 48.
    #[error("`{0}` is not a type of key that is accepted; make a key with `ssh-keygen -t ed25519`")]
    UnknownType(String),

    /// The type at the line's start, which is on the list, is not the one inside the base64.
    #[error(
        "the line says {0} but holds a key of another type; \
         copy the whole line from the .pub file again"
    )]
    TypeMismatch(&'static str),

    /// A character from outside the alphabet, or wrong padding.
    #[error(
        "the key has characters or padding that do not belong in its base64; \
         copy the whole line from the .pub file again"
    )]
    Base64,

    /// The text ends before the key does. Also a key whose `+` became blanks in a form.
    #[error(
        "the key is cut short or has lost characters; copy the whole line from the .pub file again, \
         and in a form write each `+` as `%2B` (curl: --data-urlencode)"
    )]
    Truncated,

    /// The base64 goes on after the key, or text follows it without a blank.
    #[error(
        "something is glued to the end of the key; copy the whole line from the .pub file again, \
         and put a blank before the comment"
    )]
    TrailingBytes,

    /// Of the right type, but no key that OpenSSH would read.
    #[error("the key is damaged; copy the whole line from the .pub file again")]
    Malformed,

    /// Under the floor of OpenSSH or of the install, in bits.
    #[error(
        "the RSA key has {bits} bits and at least {floor} are needed; make a key with \
         `ssh-keygen -t ed25519` or `ssh-keygen -t rsa -b 4096`"
    )]
    RsaTooShort {
        /// The length of the modulus.
        bits: u32,
        /// The shortest accepted.
        floor: u32,
    },

    /// Over what OpenSSL, and so sshd, can use, in bits.
    #[error(
        "the RSA key has {bits} bits and OpenSSH takes no more than 16384; \
         make a key with `ssh-keygen -t ed25519` or `ssh-keygen -t rsa -b 4096`"
    )]
    RsaTooLong {
        /// The length of the modulus.
        bits: u32,
    },

    /// Even, under 3 or over 64 bits.
    #[error(
        "the RSA key's exponent is not an odd number from 3 to 64 bits, so the key is not safe; \
         make a key with `ssh-keygen -t ed25519`"
    )]
    RsaExponent,

    /// Even, zero or negative.
    #[error(
        "the RSA key's modulus is not an odd positive number, so the key is damaged; \
         copy the whole line from the .pub file again"
    )]
    RsaModulus,

    /// A line break, a tab, another control character or one that turns the direction of text.
    #[error(
        "the text after the key has a line break, a tab or another control character; \
         send the key and its comment on one line, without any"
    )]
    CommentCharacters,
}
