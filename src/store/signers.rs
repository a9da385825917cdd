//! The keys that may sign, for the file of allowed signers.

use super::error::Error;
use super::keys::{AuthorizedKey, authorized_key};
use super::tx::{Read, micros};
use crate::domain::{EmailAddress, EmailTrust, KeyId, UserId};
use jiff::Timestamp;
use std::ops::ControlFlow;

/// How many keys are looked at in one step, which bounds the time of a step even if none of them may sign.
const STEP: u32 = 64;

/// A position in the list of all keys, which is ordered by user and key.
#[derive(Clone, Copy, Debug)]
pub struct SignerCursor {
    user: UserId,
    key: KeyId,
}

impl Default for SignerCursor {
    /// Before the first key.
    fn default() -> Self {
        Self { user: UserId(0), key: KeyId(0) }
    }
}

impl Read<'_> {
    /// These numbers change with each change of the list of signers and whenever a key expires, and do not come back.
    pub fn signers_version(&self, now: Timestamp) -> Result<[i64; 2], Error> {
        let sql = "SELECT version, (SELECT max(expires_at) FROM ssh_keys WHERE expires_at <= ?1) FROM signers_version";
        let version =
            self.one(sql, [micros(now)], |row| Ok([row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0)]))?;
        Ok(version.unwrap_or_default())
    }

    /// Looks at some keys after the cursor, and passes each that may sign at `now` to `each`, with those addresses of its
    /// owner that were verified by a party whose word counts, until it breaks. Users without such an address are left out. Returns the position of the last key;
    /// `None` after the last one of all.
    pub fn signers_after(
        &self,
        cursor: SignerCursor,
        trust: EmailTrust,
        now: Timestamp,
        mut each: impl FnMut(&AuthorizedKey, &[EmailAddress]) -> ControlFlow<()>,
    ) -> Result<Option<SignerCursor>, Error> {
        let sql = "SELECT k.*, u.username, u.state = 'active' AND k.usage_type <> 'auth'
                     AND (k.expires_at IS NULL OR k.expires_at > ?3) AS may_sign
                   FROM ssh_keys k INDEXED BY ssh_keys_user CROSS JOIN users u ON u.id = k.user_id
                   WHERE (k.user_id, k.id) > (?1, ?2) ORDER BY k.user_id, k.id";
        let (mut last, mut looked_at, mut addresses) = (cursor, 0, (UserId(0), Vec::new()));
        let is_end = self.rows_until(sql, [cursor.user.0, cursor.key.0, micros(now)], |row| {
            looked_at += 1;
            let limit = if looked_at < STEP { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
            last = SignerCursor { user: UserId(row.get("user_id")?), key: KeyId(row.get("id")?) };
            if !row.get::<_, bool>("may_sign")? {
                return Ok(limit);
            }
            if addresses.0 != last.user {
                addresses = (last.user, self.confirmed_addresses(last.user, trust)?);
            }
            if addresses.1.is_empty() {
                return Ok(limit);
            }
            Ok(if each(&authorized_key(row)?, &addresses.1).is_break() { ControlFlow::Break(()) } else { limit })
        })?;
        Ok(Some(last).filter(|_| !is_end))
    }

    /// Passes every key that may sign now to `each`, by user and key.
    pub fn each_signer(
        &self,
        trust: EmailTrust,
        now: Timestamp,
        mut each: impl FnMut(&AuthorizedKey, &[EmailAddress]),
    ) -> Result<(), Error> {
        let mut cursor = Some(SignerCursor::default());
        while let Some(position) = cursor {
            cursor = self.signers_after(position, trust, now, |signer, addresses| {
                each(signer, addresses);
                ControlFlow::Continue(())
            })?;
        }
        Ok(())
    }

    fn confirmed_addresses(&self, user: UserId, trust: EmailTrust) -> Result<Vec<EmailAddress>, Error> {
        let sql = "SELECT address FROM emails
                   WHERE user_id = ?1 AND verified = 1 AND (?2 OR verified_by = 'administrator') ORDER BY id";
        self.all(sql, (user.0, trust == EmailTrust::Everyone), |row| Ok(EmailAddress::stored(row.get(0)?)))
    }
}
