//! `--listen :8081` failed with `failed to lookup address information`, which does not say what to write instead.

use crate::cli::wrong_usage;
use crate::harness::run;

#[test]
fn listen_without_a_host_is_wrong_usage_and_names_an_address() {
    for option in ["--listen", "--admin-listen"] {
        let stderr = wrong_usage(run(&["serve", "--memory", option, ":8081"]));
        assert!(stderr.contains(option) && stderr.contains(":8081"), "{stderr}");
        assert!(stderr.contains("127.0.0.1:8081"), "{stderr}");
        assert!(!stderr.to_lowercase().contains("lookup") && !stderr.contains("not known"), "{stderr}");
    }
}
