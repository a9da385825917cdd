//! TLS with a certificate and key from two files, which can be reloaded while the server runs.

use super::super::reply;
use hyper::StatusCode;
use hyper::header::{CONNECTION, HeaderValue};
use serde_json::json;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;
use warp::reply::Response;
use zeroize::Zeroizing;

/// The content type of the record that a TLS client sends first: RFC 8446, appendix B.1.
const HANDSHAKE: u8 = 22;

/// How many bytes a connection accepts beyond those that the client reads.
const MAX_UNWRITTEN: usize = 16 << 10;

/// Two PEM files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The server's certificate, followed by the chain that signed it.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why the files cannot be used. The text names the option and the file, and never repeats its contents.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("--tls-cert {}: {reason}", path.display())]
    Certificate { path: PathBuf, reason: String },
    #[error("--tls-key {}: {reason}", path.display())]
    Key { path: PathBuf, reason: String },
    #[error("TLS: {0}")]
    Library(rustls::Error),
}

/// The TLS configuration of new connections.
#[derive(Clone)]
pub struct Tls {
    files: Arc<Files>,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// # Errors
    /// The files cannot be used.
    pub fn load(files: Files) -> Result<Tls, Error> {
        let config = Arc::new(RwLock::new(config(&files)?));
        Ok(Tls { files: Arc::new(files), config })
    }

    /// Reads both files again, for new connections. If they cannot be used, nothing changes.
    ///
    /// # Errors
    /// As [`Tls::load`].
    pub fn reload(&self) -> Result<(), Error> {
        let config = config(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The protocol of a new connection.
pub(super) enum Accepted {
    Tls(Box<TlsStream<TcpStream>>),
    /// Anything but TLS. No byte of it has been read.
    Plain(TcpStream),
}

/// Performs the TLS handshake, without a timeout.
pub(super) async fn accept(stream: TcpStream, tls: &Tls) -> io::Result<Accepted> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if first != [HANDSHAKE] {
        return Ok(Accepted::Plain(stream));
    }
    let mut stream = TlsAcceptor::from(tls.current()).accept(stream).await?;
    stream.get_mut().1.set_buffer_limit(Some(MAX_UNWRITTEN));
    Ok(Accepted::Tls(Box::new(stream)))
}

/// The response to plain HTTP on a TLS port.
pub(in crate::http) fn plain_refused() -> Response {
    let body = json!({ "message": "400 Bad Request: this port speaks TLS, the address begins with https://" });
    reply::with_header(reply::json(StatusCode::BAD_REQUEST, &body), CONNECTION, HeaderValue::from_static("close"))
}

/// Builds a new configuration each time, because a resumed session does not present the certificate: sessions from
/// before a reload must not be resumable.
fn config(files: &Files) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let certified = certified(files, &provider)?;
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let resolver = Arc::new(SingleCertAndKey::from(certified));
    let versions = versions.map_err(Error::Library)?;
    let mut config = versions.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certified(files: &Files, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
    let path = &files.certificate;
    let failed = |reason: String| Error::Certificate { path: path.clone(), reason };
    let damaged = || failed("the certificate is damaged".into());
    let (text, _) = read(path).map_err(|error| failed(error.to_string()))?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>().map_err(|_| damaged())?;
    if chain.is_empty() {
        return Err(failed("there is no certificate in it (PEM, -----BEGIN CERTIFICATE-----)".into()));
    }
    CertifiedKey::from_der(chain, key(&files.key)?, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            let reason = format!("the key does not belong to the first certificate in {}", path.display());
            Error::Key { path: files.key.clone(), reason }
        }
        rustls::Error::InvalidCertificate(_) => damaged(),
        // All other errors are about the key.
        _ => unusable(&files.key),
    })
}

fn unusable(path: &Path) -> Error {
    let reason = "the key is damaged, or none of RSA (2048 bits or more), ECDSA (P-256, P-384) and Ed25519".into();
    Error::Key { path: path.to_owned(), reason }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let failed = |reason: String| Error::Key { path: path.to_owned(), reason };
    let (text, mode) = read(path).map_err(|error| failed(error.to_string()))?;
    if mode & 0o007 != 0 {
        tracing::warn!(
            file = %path.display(),
            "every user of this machine can read the TLS key: change that with chmod o-rwx"
        );
    }
    let has = |marker: &[u8]| text.windows(marker.len()).any(|window| window == marker);
    // RFC 7468, section 11, and the older format of RFC 1421.
    if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
        let path = path.display();
        return Err(failed(format!("the key has a passphrase; remove it with: openssl pkey -in {path} -out NEW")));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => failed("there is no private key in it (PEM, -----BEGIN PRIVATE KEY-----)".into()),
        _ => unusable(path),
    })
}

/// The contents and the mode of a file.
fn read(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    // Large enough from the start, because a growing vector would leave copies of the key in freed memory.
    let mut text = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    file.read_to_end(&mut text)?;
    Ok((text, metadata.mode()))
}
