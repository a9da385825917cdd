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
    #[error("--tls-cert {}: {error}", path.display())]
    CertificateFile { path: PathBuf, error: io::Error },
    #[error("--tls-key {}: {error}", path.display())]
    KeyFile { path: PathBuf, error: io::Error },
    #[error("--tls-cert {}: there is no certificate in it (PEM, -----BEGIN CERTIFICATE-----)", .0.display())]
    NoCertificate(PathBuf),
    #[error("--tls-cert {}: the certificate is damaged", .0.display())]
    DamagedCertificate(PathBuf),
    #[error("--tls-key {}: there is no private key in it (PEM, -----BEGIN PRIVATE KEY-----)", .0.display())]
    NoKey(PathBuf),
    #[error(
        "--tls-key {path}: the key has a passphrase; remove it with: openssl pkey -in {path} -out NEW",
        path = .0.display()
    )]
    EncryptedKey(PathBuf),
    #[error(
        "--tls-key {}: the key is damaged, or none of RSA (2048 bits or more), ECDSA (P-256, P-384) and Ed25519",
        .0.display()
    )]
    UnusableKey(PathBuf),
    #[error(
        "--tls-key {}: the key does not belong to the first certificate in {}",
        key.display(), certificate.display()
    )]
    Mismatch { key: PathBuf, certificate: PathBuf },
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
    let stream = TlsAcceptor::from(tls.current()).accept(stream).await?;
    Ok(Accepted::Tls(Box::new(stream)))
}

/// The response to plain HTTP on a TLS port.
pub(in crate::http) fn plain_refused() -> Response {
    let body = json!({ "message": "400 Bad Request: this port speaks TLS, the address begins with https://" });
    let mut response = reply::json(StatusCode::BAD_REQUEST, &body);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Builds a new configuration each time, because a resumed session does not present the certificate: sessions from
/// before a reload must not be resumable.
fn config(files: &Files) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let certified = certified(files, &provider)?;
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = versions
        .map_err(Error::Library)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certified(files: &Files, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
    let path = &files.certificate;
    let (text, _) = read(path).map_err(|error| Error::CertificateFile { path: path.clone(), error })?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|_| Error::DamagedCertificate(path.clone()))?;
    if chain.is_empty() {
        return Err(Error::NoCertificate(path.clone()));
    }
    let key = key(&files.key)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            Error::Mismatch { key: files.key.clone(), certificate: files.certificate.clone() }
        }
        rustls::Error::InvalidCertificate(_) => Error::DamagedCertificate(files.certificate.clone()),
        // All other errors are about the key.
        _ => Error::UnusableKey(files.key.clone()),
    })
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let (text, mode) = read(path).map_err(|error| Error::KeyFile { path: path.to_owned(), error })?;
    if mode & 0o007 != 0 {
        tracing::warn!(
            file = %path.display(),
            "every user of this machine can read the TLS key: change that with chmod o-rwx"
        );
    }
    let has = |marker: &[u8]| text.windows(marker.len()).any(|window| window == marker);
    // RFC 7468, section 11, and the older format of RFC 1421.
    if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
        return Err(Error::EncryptedKey(path.to_owned()));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => Error::NoKey(path.to_owned()),
        _ => Error::UnusableKey(path.to_owned()),
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
