"""A real client with requests that a test makes fail."""

import time

import gitlab
import pytest
import requests
from accountd.testing import ControlError
from conftest import connect, create, usernames

CREATE = "gitlab.v4.users.create"


def test_requests_fail_as_many_times_as_wanted(accountd, admin):
    fault = accountd.fail(CREATE, status=503, times=2, after=1)
    create(admin, "one")
    for name in ["two", "three"]:
        with pytest.raises(gitlab.GitlabCreateError) as caught:
            create(admin, name)
        assert caught.value.response_code == 503
    create(admin, "four")
    assert fault.hits == 2
    assert {"one", "four"} <= set(usernames(admin))
    assert not {"two", "three"} & set(usernames(admin))


def test_a_client_retries_after_a_lost_answer(accountd, admin):
    accountd.fail(CREATE, status=502, times=1, when="after_commit")
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        create(admin, "ada")
    assert caught.value.response_code == 502
    assert "ada" in usernames(admin)


def test_a_fault_can_be_removed(accountd, admin):
    with accountd.fail(CREATE, status=500):
        with pytest.raises(gitlab.GitlabCreateError):
            create(admin, "ada")
    create(admin, "ada")
    accountd.fail(CREATE, status=500)
    accountd.fail(path="/api/v4/**", status=500)
    assert len(accountd.faults.list()) == 2
    accountd.faults.clear()
    create(admin, "eve")


def test_only_matching_requests_fail(accountd, admin):
    accountd.fail(user="janedoe", status=500)
    accountd.fail(CREATE, body={"/username": "ada"}, status=500)
    create(admin, "eve")
    with pytest.raises(gitlab.GitlabCreateError):
        create(admin, "ada")
    with pytest.raises(gitlab.GitlabHttpError):
        connect(accountd, accountd.token("janedoe")).http_get("/user")


def test_an_answer_can_be_replaced(accountd, admin):
    accountd.fail(CREATE, status=418, headers={"X-Why": "test"}, answer_body={"message": "teapot"})
    with pytest.raises(gitlab.GitlabCreateError, match="418: teapot"):
        create(admin, "ada")


def test_an_answer_can_be_late(accountd, admin):
    accountd.fail(CREATE, delay_ms=200)
    started = time.monotonic()
    create(admin, "ada")
    assert time.monotonic() - started >= 0.2


def test_a_credential_can_expire(accountd, admin):
    accountd.fail(CREATE, credential="expired")
    with pytest.raises(gitlab.GitlabAuthenticationError):
        create(admin, "ada")
    admin.auth()


def test_a_rate_can_be_limited(accountd):
    accountd.clock.freeze()
    accountd.fail("gitlab.v4.users.list", rate={"limit": 2, "per": "1m"})
    headers = {"PRIVATE-TOKEN": "root-api-token-for-examples"}
    answers = [requests.get(f"{accountd.url}/api/v4/users", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.parametrize("connection", ["reset", "empty", {"truncate": 5}])
def test_a_connection_can_break(accountd, admin, connection):
    accountd.fail(CREATE, connection=connection, when="after_commit")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        create(admin, "ada")
    assert "ada" in usernames(admin)


def test_an_unknown_operation_is_an_error(accountd):
    with pytest.raises(ControlError, match="gitlab.v4.users.creat"):
        accountd.fail("gitlab.v4.users.creat", status=500)


def test_an_unknown_key_is_an_error(accountd):
    with pytest.raises(ControlError) as caught:
        accountd.fail(CREATE, status=500, usr="root")
    assert caught.value.error == "unknown_key"


def test_a_reset_removes_faults(accountd, admin):
    accountd.fail(CREATE, status=500)
    accountd.reset()
    create(admin, "ada")
    assert accountd.faults.list() == []
