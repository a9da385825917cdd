"""git signs commits with uploaded keys, and verifies them with accountd's file of allowed signers."""

import os
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from curl import expect, encode
from examples import ADMIN, JACK, ROOT

AS_ADMIN = ["-H", f"PRIVATE-TOKEN: {ADMIN}"]
# A token with the scope read_user is sufficient.
AS_JACK = ["-H", f"PRIVATE-TOKEN: {JACK}"]
USERS = {"john_smith": 1, "jack_smith": 3}


class Repository:
    def __init__(self, folder):
        self.folder = folder
        # No configuration of the system or of the developer.
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main", ".")
        self.git("config", "gpg.format", "ssh")
        self.git("config", "gpg.ssh.allowedSignersFile", self.signers)

    @property
    def signers(self):
        return self.folder / "allowed_signers"

    def git(self, *arguments, check=True, **environment):
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=self.environment | environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return done

    def commit(self, key, when=None):
        """Creates a commit signed with this key at this time, and returns its hash."""
        stamp = (when or datetime.now(timezone.utc)).strftime("%Y-%m-%dT%H:%M:%S+0000")
        committer = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
        committer |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": stamp}
        sign = ["-c", f"user.signingKey={key}.pub", "commit", "--quiet", "--allow-empty", "-S", "-m", "Signed"]
        self.git(*sign, **committer)
        return self.git("rev-parse", "HEAD").stdout.strip()

    def verify(self, commit):
        """git's message about a commit with a good signature, or None."""
        done = self.git("verify-commit", commit, check=False)
        good = [line for line in done.stderr.splitlines() if line.startswith('Good "git" signature for ')]
        assert bool(good) == (done.returncode == 0), done.stderr
        return good[0] if good else None


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


@pytest.fixture
def new_key(tmp_path):
    def create_key(name, *options):
        path = tmp_path / name
        options = options or ("-t", "ed25519")
        subprocess.run(["ssh-keygen", "-q", *options, "-N", "", "-C", "x@example.org", "-f", path], check=True)
        return path

    return create_key


@pytest.fixture
def upload(server):
    def upload_key(user, key, **more):
        line = key.with_suffix(".pub").read_text()
        fields = encode("json", title="signs", key=line, **more)
        return expect(201, *AS_ADMIN, *fields, f"{server.url}/api/v3/users/{USERS[user]}/keys").json()["id"]

    return upload_key


@pytest.fixture
def signers(server, repository):
    """Downloads the file of allowed signers, as the owner of a repository does."""

    def download():
        repository.signers.write_text(expect(200, *AS_JACK, f"{server.url}/allowed_signers").body)

    return download


@pytest.mark.parametrize("options", [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "rsa", "-b", "2048")])
def test_a_commit_signed_with_an_uploaded_key_is_good(repository, new_key, upload, signers, options):
    key = new_key("john", *options)
    commit = repository.commit(key)
    signers()
    assert repository.verify(commit) is None
    upload("john_smith", key)
    signers()
    assert repository.verify(commit).startswith('Good "git" signature for john@example.com with ')


def test_a_commit_signed_with_an_unknown_key_is_not_good(repository, new_key, upload, signers):
    john, stranger = new_key("john"), new_key("stranger")
    upload("john_smith", john)
    signers()
    assert repository.verify(repository.commit(john))
    assert repository.verify(repository.commit(stranger)) is None


def test_a_signature_is_valid_only_for_its_owner_and_namespace(repository, new_key, upload, signers, tmp_path):
    john, jack = new_key("john"), new_key("jack")
    upload("john_smith", john)
    upload("jack_smith", jack)
    signers()
    assert repository.verify(repository.commit(jack)).startswith('Good "git" signature for jack@example.com with ')
    text = tmp_path / "text"
    text.write_text("signed")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", jack, "-n", "git", text], check=True, capture_output=True)

    def verified(principal, namespace="git"):
        command = ["ssh-keygen", "-Y", "verify", "-f", repository.signers, "-I", principal, "-n", namespace]
        with open(text, "rb") as signed:
            return subprocess.run([*command, "-s", f"{text}.sig"], stdin=signed, capture_output=True).returncode == 0

    assert verified("jack@example.com")
    assert not verified("john@example.com")
    assert not verified("jack@example.com", "file")


def test_a_signature_for_files_is_not_valid(repository, new_key, upload, signers, tmp_path):
    john = new_key("john")
    upload("john_smith", john)
    signers()
    text = tmp_path / "text"
    text.write_text("signed")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", john, "-n", "file", text], check=True, capture_output=True)
    command = ["ssh-keygen", "-Y", "verify", "-f", repository.signers, "-I", "john@example.com", "-n", "file"]

    def verified():
        with open(text, "rb") as signed:
            return subprocess.run([*command, "-s", f"{text}.sig"], stdin=signed, capture_output=True).returncode == 0

    assert not verified()
    # Without the restriction to git's namespace, the signature is valid.
    repository.signers.write_text(repository.signers.read_text().replace('namespaces="git" ', ""))
    assert verified()


@pytest.mark.parametrize("change", ["key deleted", "user blocked"])
def test_a_deleted_key_or_blocked_user_invalidates_signatures(server, repository, new_key, upload, signers, change):
    key = new_key("john")
    id = upload("john_smith", key)
    commit = repository.commit(key)
    signers()
    assert repository.verify(commit)
    if change == "key deleted":
        expect(200, *AS_ADMIN, "-X", "DELETE", f"{server.url}/api/v3/users/1/keys/{id}")
    else:
        expect(200, *AS_ADMIN, "-X", "PUT", f"{server.url}/api/v3/users/1/block")
    signers()
    assert repository.verify(commit) is None


def test_a_signature_is_good_only_before_the_key_expires(repository, new_key, upload, signers):
    key, now = new_key("john"), datetime.now(timezone.utc)
    upload("john_smith", key, expires_at=(now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    signers()
    assert repository.verify(repository.commit(key, now))
    assert repository.verify(repository.commit(key, now + timedelta(hours=2))) is None


def test_an_unverified_address_is_not_a_principal(server, repository, new_key, upload, signers):
    key = new_key("john")
    upload("john_smith", key)
    fields = encode("json", email="claimed@example.com")
    credential = ["-u", "john_smith:john-password"]
    expect(201, *credential, *fields, f"{server.url}/api/v1.1/users/john_smith/emails/")
    signers()
    assert "claimed@example.com" not in repository.signers.read_text()
    expect(200, *credential, "-X", "PATCH", *encode("json", email="claimed@example.com", verified=True),
           f"{server.url}/api/v1.1/users/john_smith/emails/")  # fmt: skip
    signers()
    assert "john@example.com,claimed@example.com " in repository.signers.read_text()
    assert repository.verify(repository.commit(key))


def test_the_command_line_writes_a_valid_file(repository, new_key, tmp_path):
    """`accountd allowed-signers`, on the machine with the database."""
    db, john, jack = tmp_path / "accountd.db", new_key("john"), new_key("jack")

    def accountd(*arguments):
        command = [os.environ["ACCOUNTD_BINARY"], *arguments, "--db", db]
        return subprocess.run(command, env={"HOME": str(tmp_path)}, check=True, capture_output=True, text=True).stdout

    accountd("import", ROOT / "fixtures/demo.json")
    for user, key in [("john_smith", john), ("jack_smith", jack)]:
        accountd("key", "add", user, f"{key}.pub")
    repository.signers.write_text(accountd("allowed-signers"))
    commits = [repository.commit(key) for key in (john, jack)]
    assert all(repository.verify(commit) for commit in commits)
    repository.signers.write_text(accountd("allowed-signers", "john_smith"))
    assert [bool(repository.verify(commit)) for commit in commits] == [True, False]
