"""The process of a stand-in: it is started, says where it listens, and ends with the test run."""

import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# Shown of the log.
LOG_BYTES = 8 * 1024
# A request that hangs would delay an orderly end.
STOP_SECONDS = 1.0


class StartError(RuntimeError):
    """The program could not be started; the message has what it wrote to stderr."""


class Process:
    """A running `accountd stand-in`.

    It ends when its stdin closes, which the operating system does even when the test run is killed.
    """

    def __init__(self, binary: Path, arguments: Sequence[str], timeout: float) -> None:
        # A file, because a full pipe would stop the server. It has no name, so nothing is left behind.
        self._log = tempfile.TemporaryFile(buffering=0)
        command = [str(binary), "stand-in", "--ready", "json", "--exit-with-stdin", "--log", "warn", *arguments]
        # A setting of the developer's shell must not change the tests.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACCOUNTD_")}
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment,
                # Ctrl-C is for the test run, which still needs the server while it ends.
                process_group=0,
            )
        except OSError as error:
            self._log.close()
            raise StartError(f"accountd cannot be started: {error}") from error
        try:
            ready = json.loads(self._ready_line(timeout))
            self.url: str = ready["url"]
            self.pid: int = ready["pid"]
        except BaseException:
            self._child.kill()
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process and waits for its end."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.close()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # Its accounts are in memory, so there is nothing to lose.
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        self._log.close()

    def fate(self) -> str:
        """How the process ended, with the end of its log; empty while it runs."""
        if self._log.closed:
            return "accountd was stopped"
        try:
            # The process may have closed its connections and not have ended yet.
            status = self._child.wait(0.2)
        except subprocess.TimeoutExpired:
            return ""
        return f"accountd ended with status {status}\n{self._log_end()}".rstrip()

    def _ready_line(self, timeout: float) -> bytes:
        assert self._child.stdout
        deadline = time.monotonic() + timeout
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(deadline - time.monotonic()):
                    raise StartError(f"accountd was not ready within {timeout:g} s\n{self._log_end()}".rstrip())
                read = os.read(self._child.stdout.fileno(), 4096)
                if not read:
                    status = self._child.wait()
                    raise StartError(f"accountd ended with status {status}\n{self._log_end()}".rstrip())
                line += read
        return line

    def _log_end(self) -> str:
        descriptor = self._log.fileno()
        size = os.fstat(descriptor).st_size
        # Unlike seek and read, this leaves the position alone, which the process shares.
        return os.pread(descriptor, LOG_BYTES, max(0, size - LOG_BYTES)).decode(errors="replace")
