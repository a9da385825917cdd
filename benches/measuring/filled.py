"""A database with accounts that are filled to their limits: 256 KiB of keys, 100 of the longest addresses."""

import base64
import json
import struct
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY_BYTES, ADDRESSES = 256 << 10, 100
TOKEN = "token-of-filled-account-{}"


def public_key(number, bits):
    """A public RSA key that no other number has. There is no private key for it."""
    modulus = bytearray([0xA5]) * (bits // 8 + 1)
    modulus[0:9] = b"\0" + struct.pack(">Q", number | 1 << 63)
    fields = (b"ssh-rsa", b"\1\0\1", bytes(modulus))
    blob = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return "ssh-rsa " + base64.b64encode(blob).decode()


def user(number, keys, addresses, bits):
    """An account of an archive."""
    email = lambda n: {"email": f"{'a' * 64}@{f'{number}x{n}.' * 16}example", "verified": True, "primary": n == 0}
    key = lambda n: {"title": "x", "key": public_key(number * 10_000 + n, bits)}
    return {
        "username": f"full{number}",
        "emails": [email(n) for n in range(addresses)],
        "keys": [key(n) for n in range(keys)],
        "tokens": [{"name": "t", "token": TOKEN.format(number), "scopes": ["api"]}],
    }


def database(binary, accounts, bits=1024):
    """The path of a new database with the demo's accounts and `full0`, `full1` and so on. The smaller the keys, the more
    of them fit."""
    path = Path(tempfile.mkdtemp()) / "filled.db"
    keys = min(KEY_BYTES // len(public_key(0, bits)), 1000)
    archive = {"users": [user(number, keys, ADDRESSES, bits) for number in range(accounts)]}
    for source in (ROOT / "fixtures/demo.json", "-"):
        command = [binary, "import", source, "--db", path]
        subprocess.run(command, check=True, capture_output=True, input=json.dumps(archive).encode())
    return path
