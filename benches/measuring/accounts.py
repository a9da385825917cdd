"""Databases to measure with: users n from 0, who have the name usern, a token and an address; user 0 has a password and
five keys, too."""

import base64
import json
import random
import struct
import subprocess

from .programs import KEPT

PASSWORD = "password"
MANY = 300_000


# In the notation of Python and of Lua.
TOKEN = "token-of-user-%07d-for-benches"


def token(number):
    return TOKEN % number


def public_key(chance):
    """An Ed25519 key that nobody has the private half of."""
    fields = (b"ssh-ed25519", chance.randbytes(32))
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
    """Makes a database of so many users."""
    users, chance = [user(number) for number in range(size)], random.Random(0)
    users[0]["password"] = PASSWORD
    users[0]["admin"] = True
    users[0]["keys"] = [{"title": f"Key {n}", "key": public_key(chance)} for n in range(5)]
    fixture = path.with_suffix(".json")
    fixture.write_text(json.dumps({"users": users}))
    subprocess.run([accountd, "import", fixture, "--db", path], check=True, stdout=subprocess.DEVNULL)
    fixture.unlink()
    return path


def many_users(accountd):
    """A database of 300,000 users, made once."""
    path = KEPT / f"{MANY}.db"
    if not path.exists():
        print(f"making {MANY} users in {path}: some minutes, once", flush=True)
        for half_made in KEPT.glob(f"{MANY}-new*"):
            half_made.unlink()
        database(accountd, MANY, KEPT / f"{MANY}-new.db").rename(path)
    return path
