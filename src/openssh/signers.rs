//! The file of allowed signers, made once for each state of the database and shared by all callers. With tens of
//! thousands of users it has megabytes: made for each caller, it would cost that much memory each time.

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

/// What is collected from the database.
struct Collected {
    text: String,
    until: Timestamp,
}

impl SignersFile {
    /// The file as it is now. Only one is made at a time; other callers wait for it, and share it.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn get(&self, accounts: &Accounts, reader: &Reader) -> Result<TaggedText, Error> {
        let mut cached = self.0.lock().await;
        // Read before the file is made: a commit in between makes the file stale, never wrong.
        let data_version = accounts.data_version();
        if let Some(cached) = &*cached
            && Some(cached.data_version) == data_version
            && Timestamp::now() < cached.until
        {
            return Ok(cached.file.clone());
        }
        *cached = None;
        let start = Collected { text: String::new(), until: Timestamp::MAX };
        let Collected { text, until } = accounts
            .fold_signers(reader, start, |collected, signer, addresses| {
                collected.until = collected.until.min(signer.key.expires_at.unwrap_or(Timestamp::MAX));
                push_signer(&mut collected.text, signer, addresses);
            })
            .await?;
        let file = tokio::task::spawn_blocking(|| TaggedText::new(text)).await.map_err(|_| Error::Internal)?;
        *cached = data_version.map(|data_version| Cached { data_version, until, file: file.clone() });
        Ok(file)
    }
}
