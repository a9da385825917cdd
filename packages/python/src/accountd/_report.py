"""What the report of a failed test shows: the last requests to its stand-ins."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from accountd.testing import Control, ControlError

MOST_STAND_INS = 5
MOST_REQUESTS = 20
MOST_CHARACTERS = 200
# A server that hangs must not stop the test run.
TIMEOUT = 5


def sections(values: Iterable[object]) -> Iterator[tuple[str, str]]:
    """A section for each stand-in among the values of a test's fixtures."""
    controls = {id(value): value for value in values if isinstance(value, Control)}
    for control in islice(controls.values(), MOST_STAND_INS):
        yield f"requests to accountd ({control.name})", _journal(control)


def _journal(control: Control) -> str:
    try:
        entries = deque(control.requests.iterate(timeout=TIMEOUT), MOST_REQUESTS)
    except (ConnectionError, ControlError) as error:
        return str(error)
    lines = [_shorten(line) for entry in entries for line in _lines(entry)]
    return "\n".join(lines) or "none"


def _lines(entry: dict[str, Any]) -> Iterator[str]:
    request, answer, token = entry["request"], entry["answer"], entry["token"]
    target = request["path"] + ("?" + urlencode(request["query"], doseq=True) if request["query"] else "")
    caller = f" as {entry['user']}" if entry["user"] else ""
    caller += f" (token {token['name'] or token['id']})" if token else ""
    status = answer["status"] if answer else "no answer"
    operation = entry.get("operation", "no such route")
    took = f"{entry['took_us'] / 1000:.1f} ms"
    yield f"#{entry['seq']} {request['method']} {target}{caller} -> {status}, {operation}, {took}"
    if "body" in request:
        yield f"    sent {json.dumps(request['body'])}"
    if entry["ignored"]:
        yield f"    ignored: {', '.join(entry['ignored'])}"
    if entry["fault"] is not None:
        yield f"    fault {entry['fault']}"
    if answer and "body" in answer:
        yield f"    answered {json.dumps(answer['body'])}"


def _shorten(line: str) -> str:
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"
