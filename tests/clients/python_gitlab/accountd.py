"""What python-gitlab's own tests run against, in the place of a GitLab in a container.

tests/clients/run copies this file beside the conftest.py of python-gitlab's source distribution, whose fixtures these
replace. Everything else of its tests is unchanged.
"""

import json
import os
import subprocess
import time

import gitlab
import pytest

TOKEN = "token-of-root-for-tests"
# The names that the tests expect of GitLab's first user.
ROOT = {
    "id": 1,
    "username": "root",
    "name": "Administrator",
    "admin": True,
    "emails": [{"email": "admin@example.com"}],
    "tokens": [{"name": "tests", "token": TOKEN, "scopes": ["api"]}],
}


@pytest.fixture(scope="session")
def gitlab_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("accountd")
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"users": [ROOT]}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ACCOUNTD_")}
    environment["HOME"] = str(folder)
    command = [os.environ["ACCOUNTD_BINARY"], "serve", "--memory", "--seed", seed, "--listen", "127.0.0.1:0"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment, text=True
        )
    line = process.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:"), line + (folder / "log").read_text()
    yield line.removeprefix("listening on ").rstrip("\n")
    process.terminate()
    assert process.wait(timeout=15) == 0, (folder / "log").read_text()


@pytest.fixture(scope="session")
def gitlab_token():
    return TOKEN


@pytest.fixture(scope="session")
def temp_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("python-gitlab")


@pytest.fixture(scope="session")
def gl(gitlab_url, gitlab_token):
    """Without the reset, which deletes projects and groups: each run has a new server."""
    instance = gitlab.Gitlab(gitlab_url, private_token=gitlab_token)
    instance.auth()
    return instance


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """The tests give GitLab half a minute to catch up with itself."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    # Requests to this machine must not go through a proxy from the environment.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
