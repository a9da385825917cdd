"""Runs wrk, and holds the scripts that make its requests."""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from .accounts import MANY, TOKEN
from .programs import on

# Every request carries the token of a random user.
RANDOM_TOKENS = f"""
math.randomseed(os.time())
request = function()
  wrk.headers["PRIVATE-TOKEN"] = string.format("{TOKEN}", math.random(0, {MANY - 1}))
  return wrk.format()
end
"""


def patch(attribute):
    """A script that sets this attribute to a new value with every request."""
    return f"""
wrk.method = "PATCH"
wrk.headers["Content-Type"] = "application/json"
local number = os.time()
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, '{{"{attribute}":"Jane ' .. number .. '"}}')
end
"""


# Adds a new SSH key, or removes one that was added. An Ed25519 key is a prefix of 26 characters, the same for all keys,
# and then 42 characters of base64.
KEYS = """
wrk.headers["Content-Type"] = "application/json"
local number, run, added = 0, os.time(), {}
request = function()
  local id = table.remove(added)
  if id then
    return wrk.format("DELETE", wrk.path .. "/" .. id)
  end
  number = number + 1
  local key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" .. string.format("%042d", run * 1000000 + number)
  return wrk.format("POST", nil, nil, '{"title":"bench","key":"' .. key .. '"}')
end
response = function(status, headers, body)
  if status == 201 then
    table.insert(added, string.match(body, '"id":(%d+)'))
  end
end
"""


@dataclass
class Run:
    """The result of one run of wrk."""

    rate: float
    """Requests per second."""
    p99: float
    """The 99th percentile of the latency, in milliseconds."""
    answered: int
    seconds: float
    client_cpu: float
    """Processor time of wrk, in seconds."""


class Wrk:
    """A running wrk; the constructor starts it."""

    def __init__(self, server, path, header=None, script=None, connections=32, seconds=3.0, processor=None):
        # wrk accepts whole seconds only.
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "30s"]
        if header:
            command += ["-H", ": ".join(header)]
        if script:
            self.script = tempfile.NamedTemporaryFile("w", suffix=".lua")
            self.script.write(script)
            self.script.flush()
            command += ["-s", self.script.name]
        self.url = f"http://{server.address}{path}"
        self.started = time.monotonic()
        command = on(processor, [*command, self.url])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def is_running(self):
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def finish(self):
        output = self.process.stdout.read()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        if self.process.returncode or "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"{self.url}:\n{output}")
        milliseconds = {"us": 0.001, "ms": 1, "s": 1000}
        p99 = re.search(r"99% *([\d.]+)(us|ms|s)", output)
        return Run(
            rate=float(re.search(r"Requests/sec: *([\d.]+)", output)[1]),
            p99=float(p99[1]) * milliseconds[p99[2]],
            answered=int(re.search(r"(\d+) requests in", output)[1]),
            seconds=time.monotonic() - self.started,
            client_cpu=usage.ru_utime + usage.ru_stime,
        )


def wrk(*arguments, **options):
    return Wrk(*arguments, **options).finish()
