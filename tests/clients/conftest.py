"""A server for each test, with the accounts of fixtures/demo.json in memory."""

import os
import subprocess

import pytest

from documents import ADMIN, JOHN, ROOT
from gitlab_client import connect

# A proxy in the environment is not for this machine's own addresses.
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
        assert line.startswith(("listening on http://127.0.0.1:", "listening on https://127.0.0.1:")), line + self.log.read_text()
        self.url = line.removeprefix("listening on ").rstrip("\n")

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        assert self.process.wait(timeout=15) == 0, self.log.read_text()


@pytest.fixture
def start(tmp_path):
    """Starts servers with more options; they end with the test."""
    servers = []

    def starting(*options):
        folder = tmp_path / f"server-{len(servers)}"
        folder.mkdir()
        servers.append(Server(folder, *options))
        return servers[-1]

    yield starting
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
