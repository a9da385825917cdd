"""What a test learns of the requests of a real client."""

import gitlab
import pytest
from accountd.testing import ControlError, UnmetExpectation
from conftest import ROOT_TOKEN, create

CREATE = "gitlab.v4.users.create"


def test_requests_are_listed_in_their_order(accountd, admin):
    create(admin, "ada")
    admin.auth()
    first, second = accountd.requests.list()
    assert (first["operation"], first["user"]) == (CREATE, "root")
    assert (first["request"]["method"], first["request"]["path"]) == ("POST", "/api/v4/users")
    assert first["request"]["body"]["username"] == "ada"
    assert first["answer"]["status"] == 201
    assert accountd.requests.list(since=first["seq"]) == [second]


def test_requests_are_found(accountd, admin):
    create(admin, "ada")
    create(admin, "eve")
    admin.auth()
    assert len(accountd.requests.find(CREATE)) == 2
    (entry,) = accountd.requests.find(CREATE, body={"/username": "eve"})
    assert entry["request"]["body"]["username"] == "eve"
    assert accountd.requests.find(user="janedoe") == []


def test_an_expectation_that_is_met_passes(accountd, admin):
    create(admin, "ada")
    accountd.requests.expect(CREATE)
    accountd.requests.expect(CREATE, times=1, user="root")
    accountd.requests.expect(user="janedoe", times=0)


def test_an_expectation_that_is_not_met_fails_the_test(accountd, admin):
    create(admin, "ada")
    with pytest.raises(UnmetExpectation) as caught:
        accountd.requests.expect(CREATE, user="janedoe")
    (entry,) = accountd.requests.list()
    message, closest = str(caught.value).splitlines()
    assert "at least one" in message
    assert closest == f"  #{entry['seq']} differs in user"
    assert isinstance(caught.value, AssertionError)
    with pytest.raises(UnmetExpectation):
        accountd.requests.expect(CREATE, times=2, wait_ms=20)


def test_an_expectation_of_an_unknown_operation_is_not_a_failed_one(accountd):
    with pytest.raises(ControlError, match="creat"):
        accountd.requests.expect("gitlab.v4.users.creat", times=0)


def test_the_journal_can_be_cleared(accountd, admin):
    admin.auth()
    accountd.requests.clear()
    assert accountd.requests.list() == []
    admin.auth()
    accountd.reset()
    assert accountd.requests.list() == []


def test_a_long_journal_is_read_whole(accountd, admin):
    # The name is there three times. The journal keeps a body of 64 KiB, and the server answers with 1 MiB at a time.
    for number in range(40):
        with pytest.raises(gitlab.GitlabCreateError):
            create(admin, f"{number}-" + "x" * 15_000)
    entries = accountd.requests.list()
    sent = [entry["request"]["body"]["username"].split("-")[0] for entry in entries]
    assert sent == [str(number) for number in range(40)]
    assert accountd.requests.find(CREATE) == entries


def test_credentials_are_not_in_the_journal(accountd, admin):
    create(admin, "ada")
    text = str(accountd.requests.list())
    assert "ada@example.com" in text
    assert ROOT_TOKEN not in text
    assert "correct-horse" not in text


@pytest.mark.accountd(strict=True)
def test_a_strict_server_says_what_it_has_not(accountd, admin):
    with pytest.raises(gitlab.GitlabHttpError) as caught:
        admin.http_get("/projects")
    assert caught.value.response_code == 501
    (entry,) = accountd.requests.list()
    assert entry["unrouted"]
