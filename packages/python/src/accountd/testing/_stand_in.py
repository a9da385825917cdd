"""A process of accountd, and the sandboxes in it."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from accountd._binary import find_binary
from accountd.testing._control import Control
from accountd.testing._process import Process


class Sandbox(Control):
    """A complete set of accounts beside the server's own, in the same process. Use it as a context manager."""

    def __init__(self, parent: "StandIn", url: str, name: str) -> None:
        super().__init__(parent._process, url, name, parent._root)
        self._parent = parent

    def delete(self) -> None:
        """Deletes the sandbox and closes its port."""
        self._connections.close()
        self._parent._delete_sandbox(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.delete()


class StandIn(Control):
    """A running server. It ends with `stop`, as a context manager, or with the process that started it."""

    def __init__(
        self,
        *seeds: str | os.PathLike[str],
        clock: str | None = None,
        strict: bool = False,
        binary: str | os.PathLike[str] | None = None,
        options: Sequence[str] = (),
        root: str | os.PathLike[str] = ".",
        timeout: float = 30,
    ) -> None:
        """Starts a server with these fixture files, by default with the accounts of `accountd demo`.

        `clock` is a time as in `2026-01-31T12:00:00Z`, or `TIME,frozen`. With `strict`, a request that no route
        handles is answered with 501. `options` are further options of `accountd stand-in`. Paths are relative to
        `root`. Raises StartError if the server is not ready within `timeout` seconds.
        """
        folder = Path(root).absolute()
        arguments = [str(folder / seed) for seed in seeds]
        arguments += ["--clock", clock] if clock else []
        arguments += ["--strict"] if strict else []
        program = Path(binary) if binary else find_binary()
        process = Process(program, [*arguments, *options], timeout)
        super().__init__(process, process.url, "main", folder)
        self.pid = process.pid
        self.sandboxes: dict[str, Sandbox] = {}
        """The sandboxes that were made through this object, by name."""
        self._numbers = itertools.count(1)

    def sandbox(self, name: str | None = None, *, from_: str = "seed") -> Sandbox:
        """Creates a sandbox with accounts from `from_`: `"seed"`, `"empty"`, `"current"` or a snapshot."""
        name = name or f"sandbox-{next(self._numbers)}"
        answer = self._connections.call("POST", "sandboxes", {"name": name, "from": from_})
        self.sandboxes[name] = sandbox = Sandbox(self, answer["url"], name)
        return sandbox

    def stop(self) -> None:
        """Ends the server."""
        self._connections.close()
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _delete_sandbox(self, sandbox: Sandbox) -> None:
        self.sandboxes.pop(sandbox.name, None)
        self._connections.call("DELETE", f"sandboxes/{sandbox.name}")
