"""The processor time that a server spends on a request."""

import socket
import statistics
from pathlib import Path

ROUNDS, REQUESTS = 5, 200


def nanoseconds(pid):
    """User and system time of all threads of a process. A thread that ended in the meantime is left out."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue
    return total


def of_request(address, pid, head):
    """The median of the microseconds per request, sent one after another on one connection; `head` has no end."""
    host, port = address.split(":")
    request, times = f"{head}\r\n".encode(), []
    for _ in range(ROUNDS):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            answers = connection.makefile("rb")
            before = nanoseconds(pid)
            for _ in range(REQUESTS):
                connection.sendall(request)
                read_answer(answers)
            times.append((nanoseconds(pid) - before) / REQUESTS / 1000)
    return statistics.median(times)


def read_answer(answers, body=None):
    """Reads one response, and returns its status. The bytes of its body are appended to `body`."""
    status, length, chunked = int(answers.readline().split()[1]), 0, False
    while (line := answers.readline().strip().lower()):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            length = int(value)
        chunked = chunked or line == b"transfer-encoding: chunked"
    content = answers.read(length)
    if body is not None:
        body.append(content)
    while chunked:
        size = int(answers.readline(), 16)
        content = answers.read(size + 2)
        if body is not None:
            body.append(content[:size])
        chunked = size > 0
    return status
