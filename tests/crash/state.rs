//! Accounts as a writer expects them and as the database file holds them.

use base64::{Engine, prelude::BASE64_STANDARD};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything about a user that the writers change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub location: String,
    pub company: String,
    pub bio: Option<String>,
    pub skype: String,
    pub has_password: bool,
    /// Whether each address is verified.
    pub emails: BTreeMap<String, bool>,
    pub primary: String,
    /// By title: the public key line, and the SHA-256 of its blob.
    pub keys: BTreeMap<String, (String, Vec<u8>)>,
    /// By name: the SHA-256.
    pub tokens: BTreeMap<String, Vec<u8>>,
}

impl Account {
    pub fn with_email(address: &str) -> Self {
        Self { emails: [(address.to_owned(), true)].into(), primary: address.to_owned(), ..Self::default() }
    }

    /// Sets three columns to one word. Different words in them prove that a write was done by halves.
    pub fn describe(&mut self, word: &str) {
        for text in [&mut self.name, &mut self.location, &mut self.company] {
            word.clone_into(text);
        }
    }

    pub fn with_token(mut self, name: &str, token: &str) -> Self {
        self.tokens.insert(name.to_owned(), Sha256::digest(token).to_vec());
        self
    }

    /// Adds a public key line made by [`key`].
    pub fn with_key(mut self, title: &str, line: &str) -> Self {
        let blob = BASE64_STANDARD.decode(line.split(' ').nth(1).unwrap()).unwrap();
        self.keys.insert(title.to_owned(), (line.to_owned(), Sha256::digest(blob).to_vec()));
        self
    }
}

/// A public key line (Ed25519, RFC 8709 section 4) without a private key to it.
pub fn key(seed: &str) -> String {
    let mut blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20".to_vec();
    blob.extend(Sha256::digest(seed));
    format!("ssh-ed25519 {} {seed}", BASE64_STANDARD.encode(blob))
}

/// By user name.
pub type Accounts = BTreeMap<String, Account>;

/// All accounts in the database file, from one snapshot. Panics on a row whose user does not exist.
pub fn stored(path: &Path) -> Accounts {
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let view = conn.transaction().unwrap();
    let mut accounts = Accounts::new();
    let mut names = BTreeMap::new();
    let mut users = view
        .prepare("SELECT id, username, name, location, company, bio, skype, password_hash, primary_email_id FROM users")
        .unwrap();
    let mut rows = users.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let text = |at| row.get::<_, String>(at).unwrap();
        let account = Account {
            name: text(2),
            location: text(3),
            company: text(4),
            bio: row.get(5).unwrap(),
            skype: text(6),
            has_password: row.get::<_, Option<String>>(7).unwrap().is_some(),
            ..Account::default()
        };
        names.insert(row.get::<_, i64>(0).unwrap(), (text(1), row.get::<_, i64>(8).unwrap()));
        accounts.insert(text(1), account);
    }
    let mut each = |sql: &str, take: &mut dyn FnMut(&rusqlite::Row<'_>, &mut Account, i64)| {
        let mut statement = view.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (name, primary) = &names[&row.get::<_, i64>(0).unwrap()];
            take(row, accounts.get_mut(name).unwrap(), *primary);
        }
    };
    each("SELECT user_id, id, address, verified FROM emails", &mut |row, account, primary| {
        let address: String = row.get(2).unwrap();
        if row.get::<_, i64>(1).unwrap() == primary {
            account.primary.clone_from(&address);
        }
        account.emails.insert(address, row.get(3).unwrap());
    });
    each("SELECT user_id, title, key, fingerprint FROM ssh_keys", &mut |row, account, _| {
        account.keys.insert(row.get(1).unwrap(), (row.get(2).unwrap(), row.get(3).unwrap()));
    });
    each("SELECT user_id, name, hash FROM tokens", &mut |row, account, _| {
        account.tokens.insert(row.get(1).unwrap(), row.get(2).unwrap());
    });
    accounts
}

/// The schema version and a hash of the schema and of every row: equal for two files with the same contents.
pub fn digest(path: &Path) -> String {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let view = conn.unchecked_transaction().unwrap();
    let list = |sql: &str| -> Vec<(String, String)> {
        let mut statement = view.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let schema = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let mut hash = Sha256::new();
    for (name, sql) in list(schema) {
        hash.update(&sql);
        // The time of the last backup is written after the backup, so no backup has its own.
        if !sql.starts_with("CREATE TABLE") || name == "last_backup" {
            continue;
        }
        let columns = view.prepare(&format!("SELECT * FROM {name}")).unwrap();
        // The versions of key lists are random.
        let names: Vec<_> = columns.column_names().into_iter().filter(|name| !name.ends_with("version")).collect();
        let order = if names.len() > 1 { "1, 2" } else { "1" };
        let mut statement = view.prepare(&format!("SELECT {} FROM {name} ORDER BY {order}", names.join(", "))).unwrap();
        let columns = names.len();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            (0..columns).for_each(|at| hash.update(format!("{:?}|", row.get_ref(at).unwrap())));
        }
    }
    let version: i64 = view.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let hash = hash.finalize();
    format!("{version}:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
