"""What long answers cost in memory while clients do not read them."""

import http.client
import re
import resource
import socket
import subprocess
import threading
import time
from pathlib import Path

from measuring import filled

TOKEN = "john-smith-api-token-for-examples"

LONG = ["/full{}.keys", "/api/v4/users/full{}/keys?per_page=100", "/allowed_signers", "/api/v3/user/keys",
        "/api/v4/users?per_page=100", "/api/v3/users?per_page=100"]


class Server:
    def __init__(self, binary, database):
        command = [binary, "serve", "--db", database, "--listen", "127.0.0.1:0", "--log", "warn"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        host, port = self.process.stdout.readline().decode().removeprefix("listening on http://").strip().split(":")
        self.address = (host, int(port))

    def memory(self, name):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s*(\d+) kB", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def unread(server, path, clients):
    """Opens connections that ask for this and read nothing."""
    for number in range(clients):
        connection = socket.socket()
        # As small as the system allows, so that the server keeps nearly all of the answer.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.bind(("127.0.0.2", 0))
        connection.connect(server.address)
        account = number % 100
        token = filled.TOKEN.format(account)
        request = f"GET {path.format(account)} HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {token}\r\n\r\n"
        connection.sendall(request.encode())
        yield connection


def normal_client(server, stop, times):
    """Measures the latency of small requests in milliseconds until it is stopped."""
    while not stop.is_set():
        start = time.perf_counter()
        connection = http.client.HTTPConnection(*server.address, timeout=30)
        connection.request("GET", "/api/v3/user", headers={"PRIVATE-TOKEN": TOKEN, "Connection": "close"})
        assert connection.getresponse().status == 200
        connection.close()
        times.append((time.perf_counter() - start) * 1000)
        time.sleep(0.002)


def print_unread(binary):
    """Prints the latency of a normal client, and the server's memory, while 900 clients do not read long answers of 100
    accounts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(f"{'900 clients that do not read':44} {'p50 ms':>7} {'p99 ms':>7} {'peak MiB':>9} {'after':>6}")
    for path in LONG:
        database = filled.database(binary, 100)
        server = Server(binary, database)
        stop, times = threading.Event(), []
        client = threading.Thread(target=normal_client, args=(server, stop, times))
        client.start()
        clients = list(unread(server, path, 900))
        time.sleep(5)
        stop.set()
        client.join()
        times.sort()
        for connection in clients:
            connection.close()
        time.sleep(1)
        at = lambda share: times[int(len(times) * share)]
        print(f"{path:44} {at(0.5):7.2f} {at(0.99):7.2f} {server.memory('VmHWM'):9.0f} {server.memory('VmRSS'):6.0f}",
              flush=True)
        server.stop()
