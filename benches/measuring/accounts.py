"""Databases to measure with.

Their users are user0, user1, …; each has an address and a token. user0 also has a password and five SSH keys. user0 and
user1 are administrators, whose changes in a day are not limited.
"""

import base64
import json
import random
import shutil
import struct
import subprocess
import sys

from .programs import KEPT

PASSWORD = "password"
MANY = 300_000


# A format string that Python and Lua both understand.
TOKEN = "token-of-user-%07d-for-benches"


def token(number):
    return TOKEN % number


def public_key(rng):
    """A random Ed25519 public key in OpenSSH's format, without a private key."""
    fields = (b"ssh-ed25519", rng.randbytes(32))
    blob = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def user(number):
    return {
        "username": f"user{number}",
        "name": f"User {number}",
        "location": "San Francisco, CA",
        "company": "Success, Inc.",
        "profile_url": "https://example.com/",
        "emails": [{"email": f"user{number}@example.com"}],
        "tokens": [{"name": "load", "token": token(number), "scopes": ["api"]}],
    }


def database(accountd, size, path):
    """Creates a database with this number of users."""
    users, rng = [user(number) for number in range(size)], random.Random(0)
    users[0]["password"] = PASSWORD
    for writer in users[:2]:
        writer["admin"] = True
    users[0]["keys"] = [{"title": f"Key {n}", "key": public_key(rng)} for n in range(5)]
    fixture = path.with_suffix(".json")
    fixture.write_text(json.dumps({"users": users}))
    subprocess.run([accountd, "import", fixture, "--db", path], check=True, stdout=subprocess.DEVNULL)
    fixture.unlink()
    return path


def many_users(accountd, path):
    """Creates a database with 300,000 users at `path`.

    It is a copy of a file that is made once per schema version and kept: an older binary can't open a newer schema.
    """
    kept = KEPT / f"{MANY}-schema-{schema_version(accountd, path)}.db"
    if not kept.exists():
        print(f"making {kept}: this takes some minutes, once", file=sys.stderr)
        new = kept.with_stem(f"{kept.stem}-new")
        for unfinished in KEPT.glob(f"{new.stem}*"):
            unfinished.unlink()
        database(accountd, MANY, new).rename(kept)
    return shutil.copyfile(kept, path)


def schema_version(accountd, path):
    """The schema version of the databases that this binary makes; `path` says where one can be made to find out."""
    sample = database(accountd, 1, path.with_stem(f"{path.stem}-sample"))
    # Where SQLite's file format has it: Python's own SQLite may be too old for the indexes.
    return int.from_bytes(sample.read_bytes()[60:64])
