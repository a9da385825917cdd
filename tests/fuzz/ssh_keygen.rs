//! OpenSSH's own opinion of what was accepted.

use accountd::domain::SshKey;
use std::collections::BTreeMap;
use std::process::Command;

/// So many of each type.
const SAMPLE: usize = 12;

/// What is accepted here has to be of use there: the same fingerprint, the same size.
pub fn takes_them_too(accepted: &[SshKey]) {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        println!("no ssh-keygen here: what it says of the keys is not known");
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
    assert!(samples.len() >= 7, "every type was there: {:?}", samples.keys());
}
