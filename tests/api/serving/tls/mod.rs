//! `--tls-cert` and `--tls-key`: serving TLS without a proxy.

mod authority;
mod broken_handshakes;
mod clients;
mod files;
mod reload;

use crate::harness::{JOHN, Server, file};
use authority::{Authority, Files};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A TLS server with the demo accounts, and the authority that issued its certificate.
struct TlsServer {
    server: Server,
    authority: Authority,
    files: Files,
    trusted: PathBuf,
}

impl TlsServer {
    fn start(args: &[&str]) -> Self {
        Self::with(authority::server(), args)
    }

    fn with(certificate: rcgen::CertificateParams, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (authority, files) = (Authority::new(), Files::in_folder(folder.path()));
        files.issue(&authority, certificate);
        let trusted = authority.trusted_in(folder.path());
        let seed = file("fixtures/demo.json");
        let base = ["--memory", "--seed", seed.to_str().unwrap()];
        let server = Server::start_in(folder, &[&base, &files.options()[..], args].concat());
        Self { server, authority, files, trusted }
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.server.address)
    }

    /// Runs curl on `/api/v3/user` with the authority as trusted root.
    fn curl(&self, args: &[&str]) -> Output {
        self.get("/api/v3/user", args)
    }

    /// Runs curl on this path with the authority as trusted root.
    fn get(&self, path: &str, args: &[&str]) -> Output {
        curl(&[&["--cacert", self.trusted.to_str().unwrap(), &self.url(path)], args].concat())
    }
}

/// Runs curl with John's token and without the user's configuration.
fn curl(args: &[&str]) -> Output {
    let token = format!("PRIVATE-TOKEN: {JOHN}");
    let base = ["--disable", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30", "--header", &token];
    Command::new("curl").args(base).args(args).output().unwrap()
}

/// Asserts that the answer is John's account.
#[track_caller]
fn assert_john(output: &Output) {
    let body = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && body.contains(r#""username":"john_smith""#), "{output:?}");
}

/// Asserts that there was no answer, and returns curl's error message.
#[track_caller]
fn curl_error(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Runs `ssh-keygen`, which writes keys in more formats than rcgen does.
fn ssh_keygen(args: &[&str], file: &Path) {
    let output = Command::new("ssh-keygen").args(args).arg("-f").arg(file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
