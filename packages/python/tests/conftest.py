"""What the tests share. `pytester` runs pytest with the installed plugin in a folder of its own."""

import os
import select
from contextlib import contextmanager

import gitlab
import pytest

pytest_plugins = ["pytester"]

ROOT_TOKEN = "root-api-token-for-examples"


def connect(accounts, token=ROOT_TOKEN):
    """python-gitlab as the administrator of the demo, or with another token."""
    return gitlab.Gitlab(accounts.url, private_token=token, retry_transient_errors=False)


def create(client, username):
    user = {"username": username, "name": username, "email": f"{username}@example.com", "password": "correct-horse"}
    return client.users.create(user)


def usernames(client):
    return sorted(user.username for user in client.users.list(get_all=True))


@pytest.fixture
def admin(accountd):
    return connect(accountd)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Requests to this machine must not go through a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def ends(pid, seconds=20):
    """Fails unless a process, which need not be a child of this one, ends."""
    process = os.pidfd_open(pid)
    try:
        yield
        end = select.poll()
        end.register(process, select.POLLIN)
        assert end.poll(seconds * 1000), f"process {pid} is still running"
    finally:
        os.close(process)
