"""The report of a failed test shows the requests to its stand-ins."""

import pytest

FAILING = """
import requests

def get(accounts, path):
    return requests.get(accounts.url + path, headers={"PRIVATE-TOKEN": "root-api-token-for-examples"})

"""


@pytest.fixture
def report(pytester):
    """The report of a test file, without the outcome of its tests."""

    def run(text):
        pytester.makepyfile(FAILING + text)
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
        return result.stdout

    return run


def test_the_requests_of_a_failed_test_are_shown(report):
    shown = report(
        """
def test(accountd):
    requests.post(
        accountd.url + "/api/v4/users?colour=red",
        json={"username": "ada", "password": "correct-horse"},
        headers={"PRIVATE-TOKEN": "root-api-token-for-examples"},
    )
    get(accountd, "/api/v4/no-such-route")
    assert False
"""
    )
    shown.fnmatch_lines(
        [
            "*- requests to accountd (main) -*",
            "#1 POST /api/v4/users?colour=red as root (token api) -> 400, gitlab.v4.users.create, * ms",
            '    sent {"username": "ada", "password": "sha256:*"}',
            "    ignored: colour",
            '    answered {"*":*}',
            "#2 GET /api/v4/no-such-route* -> 404, no such route, * ms",
        ]
    )
    assert "correct-horse" not in str(shown).partition("requests to accountd")[2]


def test_requests_of_sandboxes_and_of_dependent_fixtures_are_shown(report):
    shown = report(
        """
import pytest

@pytest.fixture
def client(accountd_sandbox):
    return lambda: get(accountd_sandbox, "/api/v4/user")

def test(client):
    client()
    assert False
"""
    )
    shown.fnmatch_lines(["*- requests to accountd (sandbox-1) -*", "#1 GET /api/v4/user as root *"])


def test_a_failure_in_the_set_up_shows_them_too(report):
    shown = report(
        """
import pytest

@pytest.fixture
def broken(accountd):
    get(accountd, "/api/v4/user")
    assert False

def test(broken): pass
"""
    )
    shown.fnmatch_lines(["*ERROR at setup of test*", "#1 GET /api/v4/user as root *"])


def test_a_passed_test_shows_nothing(report):
    shown = report("def test(accountd): get(accountd, '/api/v4/user')")
    shown.no_fnmatch_line("*requests to accountd*")


def test_the_section_is_short_and_ends_with_the_last_requests(report):
    shown = report(
        """
def test(accountd):
    for number in range(200):
        get(accountd, f"/api/v4/users?search={number}&padding={'x' * 2000}")
    assert False
"""
    )
    text = str(shown).partition("requests to accountd")[2]
    assert "#200 " in text
    assert "#180 " not in text
    assert len(text) < 20_000


def test_a_server_that_has_crashed_is_reported(report):
    shown = report(
        """
import os, signal

def test(accountd):
    os.kill(accountd.pid, signal.SIGKILL)
    assert False
"""
    )
    shown.fnmatch_lines(["*- requests to accountd (main) -*", "*accountd ended with status -9*"])
