"""The clients of benches/soak. Each runs in a process of its own until it is told to stop.

A client that writes remembers what each of its users must look like: the last change that was acknowledged. A change
without an answer may have been made or not, so its user is not compared.
"""

import http.client
import json
import random
import socket
import subprocess
import time

from . import endpoints

HEADERS = {"PRIVATE-TOKEN": endpoints.TOKEN, "Content-Type": "application/json"}
# The number of users must not grow for an hour, as what is kept for each of them would.
KEPT_USERS, KEPT_BY_COMMANDS = 500, 50
SLOW_CLIENTS, SLOW_ADDRESS, SLOW_SECONDS = 30, "127.0.0.2", 1


class Connection:
    """Keeps a connection open, and sends requests from this address."""

    def __init__(self, address, source):
        self.host, self.source, self.connection = address, source, None

    def ask(self, method, path, fields=None):
        """The status, and the body if it is JSON; None if there was no answer."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, timeout=30, source_address=(self.source, 0))
            self.connection.request(method, path, fields and json.dumps(fields), HEADERS)
            response = self.connection.getresponse()
            body = response.read()
            return response.status, json.loads(body) if body[:1] in (b"{", b"[") else None
        except (OSError, http.client.HTTPException):
            # The server closes idle connections, and all of them when it stops.
            self.connection = None
            return None


class Results:
    """What a client counts: answers by status, and the expected state of each user it wrote, by user name."""

    def __init__(self):
        self.statuses, self.users = {}, {}

    def count(self, answer):
        status = answer[0] if answer else 0
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return status

    def expect(self, username, status, **changes):
        """`None` for a user who is not compared, False for one who must not exist."""
        known = self.users.get(username, {})
        if status == 503 or known is None:
            return  # 503: nothing was done.
        self.users[username] = {**known, **changes} if 200 <= status < 300 else None


def write(address, number, results):
    """Creates a user, changes it, gives it a key, and then blocks or deletes it. Deletes the oldest of many users."""
    connection, rng, serial = Connection(address, "127.0.0.1"), random.Random(number), 0
    living = []

    def delete(name, path):
        deleted = results.count(connection.ask("DELETE", path))
        if deleted == 204:
            results.users[name] = False
        else:
            results.expect(name, deleted)

    while True:
        serial += 1
        name = f"soak{number}-{serial}"
        new = {"username": name, "name": "New", "email": f"{name}@soak.example", "force_random_password": True}
        answer = connection.ask("POST", "/api/v4/users", new)
        status = results.count(answer)
        if status == 503:
            continue
        results.expect(name, status, name="New", keys=0, blocked=False)
        if status != 201:
            yield 0.1
            continue
        path = f"/api/v4/users/{answer[1]['id']}"
        full = f"Full Name {rng.random()}"
        results.expect(name, results.count(connection.ask("PUT", path, {"name": full})), name=full)
        key = endpoints.public_key(1_000_000 * (number + 1) + serial)
        results.expect(name, results.count(connection.ask("POST", f"{path}/keys", {"title": "t", "key": key})), keys=1)
        if rng.random() < 0.5:
            delete(name, path)
        else:
            living.append((name, path))
            if rng.random() < 0.2:
                results.expect(name, results.count(connection.ask("POST", f"{path}/block")), blocked=True)
        if len(living) > KEPT_USERS:
            delete(*living.pop(0))
        yield 0.1


def command_line(accountd, database, folder, results):
    """The same with commands beside the server."""
    serial, archive = 0, folder / "cli.json"
    while True:
        serial += 1
        name = f"cli{serial}"
        emails = [{"email": f"{name}@soak.example", "verified": True, "primary": True}]
        archive.write_text(json.dumps({"users": [{"username": name, "name": "New", "emails": emails}]}))
        for arguments, changes in (
            (["import", archive], {"name": "New", "keys": 0, "blocked": False}),
            (["user", "update", name, "--name", f"Changed {serial}"], {"name": f"Changed {serial}"}),
            (["user", "block", name], {"blocked": True}),
            (["user", "list", "--search", name], {}),
        ):
            command = [accountd, *map(str, arguments), "--db", str(database)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 0
            results.count((200 if done else 599, None))
            results.expect(name, 200 if done else 599, **changes)
        if serial > KEPT_BY_COMMANDS:
            name = f"cli{serial - KEPT_BY_COMMANDS}"
            command = [accountd, "user", "delete", name, "--db", str(database)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 0
            results.count((200 if done else 599, None))
            results.users[name] = False if done else None
        yield 0.5


def ask_at_random(address, paths, pause, results):
    """Reads one of these paths, in which # is a random number, again and again."""
    connection, rng = Connection(address, "127.0.0.1"), random.Random(0)
    while True:
        path = rng.choice(paths).replace("#", str(rng.randrange(1, 10_000)))
        results.count(connection.ask("GET", path))
        yield pause


def slow(address, accountd, results):
    """Clients of each route in turn that do not read, or do not finish what they send, for a second each."""
    host, port = address.split(":")
    requests, routes = endpoints.Requests(address), endpoints.routes(accountd)
    while True:
        for sends in endpoints.KINDS.values():
            for method, path in routes:
                sent = sends(requests.head(method, path), method)
                if sent is None:
                    continue
                clients = []
                for _ in range(SLOW_CLIENTS):
                    client = socket.socket()
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    client.bind((SLOW_ADDRESS, 0))
                    client.settimeout(30)
                    try:
                        client.connect((host, int(port)))
                        client.setblocking(False)
                        client.send(sent[0].encode())
                    except OSError:
                        client.close()
                        continue
                    clients.append(client)
                results.count((len(clients) and 200, None))
                yield SLOW_SECONDS
                for client in clients:
                    client.close()


def run(stop, queue, name, client, *arguments):
    """Runs a client until `stop` is set, and puts its name and results into the queue."""
    results = Results()
    for pause in client(*arguments, results):
        if stop.wait(pause):
            break
    queue.put((name, results.statuses, results.users))
