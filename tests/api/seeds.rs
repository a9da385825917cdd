//! To come.
use crate::harness::{JANE, JOHN, Server};
#[test]
fn smoke() {
    let server = Server::demo();
    assert_eq!(server.get("/api/v3/user").private(JOHN).send().status, 200);
    assert_eq!(
        server
            .delete("/api/v1.1/users/janedoe/emails/")
            .bearer(JANE)
            .json(serde_json::json!({"email":"x@y.z"}))
            .send()
            .status,
        404
    );
    let server = Server::on_file(&[]);
    assert_eq!(server.get("/api/v3/user").private(JOHN).send().status, 200);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), 5);
}
