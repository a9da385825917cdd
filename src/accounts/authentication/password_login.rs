//! Signing in with a login name and a password: the cache, the rate limit, then the hash.

use super::credential_cache::Login;
use crate::accounts::actor::{Proof, SignedIn};
use crate::accounts::{Accounts, Error};
use crate::domain::{PasswordAttempt, State, Token, User, UserId};
use crate::store::LoginRecord;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

impl Accounts {
    /// The user who presents a login name with a password that was checked before, if nothing was committed since.
    pub(super) fn by_cached_login(
        &self,
        name: &str,
        password: &PasswordAttempt,
        from: IpAddr,
    ) -> Option<Result<Arc<SignedIn>, Error>> {
        let folded = lowercase(name);
        let cached = self.credentials.login(&self.login(name, &folded, password, from), self.store.data_version())?;
        Some(self.counters.login(self.still_good(cached)))
    }

    /// The user who presents a login name with a password, or with a token in its place.
    pub(super) async fn by_login(
        &self,
        name: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<Arc<SignedIn>, Error> {
        match self.by_token_of(name, secret, from).await? {
            Some(signed_in) => Ok(signed_in),
            None => self.by_password(name, secret, from).await,
        }
    }

    /// The user who has this login name and password.
    pub(super) async fn by_password(
        &self,
        name: &str,
        password: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<Arc<SignedIn>, Error> {
        self.check(&self.login(name, &lowercase(name), password, from), from).await
    }

    /// `folded` is the name in lower case.
    fn login<'a>(&self, name: &'a str, folded: &'a str, password: &'a PasswordAttempt, from: IpAddr) -> Login<'a> {
        self.credentials.prepare(name, folded, password, self.login_limiter.attempt(folded, from))
    }

    /// docker's clients may send a token where the password goes.
    async fn by_token_of(
        &self,
        login: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<Option<Arc<SignedIn>>, Error> {
        let Ok(token) = Token::parse(secret.expose()) else { return Ok(None) };
        match self.by_token(&token, from).await {
            Ok(signed_in) if self.is_login_of(login, &signed_in.user)? => Ok(Some(signed_in)),
            Ok(_) | Err(Error::Unauthenticated | Error::TokenEnded(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn is_login_of(&self, login: &str, user: &User) -> Result<bool, Error> {
        if user.username.matches(login) || user.email.matches(login) {
            return Ok(true);
        }
        let found = self.store.read(|db| db.login(login))?;
        Ok(found.is_some_and(|(found, _)| found.id == user.id))
    }

    async fn check(&self, login: &Login<'_>, from: IpAddr) -> Result<Arc<SignedIn>, Error> {
        let mut account = None;
        let outcome = self.check_uncounted(login, from, &mut account).await;
        if let Err(Error::Unauthenticated | Error::TooManyAttempts { .. }) = outcome {
            let opening = self.store.data_version().map(|version| version.opening());
            self.failed_sign_ins.note(from, self.now(), account, opening);
        }
        self.counters.login(outcome)
    }

    /// Sets `account` to the one that has the login name.
    async fn check_uncounted(
        &self,
        login: &Login<'_>,
        from: IpAddr,
        account: &mut Option<UserId>,
    ) -> Result<Arc<SignedIn>, Error> {
        self.credentials.drop_unless_right(login);
        if let Some(signed_in) = self.revalidate(login)? {
            return Ok(signed_in);
        }
        let _lock = self.login_limiter.lock(login.attempt).await;
        // The request that had the lock may have had the same password checked.
        if let Some(signed_in) = self.revalidate(login)? {
            return Ok(signed_in);
        }
        let version = self.store.data_version();
        let found = self.store.read(|db| db.login_record(login.name))?;
        *account = found.as_ref().map(|found| found.user);
        let reservation = self.login_limiter.reserve(login.attempt, *account).await?;
        let LoginRecord { user, state, password_hash } = self.verify(login, found).await?;
        match state {
            State::Active => {}
            // GitLab's `doc/administration/moderate_users.md`: signing in ends the dormancy.
            State::Deactivated => self.reactivate(user, password_hash.clone(), Some(from)).await?,
            // Not cached, counted as a failure and no slower: any difference would tell that the password was right.
            State::Blocked | State::Banned | State::BlockedPendingApproval => return Err(Error::Unauthenticated),
        }
        let password_hash = self.rehash_if_outdated(user, login.password, password_hash).await;
        let now = self.store.read(|db| db.user_with_hash(user))?.filter(|(_, now)| *now == password_hash);
        let (Some((user, _)), Some(hash)) = (now, password_hash) else { return Err(Error::Unauthenticated) };
        let signed_in = self.still_good(Arc::new(SignedIn::new(user, Proof::Password(hash), version)))?;
        reservation.succeeded(signed_in.user.id);
        self.credentials.insert_login(login, Instant::now(), &signed_in);
        Ok(signed_in)
    }

    /// The user of a cached login, read again after a commit: while the account's hash is still the one that was
    /// checked, the password is right, whatever else has changed.
    fn revalidate(&self, login: &Login<'_>) -> Result<Option<Arc<SignedIn>>, Error> {
        let Some((checked, cached)) = self.credentials.checked_login(login) else { return Ok(None) };
        let Proof::Password(verified) = &cached.proof else { return Ok(None) };
        let version = self.store.data_version();
        let found = self.store.read(|db| db.login(login.name))?;
        let Some((user, Some(hash))) = found.filter(|(user, _)| user.is_active()) else { return Ok(None) };
        if hash != *verified {
            return Ok(None);
        }
        let signed_in = Arc::new(SignedIn::new(user, Proof::Password(hash), version));
        self.credentials.insert_login(login, checked, &signed_in);
        Ok(Some(signed_in))
    }

    /// Returns the record if the password is its own. It takes as long without a record.
    async fn verify(&self, login: &Login<'_>, found: Option<LoginRecord>) -> Result<LoginRecord, Error> {
        let hash = found.as_ref().and_then(|found| found.password_hash.clone());
        // A password that is too long for any account still costs a hash, of fewer bytes.
        let too_long = login.password.exceeds_max_length();
        let password = if too_long { PasswordAttempt::new(String::new()) } else { login.password.clone() };
        let account = found.as_ref().map(|found| found.user);
        let right = self.passwords.verify(password, hash, login.attempt.flow(), account).await?;
        found.filter(|_| right && !too_long).ok_or(Error::Unauthenticated)
    }
}

/// Most clients send the name in lower case, and need no copy.
fn lowercase(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}
