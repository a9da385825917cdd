//! Parses keys, tokens and applications of an archive.

use super::ArchiveError;
use super::format::{ApplicationEntry, KeyEntry, TokenEntry};
use super::parse::ValuePath;
use crate::accounts::now;
use crate::domain::{
    KeyId, KeyPolicy, KeyUsage, NewKey, Problem, RedirectUri, Scopes, SingleLineText, SshKey, Title, Token, TokenHash,
    TokenKind,
};
use crate::store::Registration;
use jiff::Timestamp;

pub(super) struct ParsedKey {
    pub id: Option<KeyId>,
    pub new: NewKey,
    pub created_at: Timestamp,
}

pub(super) struct ParsedToken {
    pub kind: TokenKind,
    pub name: SingleLineText,
    pub description: SingleLineText,
    pub hash: TokenHash,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

fn usage(key: &ValuePath<'_>, name: Option<&str>) -> Result<KeyUsage, ArchiveError> {
    match name.map(KeyUsage::parse) {
        None => Ok(KeyUsage::default()),
        Some(Some(usage)) => Ok(usage),
        Some(None) => key.fail("usage_type", "must be auth, signing or auth_and_signing"),
    }
}

pub(super) fn key(user: &str, index: usize, entry: KeyEntry) -> Result<ParsedKey, ArchiveError> {
    let at = format!("{user}.keys[{index}]");
    let path = ValuePath(&at);
    // The default policy: an install that has raised --min-rsa-bits can still restore its older keys.
    let parsed = SshKey::parse(&entry.key, KeyPolicy::default()).map_err(Problem::Key);
    Ok(ParsedKey {
        id: path.id(entry.id)?.map(KeyId),
        new: NewKey {
            title: path.at("title", Title::parse(&entry.title))?,
            key: path.at("key", parsed)?,
            usage: usage(&path, entry.usage_type.as_deref())?,
            expires_at: path.time("expires_at", entry.expires_at)?,
        },
        created_at: path.time("created_at", entry.created_at)?.unwrap_or_else(now),
    })
}

pub(super) fn token(user: &str, index: usize, entry: &TokenEntry) -> Result<ParsedToken, ArchiveError> {
    let at = format!("{user}.tokens[{index}]");
    let path = ValuePath(&at);
    let scopes = path.at("scopes", Scopes::parse(entry.scopes.iter().map(String::as_str)))?;
    if scopes.is_empty() {
        return path.fail("scopes", "needs at least one");
    }
    let Some(hash) = secret(&path, "token", entry.token.as_deref(), entry.token_hash.as_deref())? else {
        return path.fail("token", "or token_hash is required");
    };
    Ok(ParsedToken {
        kind: if entry.impersonation { TokenKind::Impersonation } else { TokenKind::Personal },
        name: path.at("name", SingleLineText::parse(&entry.name))?,
        description: path.at("description", SingleLineText::parse(&entry.description))?,
        hash,
        scopes,
        created_at: path.time("created_at", entry.created_at)?.unwrap_or_else(now),
        expires_at: path.time("expires_at", entry.expires_at)?,
    })
}

pub(super) fn application(index: usize, entry: &ApplicationEntry) -> Result<Registration, ArchiveError> {
    let at = format!("applications[{index}]");
    let path = ValuePath(&at);
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
        secret_hash: secret(
            &path,
            "client_secret",
            entry.client_secret.as_deref(),
            entry.client_secret_hash.as_deref(),
        )?,
        redirect_uris,
        scopes: path.at("scopes", scopes.unwrap_or(Ok(Scopes::SIGN_IN)))?,
        created_at: path.time("created_at", entry.created_at)?.unwrap_or_else(now),
    })
}

/// The hash of a secret, which is given in plain text or as a hash.
fn secret(
    path: &ValuePath<'_>,
    key: &str,
    plain: Option<&str>,
    hash: Option<&str>,
) -> Result<Option<TokenHash>, ArchiveError> {
    match (plain, hash) {
        (Some(_), Some(_)) => path.fail(key, "is given both in plain text and as a hash"),
        (Some(plain), None) => Ok(Some(path.at(key, Token::parse(plain))?.hash())),
        (None, Some(hash)) => path.at(&format!("{key}_hash"), TokenHash::parse_hex(hash)).map(Some),
        (None, None) => Ok(None),
    }
}
