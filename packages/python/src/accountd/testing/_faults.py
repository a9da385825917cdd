"""Faults: rules that make requests fail, late or in part."""

from typing import Any

from accountd.testing._connections import Connections


class Fault:
    """A rule. It also ends with a reset, or as a context manager."""

    def __init__(self, connections: Connections, answer: dict[str, Any]) -> None:
        self._connections = connections
        self.id = answer["id"]

    @property
    def hits(self) -> int:
        """How many requests it has affected."""
        hits: int = self._connections.call("GET", f"faults/{self.id}")["hits"]
        return hits

    def remove(self) -> None:
        """Ends the rule."""
        self._connections.call("DELETE", f"faults/{self.id}")

    def __enter__(self) -> "Fault":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Faults:
    """All rules of a server or sandbox."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def list(self) -> list[dict[str, Any]]:
        """The rules as they were given, each with its `id` and `hits`."""
        faults: list[dict[str, Any]] = self._connections.call("GET", "faults")["faults"]
        return faults

    def clear(self) -> None:
        """Ends all rules."""
        self._connections.call("DELETE", "faults")
