//! Accounts that are filled to their limits, in a database file, and clients that do not read what they ask for.

use super::{ServerUnderLoad, raise_descriptor_limit};
use accountd_test_harness::{Server, file, run};
use base64::{Engine, prelude::BASE64_STANDARD};
use rusqlite::{Connection, params};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

/// The first of the filled accounts; the last one is `full7`.
pub const FILLED: i64 = 1000;
pub const ACCOUNTS: i64 = 8;
/// The default limits of an account.
pub const KEY_BYTES: usize = 256 << 10;
const ADDRESSES: i64 = 100;

/// A public RSA key of 16384 bits that no other number has. Nobody knows a private key for it.
fn public_key(n: i64) -> String {
    fn field(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }
    let mut modulus = vec![0xa5; 2049];
    modulus[0] = 0;
    modulus[1..9].copy_from_slice(&(n as u64 | 1 << 63).to_be_bytes());
    let blob = [field(b"ssh-rsa"), field(&[1, 0, 1]), field(&modulus)].concat();
    format!("ssh-rsa {}", BASE64_STANDARD.encode(blob))
}

/// Adds the accounts, which all have the longest addresses. To add them over HTTP would take most of the time of a test.
fn fill(db: &Path, accounts: i64, key_bytes: usize) {
    let mut conn = Connection::open(db).unwrap();
    let tx = conn.transaction().unwrap();
    for account in 0..accounts {
        let user = FILLED + account;
        let first_address = user * ADDRESSES;
        tx.execute(
            "INSERT INTO users (id, username, primary_email_id, created_at) VALUES (?1, ?2, ?3, 0)",
            params![user, format!("full{account}"), first_address],
        )
        .unwrap();
        for id in first_address..first_address + ADDRESSES {
            let address = format!("{}@{}example", "a".repeat(64), format!("{id}.").repeat(25));
            let add = "INSERT INTO emails (id, user_id, address, confirmed_at, verified_by) VALUES (?1, ?2, ?3, 0, 'administrator')";
            tx.execute(add, params![id, user, address]).unwrap();
        }
        let key_length = public_key(0).len();
        for n in 0..key_bytes / key_length {
            let id = user * 10_000 + n as i64;
            let add = "INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, md5, created_at)
                       VALUES (?1, ?2, 'x', ?3, randomblob(32), randomblob(16), 0)";
            tx.execute(add, params![id, user, public_key(id)]).unwrap();
        }
    }
    tx.commit().unwrap();
}

/// A server whose database has the demo's accounts and filled ones.
pub fn server(accounts: i64, key_bytes: usize) -> ServerUnderLoad {
    raise_descriptor_limit();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let path = db.to_str().unwrap().to_owned();
    let demo = file("fixtures/demo.json");
    let imported = run(&["import", demo.to_str().unwrap(), "--db", &path]);
    assert!(imported.status.success(), "{imported:?}");
    fill(&db, accounts, key_bytes);
    ServerUnderLoad::of(Server::start_in(folder, &["--db", &path]))
}

/// Connections from this address that have sent these bytes and read nothing. Their receive buffers are as small as the
/// system allows, so that the server keeps nearly all of the answers.
pub fn unread(server: &Server, from: &str, count: usize, request: &[u8]) -> Vec<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let from: SocketAddr = format!("{from}:0").parse().unwrap();
    let connect = |_| {
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4096).unwrap();
            socket.bind(from).unwrap();
            socket.connect(server.address).await.unwrap()
        });
        let mut stream = stream.into_std().unwrap();
        // What does not fit into the buffers is not sent.
        let _ = stream.write(request);
        stream.set_nonblocking(false).unwrap();
        stream
    };
    (0..count).map(connect).collect()
}
