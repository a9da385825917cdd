//! Credential in, actor out: the one place where it is decided who is asking.

use super::actor::{Actor, SignedIn};
use super::passwords::fill;
use super::{Accounts, Error, Memo};
use crate::domain::{PasswordAttempt, PasswordHash, Scopes, State, Token, TokenHash, User};
use crate::store::Stamp;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use sha2::Sha256;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a password that was checked need not be checked again, while the account's hash stays the same.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
/// Credentials remembered, of each kind; some MiB at most.
const REMEMBERED: usize = 8192;

/// What a caller presents.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A user name or address, and a password or a token in its place.
    Login { login: String, secret: PasswordAttempt },
    /// A token of any kind.
    Token(Token),
}

/// What was found out about credentials, each valid while the database is as it was.
pub(super) struct Remembered {
    tokens: Cache<TokenHash, Entry>,
    logins: Cache<[u8; 32], Entry>,
    /// Keys the digests of passwords that `logins` remembers; never leaves the process.
    key: [u8; 32],
}

#[derive(Clone)]
struct Entry {
    stamp: Stamp,
    checked: Instant,
    signed_in: Arc<SignedIn>,
}

impl Remembered {
    pub(super) fn new() -> Result<Self, Error> {
        let mut key = [0; 32];
        fill(&mut key)?;
        Ok(Self { tokens: Cache::new(REMEMBERED), logins: Cache::new(REMEMBERED), key })
    }

    fn login_digest(&self, login: &str, secret: &PasswordAttempt) -> Result<[u8; 32], Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(|_| Error::Internal)?;
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        mac.update(&login.len().to_le_bytes());
        mac.update(login.to_ascii_lowercase().as_bytes());
        mac.update(secret.expose().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }
}

impl Accounts {
    /// Who presents this credential.
    ///
    /// # Errors
    /// `Unauthenticated` for whatever is wrong with it, users who are not active included.
    pub async fn authenticate(&self, credential: Credential) -> Result<Actor, Error> {
        let signed_in = match credential {
            Credential::Token(token) => self.by_token(&token)?,
            Credential::Login { login, secret } => self.by_login(&login, &secret).await?,
        };
        if let Some(token) = signed_in.token {
            self.usage.note(token);
        }
        Ok(Actor::user(signed_in))
    }

    fn by_token(&self, token: &Token) -> Result<Arc<SignedIn>, Error> {
        let hash = token.hash();
        // Taken before the look-up: a commit in between makes the entry stale, never wrong.
        let stamp = self.store.stamp();
        if let (Some(stamp), Some(entry)) = (stamp, self.remembered.tokens.get(&hash))
            && entry.stamp == stamp
        {
            return still_good(entry.signed_in);
        }
        let owner = self.store.read(|db| db.token_owner(&hash))?.ok_or(Error::Unauthenticated)?;
        let signed_in = Arc::new(SignedIn {
            user: Arc::new(owner.user),
            scopes: owner.scopes,
            token: Some(owner.token),
            expires_at: owner.expires_at,
            memo: Memo::default(),
            password_hash: None,
            web_session: None,
            behind: None,
        });
        if let Some(stamp) = stamp {
            let entry = Entry { stamp, checked: Instant::now(), signed_in: Arc::clone(&signed_in) };
            self.remembered.tokens.insert(hash, entry);
        }
        still_good(signed_in)
    }

    /// docker's clients may send a token where the password goes.
    fn by_token_of(&self, login: &str, secret: &PasswordAttempt) -> Result<Option<Arc<SignedIn>>, Error> {
        let Ok(token) = Token::parse(secret.expose()) else { return Ok(None) };
        match self.by_token(&token) {
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

    async fn by_login(&self, login: &str, secret: &PasswordAttempt) -> Result<Arc<SignedIn>, Error> {
        let digest = self.remembered.login_digest(login, secret)?;
        if let Some(entry) = self.remembered_login(&digest)
            && self.store.stamp() == Some(entry.stamp)
        {
            return still_good(entry.signed_in);
        }
        match self.by_token_of(login, secret)? {
            Some(signed_in) => Ok(signed_in),
            None => self.by_password(login, secret).await,
        }
    }

    fn remembered_login(&self, digest: &[u8; 32]) -> Option<Entry> {
        self.remembered.logins.get(digest).filter(|entry| entry.checked.elapsed() < REMEMBERED_FOR)
    }

    pub(super) async fn by_password(&self, login: &str, secret: &PasswordAttempt) -> Result<Arc<SignedIn>, Error> {
        let digest = self.remembered.login_digest(login, secret)?;
        let stamp = self.store.stamp();
        let (mut user, hash) = self.store.read(|db| db.login(login))?.unzip();
        let hash = hash.flatten();
        // The same hash as then: the password has not changed, whatever else has.
        let known = self.remembered_login(&digest).filter(|entry| entry.signed_in.password_hash == hash);
        let checked = match known {
            Some(entry) if hash.is_some() => entry.checked,
            _ => {
                self.check_password(secret, hash.clone()).await?;
                Instant::now()
            }
        };
        // GitLab's `doc/administration/moderate_users.md`: who signs in is not dormant.
        if let Some(dormant) = user.take_if(|user| user.state == State::Deactivated) {
            user = Some(self.reactivate(dormant.id).await?);
        }
        let signed_in = Arc::new(SignedIn {
            user: Arc::new(user.ok_or(Error::Unauthenticated)?),
            scopes: Scopes::EVERYTHING,
            token: None,
            expires_at: None,
            memo: Memo::default(),
            password_hash: hash,
            web_session: None,
            behind: None,
        });
        // A blocked user is not remembered: a quicker refusal would tell that the password was right.
        let signed_in = still_good(signed_in)?;
        if let Some(stamp) = stamp {
            self.remembered.logins.insert(digest, Entry { stamp, checked, signed_in: Arc::clone(&signed_in) });
        }
        Ok(signed_in)
    }

    async fn check_password(&self, secret: &PasswordAttempt, hash: Option<PasswordHash>) -> Result<(), Error> {
        // One that is too long to be anybody's still costs a hash, of less.
        let hopeless = secret.is_hopeless();
        let secret = if hopeless { PasswordAttempt::new(String::new()) } else { secret.clone() };
        if self.passwords.verify(secret, hash).await? && !hopeless { Ok(()) } else { Err(Error::Unauthenticated) }
    }
}

/// Time passes without a commit: an expiry is looked at on every request.
fn still_good(signed_in: Arc<SignedIn>) -> Result<Arc<SignedIn>, Error> {
    let expired = signed_in.expires_at.is_some_and(|end| end <= Timestamp::now());
    if expired || !signed_in.user.is_active() { Err(Error::Unauthenticated) } else { Ok(signed_in) }
}
