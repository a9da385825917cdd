//! Compares accepted keys with `ssh-keygen`.

use accountd::domain::SshKey;
use std::collections::BTreeMap;
use std::process::Command;

/// The number of keys of each type that are compared.
const SAMPLE: usize = 12;

/// OpenSSH must accept every key that accountd accepts, and print the same fingerprint and size.
pub fn assert_accepts(accepted: &[SshKey]) {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        println!("skipped: there is no ssh-keygen to compare the accepted keys with");
        return;
    }
    let mut samples: BTreeMap<(String, usize), &SshKey> = BTreeMap::new();
    for (at, key) in accepted.iter().enumerate() {
        samples.insert((key.algorithm().to_owned(), at % SAMPLE), key);
    }
    let folder = tempfile::tempdir().unwrap();
    for (at, key) in samples.values().enumerate() {
        let path = folder.path().join(format!("{at}.pub"));
        std::fs::write(&path, format!("{}\n", key.as_str())).unwrap();
        let output = Command::new("ssh-keygen").args(["-l", "-f"]).arg(&path).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let expected = format!("{} {} ", key.bits(), key.fingerprint());
        assert!(printed.starts_with(&expected), "{}\n{expected}\n{printed}{output:?}", key.as_str());
    }
    assert!(samples.len() >= 7, "not every type was accepted: {:?}", samples.keys());
}
