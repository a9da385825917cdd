//! `authorized-keys --restrict --option --command`: the options before a key (sshd(8), "AUTHORIZED_KEYS FILE FORMAT").

use super::{Database, accounts, bare, fingerprint, key, read_by_ssh_key, refused_with};
use serde_json::json;

#[track_caller]
fn line(args: &[&str]) -> String {
    Database::new().keys(&[&["john"], args].concat())
}

#[test]
fn options_are_printed_as_one_list_before_each_key() {
    let key = bare(&key("ecdsa-256"));
    for (args, options) in [
        (&["--restrict"][..], "restrict"),
        (&["--option", "no-pty"], "no-pty"),
        (
            &["--option", "no-pty", "--option", "from=\"10.0.0.0/8,*.example.com\""],
            "no-pty,from=\"10.0.0.0/8,*.example.com\"",
        ),
        (&["--option", "environment=\"A=\\\"b c\\\"\""], "environment=\"A=\\\"b c\\\"\""),
        (&["--command", "serve"], "command=\"serve\""),
        (&["--command", "say \"hello there\""], "command=\"say \\\"hello there\\\"\""),
        (&["--command", r"printf '\n%s\\' x"], r#"command="printf '\n%s\\' x""#),
        (&["--command", "# $HOME `id` $(id) ; é"], "command=\"# $HOME `id` $(id) ; é\""),
        (&["--command", "x", "--option", "no-pty", "--restrict"], "restrict,command=\"x\",no-pty"),
    ] {
        assert_eq!(line(args), format!("{options} {key}\n"), "{args:?}");
    }
    let three = Database::new().keys(&["jane", "--restrict"]);
    assert!(three.lines().count() == 3 && three.lines().all(|line| line.starts_with("restrict ")), "{three}");
}

#[test]
fn command_placeholders_are_replaced() {
    let db = Database::new();
    let template = "serve {username} {user_id} {key_id} {fingerprint} {username}";
    let line = |name: &str| db.keys(&["--fingerprint", &fingerprint(name), "--command", template]);
    let filled = |user: &str, user_id: u32, key_id: u32, name: &str| {
        let (sha, key) = (fingerprint(name), bare(&key(name)));
        format!("command=\"serve {user} {user_id} {key_id} {sha} {user}\" {key}\n")
    };
    assert_eq!(line("rsa-2048"), filled("Jane", 2, 12, "rsa-2048"));
    assert_eq!(line("ecdsa-256"), filled("john", 3, 14, "ecdsa-256"));
}

#[test]
fn shell_braces_are_left_unchanged() {
    for template in ["echo ${HOME}", "echo {}", "{Username}", "{a,b}", "awk '{ print }'", "{{username", "}{"] {
        assert!(line(&["--command", template]).starts_with(&format!("command=\"{template}\" ")), "{template}");
    }
    assert!(line(&["--command", "{{username}}"]).starts_with("command=\"{john}\" "));
}

#[test]
fn an_invalid_command_template_is_refused() {
    let db = Database::new();
    for template in
        ["{user}", "{Username} {username_}", "x {password}", "x\\", "a\nb", "a\rb", "a\tb", "a\u{7f}", "a\u{85}b"]
    {
        let output = db.cli(&["authorized-keys", "john", "--command", template]);
        assert!(refused_with(&output, 2).contains("--command"), "{template:?}");
    }
}

#[test]
fn an_option_must_be_exactly_one_option() {
    let db = Database::new();
    for option in [
        "",
        " ",
        "no-pty,command=\"x\"",
        "no-pty restrict",
        "no-pty\nrestrict",
        "no-pty\n",
        "from=10.0.0.0/8",
        "from=\"10.0.0.0/8",
        "from=10.0.0.0/8\"",
        "from=\"a\" ssh-ed25519",
        "from=\"a\",command=\"b\"",
        "from=\"a\\\"",
        "from=\"a\"b\"",
        "from=\"a\nb\"",
        "=\"x\"",
        "#no-pty",
        "no_pty\"",
        "é",
        "from=\"",
        "from='a'",
    ] {
        let output = db.cli(&["authorized-keys", "john", "--option", option]);
        let code = output.status.code().unwrap();
        assert!(matches!(code, 1 | 2), "{option:?}: {output:?}");
        assert!(refused_with(&output, code).contains("--option"), "{option:?}");
    }
}

#[test]
fn a_user_name_cannot_escape_its_placeholder() {
    let longest = "x".repeat(255);
    // All of these are valid user names.
    let names = ["a", "restrict", "no-pty", "_-.x", "ssh-rsa", "command", "2", "cert-authority", longest.as_str()];
    let mut fixture = accounts();
    let user = |(at, name): (usize, &&str)| {
        let file = [
            "ed25519",
            "ecdsa-256",
            "ecdsa-384",
            "ecdsa-521",
            "rsa-1024",
            "rsa-2048",
            "rsa-3072",
            "rsa-4096",
            "sk-ecdsa",
        ][at];
        json!({"username": name, "emails": [{"email": format!("u{at}@example.com")}], "keys": [{"title": "t", "key": key(file)}]})
    };
    fixture["users"] = names.iter().enumerate().map(user).collect();
    let db = Database::of(&fixture);
    for name in names {
        let printed = db.keys(&[name, "--command", "\"{username}\"", "--restrict"]);
        let entries = read_by_ssh_key(&printed);
        assert_eq!(entries.len(), 1, "{printed}");
        assert_eq!(entries[0].config_opts().as_str(), format!("restrict,command=\"\\\"{name}\\\"\""));
        assert_eq!(super::read_by_ssh_keygen(&printed).len(), 1, "{printed}");
    }
}
