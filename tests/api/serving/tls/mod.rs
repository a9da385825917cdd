//! `--tls-cert` and `--tls-key`: TLS without a proxy, as curl and other clients see it.

mod authority;
mod broken_handshakes;
mod clients;
mod files;
mod reload;

use crate::harness::{JOHN, Server, file};
use authority::{Authority, Files};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A server with the demo's accounts, and the authority that its certificate comes from.
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

    /// curl on who John is, trusting the authority.
    fn curl(&self, args: &[&str]) -> Output {
        self.get("/api/v3/user", args)
    }

    /// The same on another path.
    fn get(&self, path: &str, args: &[&str]) -> Output {
        curl(&[&["--cacert", self.trusted.to_str().unwrap(), &self.url(path)], args].concat())
    }
}

/// With John's token and no configuration of the user's.
fn curl(args: &[&str]) -> Output {
    let token = format!("PRIVATE-TOKEN: {JOHN}");
    let base = ["--disable", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30", "--header", &token];
    Command::new("curl").args(base).args(args).output().unwrap()
}

/// That it was answered with who John is.
#[track_caller]
fn assert_john(output: &Output) {
    let body = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && body.contains(r#""username":"john_smith""#), "{output:?}");
}

/// That there was no answer; what curl says about it.
#[track_caller]
fn curl_error(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The program `ssh-keygen`, which makes keys in more notations than rcgen.
fn ssh_keygen(args: &[&str], file: &Path) {
    let output = Command::new("ssh-keygen").args(args).arg("-f").arg(file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
