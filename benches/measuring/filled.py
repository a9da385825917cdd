"""A database with accounts that are filled to their limits: 256 KiB of keys, 100 of the longest addresses."""

import base64
import os
import sqlite3
import struct
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY_BYTES, ADDRESSES, FIRST = 256 << 10, 100, 1000


def public_key(number, bits):
    """A public RSA key that no other number has. There is no private key for it."""
    modulus = bytearray([0xA5]) * (bits // 8 + 1)
    modulus[0:9] = b"\0" + struct.pack(">Q", number | 1 << 63)
    fields = (b"ssh-rsa", b"\1\0\1", bytes(modulus))
    blob = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return "ssh-rsa " + base64.b64encode(blob).decode()


def database(binary, accounts, bits=1024):
    """The path of a new database with the demo's accounts and `full0`, `full1` and so on. The smaller the keys, the more
    of them fit."""
    path = Path(tempfile.mkdtemp()) / "filled.db"
    subprocess.run([binary, "import", ROOT / "fixtures/demo.json", "--db", path], check=True, capture_output=True)
    db = sqlite3.connect(path)
    keys = min(KEY_BYTES // len(public_key(0, bits)), 1000)
    for user in range(FIRST, FIRST + accounts):
        add = "INSERT INTO users (id, username, primary_email_id, created_at) VALUES (?, ?, ?, 0)"
        db.execute(add, (user, f"full{user - FIRST}", user * ADDRESSES))
        ids = range(user * ADDRESSES, (user + 1) * ADDRESSES)
        addresses = [(id, user, "a" * 64 + "@" + f"{id}." * 25 + "example") for id in ids]
        db.executemany(
            "INSERT INTO emails (id, user_id, address, confirmed_at, verified_by) VALUES (?, ?, ?, 0, 'administrator')"
            , addresses)
        ids = range(user * 10_000, user * 10_000 + keys)
        rows = [(id, user, public_key(id, bits), os.urandom(32), os.urandom(16)) for id in ids]
        add = "INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, md5, created_at) VALUES (?, ?, 'x', ?, ?, ?, 0)"
        db.executemany(add, rows)
    db.commit()
    db.close()
    return path
