"""A real client with a server that a test controls."""

import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
from accountd.testing import ControlError, StandIn
from conftest import connect, create, usernames

DEMO = ["jack_smith", "janedoe", "john_smith", "root", "username"]


def test_a_client_uses_the_accounts_of_the_demo(admin):
    create(admin, "ada")
    assert usernames(admin) == sorted(["ada", *DEMO])


def test_a_reset_restores_the_seed(accountd, admin):
    first = create(admin, "ada").id
    accountd.reset()
    assert usernames(admin) == DEMO
    assert create(admin, "ada").id == first


def test_a_reset_to_nothing_leaves_no_accounts(accountd):
    accountd.reset("empty")
    assert accountd.state()["users"] == []


def test_a_snapshot_is_restored(accountd, admin):
    create(admin, "ada")
    with_ada = accountd.snapshot("with-ada")
    accountd.reset()
    assert "ada" not in usernames(admin)
    accountd.reset(with_ada)
    assert "ada" in usernames(admin)
    accountd.delete_snapshot("with-ada")
    with pytest.raises(ControlError, match="404 not_found: there is no snapshot"):
        accountd.reset(with_ada)


def test_state_can_be_imported(accountd, tmp_path, admin):
    users = [{"username": "ada", "emails": [{"email": "ada@example.com"}]}]
    ids = accountd.import_state({"users": users})
    assert admin.users.get(ids["ada"]).username == "ada"
    state = accountd.state()
    accountd.reset("empty")
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state))
    ids = accountd.import_state(path)
    assert sorted(ids) == sorted(["ada", *DEMO])
    assert usernames(admin) == sorted(["ada", *DEMO])


def test_an_error_says_what_is_wrong(accountd):
    with pytest.raises(ControlError) as caught:
        accountd.import_state({"users": [{"nickname": "ada"}]})
    error = caught.value
    assert (error.status, error.error) == (400, "unknown_key")
    assert "nickname" in str(error)
    assert "(line 1, column " in str(error)


def test_a_sandbox_is_apart_from_the_server_and_from_other_sandboxes(accountd, admin):
    create(admin, "ada")
    with accountd.sandbox("one", from_="current") as one, accountd.sandbox() as two:
        create(connect(one), "eve")
        assert usernames(connect(one)) == sorted(["ada", "eve", *DEMO])
        assert usernames(connect(two)) == DEMO
        one.reset()
        assert usernames(connect(one)) == sorted(["ada", *DEMO])
    assert usernames(admin) == sorted(["ada", *DEMO])
    with pytest.raises(ConnectionError):
        one.state()


def test_a_sandbox_of_a_fixture_has_its_own_port(accountd_sandbox, accountd_server):
    assert accountd_sandbox.url != accountd_server.url
    create(connect(accountd_sandbox), "only-in-the-sandbox")
    assert "only-in-the-sandbox" in str(accountd_sandbox.state())
    assert "only-in-the-sandbox" not in str(accountd_server.state())


def test_threads_share_a_stand_in(accountd):
    def work(number):
        with accountd.sandbox() as sandbox:
            create(connect(sandbox), f"user{number}")
            sandbox.reset()
            return usernames(connect(sandbox))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(32))) == [DEMO] * 32


@pytest.fixture
def connects(monkeypatch):
    """A list with an item for each connection that is opened."""
    opened = []
    connect = HTTPConnection.connect

    def counted(connection):
        opened.append(connection)
        connect(connection)

    monkeypatch.setattr(HTTPConnection, "connect", counted)
    return opened


def test_calls_reuse_a_connection(accountd_sandbox, connects):
    for _ in range(5):
        accountd_sandbox.reset()
    assert len(connects) == 1


def test_a_connection_that_was_closed_while_idle_is_replaced(accountd_sandbox, connects):
    accountd_sandbox.reset()
    connects[0].sock.shutdown(socket.SHUT_RDWR)
    accountd_sandbox.reset()
    assert len(connects) == 2


def test_a_forked_process_opens_connections_of_its_own(accountd_sandbox, connects):
    accountd_sandbox.reset()
    if (pid := os.fork()) == 0:
        try:
            accountd_sandbox.reset()
            os._exit(len(connects))
        except BaseException:
            os._exit(100)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    accountd_sandbox.reset()
    assert len(connects) == 1


def test_the_operations_have_names(accountd):
    assert "gitlab.v4.users.create" in accountd.operations()


def test_seeds_are_relative_to_the_root(tmp_path):
    (tmp_path / "seed.json").write_text('{"users": [{"username": "ada", "emails": [{"email": "ada@example.com"}]}]}')
    with StandIn("seed.json", root=tmp_path) as accounts:
        assert [user["username"] for user in accounts.state()["users"]] == ["ada"]
