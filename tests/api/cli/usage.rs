//! Help texts, the version, shell completions and exit codes.

use super::{ok, wrong_usage};
use crate::harness::run;
use std::process::{Command, Stdio};

/// All commands of SPEC 1.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["serve"],
    &["demo"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "show"],
    &["user", "update"],
    &["user", "password"],
    &["user", "invite"],
    &["user", "reset-link"],
    &["app", "update"],
    &["user", "block"],
    &["user", "unblock"],
    &["user", "delete"],
    &["email"],
    &["email", "add"],
    &["email", "list"],
    &["email", "verify"],
    &["email", "primary"],
    &["email", "remove"],
    &["key"],
    &["key", "add"],
    &["key", "list"],
    &["key", "show"],
    &["key", "remove"],
    &["key", "check"],
    &["token"],
    &["token", "create"],
    &["token", "list"],
    &["token", "revoke"],
    &["key", "import"],
    &["authorized-keys"],
    &["allowed-signers"],
    &["log"],
    &["import"],
    &["export"],
    &["record"],
    &["backup"],
    &["restore"],
    &["check"],
    &["routes"],
];

#[test]
fn the_help_of_every_command_has_an_example() {
    for command in COMMANDS.iter().chain([&&["completions"][..]]) {
        let help = ok(run(&[*command, &["--help"]].concat()));
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{command:?}: {help}"));
        let call = [&["accountd"], *command].concat().join(" ");
        assert!(examples.contains(&call), "{command:?}: {examples}");
        assert_eq!(ok(run(&[*command, &["-h"]].concat())).lines().next(), help.lines().next());
    }
}

/// The options that configure the program, as opposed to options that carry data.
const SETTINGS: &[&str] = &[
    "db",
    "json",
    "log",
    "log-format",
    "listen",
    "admin-listen",
    "tls-cert",
    "tls-key",
    "memory",
    "seed",
    "base-url",
    "site-name",
    "dialects",
    "password-cost",
    "login-rate",
    "min-rsa-bits",
    "gitlab-errors",
    "no-public-keys",
    "auto-approve",
    "threads",
    "max-connections",
    "max-connections-per-address",
    "max-key-bytes",
    "audit-days",
    "max-addresses",
    "max-changes-per-day",
    "trusted-proxy",
];

#[test]
fn every_setting_names_its_variable_and_no_other_option_has_one() {
    for command in COMMANDS {
        let help = ok(run(&[*command, &["--help"]].concat()));
        // The text of an option extends to the line of the next option.
        let options: Vec<_> = help.split("\n      --").skip(1).collect();
        assert!(options.len() >= 4, "{command:?}: {help}");
        for option in options {
            let (name, text) = option.split_once(|c: char| c.is_whitespace()).unwrap();
            let variable = format!("[env: ACCOUNTD_{}]", name.to_uppercase().replace('-', "_"));
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(text.contains(&variable), SETTINGS.contains(&name), "{command:?} --{name}: {text}");
        }
        assert!(help.contains("--db <PATH>") && help.contains("--json"), "{command:?}");
    }
}

#[test]
fn version_prints_the_package_version() {
    for option in ["--version", "-V"] {
        assert_eq!(ok(run(&[option])), format!("accountd {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn completions_for_each_shell_contain_the_commands() {
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef accountd"), ("fish", "complete -c accountd")] {
        let script = ok(run(&["completions", shell]));
        assert!(script.contains(mark), "{shell}");
        for word in ["serve", "unblock", "primary", "revoke", "backup", "password-stdin", "gitlab-errors"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(wrong_usage(run(&["completions", "tcsh"])).contains("tcsh"));
    wrong_usage(run(&["completions"]));
}

#[test]
fn bash_completes_a_subcommand() {
    let script = ok(run(&["completions", "bash"]));
    let ask = "COMP_WORDS=(accountd user unb); COMP_CWORD=2; _accountd accountd unb user; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", &format!("{script}\n{ask}")]).stdin(Stdio::null());
    let output = bash.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "unblock\n");
}

#[test]
fn wrong_usage_exits_with_2_and_points_to_help() {
    let table: [&[&str]; 24] = [
        &["frobnicate"],
        &["--frobnicate"],
        &["user", "frobnicate"],
        &["user", "show"],
        &["user", "show", "jane", "joe"],
        &["export", "file"],
        &["check", "--frobnicate"],
        &["serve", "--max-connections", "0"],
        &["serve", "--max-connections-per-address", "0"],
        &["serve", "--threads", "0"],
        &["serve", "--trusted-proxy", "everybody"],
        &["serve", "--login-rate", "10"],
        &["serve", "--login-rate", "0/m"],
        &["serve", "--login-rate", "10/day"],
        &["serve", "--trusted-proxy", "10.0.0.0/33"],
        &["serve", "--gitlab-errors", "vague"],
        &["serve", "--listen", "127.0.0.1"],
        &["serve", "--listen", "127.0.0.1:99999"],
        &["serve", "--listen", "no.such.host.invalid:80"],
        &["serve", "--base-url", "ftp://example.com"],
        &["serve", "--listen", ":8081"],
        &["serve", "--dialects", "gitlab"],
        &["serve", "--dialects", ""],
        &["user", "update", "jane"],
    ];
    for args in table {
        let stderr = wrong_usage(run(args));
        assert!(stderr.starts_with("error: ") && stderr.contains("--help"), "{args:?}: {stderr}");
    }
    let stderr = wrong_usage(run(&["user", "update", "jane", "--json"]));
    assert!(
        stderr.starts_with("error: nothing to change: give at least one of --rename, --email, --name, "),
        "{stderr}"
    );
    assert!(
        stderr.contains("Usage: accountd user update") && !stderr.contains("--db,") && !stderr.contains("--version"),
        "{stderr}"
    );
    // Without a command, stderr is the help itself.
    let help = wrong_usage(run(&[]));
    assert!(help.contains("Usage: accountd") && help.contains("accountd demo"), "{help}");
    // The log filter would read a misspelt level as a module name and log nothing.
    for filter in ["a=b=c", "inof"] {
        let stderr = wrong_usage(run(&["--log", filter, "key", "check", "-"]));
        assert!(stderr.starts_with("error: ") && stderr.contains("--log"), "{stderr}");
    }
}

#[test]
fn a_closed_stdout_pipe_is_not_a_failure() {
    let mut bash = Command::new("bash");
    let pipe = format!("set -o pipefail; '{}' completions bash | head -n 1", crate::harness::binary());
    let output = bash.args(["--norc", "-c", &pipe]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
