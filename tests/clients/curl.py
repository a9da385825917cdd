"""Runs curl as a person at a prompt does, and parses the complete response."""

import json
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote


class Answer:
    def __init__(self, head, body):
        # The last head, because a `100 Continue` may precede it.
        status_line, *lines = head.strip().split("\r\n\r\n")[-1].split("\r\n")
        self.status = int(status_line.split()[1])
        self.headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            self.headers.setdefault(name.lower(), []).append(value.strip())
        self.body = body

    def header(self, name):
        """The value of the only header of this name."""
        (value,) = self.headers[name]
        return value

    def json(self):
        assert self.header("content-type") == "application/json"
        return json.loads(self.body)

    def ordered(self):
        """The JSON body with objects as lists of pairs, so that a comparison includes the order of the fields."""
        return json.loads(self.body, object_pairs_hook=list)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body!r}"


def curl(*arguments, folder=None):
    """Runs curl without configuration files and proxies, and checks that curl itself succeeds."""
    with tempfile.TemporaryDirectory() as scratch:
        head, body = Path(scratch, "head"), Path(scratch, "body")
        outputs = ["--dump-header", head, "--output", body]
        command = ["curl", "-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", *outputs, *arguments]
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"curl ended with {done.returncode}: {done.stderr}"
        # As bytes, because reading text would convert line ends.
        head, body = (path.read_bytes().decode() if path.exists() else "" for path in (head, body))
        # With -I, curl writes the head to the output file, too.
        return Answer(head, body.removeprefix(head) if "-I" in arguments else body)


def expect(status, *arguments, **options):
    """Runs curl and checks the status."""
    answer = curl(*arguments, **options)
    assert answer.status == status, answer
    return answer


# Equivalent ways to send fields.
ENCODINGS = ["json", "form", "one-form", "urlencoded", "multipart", "chunked-json", "chunked-form", "chunked-multipart"]


def encode(encoding, **fields):
    """The curl options that send these fields."""
    pairs = fields.items()
    if encoding.endswith("json"):
        options = ["--json", json.dumps(fields)]
    elif encoding == "one-form":
        options = ["-d", "&".join(f"{name}={quote(as_text(value), safe='')}" for name, value in pairs)]
    elif encoding == "urlencoded":
        options = [part for name, value in pairs for part in ("--data-urlencode", f"{name}={as_text(value)}")]
    elif encoding.endswith("multipart"):
        options = [part for name, value in pairs for part in ("-F", f"{name}={as_text(value)}")]
    else:
        # curl sends -d unchanged, so only the characters with a special meaning are encoded here.
        encoded = {name: as_text(value).replace("%", "%25").replace("+", "%2B") for name, value in pairs}
        options = [part for name, value in encoded.items() for part in ("-d", f"{name}={value}")]
    if encoding.startswith("chunked"):
        options += ["-H", "Transfer-Encoding: chunked"]
    return options


def as_text(value):
    """A value as a form field."""
    return value if isinstance(value, str) else json.dumps(value)
