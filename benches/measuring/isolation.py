"""Random operations on many sandboxes at once, of whose answers every one is compared with a model of that sandbox."""

import json
import random
import socket

from .processor_time import read_answer
from .stand_in import ROOT_TOKEN

# Requests that are on their way to one sandbox before their answers are read.
BATCH = 32
TOKENS = "/api/v4/users/4/personal_access_tokens"


class Connection:
    """Sends requests in batches, and reads the answers with their bodies."""

    def __init__(self, address):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.answers = self.socket.makefile("rb")

    def send(self, requests):
        self.socket.sendall(b"".join(requests))

    def read(self):
        """The status and the body of the next answer."""
        body = []
        return read_answer(self.answers, body), b"".join(body)

    def ask(self, *request):
        self.send([encode(*request)])
        return self.read()


def encode(method, path, token=None, body=None):
    text = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n"
    head += "Content-Type: application/json\r\n" if text else ""
    head += f"PRIVATE-TOKEN: {token}\r\n" if token else ""
    return f"{head}\r\n".encode() + text


class Sandbox:
    """A sandbox and the model of it: the names of users, and the tokens that were created in it."""

    def __init__(self, number, address):
        self.number, self.connection = number, Connection(address)
        _, body = self.connection.ask("GET", "/api/v4/users?per_page=100", ROOT_TOKEN)
        self.names = {user["id"]: user["name"] for user in json.loads(body)}
        self.seed, self.tokens, self.last = dict(self.names), {}, 0
        self.last_token = None

    def operation(self, others):
        """A random request, and the function that checks its answer."""
        chosen, user = random.random(), random.choice(list(self.names))
        if chosen < 0.35:
            self.last += 1
            name = f"Sandbox {self.number} change {self.last}"
            self.names[user] = name
            request = encode("PUT", f"/api/v4/users/{user}", ROOT_TOKEN, {"name": name})
            return request, lambda status, body: status == 200 and json.loads(body)["name"] == name
        if chosen < 0.7:
            name = self.names[user]
            request = encode("GET", f"/api/v4/users/{user}", ROOT_TOKEN)
            return request, lambda status, body: status == 200 and json.loads(body)["name"] == name
        if chosen < 0.75:
            request = encode("POST", TOKENS, ROOT_TOKEN, {"name": "t", "scopes": ["api"]})
            return request, self.created
        if chosen < 0.85 and self.tokens:
            request = encode("GET", "/api/v4/user", random.choice(list(self.tokens)))
            return request, lambda status, _: status == 200
        foreign = random.choice(others).tokens
        token = random.choice(list(foreign)) if foreign else "a-token-that-never-existed"
        return encode("GET", "/api/v4/user", token), lambda status, _: status == 401

    def created(self, status, body):
        """Ids are counted within the sandbox."""
        if status != 201:
            return False
        token = json.loads(body)
        expected = self.last_token is None or token["id"] == self.last_token + 1
        self.last_token = token["id"]
        self.tokens[token["token"]] = token["id"]
        if len(self.tokens) > 64:
            del self.tokens[next(iter(self.tokens))]
        return expected

    def reset(self):
        """Returns whether the accounts are those of the seed, and no token of before works."""
        assert self.connection.ask("POST", "/_accountd/reset")[0] == 200
        gone = all(self.connection.ask("GET", "/api/v4/user", token)[0] == 401 for token in list(self.tokens)[-4:])
        self.tokens, self.last_token, self.names = {}, None, dict(self.seed)
        return gone and self.is_as_modelled()

    def is_as_modelled(self):
        _, body = self.connection.ask("GET", "/api/v4/users?per_page=100", ROOT_TOKEN)
        return {user["id"]: user["name"] for user in json.loads(body)} == self.names


def leaks(addresses, operations):
    """How many answers to this many operations were not those of the sandbox's own model."""
    sandboxes = [Sandbox(number, address) for number, address in enumerate(addresses)]
    wrong = done = 0
    while done < operations:
        batches = []
        for sandbox in sandboxes:
            others = [other for other in sandboxes if other is not sandbox]
            if random.random() < 0.01:
                wrong += not sandbox.reset()
            batch = [sandbox.operation(others) for _ in range(BATCH)]
            sandbox.connection.send([request for request, _ in batch])
            batches.append((sandbox, batch))
            done += BATCH
        for sandbox, batch in batches:
            wrong += sum(not check(*sandbox.connection.read()) for _, check in batch)
    return wrong + sum(not sandbox.is_as_modelled() for sandbox in sandboxes)


def late_writes(address, writes):
    """Begins this many writes, lets a reset overtake them, and returns how many show afterwards."""
    connections = [Connection(address) for _ in range(BATCH)]
    control, late, done = Connection(address), 0, 0
    while done < writes:
        bodies = [json.dumps({"name": f"Late {done + number}"}).encode() for number in range(BATCH)]
        for connection, body in zip(connections, bodies):
            head = encode("PUT", "/api/v4/users/1", ROOT_TOKEN).decode()
            head = head.replace("Content-Length: 0", f"Content-Length: {len(body)}\r\nContent-Type: application/json"
                                "\r\nExpect: 100-continue")
            connection.socket.sendall(head.encode())
        for connection in connections:
            assert connection.answers.readline().split()[1] == b"100" and connection.answers.readline() == b"\r\n"
        # Half of the bodies are sent while the reset is on its way, the others after its answer.
        control.send([encode("POST", "/_accountd/reset")])
        for connection, body in list(zip(connections, bodies))[::2]:
            connection.socket.sendall(body)
        assert control.read()[0] == 200
        for connection, body in list(zip(connections, bodies))[1::2]:
            connection.socket.sendall(body)
        statuses = [connection.read()[0] for connection in connections]
        assert set(statuses) <= {200, 503} and set(statuses[1::2]) == {503}, statuses
        _, body = control.ask("GET", "/api/v4/users/1", ROOT_TOKEN)
        late += json.loads(body)["name"].startswith("Late")
        done += BATCH
    return late
