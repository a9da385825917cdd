"""python-gitlab 8.6.0 and API v4: every manager for which accountd implements the routes."""

import subprocess
import sys

import gitlab
import pytest

from examples import ADMIN, JOHN, ROOT

KEY = (ROOT / "fixtures/keys/accepted/ecdsa-384.pub").read_text().strip()
ADA = {
    "username": "ada",
    "name": "Ada",
    "email": "ada@example.com",
    "password": "correct-horse",
    "skip_confirmation": True,
}


def connect(server, token, **options):
    client = gitlab.Gitlab(server.url, private_token=token, timeout=10, **options)
    client.auth()
    return client


@pytest.fixture
def gl(server):
    return connect(server, ADMIN)


@pytest.fixture
def ada(gl):
    return gl.users.create(ADA)


def refused(error, call, *arguments, **options):
    with pytest.raises(error) as raised:
        call(*arguments, **options)
    assert type(raised.value) is error
    return raised.value.response_code, raised.value.error_message


def test_auth_receives_the_url_it_was_given(server, recwarn):
    gl = connect(server, JOHN)
    assert gl.user.username == "john_smith"
    assert gl.user.web_url == f"{server.url}/john_smith"
    assert not recwarn.list


def test_bearer_and_version(server):
    gl = gitlab.Gitlab(server.url, oauth_token=JOHN)
    gl.auth()
    assert gl.version()[0] != "unknown"
    assert gl.user.id == 1


def test_users(gl, ada):
    assert ada.state == "active" and ada.created_by["username"] == "root"
    assert gl.users.get(ada.id).email == "ada@example.com"
    ada.bio = "counts"
    ada.external = True
    ada.save()
    assert gl.users.get(ada.id).bio == "counts"
    assert [user.id for user in gl.users.list(search="ada")] == [ada.id]
    assert [user.id for user in gl.users.list(username="ADA")] == [ada.id]
    assert [user.id for user in gl.users.list(external=True)] == [ada.id]
    assert [user.username for user in gl.users.list(admins=True)] == ["root"]
    gl.users.delete(ada.id, hard_delete=True)
    assert refused(gitlab.GitlabGetError, gl.users.get, ada.id) == (404, "404 User Not Found")


def test_states(gl, ada):
    assert ada.block() is True and ada.state == "blocked"
    assert ada.block() is None
    assert ada.unblock() is True and ada.state == "active"
    assert ada.unblock() is False
    assert ada.ban() is True and ada.state == "banned"
    assert refused(gitlab.GitlabBanError, ada.ban) == (403, "You cannot ban banned users.")
    assert ada.unban() is True and ada.state == "active"
    assert refused(gitlab.GitlabUnbanError, ada.unban)[0] == 403
    assert ada.deactivate() is True and ada.state == "deactivated"
    assert ada.deactivate() is None
    assert ada.activate() is True and ada.state == "active"
    assert refused(gitlab.GitlabUserApproveError, ada.approve)[0] == 409
    assert refused(gitlab.GitlabUserRejectError, ada.reject)[0] == 409
    own = gl.users.get(gl.user.id)
    assert refused(gitlab.GitlabBlockError, own.block)[0] == 403


def test_offset_and_keyset_pagination(gl, server):
    users = gl.users.list(per_page=2, order_by="id", sort="asc", iterator=True)
    assert (users.total, users.total_pages, users.per_page, users.next_page) == (5, 3, 2, 2)
    assert [user.id for user in users] == [1, 2, 3, 4, 5]
    keyset = connect(server, ADMIN, pagination="keyset", order_by="id", per_page=2)
    users = keyset.users.list(iterator=True, sort="asc")
    assert users.total is None
    assert [user.id for user in users] == [1, 2, 3, 4, 5]
    assert len(keyset.users.list(get_all=True)) == 5


def test_keys(gl, ada):
    own = gl.user.keys.create({"title": "mine", "key": KEY})
    assert gl.user.keys.get(own.id).title == "mine"
    assert [key.id for key in gl.user.keys.list()] == [own.id]
    taken = refused(gitlab.GitlabCreateError, ada.keys.create, {"title": "x", "key": KEY})
    assert taken == (400, {"fingerprint": ["has already been taken"], "key": ["has already been taken"]})
    own.delete()
    key = ada.keys.create({"title": "hers", "key": KEY, "expires_at": "2031-01-21"})
    assert key.expires_at == "2031-01-21T00:00:00.000Z"
    assert ada.keys.get(key.id).key == KEY
    assert gl.keys.get(key.id).user["username"] == "ada"
    found = gl.keys.get(fingerprint="SHA256:MQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc")
    assert found.user["username"] == "john_smith"
    key.delete()
    assert ada.keys.list() == []


def test_emails(gl, ada):
    mine = gl.user.emails.create({"email": "r@example.com"})
    assert mine.confirmed_at is None
    assert mine in gl.user.emails.list()
    assert gl.user.emails.get(mine.id).email == "r@example.com"
    mine.delete()
    hers = ada.emails.create({"email": "a@example.com", "skip_confirmation": True})
    assert hers.confirmed_at is not None
    assert ada.emails.get(hers.id).email == "a@example.com"
    taken = refused(gitlab.GitlabCreateError, gl.user.emails.create, {"email": "a@example.com"})
    assert taken == (400, {"email": ["has already been taken"]})
    ada.emails.delete(hers.id)
    assert refused(gitlab.GitlabDeleteError, ada.emails.delete, hers.id) == (404, "404 Email Not Found")


def test_personal_access_tokens(gl, ada, server):
    made = ada.personal_access_tokens.create({"name": "ci", "scopes": ["api", "read_user"], "expires_at": "2031-01-21"})
    assert made.token.startswith("glpat-") and made.expires_at == "2031-01-21"
    hers = connect(server, made.token)
    assert hers.user.username == "ada"
    assert hers.personal_access_tokens.get("self").id == made.id
    listed = gl.personal_access_tokens.list(user_id=ada.id)
    assert [token.id for token in listed] == [made.id] and not hasattr(listed[0], "token")
    rotated = gl.personal_access_tokens.rotate(made.id, expires_at="2032-01-21")
    assert rotated["expires_at"] == "2032-01-21"
    old = hers
    hers = connect(server, rotated["token"])
    token = hers.personal_access_tokens.get("self")
    token.rotate(self_rotate=True)
    hers = connect(server, token.token)
    hers.personal_access_tokens.delete("self")
    assert refused(gitlab.GitlabAuthenticationError, hers.auth)[0] == 401
    assert refused(gitlab.GitlabAuthenticationError, old.auth) == (401, "invalid_token")


def test_impersonation_tokens(gl, ada, server):
    made = ada.impersonationtokens.create({"name": "act", "scopes": ["api"]})
    assert connect(server, made.token).user.username == "ada"
    assert [token.id for token in ada.impersonationtokens.list(state="active")] == [made.id]
    assert ada.impersonationtokens.get(made.id).impersonation is True
    made.delete()
    assert ada.impersonationtokens.list(state="active") == []
    assert ada.impersonationtokens.list()[0].revoked is True


def test_identities_and_empty_lists(gl, ada):
    for provider in ("github", "google"):
        ada.provider, ada.extern_uid = provider, "1"
        ada.save()
    ada.identityproviders.delete("github")
    assert gl.users.get(ada.id).identities == [{"provider": "google", "extern_uid": "1"}]
    assert refused(gitlab.GitlabDeleteError, ada.identityproviders.delete, "github")[0] == 404
    assert ada.projects.list() == [] and ada.events.list() == [] and ada.memberships.list() == []
    assert ada.starred_projects.list() == [] and ada.contributed_projects.list() == []


def test_sudo(gl):
    email = gl.user.emails.create({"email": "j@example.com"}, sudo="john_smith")
    assert [one.id for one in gl.user.emails.list(sudo=1)] == [email.id]
    assert gl.user.emails.list() == []
    assert refused(gitlab.GitlabListError, gl.user.emails.list, sudo=999)[0] == 404


def test_refusals_are_typed(gl, server):
    message = refused(gitlab.GitlabCreateError, gl.users.create, {"username": "x", "name": "X"})
    assert message == (400, "email is missing, password is missing")
    taken = refused(gitlab.GitlabCreateError, gl.users.create, {**ADA, "email": "john@example.com"})
    assert taken == (409, "Email has already been taken by john_smith")
    short = refused(gitlab.GitlabCreateError, gl.users.create, {**ADA, "password": "short"})
    assert short == (400, {"password": ["is too short (minimum is 8 characters)"]})
    john = connect(server, JOHN)
    assert refused(gitlab.GitlabCreateError, john.users.create, ADA) == (403, "403 Forbidden")
    reader = gl.users.get(1).personal_access_tokens.create({"name": "r", "scopes": ["read_user"]})
    reader = connect(server, reader.token)
    assert refused(gitlab.GitlabCreateError, reader.user.keys.create, {"title": "x", "key": KEY}) == (
        403,
        "insufficient_scope",
    )


def test_the_gitlab_command_line(server):
    command = [sys.executable, "-m", "gitlab", "--server-url", server.url, "--private-token", ADMIN]
    ran = subprocess.run([*command, "user", "list", "--get-all"], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran.stderr
    ids = [line for line in ran.stdout.splitlines() if line.startswith("id: ")]
    assert ids == ["id: 5", "id: 4", "id: 3", "id: 2", "id: 1"]


def test_audit_events(server, gl, ada):
    gl.users.get(ada.id).block()
    blocked, created = gl.audit_events.list(entity_type="User", entity_id=ada.id)
    assert (blocked.details["event_name"], created.details["event_name"]) == ("user.blocked", "user.created")
    assert blocked.details["author_name"] == "root" and blocked.details["ip_address"] == "127.0.0.1"
    assert gl.audit_events.get(created.id).details["target_details"] == "ada"
    for options in ({}, {"pagination": "keyset"}):
        events = gl.audit_events.list(iterator=True, per_page=1, **options)
        assert [event.id for event in events] == [blocked.id, created.id, created.id - 1]
    assert refused(gitlab.GitlabListError, connect(server, JOHN).audit_events.list)[0] == 403
