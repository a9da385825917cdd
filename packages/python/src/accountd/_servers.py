"""The servers of a pytest run: one for each choice of seeds and strictness."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accountd._binary import check
from accountd.testing import Control, StandIn

# Beside the one of `accountd_server`. A suite with more choices starts the least recent one again.
MOST_SERVERS = 8


@dataclass(frozen=True)
class Options:
    """What the marker `accountd` asks for. A marker of a function comes before one of its class or module."""

    seeds: tuple[str, ...] | None = None
    clock: datetime | str | None = None
    strict: bool = False

    @classmethod
    def of(cls, node: pytest.Item) -> "Options":
        given: dict[str, Any] = {}
        for marker in node.iter_markers("accountd"):
            if marker.args or not marker.kwargs.keys() <= {"seed", "clock", "strict"}:
                pytest.fail(f"the marker accountd takes seed=, clock= and strict=, not {marker}", pytrace=False)
            given = {**marker.kwargs, **given}
        seeds = given.get("seed")
        if seeds is not None:
            seeds = tuple(map(str, [seeds] if isinstance(seeds, str | Path) else seeds))
        return cls(seeds, given.get("clock"), given.get("strict", False))

    def set_clock(self, control: Control) -> None:
        """Sets the clock of a server or sandbox that was just reset."""
        if self.clock is None:
            return
        time, frozen, rest = self.clock, "", ""
        if isinstance(time, str):
            time, frozen, rest = time.partition(",")
        if frozen and rest.strip() != "frozen":
            pytest.fail(f"clock={self.clock!r} must be a time, or TIME,frozen", pytrace=False)
        control.clock.set(time, frozen=bool(frozen))


def start(config: pytest.Config, options: Options = Options()) -> StandIn:
    """Starts a server as the options of pytest and those of a marker say."""
    binary: str | None = config.getoption("accountd_binary")
    return StandIn(
        *(config.getoption("accountd_seed") if options.seeds is None else options.seeds),
        strict=options.strict,
        binary=binary and check(Path(binary), "--accountd-binary"),
        root=config.rootpath,
    )


class Servers:
    """Starts servers when a test needs them, and stops them at the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started: OrderedDict[tuple[object, ...], StandIn] = OrderedDict()

    def get(self, options: Options, request: pytest.FixtureRequest) -> StandIn:
        """The server for these options; without any, that of the fixture `accountd_server`."""
        if options.seeds is None and not options.strict:
            server: StandIn = request.getfixturevalue("accountd_server")
            return server
        key = (options.seeds, options.strict)
        if key not in self._started:
            if len(self._started) >= MOST_SERVERS:
                self._started.popitem(last=False)[1].stop()
            self._started[key] = start(self._config, options)
        self._started.move_to_end(key)
        return self._started[key]

    def stop(self) -> None:
        """Stops them all."""
        while self._started:
            self._started.popitem()[1].stop()


@contextmanager
def without_traces(server: StandIn) -> Iterator[None]:
    """Deletes the snapshots and sandboxes that a test makes, which survive a reset."""
    snapshots, sandboxes = set(server.snapshots), set(server.sandboxes)
    yield
    for name in server.snapshots - snapshots:
        server.delete_snapshot(name)
    for name in server.sandboxes.keys() - sandboxes:
        server.sandboxes[name].delete()
