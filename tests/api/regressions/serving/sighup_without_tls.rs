//! `systemctl reload` sends SIGHUP. Without TLS the server had no handler for it, so the signal ended the service.

use crate::harness::{JOHN, Server};
use crate::serving::{Program, wait_for};

#[test]
fn sighup_without_tls_does_not_end_the_server() {
    for mut server in [Server::demo(), Server::on_file_without_passwords(&[])] {
        for signals in 1..=3 {
            server.signal("HUP");
            wait_for(|| (server.log().matches("SIGHUP ignored").count() == signals).then_some(()));
            assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().status, 200);
        }
        // A process that the signal had ended would have no exit code.
        assert_eq!(server.stop().code(), Some(0), "{}", server.log());
    }
}

#[test]
fn sighup_does_not_end_the_demo() {
    let program = Program::start(&["demo", "--listen", "127.0.0.1:0"]);
    let text = program.out_with("listening on ");
    for signals in 1..=3 {
        program.signal("HUP");
        wait_for(|| (program.read("err").matches("SIGHUP ignored").count() == signals).then_some(()));
    }
    assert_eq!(program.stop(), text);
}
