//! Caches the file of allowed signers, which all callers share until the next commit. With tens of thousands of users it
//! has several megabytes, so building it for each caller would use that much memory each time.

use crate::accounts::access::Reader;
use crate::accounts::{Accounts, DataVersion, Error};
use crate::http::reply::TaggedText;
use crate::ssh::push_signer;
use jiff::Timestamp;
use tokio::sync::Mutex;

#[derive(Default)]
pub struct SignersFile(Mutex<Option<Cached>>);

struct Cached {
    data_version: DataVersion,
    /// When the first of its keys expires.
    until: Timestamp,
    file: TaggedText,
}

impl SignersFile {
    /// The current file. Only one caller builds it at a time; the others wait for it and share it.
    ///
    /// # Errors
    /// Only database errors.
    pub async fn get(&self, accounts: &Accounts, reader: &Reader) -> Result<TaggedText, Error> {
        let mut cached = self.0.lock().await;
        // Read before the file is built, so that a commit in between makes the cached file stale rather than wrong.
        let data_version = accounts.data_version();
        if let Some(cached) = &*cached
            && Some(cached.data_version) == data_version
            && Timestamp::now() < cached.until
        {
            return Ok(cached.file.clone());
        }
        *cached = None;
        let start = (String::new(), Timestamp::MAX);
        let (text, until) = accounts
            .fold_signers(reader, start, |(text, until), signer, addresses| {
                *until = signer.key.expires_at.map_or(*until, |expires_at| expires_at.min(*until));
                push_signer(text, signer, addresses);
            })
            .await?;
        let file = tokio::task::spawn_blocking(|| TaggedText::new(text)).await.map_err(|_| Error::Internal)?;
        *cached = data_version.map(|data_version| Cached { data_version, until, file: file.clone() });
        Ok(file)
    }
}
