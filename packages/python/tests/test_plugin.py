"""The pytest plugin, in runs of pytest with tests of their own."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from conftest import ends

ADA = {"users": [{"username": "ada", "emails": [{"email": "ada@example.com"}]}]}
NAMES = """
def names(accounts):
    return sorted(user["username"] for user in accounts.state()["users"])
"""


@pytest.fixture
def run(pytester):
    """Runs a test file: in this process, unless the test needs another one."""

    def run_tests(text, *options, run=pytester.runpytest_inprocess):
        pytester.makepyfile(NAMES + textwrap.dedent(text))
        return run("-p", "no:cacheprovider", *options)

    return run_tests


@pytest.fixture
def seed(pytester):
    """A seed with one user, in a folder of its own, and a root directory that it is relative to."""
    pytester.makeini("[pytest]")
    pytester.mkdir("seeds")
    (pytester.path / "seeds/ada.json").write_text(json.dumps(ADA))


def test_each_test_starts_from_the_seed(run):
    result = run(
        """
        import pytest

        ADA = {"users": [{"username": "ada", "emails": [{"email": "ada@example.com"}]}]}

        @pytest.mark.parametrize("time", [1, 2])
        def test_import(accountd, accountd_server, time):
            assert accountd is accountd_server
            accountd.import_state(ADA)
            accountd.snapshot("the-same-name")
            accountd.sandbox("the-same-name")

        @pytest.mark.parametrize("time", [1, 2])
        def test_sandbox(accountd_sandbox, accountd_server, time):
            assert accountd_sandbox.url != accountd_server.url
            accountd_sandbox.import_state(ADA)
            assert accountd_server.sandboxes == {accountd_sandbox.name: accountd_sandbox}
        """
    )
    result.assert_outcomes(passed=4)


def test_the_options_name_binary_and_seed(run, seed, pytester):
    text = "def test(accountd): assert names(accountd) == ['ada']"
    run(text, "--accountd-seed", "seeds/ada.json").assert_outcomes(passed=1)
    result = run(text, "--accountd-binary", "/no/such/program")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*--accountd-binary is '/no/such/program', which is not a program*"])


def test_seeds_are_relative_to_the_root_directory(run, seed, pytester, monkeypatch):
    inner = pytester.mkdir("inner")
    text = "def test(accountd): assert names(accountd) == ['ada']"
    (inner / "test_inner.py").write_text(NAMES + text)
    monkeypatch.chdir(inner)
    result = pytester.runpytest_inprocess("--accountd-seed", "seeds/ada.json")
    result.assert_outcomes(passed=1)


def test_a_marker_chooses_the_seed(run, seed):
    result = run(
        """
        import pytest
        pytestmark = pytest.mark.accountd(seed="seeds/ada.json")

        def test_module(accountd, accountd_sandbox):
            assert names(accountd) == names(accountd_sandbox) == ["ada"]

        @pytest.mark.accountd(seed=[])
        def test_function(accountd, accountd_server):
            assert accountd is not accountd_server
            assert "janedoe" in names(accountd)

        @pytest.mark.accountd(seed=["seeds/ada.json"])
        def test_the_same_server(accountd, request):
            assert names(accountd) == ["ada"]
            assert len(request.getfixturevalue("_accountd_servers")._started) == 2
        """
    )
    result.assert_outcomes(passed=3)


def test_servers_of_markers_are_bounded(run, seed, pytester):
    for number in range(10):
        (pytester.path / f"seeds/{number}.json").write_text(json.dumps(ADA))
    result = run(
        """
        import os
        import pytest

        pids = []

        @pytest.mark.parametrize("number", [
            pytest.param(n, marks=pytest.mark.accountd(seed=f"seeds/{n}.json")) for n in [*range(10), 0]
        ])
        def test(accountd, number):
            assert names(accountd) == ["ada"]
            pids.append(accountd.pid)

        def test_end():
            running = [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
            assert running == pids[-8:]
        """
    )
    result.assert_outcomes(passed=12)


@pytest.mark.parametrize("marker", ["seeds='a.json'", "'a.json'", "clock='2030-01-01T00:00:00Z,stopped'"])
def test_a_wrong_marker_is_an_error(run, marker):
    result = run(
        f"""
        import pytest

        @pytest.mark.accountd({marker})
        def test(accountd): pass
        """,
        "--strict-markers",
    )
    result.assert_outcomes(errors=1)
    result.stdout.re_match_lines(["(the marker accountd takes seed=, clock= and strict=|clock=.*must be a time)"])


def test_markers_and_options_are_documented(pytester):
    run = pytester.runpytest_inprocess
    run("--markers").stdout.fnmatch_lines(["@pytest.mark.accountd(seed=FILE, clock=TIME*"])
    run("--help").stdout.fnmatch_lines(["*--accountd-binary=PATH*", "*--accountd-seed=FILE*"])
    run("--fixtures").stdout.fnmatch_lines(["accountd_server*session scope*", "accountd -- *", "accountd_sandbox -- *"])


def test_a_run_without_the_fixtures_starts_nothing(run, pytester):
    result = run(
        """
        import sys

        def test():
            assert "accountd.testing" not in sys.modules
            assert False, "a failure does not import it either"
        """,
        "--accountd-binary=/no/such/program",
        run=pytester.runpytest_subprocess,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*a failure does not import it either*"])


def test_every_worker_of_xdist_has_a_server(run, pytester):
    result = run(
        """
        import os
        import pytest
        import urllib.request

        @pytest.mark.parametrize("number", range(10))
        def test(accountd, number):
            accountd.import_state({"users": [{"username": "ada", "emails": [{"email": "ada@example.com"}]}]})
            assert "ada" in names(accountd)
            open(f"{os.environ['PYTEST_XDIST_WORKER']}-{accountd.pid}.pid", "w").close()

        def test_failure(accountd):
            urllib.request.urlopen(accountd.url + "/api/v4/no-such-route")
        """,
        "-n2",
        "--dist=each",
        run=pytester.runpytest_subprocess,
    )
    result.assert_outcomes(passed=20, failed=2)
    result.stdout.fnmatch_lines(["#1 GET /api/v4/no-such-route -> 404, *"] * 2)
    workers = sorted(path.stem.split("-") for path in pytester.path.glob("*.pid"))
    assert [name for name, _ in workers] == ["gw0", "gw1"]
    assert workers[0][1] != workers[1][1]


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "xdist"])
def test_servers_end_when_the_test_run_is_killed(pytester, options):
    pytester.makepyfile(
        """
        import pytest
        import time

        @pytest.mark.parametrize("number", [1, 2])
        def test(accountd, number):
            open(f"{accountd.pid}.pid", "w").close()
            time.sleep(60)
        """
    )
    command = [sys.executable, "-m", "pytest", *options]
    with subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.DEVNULL, start_new_session=True) as pytest_run:
        deadline = time.monotonic() + 30
        while len(pids := [int(path.stem) for path in pytester.path.glob("*.pid")]) < 1 + len(options):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with ends(pids[0]), ends(pids[-1]):
            os.killpg(pytest_run.pid, signal.SIGKILL)
