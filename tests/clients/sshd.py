"""A host with a real sshd: system users for the tests, a database that sshd's helper may only read, and SSH logins."""

import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SSHD = "/usr/sbin/sshd"
# The system users that run `accountd serve`, and, for sshd, `accountd authorized-keys`.
SERVER, READER = "accountd", "accountd-keys"
LOGIN_USERS = ("jane", "john", "joan", "git")
# Marks the system users that these tests created.
COMMENT = "created by the tests of accountd"
ADMIN = "root-api-token-for-examples"
KEY_TYPES = {"jane": ["-t", "ed25519"], "john": ["-t", "ecdsa"], "joan": ["-t", "rsa", "-b", "2048"]}


def run(*command, check=True, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **options)
    if check:
        assert done.returncode == 0, f"{command}: {done.returncode} {done.stdout}{done.stderr}"
    return done


def wait_until(condition, description, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{description}: not within {seconds} s"
        time.sleep(0.02)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Users:
    """The system users of a test run. They must not exist before it, and are removed after it."""

    def __init__(self, home_folders):
        for name in (SERVER, READER, *LOGIN_USERS):
            # Left over from a run that was killed.
            if exists(name) and pwd.getpwnam(name).pw_gecos == COMMENT:
                run("userdel", name)
            assert not exists(name), f"there is a system user {name}: run this on a machine without it"
        self.created = []
        for name in (SERVER, READER):
            self.add(name, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        for name in LOGIN_USERS:
            # `*` means no password. `!` would lock the account, and sshd refuses locked accounts.
            self.add(name, "--create-home", "--home-dir", home_folders / name, "--shell", "/bin/sh", "--password", "*")

    def add(self, name, *options):
        run("useradd", "--comment", COMMENT, *options, name)
        self.created.append(name)

    def remove(self):
        for name in self.created:
            run("userdel", name, check=False)


def exists(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


class Install:
    """The binary in a place that sshd accepts, and databases laid out as README.md says."""

    def __init__(self, binary):
        # sshd runs a command only from a path to which root alone can write, so not from /tmp.
        self.folder = Path(tempfile.mkdtemp(prefix="accountd-test-", dir="/var/lib"))
        self.folder.chmod(0o755)
        self.binary = self.folder / "accountd"
        shutil.copy(binary, self.binary)
        self.binary.chmod(0o755)
        (self.folder / "homes").mkdir()
        self.users = Users(self.folder / "homes")
        self.keys = {}
        for name, options in KEY_TYPES.items():
            self.keys[name] = self.folder / f"key-{name}"
            run("ssh-keygen", "-q", *options, "-N", "", "-C", f"{name}@laptop", "-f", self.keys[name])
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "host_key")

    def remove(self):
        self.users.remove()
        shutil.rmtree(self.folder)


class Accounts:
    """A database for one test, and a server on it if the test starts one."""

    def __init__(self, install, name):
        self.install = install
        self.folder = install.folder / name
        # Readable by the group, which the files in it inherit, and writable by the server's user alone.
        run("install", "-d", "-o", SERVER, "-g", READER, "-m", "2750", self.folder)
        self.db = self.folder / "accountd.db"
        fixture = {
            "users": [
                {"username": "root", "admin": True, "emails": [{"email": "root@example.com"}],
                 "tokens": [{"token": ADMIN, "scopes": ["api"]}]},
                *({"username": name, "emails": [{"email": f"{name}@example.com"}],
                   "keys": [{"title": name, "key": Path(f"{key}.pub").read_text()}]}
                  for name, key in install.keys.items()),
            ]
        }  # fmt: skip
        self.fixture = install.folder / f"{name}.json"
        self.fixture.write_text(json.dumps(fixture))
        # The file is created for its owner alone, and then made readable by the group.
        self.command("import", self.fixture)
        self.db.chmod(0o640)
        self.server = None
        self.url = None

    def command(self, *arguments, user=SERVER, **options):
        group = pwd.getpwnam(user).pw_gid
        command = [self.install.binary, *arguments, "--db", self.db]
        environment = {"PATH": "/usr/bin:/bin"}
        return run(*command, user=user, group=group, extra_groups=[], env=environment, cwd="/", **options)

    def ids(self):
        return {user["username"]: user["id"] for user in json.loads(self.command("user", "list", "--json").stdout)}

    def keys_of(self, name):
        return json.loads(self.command("key", "list", name, "--json").stdout)

    def serve(self, listen="127.0.0.1:0"):
        self.log = open(self.install.folder / f"{self.folder.name}.log", "ab")
        command = [self.install.binary, "serve", "--db", self.db, "--listen", listen]
        self.server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, cwd="/", env={},
            user=SERVER, group=pwd.getpwnam(SERVER).pw_gid, extra_groups=[],
        )  # fmt: skip
        line = self.server.stdout.readline().decode()
        assert line.startswith("listening on "), Path(self.log.name).read_text()
        self.url = line.removeprefix("listening on ").strip()

    def stop(self, signal="terminate"):
        if self.server:
            getattr(self.server, signal)()
            self.server.wait(timeout=30)
            self.server.stdout.close()
            self.log.close()
            self.server = None

    def call(self, method, path, status, **fields):
        from curl import curl, encode

        answer = curl("-X", method, "-H", f"PRIVATE-TOKEN: {ADMIN}", *encode("json", **fields), self.url + path)
        assert answer.status == status, answer
        return answer.json()

    def listing(self):
        """Every file of the folder, except the shared memory (-shm), with the properties that a write changes."""
        files = sorted(path for path in self.folder.rglob("*") if not path.name.endswith("-shm"))
        return [(path.name, path.stat().st_ino, path.stat().st_size, path.stat().st_mtime_ns) for path in files]


class Host:
    """A separate sshd on a free port."""

    def __init__(self, install, accounts, settings, name="host"):
        self.install = install
        self.port = free_port()
        self.folder = install.folder / f"{name}-{self.port}"
        self.folder.mkdir()
        self.log = self.folder / "log"
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {install.folder}/host_key",
            "PidFile none",
            "UsePAM no",
            "StrictModes yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "AuthorizedKeysFile none",
            f"AuthorizedKeysCommandUser {READER}",
            "LogLevel VERBOSE",
            *settings,
        ]
        config = self.folder / "sshd_config"
        config.write_text("\n".join(lines) + "\n")
        public = (install.folder / "host_key.pub").read_text()
        self.known = self.folder / "known_hosts"
        self.known.write_text(f"[127.0.0.1]:{self.port} {public}")
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        run(SSHD, "-t", "-f", config)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(lambda: "Server listening on" in self.log.read_text(), "sshd's start")

    def login(self, user, key, command="id -un"):
        """Logs in and returns the output of the command, or None if sshd refused every key."""
        done = run(
            "ssh", "-F", "none", "-p", str(self.port), "-i", key,
            "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={self.known}", "-o", "StrictHostKeyChecking=yes",
            f"{user}@127.0.0.1", command, check=False,
        )  # fmt: skip
        if done.returncode == 255:
            # A host that cannot be reached must not count as a refusal.
            assert "Permission denied (publickey)" in done.stderr, done.stderr + self.log.read_text()
            return None
        assert done.returncode == 0, done.stderr + self.log.read_text()
        return done.stdout

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def group_of(path):
    return grp.getgrgid(path.stat().st_gid).gr_name


def mode_of(path):
    return path.stat().st_mode & 0o7777


def may(user, access, path):
    """Whether a user may read (r), write (w) or enter (x) a path."""
    group = pwd.getpwnam(user).pw_gid
    done = run("test", f"-{access}", path, check=False, user=user, group=group, extra_groups=[])
    return done.returncode == 0


def is_root():
    return os.geteuid() == 0
