//! A certificate authority for tests, with an intermediate authority.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData,
    date_time_ymd,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The host name in the certificates, in addition to 127.0.0.1.
pub const NAME: &str = "accounts.example";

/// Issues server certificates through an intermediate authority, as public authorities do.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    // OpenSSL looks up issuers by name, so two authorities must not share one.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("{name} {}", COUNT.fetch_add(1, Ordering::Relaxed));
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// A certificate for [`NAME`] and 127.0.0.1.
pub fn server() -> CertificateParams {
    named(&[NAME, "127.0.0.1"])
}

pub fn named(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| name.to_string()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "accountd's tests");
    params
}

/// A certificate that expired at the end of 2020.
pub fn expired() -> CertificateParams {
    let mut params = server();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2020, 12, 31);
    params
}

impl Authority {
    pub fn new() -> Self {
        let key = || KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(authority("root"), key()).unwrap();
        let intermediate = CertifiedIssuer::signed_by(authority("intermediate"), key(), &root).unwrap();
        Self { root, intermediate }
    }

    /// Writes the root certificate, which clients have to trust, to a file.
    pub fn trusted_in(&self, folder: &Path) -> PathBuf {
        let file = folder.join("root.pem");
        std::fs::write(&file, self.root.pem()).unwrap();
        file
    }

    /// Issues a certificate for this key; returns it with the intermediate certificate as PEM.
    pub fn chain(&self, params: CertificateParams, key: &impl PublicKeyData) -> String {
        let certificate = params.signed_by(key, &self.intermediate).unwrap();
        certificate.pem() + &self.intermediate.pem()
    }
}

/// The files `cert.pem` and `key.pem` in a folder.
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Files {
    pub fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
    }

    /// Writes a new key, readable only by its owner, and a certificate for it.
    pub fn issue(&self, authority: &Authority, params: CertificateParams) {
        let key = KeyPair::generate().unwrap();
        self.write(&authority.chain(params, &key), &key.serialize_pem());
    }

    pub fn write(&self, certificate: &str, key: &str) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(&self.certificate, certificate).unwrap();
        std::fs::write(&self.key, key).unwrap();
        std::fs::set_permissions(&self.key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The command-line options that name these files.
    pub fn options(&self) -> [&str; 4] {
        ["--tls-cert", self.certificate.to_str().unwrap(), "--tls-key", self.key.to_str().unwrap()]
    }
}
