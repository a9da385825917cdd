//! Credential in, actor out: the one place where it is decided who is asking.

use super::actor::{Actor, SignedIn};
use super::attempts::{Admitted, Attempt};
use super::glimpses::Glimpses;
use super::passwords::fill;
use super::{Accounts, Error};
use crate::domain::{PasswordAttempt, PasswordHash, Scopes, State, Token, TokenHash, User};
use crate::store::{DataVersion, LoginRecord};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use sha2::Sha256;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;

/// How long a password that was checked need not be checked again, while the account's hash stays the same.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
/// Credentials remembered, of each kind: 2 or 3 KiB each.
const REMEMBERED: usize = 4096;

/// What a caller presents.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A user name or address, a password or a token in its place, and where they came from.
    Login { login: String, secret: PasswordAttempt, from: IpAddr },
    /// A token of any kind.
    Token(Token),
}

/// What was found out about credentials, each valid while the database is as it was.
pub(super) struct Remembered {
    tokens: Cache<TokenHash, Entry>,
    glimpses: Glimpses,
    /// One password of each pair of login name and address, with its digest.
    logins: Cache<u64, ([u8; 32], Entry)>,
    /// Keys the digests of passwords that `logins` remembers; never leaves the process.
    key: [u8; 32],
}

#[derive(Clone)]
struct Entry {
    version: DataVersion,
    checked: Instant,
    signed_in: Arc<SignedIn>,
}

impl Remembered {
    pub(super) fn new() -> Result<Self, Error> {
        let mut key = [0; 32];
        fill(&mut key)?;
        let (tokens, logins) = (Cache::new(REMEMBERED), Cache::new(REMEMBERED));
        Ok(Self { tokens, glimpses: Glimpses::new(), logins, key })
    }

    /// Of a folded login name and a password.
    fn digest(&self, login: &str, secret: &PasswordAttempt) -> Result<[u8; 32], Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(|_| Error::Internal)?;
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        mac.update(&login.len().to_le_bytes());
        mac.update(login.as_bytes());
        mac.update(secret.expose().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    fn login(&self, login: &Login<'_>) -> Option<Entry> {
        let (_, entry) =
            self.logins.get(&login.attempt.pair).filter(|(digest, _)| login.digest.ct_eq(digest).into())?;
        (entry.checked.elapsed() < REMEMBERED_FOR).then_some(entry)
    }

    fn keep_login(&self, login: &Login<'_>, entry: Entry) {
        self.logins.insert(login.attempt.pair, (login.digest, entry));
    }

    /// What is remembered answers without being counted: a wrong guess must be the last.
    fn forget_unless_right(&self, login: &Login<'_>) {
        self.logins.remove_if(&login.attempt.pair, |(digest, _)| login.digest.ct_ne(digest).into());
    }
}

/// A login name, a password, and what stands for them.
struct Login<'a> {
    name: &'a str,
    secret: &'a PasswordAttempt,
    attempt: Attempt<'a>,
    digest: [u8; 32],
}

impl Accounts {
    /// Who presents this credential.
    ///
    /// # Errors
    /// `Unauthenticated` for whatever is wrong with it, users who are not active included; `TooManyAttempts` for a
    /// password.
    pub async fn authenticate(&self, credential: Credential) -> Result<Actor, Error> {
        let signed_in = match credential {
            Credential::Token(token) => self.by_token(&token).await?,
            // Apart, so that a request with a token does not pay for a future that large.
            Credential::Login { login, secret, from } => Box::pin(self.by_login(&login, &secret, from)).await?,
        };
        if let Some(token) = signed_in.token {
            self.usage.note(token, &signed_in.noted);
        }
        Ok(Actor::user(signed_in))
    }

    async fn by_token(&self, token: &Token) -> Result<Arc<SignedIn>, Error> {
        let hash = token.hash();
        // Taken before the look-up: a commit in between makes the entry stale, never wrong.
        let version = self.store.data_version();
        if let (Some(version), Some(entry)) = (version, self.remembered.tokens.get(&hash))
            && entry.version == version
        {
            self.counters.token_hits.increment();
            return still_good(entry.signed_in);
        }
        self.counters.token_misses.increment();
        Box::pin(self.look_up_token(hash, version)).await
    }

    async fn look_up_token(&self, hash: TokenHash, version: Option<DataVersion>) -> Result<Arc<SignedIn>, Error> {
        let owner = self.store.look_up(move |db| db.token_owner(&hash)).await?.ok_or(Error::Unauthenticated)?;
        let signed_in = Arc::new(SignedIn {
            user: Arc::new(owner.user),
            scopes: owner.scopes,
            token: Some(owner.token),
            expires_at: owner.expires_at,
            data_version: version,
            noted: AtomicI64::default(),
            password_hash: None,
            web_session: None,
            impersonator: None,
        });
        if let Some(version) = version
            && self.remembered.glimpses.again(&hash)
        {
            let entry = Entry { version, checked: Instant::now(), signed_in: Arc::clone(&signed_in) };
            self.remembered.tokens.insert(hash, entry);
        }
        still_good(signed_in)
    }

    /// docker's clients may send a token where the password goes.
    async fn by_token_of(&self, login: &str, secret: &PasswordAttempt) -> Result<Option<Arc<SignedIn>>, Error> {
        let Ok(token) = Token::parse(secret.expose()) else { return Ok(None) };
        match self.by_token(&token).await {
            Ok(signed_in) if self.is_login_of(login, &signed_in.user)? => Ok(Some(signed_in)),
            Ok(_) | Err(Error::Unauthenticated) => Ok(None),
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

    async fn by_login(&self, name: &str, secret: &PasswordAttempt, from: IpAddr) -> Result<Arc<SignedIn>, Error> {
        let folded = name.to_ascii_lowercase();
        let login = self.login(name, &folded, secret, from)?;
        if let Some(entry) = self.remembered.login(&login)
            && self.store.data_version() == Some(entry.version)
        {
            return self.counters.login(still_good(entry.signed_in));
        }
        match self.by_token_of(name, secret).await? {
            Some(signed_in) => Ok(signed_in),
            None => self.check(&login).await,
        }
    }

    /// Who has this login name and password. The address is the client's.
    pub(super) async fn by_password(
        &self,
        name: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<Arc<SignedIn>, Error> {
        let folded = name.to_ascii_lowercase();
        self.check(&self.login(name, &folded, secret, from)?).await
    }

    fn login<'a>(
        &self,
        name: &'a str,
        folded: &'a str,
        secret: &'a PasswordAttempt,
        from: IpAddr,
    ) -> Result<Login<'a>, Error> {
        let digest = self.remembered.digest(folded, secret)?;
        Ok(Login { name, secret, attempt: self.attempts.attempt(folded, from), digest })
    }

    async fn check(&self, login: &Login<'_>) -> Result<Arc<SignedIn>, Error> {
        self.counters.login(self.look_at(login).await)
    }

    async fn look_at(&self, login: &Login<'_>) -> Result<Arc<SignedIn>, Error> {
        self.remembered.forget_unless_right(login);
        if let Some(known) = self.recall(login)? {
            return Ok(known);
        }
        let _turn = self.attempts.turn(login.attempt).await;
        // Whoever was before may have had the same password checked.
        if let Some(known) = self.recall(login)? {
            return Ok(known);
        }
        let version = self.store.data_version();
        let found = self.store.read(|db| db.login_record(login.name))?;
        let (LoginRecord { user, state, password_hash: hash }, admitted) = self.check_password(login, found).await?;
        match state {
            State::Active => {}
            // GitLab's `doc/administration/moderate_users.md`: who signs in is not dormant.
            State::Deactivated => self.reactivate(user, hash.clone()).await?,
            // Neither remembered nor forgiven, nor any slower: each would tell that the password was right.
            State::Blocked | State::Banned | State::BlockedPendingApproval => return Err(Error::Unauthenticated),
        }
        let hash = self.rehash_if_outdated(user, login.secret, hash).await;
        let now = self.store.read(|db| db.user_with_hash(user))?.filter(|(_, now)| *now == hash);
        let (user, hash) = now.ok_or(Error::Unauthenticated)?;
        let signed_in = still_good(with_password(user, hash, version))?;
        self.attempts.succeeded(&admitted, signed_in.user.id);
        if let Some(version) = version {
            let entry = Entry { version, checked: Instant::now(), signed_in: Arc::clone(&signed_in) };
            self.remembered.keep_login(login, entry);
        }
        Ok(signed_in)
    }

    /// Who that is, without a check, if the account's hash is still the one that was checked: the password has not changed,
    /// whatever else has.
    fn recall(&self, login: &Login<'_>) -> Result<Option<Arc<SignedIn>>, Error> {
        let Some(Entry { checked, signed_in: then, .. }) = self.remembered.login(login) else { return Ok(None) };
        let version = self.store.data_version();
        let Some((user, hash)) = self.store.read(|db| db.login(login.name))? else { return Ok(None) };
        if hash.is_none() || hash != then.password_hash || !user.is_active() {
            return Ok(None);
        }
        let signed_in = with_password(user, hash, version);
        if let Some(version) = version {
            self.remembered.keep_login(login, Entry { version, checked, signed_in: Arc::clone(&signed_in) });
        }
        Ok(Some(signed_in))
    }

    /// Gives the record back if the password is its own.
    async fn check_password(
        &self,
        login: &Login<'_>,
        found: Option<LoginRecord>,
    ) -> Result<(LoginRecord, Admitted), Error> {
        let user = found.as_ref().map(|found| found.user);
        let hash = found.as_ref().and_then(|found| found.password_hash.clone());
        // Who has to wait anyhow does not wait here first.
        self.attempts.would_admit(login.attempt, user)?;
        // One that is too long to be anybody's still costs a hash, of less.
        let too_long = login.secret.exceeds_max_length();
        let secret = if too_long { PasswordAttempt::new(String::new()) } else { login.secret.clone() };
        let admit = || self.attempts.admit(login.attempt, user);
        let (right, admitted) = self.passwords.verify(secret, hash, admit).await?;
        let found = found.filter(|_| right && !too_long);
        Ok((found.ok_or(Error::Unauthenticated)?, admitted))
    }
}

fn with_password(user: User, hash: Option<PasswordHash>, version: Option<DataVersion>) -> Arc<SignedIn> {
    Arc::new(SignedIn {
        user: Arc::new(user),
        scopes: Scopes::EVERYTHING,
        token: None,
        expires_at: None,
        data_version: version,
        noted: AtomicI64::default(),
        web_session: None,
        password_hash: hash,
        impersonator: None,
    })
}

/// Time passes without a commit: an expiry is looked at on every request.
fn still_good(signed_in: Arc<SignedIn>) -> Result<Arc<SignedIn>, Error> {
    let expired = signed_in.expires_at.is_some_and(|end| end <= Timestamp::now());
    if expired || !signed_in.user.is_active() { Err(Error::Unauthenticated) } else { Ok(signed_in) }
}
