"""Calls of the control service: JSON over connections that stay open."""

import json
import os
import select
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

# More than that are idle only after a burst of threads.
MOST_IDLE = 8


class ControlError(Exception):
    """The control service refused a call."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        self.status = status
        self.answer = answer
        self.error: str = answer.get("error", "")
        self.message: str = answer.get("message", "")
        place = f" (line {answer['line']}, column {answer['column']})" if "line" in answer else ""
        super().__init__(f"{status} {self.error}: {self.message}{place}")


class Connections:
    """Connections to one server, for any number of threads."""

    def __init__(self, url: str, fate: Callable[[], str]) -> None:
        self._address = urlsplit(url).netloc
        self._fate = fate
        self._idle: list[HTTPConnection] = []
        self._pid = os.getpid()

    def call(self, method: str, path: str, body: Any = None, timeout: float = 30) -> Any:
        """Sends a call below `/_accountd/`, and returns the JSON of its answer."""
        try:
            status, answer = self._exchange(method, f"/_accountd/{path}", body, timeout)
        except (OSError, HTTPException) as error:
            reason = self._fate() or f"{type(error).__name__}: {error}"
            raise ConnectionError(f"{method} {path}: {reason}") from error
        if status >= 400:
            raise ControlError(status, json.loads(answer))
        return json.loads(answer) if answer else None

    def close(self) -> None:
        """Closes the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, method: str, path: str, body: Any, timeout: float) -> tuple[int, bytes]:
        connection = self._open(timeout)
        try:
            data = None if body is None else json.dumps(body).encode()
            headers = {} if data is None else {"Content-Type": "application/json"}
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            answer = response.read()
        except BaseException:
            connection.close()
            raise
        if len(self._idle) < MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return response.status, answer

    def _open(self, timeout: float) -> HTTPConnection:
        if self._pid != os.getpid():
            # After a fork, the connections belong to the parent.
            self._idle, self._pid = [], os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return HTTPConnection(self._address, timeout=timeout)
            if _is_open(connection):
                connection.sock.settimeout(timeout)
                return connection
            connection.close()


def _is_open(connection: HTTPConnection) -> bool:
    """Whether the server has not closed an idle connection, so that no call is ever sent twice."""
    if connection.sock is None:
        return False
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)
