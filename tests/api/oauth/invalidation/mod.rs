//! What ends the access of an application, also on open connections (SPEC 3).

mod applications;
mod tokens;
mod users;

use super::{Application, Tokens, VERIFIER, WIKI, assert_error, profile_status};
use crate::attacks::KeepAlive;
use crate::harness::Server;

const DOCKER_PATH: &str = "/api/v1.1/users/janedoe/";

/// All access of an application to a user: open connections, tokens and an unused code.
struct Access {
    app: Application,
    tokens: Tokens,
    code: String,
    open: Vec<(KeepAlive, String, &'static str)>,
}

impl Access {
    #[track_caller]
    fn obtain(server: &Server, app: Application) -> Self {
        let scope = if app.id == WIKI.id { "api" } else { "profile_read" };
        let tokens = app.tokens(server, scope);
        let code = app.code(server, "");
        let bearer = format!("Authorization: Bearer {}", tokens.access);
        let private = format!("PRIVATE-TOKEN: {}", tokens.access);
        let mut requests = vec![(bearer.clone(), DOCKER_PATH)];
        if scope == "api" {
            requests.extend([(bearer, "/api/v4/user"), (private.clone(), "/api/v3/user"), (private, "/api/v4/user")]);
        }
        let open = requests.into_iter().map(|(header, path)| {
            let mut connection = KeepAlive::to(server);
            for _ in 0..2 {
                assert_eq!(connection.get(path, &header).0, 200, "{path} {header}");
            }
            (connection, header, path)
        });
        Self { app, tokens, code, open: open.collect() }
    }

    /// Checks the status of a request on each open connection.
    #[track_caller]
    fn assert_statuses(&mut self, status: u16) {
        for (connection, header, path) in &mut self.open {
            let (found, body) = connection.get(path, header);
            assert_eq!(found, status, "{path} {header}: {body}");
        }
    }

    /// Checks that neither token nor the code works.
    #[track_caller]
    fn assert_ended(&mut self, server: &Server) {
        self.assert_statuses(401);
        let proof: &[_] = if self.app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        assert_error(&self.app.refresh(server, &self.tokens.refresh, &[]), 400, "invalid_grant");
        assert_error(&self.app.exchange(server, &self.code, proof), 400, "invalid_grant");
    }

    /// Checks that both tokens and the code work.
    #[track_caller]
    fn assert_valid(&mut self, server: &Server) {
        self.assert_statuses(200);
        let proof: &[_] = if self.app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        let fresh = Tokens::of(self.app.exchange(server, &self.code, proof));
        assert_eq!(profile_status(server, &fresh.access), 200);
        let next = Tokens::of(self.app.refresh(server, &self.tokens.refresh, &[]));
        assert_eq!(profile_status(server, &next.access), 200);
    }
}
