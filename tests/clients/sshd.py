"""A host with a real sshd: system users for the tests, a database that sshd's helper may only read, and logins."""

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
# The server's own user, and the one whom sshd runs `accountd authorized-keys` as.
SERVER, READER = "accountd", "accountd-keys"
PEOPLE = ("jane", "john", "joan", "git")
# Tells the users that these tests made from any others.
MARK = "made by the tests of accountd"
ADMIN = "root-api-token-for-examples"
KEY_TYPES = {"jane": ["-t", "ed25519"], "john": ["-t", "ecdsa"], "joan": ["-t", "rsa", "-b", "2048"]}


def run(*command, check=True, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **options)
    if check:
        assert done.returncode == 0, f"{command}: {done.returncode} {done.stdout}{done.stderr}"
    return done


def wait_until(happened, what, seconds=30):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"{what}: not in {seconds} s"
        time.sleep(0.02)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Users:
    """The system users of a test run; they must not be there before, and are not there after."""

    def __init__(self, homes):
        for name in (SERVER, READER, *PEOPLE):
            # Left behind by a run that was killed.
            if exists(name) and pwd.getpwnam(name).pw_gecos == MARK:
                run("userdel", name)
            assert not exists(name), f"there is a system user {name}: run this where it can be made"
        self.made = []
        for name in (SERVER, READER):
            self.add(name, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        for name in PEOPLE:
            # `*` is no password, where `!` would be a locked account, which sshd keeps out.
            self.add(name, "--create-home", "--home-dir", homes / name, "--shell", "/bin/sh", "--password", "*")

    def add(self, name, *options):
        run("useradd", "--comment", MARK, *options, name)
        self.made.append(name)

    def remove(self):
        for name in self.made:
            run("userdel", name, check=False)


def exists(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


class Install:
    """The binary where sshd wants it, and a database as README.md says to lay it out."""

    def __init__(self, binary):
        # sshd takes a command only from a path that nobody but root can write to, which /tmp is not.
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
    """A database of its own for a test, and a server on it when it is wanted."""

    def __init__(self, install, name):
        self.install = install
        self.folder = install.folder / name
        # Readable for the group, which the files in it inherit; nobody but the server's user can write.
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
        # It is made for its owner's eyes only, and then shown to the group.
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

    def end(self, signal="terminate"):
        if self.server:
            getattr(self.server, signal)()
            self.server.wait(timeout=30)
            self.server.stdout.close()
            self.log.close()
            self.server = None

    def call(self, method, path, status, **fields):
        from curl import curl, sending

        answer = curl("-X", method, "-H", f"PRIVATE-TOKEN: {ADMIN}", *sending("json", **fields), self.url + path)
        assert answer.status == status, answer
        return answer.json()

    def listing(self):
        """Every file of the folder, with what a write would change. The log's index is a memory of the server's."""
        files = sorted(path for path in self.folder.rglob("*") if not path.name.endswith("-shm"))
        return [(path.name, path.stat().st_ino, path.stat().st_size, path.stat().st_mtime_ns) for path in files]


class Host:
    """An sshd of its own on a free port."""

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
        """What the command printed, or None if sshd refused every key."""
        done = run(
            "ssh", "-F", "none", "-p", str(self.port), "-i", key,
            "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={self.known}", "-o", "StrictHostKeyChecking=yes",
            f"{user}@127.0.0.1", command, check=False,
        )  # fmt: skip
        if done.returncode == 255:
            # Nothing else than a refusal: a host that is not there must not look like one.
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


def may(user, what, path):
    """Whether a user may read (r), write (w) or enter (x) a path."""
    group = pwd.getpwnam(user).pw_gid
    done = run("test", f"-{what}", path, check=False, user=user, group=group, extra_groups=[])
    return done.returncode == 0


def is_root():
    return os.geteuid() == 0
