"""Debian's ssh-import-id imports the keys from /USERNAME.keys."""

import shutil
import subprocess

import pytest
from curl import expect, encode
from examples import ADMIN, JOHNS_KEY, public_key

pytestmark = pytest.mark.skipif(not shutil.which("ssh-import-id"), reason="ssh-import-id is not installed")

AS_ADMIN = ["-H", f"PRIVATE-TOKEN: {ADMIN}"]


@pytest.fixture
def import_id(server, tmp_path):
    """Runs ssh-import-id with accountd in place of Launchpad (ssh-import-id(1), "FILES"); returns its output."""
    file = tmp_path / "authorized_keys"

    def run(user, *options, url=f"{server.url}/%s.keys"):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "URL": url, "NO_PROXY": "127.0.0.1"}
        command = ["ssh-import-id", "--output", file, *options, f"lp:{user}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        lines = [line for line in file.read_text().splitlines() if line] if file.exists() else []
        return done, lines

    return run


def johns_lines(user="john_smith"):
    ed25519 = " ".join(public_key("ed25519.pub")[1].split()[:2])
    return [f"{key} # ssh-import-id lp:{user}" for key in (JOHNS_KEY, ed25519)]


def test_imports_every_key_without_its_comment(import_id):
    done, lines = import_id("john_smith")
    assert done.returncode == 0, done.stderr
    assert lines == johns_lines()
    assert "john@example.com" not in "".join(lines)
    assert "[2] SSH keys [Authorized]" in done.stderr


def test_importing_twice_adds_nothing(import_id):
    import_id("john_smith")
    done, lines = import_id("john_smith")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Already authorized") == 2
    assert lines == johns_lines()


def test_removes_the_keys_it_imported(import_id):
    import_id("john_smith")
    done, lines = import_id("john_smith", "--remove")
    assert (done.returncode, lines) == (0, [])


@pytest.mark.parametrize("user", ["nobody", "janedoe"])
def test_imports_nothing_for_an_unknown_user_or_one_without_keys(import_id, user):
    done, lines = import_id(user)
    assert (done.returncode, lines) == (1, [])
    assert ("Launchpad user not found" in done.stderr) == (user == "nobody")


def test_imports_nothing_for_a_blocked_user(server, import_id):
    expect(200, *AS_ADMIN, "-X", "PUT", f"{server.url}/api/v3/users/1/block")
    done, lines = import_id("john_smith")
    assert (done.returncode, lines) == (1, [])
    assert "Launchpad user not found" in done.stderr


def test_imports_nothing_with_no_public_keys(start, import_id):
    other = start("--no-public-keys")
    done, lines = import_id("john_smith", url=f"{other.url}/%s.keys")
    assert (done.returncode, lines) == (1, [])
    # Not a failure of another kind: the user's keys are not found.
    assert "Launchpad user not found" in done.stderr


def test_a_new_key_is_imported_immediately(server, import_id):
    import_id("john_smith")
    _, line, _ = public_key("rsa-2048.pub")
    expect(201, *AS_ADMIN, *encode("json", title="New", key=line), f"{server.url}/api/v3/users/1/keys")
    _, lines = import_id("john_smith")
    assert lines == [*johns_lines(), f"{' '.join(line.split()[:2])} # ssh-import-id lp:john_smith"]
