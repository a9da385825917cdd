"""The clock of a server or sandbox, which tokens, sessions, limits and dates follow."""

from datetime import datetime, timedelta
from typing import Any

from accountd.testing._connections import Connections
from accountd.testing._match import given


class Clock:
    """Times are `datetime` with a time zone, or text as in `2026-01-31T12:00:00Z`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def now(self) -> datetime:
        """The server's time."""
        return _time(self._connections.call("GET", "clock"))

    def set(self, now: datetime | str, *, frozen: bool = False) -> datetime:
        """Sets the clock, which runs on from there unless it is frozen."""
        return self._put(now, frozen)

    def freeze(self, now: datetime | str | None = None) -> datetime:
        """Stops the clock, at this time or as it is."""
        return self._put(now, frozen=True)

    def advance(self, by: timedelta | str) -> datetime:
        """Moves the clock forward, as in `advance("2h")`."""
        if isinstance(by, timedelta):
            by = f"{by // timedelta(microseconds=1)}us"
        return _time(self._connections.call("POST", "clock/advance", {"by": by}))

    def restore(self) -> datetime:
        """Returns to the real time."""
        return _time(self._connections.call("DELETE", "clock"))

    def _put(self, now: datetime | str | None, frozen: bool) -> datetime:
        return _time(self._connections.call("PUT", "clock", given(now=time_text(now), frozen=frozen)))


def _time(answer: Any) -> datetime:
    return datetime.fromisoformat(answer["now"])


def time_text(time: datetime | str | None) -> str | None:
    """A time as the control service reads it."""
    if not isinstance(time, datetime):
        return time
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone")
    return time.isoformat()
