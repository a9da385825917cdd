//! Parses keys, tokens and applications of an archive.

use super::ArchiveError;
use super::format::{ApplicationEntry, KeyEntry, TokenEntry};
use super::parse::ValuePath;
use crate::domain::{
    KeyId, KeyPolicy, KeyUsage, NewKey, Problem, RedirectUri, Scopes, SingleLineText, SshKey, Token, TokenHash,
    TokenKind, UserId,
};
use crate::store::{NewToken, Registration};
use jiff::Timestamp;

pub(super) struct ParsedKey {
    pub id: Option<KeyId>,
    pub new: NewKey,
    pub created_at: Timestamp,
}

pub(super) fn key(path: &ValuePath, entry: KeyEntry, now: Timestamp) -> Result<ParsedKey, ArchiveError> {
    // The default policy: an install that has raised --min-rsa-bits can still restore its older keys.
    let parsed = SshKey::parse(&entry.key, KeyPolicy::default()).map_err(Problem::Key);
    let usage = entry.usage_type.as_deref().map_or(Ok(KeyUsage::default()), str::parse);
    Ok(ParsedKey {
        id: path.id(entry.id)?.map(KeyId),
        new: NewKey {
            title: path.at("title", SingleLineText::required(&entry.title))?,
            key: path.at("key", parsed)?,
            usage: usage.or_else(|_| path.fail("usage_type", "must be auth, signing or auth_and_signing"))?,
            expires_at: path.time("expires_at", entry.expires_at)?,
        },
        created_at: path.time("created_at", entry.created_at)?.unwrap_or(now),
    })
}

/// Parses a token of a user whose id is not known yet.
pub(super) fn token(path: &ValuePath, entry: TokenEntry, now: Timestamp) -> Result<NewToken, ArchiveError> {
    let scopes = path.at("scopes", Scopes::parse(entry.scopes.iter().map(String::as_str)))?;
    if scopes.is_empty() {
        return path.fail("scopes", "needs at least one");
    }
    let Some(hash) = secret(path, "token", &entry.token, &entry.token_hash)? else {
        return path.fail("token", "or token_hash is required");
    };
    Ok(NewToken {
        user_id: UserId(0),
        kind: if entry.impersonation { TokenKind::Impersonation } else { TokenKind::Personal },
        name: path.at("name", SingleLineText::parse(&entry.name))?,
        description: path.at("description", SingleLineText::parse(&entry.description))?,
        hash,
        scopes,
        replaces: None,
        grant: None,
        created_at: path.time("created_at", entry.created_at)?.unwrap_or(now),
        expires_at: path.time("expires_at", entry.expires_at)?,
    })
}

pub(super) fn application(
    index: usize,
    entry: &ApplicationEntry,
    now: Timestamp,
) -> Result<Registration, ArchiveError> {
    let path = ValuePath(format!("applications[{index}]"));
    if entry.redirect_uris.is_empty() {
        return path.fail("redirect_uris", "needs at least one");
    }
    let uris = entry.redirect_uris.iter().enumerate();
    let redirect_uris = uris.map(|(n, uri)| path.at(&format!("redirect_uris[{n}]"), RedirectUri::parse(uri)));
    let redirect_uris = redirect_uris.collect::<Result<_, _>>()?;
    let scopes = entry.scopes.as_ref().map(|names| Scopes::parse(names.iter().map(String::as_str)));
    Ok(Registration {
        name: path.at("name", SingleLineText::required(&entry.name))?,
        client_id: path.at("client_id", SingleLineText::required(&entry.client_id))?,
        secret_hash: secret(&path, "client_secret", &entry.client_secret, &entry.client_secret_hash)?,
        redirect_uris,
        scopes: path.at("scopes", scopes.unwrap_or(Ok(Scopes::SIGN_IN)))?,
        trusted: entry.trusted,
        created_at: path.time("created_at", entry.created_at)?.unwrap_or(now),
    })
}

/// The hash of a secret, which is given in plain text or as a hash.
fn secret(
    path: &ValuePath,
    key: &str,
    plain: &Option<String>,
    hash: &Option<String>,
) -> Result<Option<TokenHash>, ArchiveError> {
    match (plain, hash) {
        (Some(_), Some(_)) => path.fail(key, "is given both in plain text and as a hash"),
        (Some(plain), None) => Ok(Some(path.at(key, Token::parse(plain))?.hash())),
        (None, Some(hash)) => path.at(&format!("{key}_hash"), TokenHash::parse_hex(hash)).map(Some),
        (None, None) => Ok(None),
    }
}
