"""A stand-in to measure: its control service, and all memory that it occupies."""

import json
import os
import socket
from pathlib import Path

from .programs import ROOT, Server
from .processor_time import read_answer

DEMO = ROOT / "fixtures/demo.json"
# An administrator's, in demo.json.
ROOT_TOKEN = "root-api-token-for-examples"
MIB = 1 << 20


class Client:
    """Sends requests on one connection, and discards the bodies of the answers."""

    def __init__(self, address):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.answers = self.socket.makefile("rb")

    def send(self, method, path, body=None, token=None, expected=200):
        text = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n"
        head += "Content-Type: application/json\r\n" if text else ""
        head += f"PRIVATE-TOKEN: {token}\r\n" if token else ""
        self.socket.sendall(f"{head}\r\n".encode() + text)
        status = read_answer(self.answers)
        assert status == expected, f"{method} {path}: {status}"

    def close(self):
        self.answers.close()
        self.socket.close()


class StandIn(Server):
    """`accountd stand-in` with this seed."""

    def __init__(self, accountd, seed=DEMO, *options):
        super().__init__(accountd, "stand-in", str(seed), *options)

    def create_sandbox(self, name):
        """Returns its address."""
        _, body = self.ask("POST", "/_accountd/sandboxes", fields={"name": name})
        return json.loads(body)["url"].removeprefix("http://")

    def delete_sandbox(self, name):
        self.ask("DELETE", f"/_accountd/sandboxes/{name}")

    def open_files(self):
        """The nameless files of its databases: what each was called, and the bytes that it occupies in memory."""
        files = {}
        for entry in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                name, status = os.readlink(entry), entry.stat()
            except FileNotFoundError:
                continue
            if "/accountd-" in name:
                files[status.st_ino] = (name.removesuffix(" (deleted)"), status.st_blocks * 512)
        return list(files.values())

    def wal_mib(self):
        """The largest WAL."""
        return max(size for name, size in self.open_files() if name.endswith("-wal")) / MIB

    def memory_mib(self):
        """What is resident without shared memory, and the files of its databases, which are in memory too."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in status)
        resident = sum(int(fields[name].split()[0]) for name in ("RssAnon", "RssFile")) << 10
        return (resident + sum(size for _, size in self.open_files())) / MIB
