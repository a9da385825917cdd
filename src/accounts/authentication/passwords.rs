//! Hashes and verifies passwords with argon2id, one on each core at a time.

use super::hash_queue::{Flow, HashPermit, HashQueue};
use crate::accounts::Error;
use crate::domain::{Password, PasswordAttempt, PasswordHash, Random, UserId};
use argon2::password_hash::{Output, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;

/// The cost of a password hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// argon2's lowest, for accounts in memory only.
    Low,
    /// OWASP's minimum for argon2id.
    Standard,
}

impl Cost {
    fn params(self) -> Params {
        let params = match self {
            Self::Low => Params::new(Params::MIN_M_COST, 1, 1, None),
            // Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 lane.
            Self::Standard => Params::new(19 * 1024, 2, 1, None),
        };
        params.unwrap_or_default()
    }
}

pub(crate) struct Passwords {
    cost: Cost,
    hasher: Argon2<'static>,
    /// For salts.
    random: Random,
    /// One hash for each core: a flood of logins costs time, not memory.
    queue: Arc<HashQueue>,
    /// The hash of no password. It is checked when there is no user, so that the answer takes as long.
    dummy_hash: PasswordHash,
}

impl Passwords {
    pub(crate) fn new(cost: Cost, random: Random) -> Result<Self, Error> {
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let dummy_hash = dummy_hash(&cost.params())?;
        Ok(Self { cost, hasher, random, queue: HashQueue::new(cores), dummy_hash })
    }

    /// Whether hashes that cost less than OWASP's minimum may be imported.
    pub(crate) fn takes_cheap_hashes(&self) -> bool {
        self.cost == Cost::Low
    }

    /// How many passwords wait for a core.
    pub(crate) fn waiting(&self) -> u64 {
        self.queue.waiting() as u64
    }

    /// Hashes a new password. The salt is drawn before the future is polled: the order of the calls decides, not that of
    /// the hashes.
    pub(crate) fn hash(&self, password: Password) -> impl Future<Output = Result<PasswordHash, Error>> + use<'_> {
        self.hash_in(Flow::Administrators, PasswordAttempt::new(password.expose().to_owned()))
    }

    /// Hashes a password that was found to be the account's. An imported one need not keep today's rules.
    pub(crate) async fn hash_again(&self, user: UserId, attempt: PasswordAttempt) -> Result<PasswordHash, Error> {
        self.hash_in(Flow::Account(user), attempt).await
    }

    fn hash_in(
        &self,
        flow: Flow,
        attempt: PasswordAttempt,
    ) -> impl Future<Output = Result<PasswordHash, Error>> + use<'_> {
        let (hasher, salt) = (self.hasher.clone(), new_salt(&self.random));
        async move {
            let salt = salt?;
            let permit = self.queue.permit(flow, None).await?;
            off_thread(permit, move |_| hash(&hasher, attempt.expose().as_bytes(), &salt)).await
        }
    }

    /// Whether the hash has other parameters than those made here.
    pub(crate) fn needs_rehash(&self, hash: &PasswordHash) -> bool {
        let Ok(hash) = argon2::PasswordHash::new(hash.expose()) else { return false };
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        let params = Params::try_from(&hash).ok();
        let current = params.is_some_and(|params| cost(&params) == cost(self.hasher.params()));
        !current || hash.version != Some(Version::V0x13.into())
    }

    /// Whether the password is the one that was hashed for that account. Takes as long when there is no account, and no
    /// hash. `flow` is the client's.
    pub(super) async fn verify(
        &self,
        attempt: PasswordAttempt,
        stored: Option<PasswordHash>,
        flow: Flow,
        account: Option<UserId>,
    ) -> Result<bool, Error> {
        let account_with_hash = account.filter(|_| stored.is_some());
        let stored = stored.unwrap_or_else(|| self.dummy_hash.clone());
        let hasher = self.hasher.clone();
        let permit = self.queue.permit(flow, account).await?;
        let check = move |permit: &HashPermit| {
            let parsed = argon2::PasswordHash::new(stored.expose()).map_err(|_| Error::Internal)?;
            let matches = hasher.verify_password(attempt.expose().as_bytes(), &parsed).is_ok();
            let owner = account_with_hash.filter(|_| matches);
            owner.into_iter().for_each(|account| permit.succeeded(account));
            Ok(owner.is_some())
        };
        off_thread(permit, check).await
    }
}

/// The permit is held until the work is done, even if the caller has gone away.
async fn off_thread<T: Send + 'static>(
    permit: HashPermit,
    work: impl FnOnce(&HashPermit) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(move || work(&permit));
    done.await.unwrap_or(Err(Error::Internal))
}

/// A hash with these parameters that no password has: random bytes, so that it costs nothing to make.
fn dummy_hash(params: &Params) -> Result<PasswordHash, Error> {
    let salt = new_salt(&Random::SYSTEM)?;
    let mut random = [0u8; 32];
    Random::SYSTEM.fill(&mut random)?;
    let hash = argon2::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(|_| Error::Internal)?,
        salt: Some(salt.as_salt()),
        hash: Some(Output::new(&random).map_err(|_| Error::Internal)?),
    };
    Ok(PasswordHash::stored(hash.to_string()))
}

fn new_salt(random: &Random) -> Result<SaltString, Error> {
    let mut salt = [0u8; 16];
    random.fill(&mut salt)?;
    SaltString::encode_b64(&salt).map_err(|_| Error::Internal)
}

fn hash(hasher: &Argon2<'_>, password: &[u8], salt: &SaltString) -> Result<PasswordHash, Error> {
    let hash = hasher.hash_password(password, salt).map_err(|error| {
        tracing::error!(%error, "a password could not be hashed");
        Error::Internal
    })?;
    Ok(PasswordHash::stored(hash.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_standard_hash_keeps_owasps_minimum() {
        let passwords = Passwords::new(Cost::Standard, Random::SYSTEM).unwrap();
        let hash = passwords.hash(Password::parse("correct horse").unwrap()).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        let good = PasswordAttempt::new("correct horse".into());
        let battery = PasswordAttempt::new("battery".into());
        let flow = Flow::Client([127, 0, 0, 1].into());
        for (attempt, hash, right) in [(&good, Some(&hash), true), (&battery, Some(&hash), false), (&good, None, false)]
        {
            assert_eq!(passwords.verify(attempt.clone(), hash.cloned(), flow, Some(UserId(1))).await.unwrap(), right);
        }
        // As much work for an unknown user as for a known one.
        let prefix = |hash: &PasswordHash| hash.expose().rsplitn(3, '$').nth(2).unwrap().to_owned();
        assert_eq!(prefix(&passwords.dummy_hash), "$argon2id$v=19$m=19456,t=2,p=1");
        assert!(PasswordHash::parse(passwords.dummy_hash.expose()).is_ok());
    }
}
