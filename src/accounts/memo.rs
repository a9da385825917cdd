//! Answers to one credential, kept until the database changes.

use bytes::Bytes;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A text for each dialect that asks, at an address or two of the server.
const KEPT: usize = 4;
/// Bytes of text that all credentials together may keep: some users have a thousand keys, and some a thousand tokens.
const MOST: usize = 8 << 20;

/// Bytes that are kept at present.
static ALL: AtomicUsize = AtomicUsize::new(0);

/// What was answered to whoever presented a credential. It lies in the [`SignedIn`](super::SignedIn), which is looked
/// up anew after every commit, so that whatever follows from the database alone may be kept in it.
///
/// The places are filled one after another, and none is given away: to read one, no processor waits for another.
#[derive(Default)]
pub struct Memo {
    places: [OnceLock<Kept>; KEPT],
    /// Whether anything was asked before. Most credentials of a crowd are not seen again while they are remembered.
    asked: AtomicBool,
}

struct Kept {
    what: &'static str,
    base_url: Box<str>,
    text: Bytes,
}

impl Memo {
    /// The text of this kind with URLs that begin so, which is made if it is not there, and kept from the second question
    /// on.
    ///
    /// # Errors
    /// Those of `make`; then nothing is kept.
    pub fn text<E>(
        &self,
        what: &'static str,
        base_url: &str,
        make: impl FnOnce() -> Result<Bytes, E>,
    ) -> Result<Bytes, E> {
        if let Some(text) = self.kept(what, base_url) {
            return Ok(text);
        }
        let text = make()?;
        if !self.asked.swap(true, Ordering::Relaxed) {
            return Ok(text);
        }
        // Callers choose the address: they must not fill the memory with it.
        let Some(place) = self.places.iter().find(|place| place.get().is_none()) else { return Ok(text) };
        let size = text.len() + base_url.len();
        if ALL.load(Ordering::Relaxed) + size > MOST {
            return Ok(text);
        }
        ALL.fetch_add(size, Ordering::Relaxed);
        // What is kept should take no more room than it fills.
        let text = Bytes::copy_from_slice(&text);
        // Whoever was quicker with another text has the place.
        drop(place.set(Kept { what, base_url: base_url.into(), text: text.clone() }));
        Ok(text)
    }

    fn kept(&self, what: &'static str, base_url: &str) -> Option<Bytes> {
        let kept = self.places.iter().map_while(OnceLock::get);
        let mut found = kept.filter(|kept| is_same(kept.what, what) && is_same(&kept.base_url, base_url));
        found.next().map(|kept| kept.text.clone())
    }
}

/// An empty text may lie at an address where nothing can be read. glibc's `memcmp` for AVX-512 reads there all the same,
/// nothing of it, for which the processor takes as long as for a thousand instructions.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}

impl Drop for Kept {
    fn drop(&mut self) {
        ALL.fetch_sub(self.text.len() + self.base_url.len(), Ordering::Relaxed);
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(memo: &Memo, what: &'static str, base_url: &str, fresh: &'static str) -> Bytes {
        memo.text(what, base_url, || Ok::<_, ()>(Bytes::from_static(fresh.as_bytes()))).unwrap()
    }

    /// One that was asked before.
    fn asked() -> Memo {
        let memo = Memo::default();
        text(&memo, "something else", "", "0");
        memo
    }

    #[test]
    fn a_text_is_made_once_for_each_kind_and_address() {
        let memo = asked();
        assert_eq!(text(&memo, "user", "http://a", "1"), "1");
        assert_eq!(text(&memo, "user", "http://b", "2"), "2");
        assert_eq!(text(&memo, "keys", "http://a", "3"), "3");
        assert_eq!(text(&memo, "user", "http://a", "4"), "1");
        assert_eq!(text(&memo, "user", "http://b", "5"), "2");
        assert_eq!(text(&memo, "keys", "http://a", "6"), "3");
    }

    #[test]
    fn what_is_asked_once_is_not_kept() {
        let memo = Memo::default();
        assert_eq!(text(&memo, "user", "", "1"), "1");
        assert_eq!(text(&memo, "user", "", "2"), "2");
        assert_eq!(text(&memo, "user", "", "3"), "2");
    }

    #[test]
    fn a_failure_is_not_kept() {
        let memo = asked();
        assert_eq!(memo.text("user", "", || Err("no")), Err("no"));
        assert_eq!(text(&memo, "user", "", "1"), "1");
    }

    #[test]
    fn texts_beyond_what_all_may_keep_are_made_anew() {
        let (memo, large) = (asked(), Bytes::from(vec![b'x'; MOST + 1]));
        assert_eq!(memo.text("keys", "", || Ok::<_, ()>(large.clone())), Ok(large));
        assert!(memo.places.iter().all(|place| place.get().is_none()));
        assert_eq!(text(&memo, "keys", "", "1"), "1");
    }

    #[test]
    fn a_caller_who_makes_addresses_up_fills_no_memory() {
        let memo = asked();
        for n in 0..1000 {
            text(&memo, "user", &format!("http://{n}"), "1");
        }
        assert_eq!(text(&memo, "user", "http://0", "2"), "1");
        assert_eq!(text(&memo, "user", "http://999", "2"), "2");
    }
}
