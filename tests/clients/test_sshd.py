"""Debian's sshd asks accountd for keys, and accepts or refuses logins accordingly."""

import os
import shutil
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sshd import READER, SERVER, SSHD, Accounts, Host, Install, group_of, is_root, may, mode_of, run, wait_until

pytestmark = [
    pytest.mark.skipif(not is_root(), reason="an sshd without root rights can log in only its own user"),
    pytest.mark.skipif(not Path(SSHD).exists(), reason="openssh-server is not installed"),
]


@pytest.fixture(scope="module")
def install():
    install = Install(os.environ["ACCOUNTD_BINARY"])
    yield install
    install.remove()


@pytest.fixture
def accounts(install, request):
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    accounts = Accounts(install, name)
    yield accounts
    accounts.stop()


@pytest.fixture
def host(install):
    """Starts hosts. They stop at the end of the test."""
    hosts = []

    def start_host(*settings):
        hosts.append(Host(install, None, settings))
        return hosts[-1]

    yield start_host
    for each in hosts:
        each.stop()


def keys_command(accounts, *options):
    """The line of sshd_config that reads keys from the database file."""
    options = " ".join(str(option) for option in options)
    return f"AuthorizedKeysCommand {accounts.install.binary} authorized-keys --db {accounts.db} {options}"


def keys_command_with_server(accounts, cache, *options):
    url, token = accounts.url, cache.parent / "token"
    line = f"{accounts.install.binary} authorized-keys --server {url} --token-file {token} --cache {cache}"
    return f"AuthorizedKeysCommand {line} {' '.join(options)} %u"


class TestOneHost:
    @pytest.mark.parametrize("state", ["never served", "served", "stopped", "killed"])
    def test_three_key_types_log_in_whatever_the_state_of_the_server(self, accounts, host, state):
        if state != "never served":
            accounts.serve()
            # A write, so that the database has a WAL.
            accounts.call("PUT", f"/api/v3/users/{accounts.ids()['jane']}", 200, bio="writes")
        if state == "stopped":
            accounts.stop()
        if state == "killed":
            accounts.stop("kill")
        beside = [path for path in ("-wal", "-shm") if Path(f"{accounts.db}{path}").exists()]
        assert beside == (["-wal", "-shm"] if state in ("served", "killed") else [])
        before = accounts.listing()
        here = host(keys_command(accounts, "%u"))
        for name, key in accounts.install.keys.items():
            assert here.login(name, key) == f"{name}\n"
        # A key does not log in to another user's account.
        assert here.login("jane", accounts.install.keys["john"]) is None
        assert accounts.listing() == before

    def test_sshds_helper_may_only_read(self, accounts):
        accounts.serve()
        accounts.call("PUT", f"/api/v3/users/{accounts.ids()['jane']}", 200, bio="writes")
        assert mode_of(accounts.folder) == 0o2750 and not may(READER, "w", accounts.folder)
        files = sorted(accounts.folder.iterdir())
        names = ["accountd.db", "accountd.db-reserve", "accountd.db-shm", "accountd.db-wal"]
        assert [path.name for path in files] == names
        reserve = files.pop(1)
        assert (reserve.owner(), mode_of(reserve)) == (SERVER, 0o600) and not may(READER, "r", reserve)
        for path in files:
            assert (path.owner(), group_of(path), mode_of(path)) == (SERVER, READER, 0o640)
            assert may(READER, "r", path) and not may(READER, "w", path)
            assert not may("john", "r", path)

    def test_a_blocked_user_cannot_log_in_once_the_request_has_returned(self, accounts, host):
        accounts.serve()
        here, key = host(keys_command(accounts, "%u")), accounts.install.keys["jane"]
        path = f"/api/v3/users/{accounts.ids()['jane']}"
        for _ in range(2):
            assert here.login("jane", key) == "jane\n"
            accounts.call("PUT", f"{path}/block", 200)
            assert here.login("jane", key) is None
            assert here.login("john", accounts.install.keys["john"]) == "john\n"
            accounts.call("PUT", f"{path}/unblock", 200)

    def test_a_deleted_user_cannot_log_in_once_the_request_has_returned(self, accounts, host):
        accounts.serve()
        here, key = host(keys_command(accounts, "%u")), accounts.install.keys["jane"]
        assert here.login("jane", key) == "jane\n"
        accounts.call("DELETE", f"/api/v3/users/{accounts.ids()['jane']}", 200)
        assert here.login("jane", key) is None

    def test_a_deleted_key_cannot_log_in_once_the_request_has_returned(self, accounts, host):
        accounts.serve()
        here, key = host(keys_command(accounts, "%u")), accounts.install.keys["jane"]
        (listed,) = accounts.keys_of("jane")
        path = f"/api/v3/users/{accounts.ids()['jane']}/keys"
        assert here.login("jane", key) == "jane\n"
        accounts.call("DELETE", f"{path}/{listed['id']}", 200)
        assert here.login("jane", key) is None
        accounts.call("POST", path, 201, title="again", key=listed["key"])
        assert here.login("jane", key) == "jane\n"

    def test_an_expired_key_cannot_log_in(self, accounts, host):
        accounts.serve()
        here, key = host(keys_command(accounts, "%u")), accounts.install.keys["jane"]
        (listed,) = accounts.keys_of("jane")
        path = f"/api/v3/users/{accounts.ids()['jane']}/keys"

        def expiring(end):
            (old,) = accounts.keys_of("jane")
            accounts.call("DELETE", f"{path}/{old['id']}", 200)
            stamp = end.strftime("%Y-%m-%dT%H:%M:%SZ")
            return accounts.call("POST", path, 201, title="short", key=listed["key"], expires_at=stamp)

        now = datetime.now(timezone.utc)
        # sshd accepts the `expiry-time` option in the line.
        expiring(now + timedelta(days=1))
        assert "expiry-time=" in accounts.command("authorized-keys", "jane", user=READER).stdout
        assert here.login("jane", key) == "jane\n"
        end = (datetime.now(timezone.utc) + timedelta(seconds=3)).replace(microsecond=0)
        expiring(end)
        wait_until(lambda: datetime.now(timezone.utc) > end, "expiry of the key")
        assert here.login("jane", key) is None
        assert accounts.command("authorized-keys", "jane", user=READER).stdout == ""

    def test_sshd_itself_refuses_a_line_with_a_past_expiry_time(self, accounts, host, install):
        """A copy of the line expires, too, because sshd understands its `expiry-time`."""
        accounts.serve()
        (listed,) = accounts.keys_of("jane")
        path = f"/api/v3/users/{accounts.ids()['jane']}/keys"
        accounts.call("DELETE", f"{path}/{listed['id']}", 200)
        end = (datetime.now(timezone.utc) + timedelta(seconds=4)).replace(microsecond=0)
        stamp = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        accounts.call("POST", path, 201, title="short", key=listed["key"], expires_at=stamp)
        line = accounts.command("authorized-keys", "jane", user=READER).stdout
        assert line.startswith(f'expiry-time="{end:%Y%m%d%H%M%S}Z" ssh-ed25519 ')
        copy = install.folder / "copy"
        copy.write_text(line)
        copy.chmod(0o644)
        here = host("AuthorizedKeysCommand /bin/false", f"AuthorizedKeysFile {copy}")
        wait_until(lambda: datetime.now(timezone.utc) > end, "expiry of the key")
        assert here.login("jane", install.keys["jane"]) is None

    def test_no_user_can_log_in_with_a_damaged_database(self, accounts, host):
        here = host(keys_command(accounts, "%u"))
        assert here.login("jane", accounts.install.keys["jane"]) == "jane\n"
        text = accounts.db.read_bytes()
        accounts.db.write_bytes(b"not a database" * 300)
        assert here.login("jane", accounts.install.keys["jane"]) is None
        accounts.db.write_bytes(text)
        assert here.login("jane", accounts.install.keys["jane"]) == "jane\n"


FORCED = """'echo "I am {username}, {user_id}, {key_id}, {fingerprint}: $SSH_ORIGINAL_COMMAND"'"""


class TestSharedAccount:
    @pytest.mark.parametrize("offered", ["--fingerprint %f", "--key-type %t --key %k"])
    def test_the_forced_command_receives_the_owner_of_the_key(self, accounts, host, offered):
        accounts.serve()
        here = host("Match User git", keys_command(accounts, offered, "--restrict", "--command", FORCED))
        ids = accounts.ids()
        for name, key in accounts.install.keys.items():
            (listed,) = accounts.keys_of(name)
            owner = f"I am {name}, {ids[name]}, {listed['id']}, {listed['fingerprint']}"
            assert here.login("git", key, "git-upload-pack 'x'") == f"{owner}: git-upload-pack 'x'\n"
        accounts.call("PUT", f"/api/v3/users/{ids['john']}/block", 200)
        assert here.login("git", accounts.install.keys["john"]) is None
        assert here.login("git", accounts.install.keys["jane"], "x").startswith("I am jane,")

    def test_an_unknown_key_cannot_log_in(self, accounts, host, install):
        here = host("Match User git", keys_command(accounts, "--fingerprint %f", "--restrict", "--command", FORCED))
        stranger = install.folder / "stranger"
        if not stranger.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger)
        assert here.login("git", stranger) is None
        assert here.login("git", install.keys["jane"], "x").startswith("I am jane,")

    def test_sshd_enforces_the_key_options(self, accounts, host):
        options = ["--fingerprint %f", "--restrict", "--option", "from=\\\"10.0.0.0/8\\\""]
        here = host("Match User git", keys_command(accounts, *options))
        assert here.login("git", accounts.install.keys["jane"]) is None
        options[-1] = "from=\\\"127.0.0.0/8\\\""
        here = host("Match User git", keys_command(accounts, *options))
        assert here.login("git", accounts.install.keys["jane"]) == "git\n"

    def test_a_login_is_recorded_as_the_last_use_of_the_key(self, accounts, host):
        spool = Path(f"{accounts.db}-spool")
        run("install", "-d", "-o", SERVER, "-g", READER, "-m", "2730", spool)
        accounts.serve()
        here = host("Match User git", keys_command(accounts, "--fingerprint %f", "--record"))
        before = datetime.now(timezone.utc).replace(microsecond=0)
        assert here.login("git", accounts.install.keys["jane"]) == "git\n"
        assert [path.suffix for path in spool.iterdir()] == [".used"] * len(list(spool.iterdir())) != []
        # The server reads the spool every minute, and when it has started.
        accounts.stop()
        accounts.serve()
        wait_until(lambda: not list(spool.iterdir()), "the spool is read")
        (listed,) = accounts.keys_of("jane")
        used = datetime.fromisoformat(listed["last_used_at"])
        assert before <= used <= datetime.now(timezone.utc)
        (shown,) = accounts.call("GET", f"/api/v3/users/{accounts.ids()['jane']}/keys", 200)
        assert shown["last_used_at"] == used.strftime("%Y-%m-%dT%H:%M:%SZ")
        (others,) = accounts.call("GET", f"/api/v3/users/{accounts.ids()['john']}/keys", 200)
        assert "last_used_at" not in others

    def test_a_login_succeeds_without_a_spool(self, accounts, host):
        """Recording the use of a key is best-effort."""
        here = host("Match User git", keys_command(accounts, "--fingerprint %f", "--record"))
        assert here.login("git", accounts.install.keys["jane"]) == "git\n"
        assert not Path(f"{accounts.db}-spool").exists()


class TestManyHosts:
    @pytest.fixture
    def cache(self, accounts):
        """The folders of src/ssh/README.md: root's token, which the helper may read, and the helper's own cache."""
        folder = accounts.install.folder / f"etc-{accounts.folder.name}"
        folder.mkdir()
        token = folder / "token"
        token.write_text("root-api-token-for-examples\n")
        shutil.chown(token, "root", READER)
        token.chmod(0o640)
        run("install", "-d", "-o", READER, "-g", READER, "-m", "700", folder / "cache")
        return folder / "cache"

    def test_logins_use_the_cache_until_it_is_stale(self, accounts, host, cache):
        accounts.serve()
        listen, key = accounts.url.removeprefix("http://"), accounts.install.keys["jane"]
        long = host(keys_command_with_server(accounts, cache))
        short = host(keys_command_with_server(accounts, cache, "--max-stale", "2s"))
        assert long.login("jane", key) == short.login("jane", key) == "jane\n"
        assert long.login("jane", accounts.install.keys["john"]) is None
        cached_at = time.monotonic()
        accounts.stop("kill")
        # john's keys were never requested, so they are not in the cache.
        assert long.login("jane", key) == "jane\n"
        assert long.login("john", accounts.install.keys["john"]) is None
        wait_until(lambda: time.monotonic() - cached_at > 3, "a cached answer that is stale")
        assert short.login("jane", key) is None
        assert long.login("jane", key) == "jane\n"
        files = list(cache.iterdir())
        assert files and all((path.owner(), mode_of(path)) == (READER, 0o600) for path in files)
        # Once the server is back, it is asked again.
        accounts.serve(listen)
        assert short.login("jane", key) == "jane\n"
        accounts.call("PUT", f"/api/v3/users/{accounts.ids()['jane']}/block", 200)
        assert long.login("jane", key) is None
        accounts.stop("kill")
        assert long.login("jane", key) is None

    def test_the_shared_account(self, accounts, host, cache):
        accounts.serve()
        line = keys_command_with_server(accounts, cache, "--fingerprint", "%f", "--restrict", "--command", FORCED)
        here = host("Match User git", line.removesuffix(" %u"))
        assert here.login("git", accounts.install.keys["joan"], "x").startswith("I am joan,")
        accounts.stop("kill")
        assert here.login("git", accounts.install.keys["joan"], "x").startswith("I am joan,")
        assert here.login("git", accounts.install.keys["jane"], "x") is None

    def test_an_answer_from_the_cache_is_reported_with_its_age(self, accounts, cache):
        accounts.serve()
        url, token = accounts.url, cache.parent / "token"
        ask = ["authorized-keys", "--server", url, "--token-file", token, "--cache", cache, "jane"]
        fresh = accounts.command(*ask, user=READER)
        accounts.stop("kill")
        cached = accounts.command(*ask, user=READER)
        assert (fresh.stdout, fresh.stderr) == (cached.stdout, "")
        assert cached.stdout == " ".join(Path(f"{accounts.install.keys['jane']}.pub").read_text().split()[:2]) + "\n"
        (message,) = cached.stderr.splitlines()
        assert message.startswith(f"accountd: {url}: ") and "answering from the cache, " in message
