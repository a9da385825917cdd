"""What a test controls of a server or sandbox."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Unpack
from urllib.parse import quote

from accountd.testing._clock import Clock, time_text
from accountd.testing._connections import Connections
from accountd.testing._faults import Fault, Faults
from accountd.testing._match import Match, given, rule
from accountd.testing._process import Process
from accountd.testing._requests import Requests


class Cookie(NamedTuple):
    """A cookie of a browser session."""

    name: str
    value: str


class Control:
    """A complete set of accounts with a port, a clock, a journal and faults of its own.

    All methods may be called from several threads.
    """

    def __init__(self, process: Process, url: str, name: str, root: Path) -> None:
        self.url = url
        """What clients connect to, as in `http://127.0.0.1:43211`."""
        self.name = name
        self._process = process
        self._root = root
        self._connections = Connections(url, process.fate)
        self.snapshots: set[str] = set()
        """The names of the snapshots that were made through this object."""
        self.clock = Clock(self._connections)
        self.requests = Requests(self._connections)
        self.faults = Faults(self._connections)

    def reset(self, to: str = "seed") -> None:
        """Restores everything: accounts, ids, sessions, clock, faults and journal.

        `to` is `"seed"`, `"empty"` or what `snapshot` returned.
        """
        self._connections.call("POST", "reset", {"to": to})

    def token(
        self,
        user: str,
        *,
        scopes: Sequence[str] | None = None,
        name: str | None = None,
        expires_at: datetime | str | None = None,
    ) -> str:
        """Creates an access token of a user and returns it."""
        body = given(user=user, scopes=scopes and list(scopes), name=name, expires_at=time_text(expires_at))
        token: str = self._connections.call("POST", "tokens", body)["token"]
        return token

    def sign_in(self, user: str) -> Cookie:
        """Begins a browser session of a user, and returns its cookie."""
        answer = self._connections.call("POST", "sign-ins", {"user": user})
        return Cookie(answer["name"], answer["value"])

    def next_authorization(self, *, user: str | None = None, error: str | None = None) -> None:
        """Answers the next OAuth authorization request without a browser: as this user, or with this error."""
        self._connections.call("POST", "oauth/next", given(user=user, error=error))

    def fail(
        self,
        operation: str | None = None,
        *,
        status: int | None = None,
        times: int | None = None,
        after: int | None = None,
        when: Literal["before", "after_commit"] | None = None,
        delay_ms: int | None = None,
        headers: Mapping[str, str] | None = None,
        answer_body: Any = None,
        credential: Literal["expired", "revoked"] | None = None,
        rate: Mapping[str, Any] | None = None,
        connection: Literal["reset", "hang", "empty"] | Mapping[str, int] | None = None,
        **match: Unpack[Match],
    ) -> Fault:
        """Makes requests fail: those of this operation which match, after the first `after`, `times` times.

        `GET /_accountd/operations` lists the operations.
        """
        effect = given(
            status=status,
            delay_ms=delay_ms,
            headers=headers,
            body=answer_body,
            credential=credential,
            rate=rate,
            connection=connection,
        )
        fault = {"match": rule(operation, match), **given(after=after, times=times, when=when), "effect": effect}
        return Fault(self._connections, self._connections.call("POST", "faults", fault))

    def state(self) -> dict[str, Any]:
        """The accounts as a fixture, with hashes instead of secrets."""
        state: dict[str, Any] = self._connections.call("GET", "state")
        return state

    def import_state(self, state: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, int]:
        """Adds the accounts of a fixture, or of the file at this path; returns the ids of its users by name."""
        if not isinstance(state, Mapping):
            state = json.loads((self._root / state).read_bytes())
        return {user["username"]: user["id"] for user in self._connections.call("POST", "import", state)["users"]}

    def snapshot(self, name: str) -> str:
        """Keeps the accounts as they are under a name; returns what `reset` takes to restore them."""
        self._connections.call("PUT", f"snapshots/{quote(name, safe='')}")
        self.snapshots.add(name)
        return f"snapshot:{name}"

    def delete_snapshot(self, name: str) -> None:
        """Deletes a snapshot."""
        self._connections.call("DELETE", f"snapshots/{quote(name, safe='')}")
        self.snapshots.discard(name)

    def operations(self) -> list[str]:
        """The names of the operations, such as `gitlab.v4.users.create`."""
        names: list[str] = self._connections.call("GET", "operations")["operations"]
        return names
