"""Fixtures: each test gets its own server in memory, with the accounts of fixtures/demo.json."""

import os
import subprocess

import pytest

from examples import ADMIN, JOHN, ROOT
from gitlab_client import connect

# Requests to this machine must not go through a proxy from the environment.
os.environ["NO_PROXY"] = "127.0.0.1"


class Server:
    """A running `accountd serve`."""

    def __init__(self, folder, *options):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACCOUNTD_")}
        environment["HOME"] = str(folder)
        seed = ROOT / "fixtures/demo.json"
        command = [os.environ["ACCOUNTD_BINARY"], "serve", "--memory", "--seed", seed, "--listen", "127.0.0.1:0"]
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment
            )
        line = self.process.stdout.readline().decode()
        expected = ("listening on http://127.0.0.1:", "listening on https://127.0.0.1:")
        assert line.startswith(expected), line + self.log.read_text()
        self.url = line.removeprefix("listening on ").rstrip("\n")

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        assert self.process.wait(timeout=15) == 0, self.log.read_text()


@pytest.fixture
def start(tmp_path):
    """Starts servers with further options. They stop at the end of the test."""
    servers = []

    def start_server(*options):
        folder = tmp_path / f"server-{len(servers)}"
        folder.mkdir()
        servers.append(Server(folder, *options))
        return servers[-1]

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def admin(server):
    return connect(server, ADMIN)


@pytest.fixture
def john(server):
    return connect(server, JOHN)
