//! Every option had an environment variable. With `ACCOUNTD_NAME` left over in a shell, `accountd user update jane`
//! renamed her, and `ACCOUNTD_FORCE` let `restore` replace a database. Only settings of the program have a variable.

use crate::cli::{Commands, Database, ok, refused, wrong_usage};
use crate::harness::{accountd, file, run};
use std::process::Output;

/// A variable for each option that carries data, filters a list or confirms an action.
const DATA: [(&str, &str); 29] = [
    ("ACCOUNTD_ACTIVE", "1"),
    ("ACCOUNTD_ADMIN", "true"),
    ("ACCOUNTD_BIO", "From the environment"),
    ("ACCOUNTD_BLOCKED", "1"),
    ("ACCOUNTD_CAN_CREATE_GROUP", "false"),
    ("ACCOUNTD_COMMAND", "/bin/sh"),
    ("ACCOUNTD_COMPANY", "From the environment"),
    ("ACCOUNTD_EMAIL", "environment@example.com"),
    ("ACCOUNTD_EXPIRES", "2099-01-01"),
    ("ACCOUNTD_EXTERN_UID", "environment"),
    ("ACCOUNTD_FORCE", "1"),
    ("ACCOUNTD_GENERATE", "1"),
    ("ACCOUNTD_GRAVATAR_EMAIL", "environment@example.com"),
    ("ACCOUNTD_LINKEDIN", "environment"),
    ("ACCOUNTD_LOCATION", "From the environment"),
    ("ACCOUNTD_NAME", "From the environment"),
    ("ACCOUNTD_PASSWORD_STDIN", "1"),
    ("ACCOUNTD_PROFILE_URL", "https://environment.example/"),
    ("ACCOUNTD_PROJECTS_LIMIT", "7"),
    ("ACCOUNTD_PROVIDER", "environment"),
    ("ACCOUNTD_RENAME", "environment"),
    ("ACCOUNTD_SCOPE", "api"),
    ("ACCOUNTD_SEARCH", "environment"),
    ("ACCOUNTD_SKYPE", "environment"),
    ("ACCOUNTD_STRICT", "1"),
    ("ACCOUNTD_TITLE", "From the environment"),
    ("ACCOUNTD_TOKEN_FILE", "/dev/null"),
    ("ACCOUNTD_TWITTER", "environment"),
    ("ACCOUNTD_VERIFIED", "1"),
];

/// Runs a command on this database with all of [`DATA`] in the environment.
fn run_with_data(database: &Database, args: &[&str]) -> Output {
    accountd(args).arg("--db").arg(database.path()).envs(DATA).output().unwrap()
}

#[test]
fn user_update_ignores_data_in_the_environment() {
    let database = Database::light();
    ok(run_with_data(&database, &["user", "update", "joe", "--bio", "Writes."]));
    let expected = Database::light();
    expected.ok(&["user", "update", "joe", "--bio", "Writes."]);
    let (mut found, mut expected) = (database.json(&["user", "show", "joe"]), expected.json(&["user", "show", "joe"]));
    for user in [&mut found, &mut expected] {
        // The two databases were not created at the same time.
        user.as_object_mut().unwrap().retain(|name, _| !name.ends_with("_at"));
    }
    assert_eq!(found, expected);
}

#[test]
fn user_add_ignores_data_in_the_environment() {
    let database = Database::light();
    let stderr = wrong_usage(run_with_data(&database, &["user", "add", "ada"]));
    assert!(stderr.contains("--email"), "{stderr}");
    // There is no terminal for the prompt.
    let line = refused(run_with_data(&database, &["user", "add", "ada", "--email", "ada@example.com"]));
    assert!(line.contains("--password-stdin") && line.contains("--generate"), "{line}");
    ok(run_with_data(&database, &["user", "add", "ada", "--email", "ada@example.com", "--generate"]));
    let ada = database.json(&["user", "show", "ada"]);
    assert_eq!((&ada["admin"], &ada["name"]), (&false.into(), &"".into()));
}

#[test]
fn restore_does_not_take_force_from_the_environment() {
    let database = Database::light();
    let backup = database.folder.path().join("backup.db");
    database.ok(&["backup", backup.to_str().unwrap()]);
    database.ok(&["user", "delete", "joe"]);
    let before = database.ok(&["export"]);
    let line = refused(run_with_data(&database, &["restore", backup.to_str().unwrap()]));
    assert!(line.contains("--force"), "{line}");
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn tokens_keys_emails_and_lists_ignore_data_in_the_environment() {
    let database = Database::light();
    assert!(wrong_usage(run_with_data(&database, &["token", "create", "joe"])).contains("--scope"));
    ok(run_with_data(&database, &["token", "create", "joe", "--scope", "read_user"]));
    let token = &database.json(&["token", "list", "joe"])[1];
    assert_eq!((&token["scopes"], &token["expires_at"]), (&serde_json::json!(["read_user"]), &serde_json::Value::Null));
    assert_ne!(token["name"], "From the environment");
    let key = file("fixtures/keys/accepted/ecdsa-256.pub");
    ok(run_with_data(&database, &["key", "add", "joe", key.to_str().unwrap()]));
    let key = &database.json(&["key", "list", "joe"])[0];
    assert_eq!((&key["title"], key.get("expires_at")), (&"jane@laptop".into(), Some(&serde_json::Value::Null)));
    ok(run_with_data(&database, &["email", "add", "joe", "joe@other.example"]));
    assert_eq!(database.json(&["email", "list", "joe"])[2]["verified"], false);
    assert_eq!(ok(run_with_data(&database, &["user", "list"])), database.ok(&["user", "list"]));
    let keys = ok(run_with_data(&database, &["authorized-keys", "jane"]));
    assert_eq!(keys, database.ok(&["authorized-keys", "jane"]));
}

#[test]
fn the_help_names_no_variable_for_data() {
    let commands: [&[&str]; 7] = [
        &["user", "add"],
        &["user", "update"],
        &["user", "list"],
        &["email", "add"],
        &["key", "add"],
        &["token", "create"],
        &["restore"],
    ];
    for command in commands {
        let help = ok(run(&[command, &["--help"]].concat()));
        assert!(help.contains("[env: ACCOUNTD_DB]"), "{command:?}: {help}");
        for (name, _) in DATA {
            assert!(!help.contains(&format!("[env: {name}]")), "{command:?}: {name}");
        }
    }
}

#[test]
fn a_boolean_variable_takes_true_false_1_and_0_only() {
    let database = Database::light();
    for (value, json) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        let mut command = accountd(&["user", "show", "joe", "--db", database.path().to_str().unwrap()]);
        let stdout = ok(command.env("ACCOUNTD_JSON", value).output().unwrap());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&stdout).is_ok(), json, "{value}");
    }
    for value in ["maybe", "yes", "no", "on", "2", "truee"] {
        for (name, args) in [("ACCOUNTD_JSON", &["user", "list"][..]), ("ACCOUNTD_MEMORY", &["serve"])] {
            let mut command = accountd(args);
            command.arg("--db").arg(database.path()).env("ACCOUNTD_LISTEN", "127.0.0.1:0").env(name, value);
            let stderr = wrong_usage(run_briefly(command));
            assert!(stderr.contains(value) && (stderr.contains(name) || stderr.contains("--")), "{stderr}");
        }
    }
}

/// Runs a command that must not start a server; kills it after a while if it does.
fn run_briefly(mut command: std::process::Command) -> Output {
    use std::process::Stdio;
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..500 {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait_with_output().unwrap()
}
