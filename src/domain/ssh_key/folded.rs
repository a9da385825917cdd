//! Decodes base64 with white space in it, as far as the lengths inside the blob say.

use super::algorithm::Algorithm;
use super::{Refusal, WHITE};
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// The longest name of a type, in bytes (RFC 4251 section 6).
const MAX_NAME: usize = 64;

/// Decodes the text after the type.
pub(super) struct Folded<'a> {
    text: &'a str,
    at: usize,
    blob: Vec<u8>,
    /// The bytes of the blob that the fields so far occupy.
    used: usize,
    /// Whether there was padding, which ends the base64.
    ended: bool,
    /// Whether there was white space without a line break inside the base64. The text after it may be the comment, or a
    /// form has turned each `+` into a blank.
    crossed_blank: bool,
}

impl<'a> Folded<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text: text.trim_start_matches(WHITE),
            at: 0,
            blob: Vec::new(),
            used: 0,
            ended: false,
            crossed_blank: false,
        }
    }

    /// Decodes one complete blob of that type. Returns it with the text after its base64, which is empty or begins with
    /// white space.
    pub(super) fn read_blob(mut self, algorithm: Algorithm) -> Result<(Vec<u8>, &'a str), Refusal> {
        self.expect_name(algorithm)?;
        for _ in 0..algorithm.fields() {
            let len = self.length()?;
            self.take(len)?;
        }
        let rest = &self.text[self.at..];
        if self.blob.len() > self.used {
            return Err(self.or_cut(Refusal::TrailingBytes));
        }
        if rest.starts_with('=') {
            return Err(self.or_cut(Refusal::Base64));
        }
        if !rest.is_empty() && !rest.starts_with(WHITE) {
            return Err(self.or_cut(Refusal::TrailingBytes));
        }
        Ok((self.blob, rest))
    }

    /// The type inside the blob must be the one in front of it; nothing else in the blob is trusted before that.
    fn expect_name(&mut self, algorithm: Algorithm) -> Result<(), Refusal> {
        let len = self.length()?;
        if !(1..=MAX_NAME).contains(&len) {
            return Err(self.or_cut(Refusal::Malformed));
        }
        if self.take(len)? != algorithm.name().as_bytes() {
            return Err(Refusal::TypeMismatch(algorithm.name()));
        }
        Ok(())
    }

    /// A `uint32` of RFC 4251 section 5.
    fn length(&mut self) -> Result<usize, Refusal> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0, |n, &b| n << 8 | usize::from(b)))
    }

    /// The next `len` bytes. A wrong length cannot take more memory than the text, which is short.
    fn take(&mut self, len: usize) -> Result<&[u8], Refusal> {
        let start = self.used;
        self.used = start.saturating_add(len);
        while self.blob.len() < self.used {
            self.decode_four()?;
        }
        Ok(&self.blob[start..self.used])
    }

    fn decode_four(&mut self) -> Result<(), Refusal> {
        if self.ended {
            return Err(Refusal::Truncated);
        }
        let mut four = [0; 4];
        for symbol in &mut four {
            *symbol = self.symbol()?;
        }
        let mut bytes = [0; 3];
        // The engine accepts canonical base64 only: with the padding that is due, and no stray bits before it.
        let len = BASE64_STANDARD.decode_slice(four, &mut bytes).map_err(|_| self.or_cut(Refusal::Base64))?;
        self.blob.extend_from_slice(&bytes[..len]);
        self.ended = len < bytes.len();
        Ok(())
    }

    fn symbol(&mut self) -> Result<u8, Refusal> {
        let rest = &self.text[self.at..];
        let folded = rest.trim_start_matches(WHITE);
        let white = &rest[..rest.len() - folded.len()];
        self.at += white.len();
        self.crossed_blank |= !white.is_empty() && !white.contains(['\r', '\n']);
        match folded.bytes().next() {
            None => Err(Refusal::Truncated),
            Some(b) if b.is_ascii_alphanumeric() || b"+/=".contains(&b) => {
                self.at += 1;
                Ok(b)
            }
            Some(_) => Err(self.or_cut(Refusal::Base64)),
        }
    }

    /// The refusal, unless there was a blank: then the base64 was cut short and this text is the comment.
    fn or_cut(&self, otherwise: Refusal) -> Refusal {
        if self.crossed_blank { Refusal::Truncated } else { otherwise }
    }
}
