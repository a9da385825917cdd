"""Every route of accountd, as requests on an account that is filled to its limits, and clients that are slow at each.

The routes come from `accountd routes`. A new one needs a change here only if it has a path parameter or needs a query
that is not known below. tests/greedy/routes.rs does the same for the tests.
"""

import base64
import http.client
import json
import re
import struct
import subprocess
from urllib.parse import quote

TOKEN = "token-of-the-filled-account-for-benches"
USERNAME, USER_ID, KEY_ID = "filled", 100_000_000, 100_000_000
ADDRESSES, KEYS, KEY_BYTES = 100, 500, 500
CREDENTIALS = f"PRIVATE-TOKEN: {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n"
AUTHORIZE = "?client_id=TestClientID&response_type=code"
QUERIES = {
    "/api/accountd/authorized_keys": f"?username={USERNAME}",
    "/api/v1.1/o/authorize": AUTHORIZE,
    "/oauth/authorize": AUTHORIZE,
    "/api/v3/users": "?search=user",
    "/api/v4/users": "?search=user",
    "/api/v3/keys": "?fingerprint=FINGERPRINT",
    "/api/v4/keys": "?fingerprint=FINGERPRINT",
}


def routes(accountd):
    """The method and the path of every route."""
    printed = subprocess.run([accountd, "routes", "--json"], check=True, stdout=subprocess.PIPE).stdout
    return [(route["method"], route["path"]) for route in json.loads(printed)]


def public_key(number):
    fields = (b"ssh-ed25519", struct.pack(">I28x", number))
    blob = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    key = f"ssh-ed25519 {base64.b64encode(blob).decode()} "
    return key + "c" * (KEY_BYTES - len(key))


def write_filled(path):
    """Writes an archive with the filled account, who is an administrator."""
    user = {
        "id": USER_ID, "username": USERNAME, "admin": True,
        "emails": [{"email": f"filled{n}@example.com", "verified": True, "primary": n == 0} for n in range(ADDRESSES)],
        "keys": [{"id": KEY_ID + n, "title": "t", "key": public_key(n)} for n in range(KEYS)],
        "tokens": [{"name": "t", "token": TOKEN, "scopes": ["api"]}],
    }
    path.write_text(json.dumps({"users": [user]}))
    return path


class Requests:
    """Makes requests to a server that has the filled account; `address` is its host and port."""

    def __init__(self, address):
        ask = lambda method, path, body=None: self.ask(address, method, path, body)
        new = {"name": "t", "scopes": ["api"], "expires_at": "2100-01-01"}
        self.values = {
            "username": USERNAME, "id": USER_ID, "key_id": KEY_ID, "path": "unknown", "provider": "unknown",
            "event_id": 1, "key": "team", "action": "block", "change": "verify", "client_id": "unknown",
            "link_id": 1, "session_id": "0" * 64,
            "email_id": ask("GET", "/api/v4/user/emails")[0]["id"],
            "token_id": ask("GET", f"/api/v4/personal_access_tokens?user_id={USER_ID}")[0]["id"],
        }
        self.impersonation_token = ask("POST", f"/api/v4/users/{USER_ID}/impersonation_tokens", new)["id"]
        self.fingerprint = quote(ask("GET", f"/api/v3/user/keys/{KEY_ID}")["fingerprint"], safe="")

    @staticmethod
    def ask(address, method, path, body):
        connection = http.client.HTTPConnection(address, timeout=30)
        headers = {"PRIVATE-TOKEN": TOKEN, "Content-Type": "application/json"}
        connection.request(method, path, body and json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        assert response.status in (200, 201), (method, path, response.status, text)
        return json.loads(text)

    def head(self, method, path, credentials=CREDENTIALS):
        """A request's head without its last line. Only reads name things that exist, so that nothing is changed."""
        values = self.values | ({"token_id": self.impersonation_token} if "impersonation" in path else {})
        value = lambda match: str(values[match[1]]) if method == "GET" else "0"
        target = re.sub(r"\{(\w+)\}", value, path)
        if method == "GET":
            target += QUERIES.get(path, "").replace("FINGERPRINT", self.fingerprint)
        return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{credentials}"


def unread_answers(head, _method):
    return f"{head}\r\n" * 20, b""


def slow_head(head, _method):
    return head, b"X"


def owed_body(head, _method):
    return f"{head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{", b'"'


def owed_chunk(head, method):
    return None if method == "GET" else (f"{head}Transfer-Encoding: chunked\r\n\r\n10000\r\na=", b"x")


# Each makes what a client sends at first, and then again and again; None if the route has no such clients.
KINDS = {"unread answers": unread_answers, "slow heads": slow_head, "owed bodies": owed_body, "owed chunks": owed_chunk}
