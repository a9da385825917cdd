//! SIGHUP, which a service manager sends for a reload.

use crate::harness::Server;
use crate::serving::wait_for;

#[test]
fn a_server_without_tls_survives_sighup() {
    let mut server = Server::start(&["--memory"]);
    for lines in 1..=3 {
        server.signal("HUP");
        wait_for(|| (server.log().matches("SIGHUP ignored").count() == lines).then_some(()));
        assert_eq!(server.get("/api/v3/user").send().status, 401);
    }
    assert!(server.stop().success());
}
