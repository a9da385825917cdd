"""curl as a person at a prompt calls it, and everything that came back."""

import json
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote


class Answer:
    def __init__(self, head, body):
        # The last head: a `100 Continue` may come first.
        status_line, *lines = head.strip().split("\r\n\r\n")[-1].split("\r\n")
        self.status = int(status_line.split()[1])
        self.headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            self.headers.setdefault(name.lower(), []).append(value.strip())
        self.body = body

    def header(self, name):
        """The only header of this name."""
        (value,) = self.headers[name]
        return value

    def json(self):
        assert self.header("content-type") == "application/json"
        return json.loads(self.body)

    def ordered(self):
        """The body with objects as lists of pairs: a comparison sees the order of the fields too."""
        return json.loads(self.body, object_pairs_hook=list)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body!r}"


def curl(*arguments, folder=None):
    """Runs curl without anybody's configuration and proxies. curl itself must not fail."""
    with tempfile.TemporaryDirectory() as scratch:
        head, body = Path(scratch, "head"), Path(scratch, "body")
        kept = ["--dump-header", head, "--output", body]
        command = ["curl", "-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", *kept, *arguments]
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"curl ended with {done.returncode}: {done.stderr}"
        # Bytes: Python would read the ends of lines as its own.
        head, body = (path.read_bytes().decode() if path.exists() else "" for path in (head, body))
        # With -I, curl shows the head where it otherwise shows the body.
        return Answer(head, body.removeprefix(head) if "-I" in arguments else body)


def expect(status, *arguments, **options):
    """Runs curl and checks the status."""
    answer = curl(*arguments, **options)
    assert answer.status == status, answer
    return answer


# Ways to send fields, which all mean the same.
MANNERS = ["json", "form", "one-form", "urlencoded", "multipart", "chunked-json", "chunked-form", "chunked-multipart"]


def sending(manner, **fields):
    """Fields as options of curl."""
    pairs = fields.items()
    if manner.endswith("json"):
        options = ["--json", json.dumps(fields)]
    elif manner == "one-form":
        options = ["-d", "&".join(f"{name}={quote(written(value), safe='')}" for name, value in pairs)]
    elif manner == "urlencoded":
        options = [part for name, value in pairs for part in ("--data-urlencode", f"{name}={written(value)}")]
    elif manner.endswith("multipart"):
        options = [part for name, value in pairs for part in ("-F", f"{name}={written(value)}")]
    else:
        # curl sends -d as it is: only what would be read as something else is encoded.
        encoded = {name: written(value).replace("%", "%25").replace("+", "%2B") for name, value in pairs}
        options = [part for name, value in encoded.items() for part in ("-d", f"{name}={value}")]
    if manner.startswith("chunked"):
        options += ["-H", "Transfer-Encoding: chunked"]
    return options


def written(value):
    """A value where every value is text."""
    return value if isinstance(value, str) else json.dumps(value)
