//! The pool of processes, and how they start and end. Each test has options that no other test has, and so processes of
//! its own.

mod support;

use accountd_test::blocking::Accountd;
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use support::{names_in, panic_of};

const SEED: &str = "tests/fixtures/accounts.json";

fn is_listening(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}

fn wait_for_end(url: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while is_listening(url) {
        assert!(Instant::now() < deadline, "{url} is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A test of this program in a process of its own.
fn in_child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", test]);
    command
}

#[test]
fn a_process_is_used_again_after_a_reset() {
    let start = || Accountd::seed(SEED).args(["--log-format", "json"]).start();
    let url = {
        let accountd = start();
        accountd.snapshot("left-behind");
        accountd.reset_to("empty");
        accountd.url().to_owned()
    };
    let accountd = start();
    assert_eq!(accountd.url(), url);
    assert_eq!(names_in(&accountd.state()), ["root"]);
    assert!(panic_of(|| accountd.reset_to("snapshot:left-behind")).contains("left-behind"));
}

#[test]
fn tests_that_run_at_the_same_time_have_a_process_each() {
    let start = || Accountd::seed(SEED).args(["--log-format", "human"]).start();
    let all: Vec<_> = (0..3).map(|_| start()).collect();
    let urls: HashSet<_> = all.iter().map(|accountd| accountd.url().to_owned()).collect();
    assert_eq!(urls.len(), 3);
    drop(all);
    assert!(urls.contains(start().url()));
}

#[test]
fn other_options_need_another_process() {
    let first = Accountd::seed(SEED).seed("tests/fixtures/ada.json").start();
    let url = first.url().to_owned();
    assert_eq!(names_in(&first.state()), ["root", "ada"]);
    drop(first);
    assert_ne!(Accountd::seed("tests/fixtures/ada.json").start().url(), url);
}

#[test]
fn a_process_that_has_crashed_is_replaced() {
    let start = || Accountd::seed(SEED).args(["--log-format", "auto"]).start();
    let accountd = start();
    let url = accountd.url().to_owned();
    let pid = accountd.pid();
    drop(accountd);
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    wait_for_end(&url);
    assert_eq!(names_in(&start().state()), ["root"]);
}

#[test]
fn the_server_ends_when_the_test_program_is_killed() {
    let mut child = in_child("child_starts_a_server").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.find_map(|line| line.find("http://").map(|start| line[start..].to_owned())).unwrap();
    assert!(is_listening(&url));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for_end(&url);
}

#[test]
#[ignore = "run by another test, which kills it"]
fn child_starts_a_server() {
    let accountd = Accountd::demo().start();
    println!("{}", accountd.url());
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_missing_program_is_reported_with_how_to_install_it() {
    let output =
        in_child("child_starts_a_server").env_remove("ACCOUNTD_BINARY").env("PATH", "/nowhere").output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("there is no accountd in PATH. Install it with `cargo install accountd`"), "{message}");
    assert!(message.contains("tests/processes.rs"), "{message}");
}

#[test]
fn the_program_is_found_in_path() {
    let binary = std::env::var_os("ACCOUNTD_BINARY").unwrap();
    let directory = std::env::temp_dir().join(format!("accountd-test-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::os::unix::fs::symlink(binary, directory.join("accountd")).unwrap();
    let test = in_child("child_uses_a_server").env_remove("ACCOUNTD_BINARY").env("PATH", &directory).output().unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    assert!(test.status.success(), "{}", String::from_utf8_lossy(&test.stderr));
}

#[test]
#[ignore = "run by another test"]
fn child_uses_a_server() {
    assert_eq!(names_in(&Accountd::seed(SEED).start().state()), ["root"]);
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let message = panic_of(|| drop(Accountd::seed("tests/fixtures/none.json").start()));
    assert!(message.contains("did not start") && message.contains("none.json"), "{message}");
}
