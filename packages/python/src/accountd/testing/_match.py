"""Which requests a fault or an expectation is about."""

from collections.abc import Mapping
from typing import Any, TypedDict


class Match(TypedDict, total=False):
    """What a request must have. Without any, every request matches."""

    dialect: str
    method: str
    path: str
    """With `*` for one segment and `**` for any number."""
    user: str
    token_id: int
    header: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    """JSON pointers to values: `{"/username": "ada"}`."""


def rule(operation: str | None, match: Match) -> dict[str, Any]:
    """The JSON of a match."""
    return {**given(operation=operation), **match}


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


