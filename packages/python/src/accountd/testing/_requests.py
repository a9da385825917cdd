"""The journal: the requests that a server or sandbox has answered since its last reset."""

from collections.abc import Callable, Iterator
from typing import Any, Unpack

from accountd.testing._connections import Connections, ControlError
from accountd.testing._match import Match, given, rule

Entries = list[dict[str, Any]]


class UnmetExpectation(AssertionError):
    """The requests differ from what a test expects."""


class Requests:
    """An entry has `seq`, `at`, `operation`, `user`, `request`, `answer` and more, without credentials."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def list(self, since: int = 0) -> Entries:
        """All requests, or those after the one with this `seq`."""
        return [*self.iterate(since)]

    def iterate(self, since: int = 0, timeout: float = 30) -> Iterator[dict[str, Any]]:
        """The same one by one, without holding all of them in memory."""
        return _iterate(lambda since: self._connections.call("GET", f"requests?since={since}", None, timeout), since)

    def find(self, operation: str | None = None, **match: Unpack[Match]) -> Entries:
        """The requests that match."""
        wanted = {"match": rule(operation, match)}
        return [*_iterate(lambda since: self._connections.call("POST", "requests/find", {**wanted, "since": since}))]

    def expect(
        self,
        operation: str | None = None,
        *,
        times: int | None = None,
        wait_ms: int | None = None,
        **match: Unpack[Match],
    ) -> None:
        """Fails the test unless that many requests match: exactly `times`, or at least one.

        Waits for them up to `wait_ms`.
        """
        body = {"match": rule(operation, match), **given(times=times, wait_ms=wait_ms)}
        try:
            self._connections.call("POST", "requests/expect", body, timeout=30 + (wait_ms or 0) / 1000)
        except ControlError as error:
            if error.error != "unmet":
                raise
            raise UnmetExpectation(_describe(error.answer)) from None

    def clear(self) -> None:
        """Empties the journal."""
        self._connections.call("DELETE", "requests")


def _iterate(call: Callable[[int], Any], since: int = 0) -> Iterator[dict[str, Any]]:
    """Calls until the answer has the last requests: the server sends about a mebibyte at a time."""
    page: dict[str, Any] = {"more": True, "last": since}
    while page["more"]:
        page = call(page["last"])
        yield from page["requests"]


def _describe(answer: dict[str, Any]) -> str:
    closest = [f"  #{entry['seq']} differs in {', '.join(entry['differs'])}" for entry in answer.get("closest", [])]
    return "\n".join([answer["message"], *closest])
