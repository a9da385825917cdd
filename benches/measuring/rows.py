"""What benches/load measures: each row against its reference, in turns."""

import os
import statistics
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from pathlib import Path

from . import accounts
from .programs import KEPT, Pocketbase, bare_warp, build, serve
from .wrk import KEYS, RANDOM_TOKENS, Wrk, patch, wrk

PRIVATE = ("PRIVATE-TOKEN", accounts.token(0))
BEARER = ("Authorization", f"Bearer {accounts.token(0)}")
BASIC = ("Authorization", "Basic " + b64encode(f"user0:{accounts.PASSWORD}".encode()).decode())
WRITER = ("Authorization", f"Bearer {accounts.token(1)}")
USER, PROFILE, OWN_KEYS = "/api/v3/user", "/api/v1.1/users/user0/", "/api/v3/user/keys"
OTHER_PROFILE = "/api/v1.1/users/user1/"
PER_PAGE = 20
MIDDLE = f"/api/v3/users?page={accounts.MANY // PER_PAGE // 2}&per_page={PER_PAGE}"
FIRST = f"/api/v3/users?page=1&per_page={PER_PAGE}"


@dataclass
class Row:
    """One line of the table: the medians of both sides, and their ratio in each round."""

    what: str
    reference: str
    bound: float
    ours: list = field(default_factory=list)
    theirs: list = field(default_factory=list)
    ratios: list = field(default_factory=list)
    at_most: bool = False
    unit: str = "/s"
    notes: list = field(default_factory=list)

    def add(self, ours, theirs, ratio=None):
        self.ours.append(ours)
        self.theirs.append(theirs)
        self.ratios.append(ours / theirs if ratio is None else ratio)

    @property
    def ratio(self):
        return statistics.median(self.ratios)

    @property
    def medians(self):
        return statistics.median(self.ours), statistics.median(self.theirs)

    @property
    def reached(self):
        return self.ratio <= self.bound if self.at_most else self.ratio >= self.bound


class Bench:
    """The servers, started when a row first asks for them, and the rows."""

    def __init__(self, rounds, seconds):
        self.rounds, self.seconds = rounds, seconds
        self.programs = build()
        self.scratch = TemporaryDirectory(dir=KEPT)
        self.servers = {}

    def server(self, name, start):
        if name not in self.servers:
            self.servers[name] = start()
        return self.servers[name]

    def few(self, processor=None):
        """accountd with a handful of users, on a file."""
        accountd, name = self.programs["accountd"], f"few on {processor}"
        path = Path(self.scratch.name) / f"{name}.db"
        return self.server(name, lambda: serve(accountd, accounts.database(accountd, 10, path), processor))

    def many(self):
        accountd = self.programs["accountd"]
        return self.server("many", lambda: serve(accountd, accounts.many_users(accountd)))

    def bare(self, route):
        path, header = {"user": (USER, PRIVATE), "profile": (PROFILE, BEARER), "keys": (OWN_KEYS, PRIVATE)}[route]
        program = self.programs["bare_warp"]
        return self.server(f"bare {route}", lambda: bare_warp(program, route, self.few(), path, header))

    def pocketbase(self, processor=None):
        name = f"pocketbase on {processor}"
        return self.server(name, lambda: Pocketbase(Path(self.scratch.name) / name, processor))

    def stop(self):
        for server in self.servers.values():
            server.stop()
        self.scratch.cleanup()

    def in_turns(self, row, ours, theirs):
        """Both sides once for nothing, and then in turns: what else the machine does falls on both."""
        ours(), theirs()
        for at in range(self.rounds):
            if at % 2:
                second, first = theirs(), ours()
                row.add(first, second)
            else:
                row.add(ours(), theirs())
        return [row]

    def rate(self, server, path, header=None, script=None, connections=32, processor=None):
        return wrk(server, path, header, script, connections, self.seconds, processor).rate

    def against_bare_warp(self, what, route, path, header, bound):
        row = Row(what, "bare warp, same bytes", bound)
        ours, theirs = self.few(), self.bare(route)
        return self.in_turns(row, lambda: self.rate(ours, path, header), lambda: self.rate(theirs, path, header))

    def user(self):
        return self.against_bare_warp("GET /api/v3/user, PRIVATE-TOKEN", "user", USER, PRIVATE, 0.90)

    def profile(self):
        return self.against_bare_warp("GET /api/v1.1/users/NAME/, Bearer", "profile", PROFILE, BEARER, 0.90)

    def password(self):
        row = Row("the same with Basic and a password", "the same with Bearer", 0.90)
        few = self.few()
        return self.in_turns(row, lambda: self.rate(few, PROFILE, BASIC), lambda: self.rate(few, PROFILE, BEARER))

    def keys(self):
        return self.against_bare_warp("GET /api/v3/user/keys, 5 keys", "keys", OWN_KEYS, PRIVATE, 0.70)

    def writes(self):
        """The raw loop has no clients and no requests to read: all of the machine is its own."""
        row = Row("POST /user/keys + DELETE, 64 connections", "rusqlite, a commit a write", 1.5)
        few, accountd = self.few(), self.programs["accountd"]
        raw = accounts.database(accountd, 10, Path(self.scratch.name) / "raw.db")
        loop = [self.programs["raw_rusqlite"], raw, str(self.seconds)]

        def theirs():
            return float(subprocess.run(loop, check=True, capture_output=True, text=True).stdout)

        return self.in_turns(row, lambda: self.rate(few, OWN_KEYS, PRIVATE, KEYS, 64), theirs)

    def many_users(self):
        row = Row("GET /user of 300,000 users, random tokens", "bare warp, same bytes", 0.45)
        many, bare = self.many(), self.bare("user")
        return self.in_turns(
            row,
            lambda: self.rate(many, USER, script=RANDOM_TOKENS),
            lambda: self.rate(bare, USER, script=RANDOM_TOKENS),
        )

    def list(self):
        row = Row("GET /users, the middle of 300,000", "its first page", 0.5)
        many = self.many()
        return self.in_turns(
            row,
            lambda: self.rate(many, MIDDLE, PRIVATE, connections=8),
            lambda: self.rate(many, FIRST, PRIVATE, connections=8),
        )

    def beside_writers(self):
        """Readers alone, writers alone, and both. Writers take of the processors, while both are at it: all that their
        wrk takes; what the server's thread `writer` takes; and for reading and answering each of their requests what
        that took the server when they were alone, without that thread. The rest of the processors is what readers could
        have had."""
        rate = Row("GET /user while 16 clients write", "without writers, less their processor time", 0.6)
        tail = Row("its 99th percentile", "without writers", 3.0, at_most=True, unit=" ms")
        few, processors = self.few(), os.cpu_count()
        self.rate(few, USER, PRIVATE)
        for _ in range(self.rounds):
            alone = wrk(few, USER, PRIVATE, seconds=self.seconds)
            writing, each = self.cost_of_a_write(few)
            before = few.cpu_seconds("writer")
            writers = Wrk(few, OTHER_PROFILE, WRITER, patch("full_name"), 16, self.seconds)
            both = wrk(few, USER, PRIVATE, seconds=self.seconds)
            written = writers.finish()
            taken = written.client_cpu + few.cpu_seconds("writer") - before + each * written.answered
            left = 1 - taken / (processors * written.seconds)
            rate.add(both.rate, alone.rate, both.rate / (alone.rate * left))
            rate.notes.append((written.rate, writing.rate, 1 - left))
            tail.add(both.p99, alone.p99)
        writes, writes_alone, share = (statistics.median(column) for column in zip(*rate.notes))
        rate.notes = [f"writers: {writes:.0f}/s and {share:.0%} of the processors; {writes_alone:.0f}/s alone"]
        return [rate, tail]

    def cost_of_a_write(self, server):
        """Writers alone, and seconds of processor time a write outside the thread that writes."""
        before, in_thread = server.cpu_seconds(), server.cpu_seconds("writer")
        run = wrk(server, OTHER_PROFILE, WRITER, patch("full_name"), 16, self.seconds)
        outside = server.cpu_seconds() - before - (server.cpu_seconds("writer") - in_thread)
        return run, outside / run.answered

    def against_pocketbase(self):
        """Each server has the first processor to itself while it is asked, and wrk the last. Where they share processors,
        wrk takes about as much of them as accountd and next to nothing beside PocketBase: a note says what comes of that."""
        answers = self.beside_pocketbase("GET /api/v3/user", 20, USER, PRIVATE)
        changes = self.beside_pocketbase("PATCH of a profile", 10, OTHER_PROFILE, WRITER, "full_name", "name")
        return [answers, changes]

    def beside_pocketbase(self, what, bound, path, header, *attributes):
        method = what.partition(" ")[0]
        apart = Row(f"{what}, on 1 processor", f"PocketBase, {method} of one's record", bound)
        shared = Row(what, apart.reference, bound)
        ours, theirs = map(patch, attributes) if attributes else (None, None)
        for row, server, client in (apart, 0, os.cpu_count() - 1), (shared, None, None):
            few, peer = self.few(server), self.pocketbase(server)
            self.in_turns(
                row,
                lambda: self.rate(few, path, header, ours, processor=client),
                lambda: self.rate(peer, peer.record, peer.header, theirs, processor=client),
            )
        apart.notes = [f"on processors that they share with wrk: {shared.ratio:.2f}"]
        return apart


# By the names that the command line has for them.
ROWS = {
    "user": Bench.user,
    "profile": Bench.profile,
    "password": Bench.password,
    "keys": Bench.keys,
    "writes": Bench.writes,
    "many-users": Bench.many_users,
    "beside-writers": Bench.beside_writers,
    "list": Bench.list,
    "pocketbase": Bench.against_pocketbase,
}
