"""The rows of benches/load: what each one measures, and its reference."""

import itertools
import os
import statistics
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from . import accounts
from .programs import KEPT, Pocketbase, bare_warp, serve
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
SEARCHES, MAX_SEARCH_MS = ["user", "user29999", "zzz", "12", "1", "zq"], 20

BARE_SHARED = "bare warp, processors shared with wrk"
BARE_ALONE = "bare warp, 1 thread, same bytes"
# Where the server and wrk are each pinned to a processor.
SERVER_PROCESSOR, WRK_PROCESSOR = 0, os.cpu_count() - 1


@dataclass
class Row:
    """One line of the table: both sides in each round, and the ratio of each round."""

    what: str
    reference: str
    bound: float | None
    ours: list
    theirs: list
    ratios: list = field(default_factory=list)
    at_most: bool = False
    unit: str = "/s"
    notes: list = field(default_factory=list)

    def __post_init__(self):
        self.ratios = self.ratios or [ours / theirs for ours, theirs in zip(self.ours, self.theirs)]

    @property
    def ratio(self):
        return statistics.median(self.ratios)

    @property
    def medians(self):
        return statistics.median(self.ours), statistics.median(self.theirs)

    @property
    def reached(self):
        if self.bound is None:
            return True
        return self.ratio <= self.bound if self.at_most else self.ratio >= self.bound


class Bench:
    """Measures the rows. Starts each server when a row first uses it, and keeps it running for later rows.

    `binaries` holds the accountd binaries by label. Each gets its own line in the table; only the first, whose label is
    empty, has to reach the bound.
    """

    def __init__(self, rounds, seconds, programs, binaries):
        self.rounds, self.seconds = rounds, seconds
        self.programs, self.binaries = programs, binaries
        self.scratch = TemporaryDirectory(dir=KEPT)
        self.servers = {}

    def server(self, name, start):
        if name not in self.servers:
            self.servers[name] = start()
        return self.servers[name]

    def path(self, name):
        return Path(self.scratch.name) / name

    def small(self, label, *options, processor=None):
        """accountd with ten users in a database file."""
        accountd, name = self.binaries[label], f"{label} {options} on {processor}"

        def start():
            path = accounts.database(accountd, 10, self.path(f"small-{len(self.servers)}.db"))
            return serve(accountd, path, *options, processor=processor)

        return self.server(name, start)

    def large(self, label):
        """accountd with 300,000 users in a database file."""
        accountd = self.binaries[label]
        path = self.path(f"large{label}.db")
        return self.server(f"{label} large", lambda: serve(accountd, accounts.many_users(accountd, path)))

    def bare(self, route, server, processor=None):
        """bare warp with one route, which repeats the response of `server`."""
        path, header = {"user": (USER, PRIVATE), "profile": (PROFILE, BEARER), "keys": (OWN_KEYS, PRIVATE)}[route]
        start = partial(bare_warp, self.programs["bare_warp"], route, server, path, header, processor)
        return self.server(f"bare {route} on {processor}", start)

    def pocketbase(self, processor=None):
        name = f"pocketbase on {processor}"
        return self.server(name, lambda: Pocketbase(self.path(name), processor))

    def stop(self):
        for server in self.servers.values():
            server.stop()
        self.scratch.cleanup()

    def alternate(self, measurements):
        """Runs each measurement once to warm up, and then once per round, in reverse order every second time.

        Takes functions by name, and returns the list of each function's results by the same name.
        """
        for measure in measurements.values():
            measure()
        results = {name: [] for name in measurements}
        for at in range(self.rounds):
            for name in reversed(measurements) if at % 2 else measurements:
                results[name].append(measurements[name]())
        return results

    def compare(self, what, reference, bound, ours, theirs):
        """A row for each binary. Both functions are given the binary's label; `theirs` measures its reference."""
        measurements = {}
        for label in self.binaries:
            measurements |= {(label, "ours"): partial(ours, label), (label, "theirs"): partial(theirs, label)}
        results = self.alternate(measurements)
        return [
            self.row(label, what, reference, bound, results[label, "ours"], results[label, "theirs"])
            for label in self.binaries
        ]

    def row(self, label, what, reference, bound, ours, theirs, **options):
        if label:
            what, bound, options["notes"] = f"  {label}", None, []
        return Row(what, reference, bound, ours, theirs, **options)

    def rate(self, server, path, header=None, script=None, connections=32, processor=None):
        return wrk(server, path, header, script, connections, self.seconds, processor).rate

    def cpu_time(self):
        rows = self.cpu_time_of("GET /api/v3/user, PRIVATE-TOKEN", "user", USER, PRIVATE)
        rows += self.cpu_time_of("GET /api/v1.1/users/NAME/, Bearer", "profile", PROFILE, BEARER)
        rows += self.cpu_time_of("GET /api/v1.1/users/NAME/, Basic", "profile", PROFILE, BASIC)
        return rows

    def cpu_time_of(self, what, route, path, header):
        """Processor time per request, with a log line for each request and without."""
        bounds, one_thread = {"info": 0.72, "warn": 0.88}, ("--threads", "1", "--log")
        measurements = {}
        for label, level in itertools.product(self.binaries, bounds):
            server = self.small(label, *one_thread, level, processor=SERVER_PROCESSOR)
            measurements[label, level] = partial(self.cpu_microseconds, server, path, header)
        bare = self.bare(route, self.small("", *one_thread, "info", processor=SERVER_PROCESSOR), SERVER_PROCESSOR)
        measurements["bare"] = partial(self.cpu_microseconds, bare, path, header)
        results, rows = self.alternate(measurements), []
        theirs = results["bare"]
        for level, label in itertools.product(bounds, self.binaries):
            ours = results[label, level]
            ratios = [reference / time for time, reference in zip(ours, theirs)]
            name = what if level == "info" else f"{what}, --log {level}"
            rows.append(self.row(label, name, BARE_ALONE, bounds[level], ours, theirs, ratios=ratios, unit=" µs"))
        return rows

    def cpu_microseconds(self, server, path, header):
        """Processor time that a server spends on a request, while wrk runs on another processor."""
        before = server.cpu_seconds()
        run = wrk(server, path, header, seconds=self.seconds, processor=WRK_PROCESSOR)
        return (server.cpu_seconds() - before) / run.answered * 1e6

    def against_bare_warp(self, what, route, path, header, bound):
        bare = self.bare(route, self.small(""))

        def ours(label):
            return self.rate(self.small(label), path, header)

        def theirs(_label):
            return self.rate(bare, path, header)

        return self.compare(what, BARE_SHARED, bound, ours, theirs)

    def user(self):
        return self.against_bare_warp("GET /api/v3/user, PRIVATE-TOKEN", "user", USER, PRIVATE, 0.90)

    def profile(self):
        return self.against_bare_warp("GET /api/v1.1/users/NAME/, Bearer", "profile", PROFILE, BEARER, 0.90)

    def password(self):
        def rate(header, label):
            return self.rate(self.small(label), PROFILE, header)

        what, reference = "GET /api/v1.1/users/NAME/, Basic, password", "the same with Bearer"
        return self.compare(what, reference, 0.90, partial(rate, BASIC), partial(rate, BEARER))

    def keys(self):
        return self.against_bare_warp("GET /api/v3/user/keys, 5 keys", "keys", OWN_KEYS, PRIVATE, 0.70)

    def writes(self):
        """The reference has no clients and parses no requests: it has all processors to itself."""
        raw = accounts.database(self.programs["accountd"], 10, self.path("raw.db"))
        loop = [self.programs["raw_rusqlite"], raw, str(self.seconds)]

        def ours(label):
            return self.rate(self.small(label), OWN_KEYS, PRIVATE, KEYS, 64)

        def theirs(_label):
            return float(subprocess.run(loop, check=True, capture_output=True, text=True).stdout)

        what = "POST /user/keys + DELETE, 64 connections"
        return self.compare(what, "rusqlite, one commit per write", 1.5, ours, theirs)

    def many_users(self):
        bare = self.bare("user", self.small(""))

        def ours(label):
            return self.rate(self.large(label), USER, script=RANDOM_TOKENS)

        def theirs(_label):
            return self.rate(bare, USER, script=RANDOM_TOKENS)

        return self.compare("GET /user of 300,000 users, random tokens", BARE_SHARED, 0.40, ours, theirs)

    def list(self):
        def rate(path, label):
            return self.rate(self.large(label), path, PRIVATE, connections=8)

        what, reference = "GET /users, the middle of 300,000", "its first page"
        return self.compare(what, reference, 0.5, partial(rate, MIDDLE), partial(rate, FIRST))

    def search(self):
        """The processor time of a search, against the bound itself. The texts: in all users, in few, in none; short ones."""
        rows = []
        for text, label in itertools.product(SEARCHES, self.binaries):
            server = self.large(label)
            search = partial(wrk, server, f"/api/v3/users?search={text}", PRIVATE, connections=1)
            search(seconds=1)
            ours = []
            for _ in range(self.rounds):
                before = server.cpu_seconds()
                answered = search(seconds=self.seconds).answered
                ours.append(1000 * (server.cpu_seconds() - before) / answered)
            what, most = f"GET /users?search={text} of 300,000, processor", [MAX_SEARCH_MS] * self.rounds
            rows.append(self.row(label, what, "the bound", 1, ours, most, at_most=True, unit=" ms"))
        return rows

    def beside_writers(self):
        """The rate of reads while others write, against reads alone on the processor time that the writes leave over.

        The processor time of the writes is the sum of: all that their wrk uses; all that the server's thread `writer`
        uses; and, for each write, what it costs the server's other threads when there are no reads.
        """
        return [row for rows in zip(*map(self.beside_writers_of, self.binaries)) for row in rows]

    def beside_writers_of(self, label):
        server, processors = self.small(label), os.cpu_count()
        self.rate(server, USER, PRIVATE)
        alone, beside, ratios, shares = [], [], [], []
        for _ in range(self.rounds):
            alone.append(wrk(server, USER, PRIVATE, seconds=self.seconds))
            writing, cost = self.cost_of_a_write(server)
            before = server.cpu_seconds("writer")
            writers = Wrk(server, OTHER_PROFILE, WRITER, patch("full_name"), 16, self.seconds)
            beside.append(wrk(server, USER, PRIVATE, seconds=self.seconds))
            written = writers.finish()
            used = written.client_cpu + server.cpu_seconds("writer") - before + cost * written.answered
            share = used / (processors * written.seconds)
            ratios.append(beside[-1].rate / (alone[-1].rate * (1 - share)))
            shares.append((written.rate, share, writing.rate))
        writes, share, writes_alone = (statistics.median(column) for column in zip(*shares))
        note = f"{writes:.0f} writes/s used {share:.0%} of the processors; {writes_alone:.0f} writes/s without reads"
        rates, tails = ([[getattr(run, name) for run in runs] for runs in (beside, alone)] for name in ("rate", "p99"))
        rate, tail = "GET /user while 16 clients write", "its 99th percentile"
        return [
            self.row(label, rate, "alone, on what the writes leave", 0.6, *rates, ratios=ratios, notes=[note]),
            self.row(label, tail, "alone", 3.0, *tails, at_most=True, unit=" ms"),
        ]

    def cost_of_a_write(self, server):
        """Runs writes without reads, and returns the processor time per write of all threads but `writer`."""
        before, in_thread = server.cpu_seconds(), server.cpu_seconds("writer")
        run = wrk(server, OTHER_PROFILE, WRITER, patch("full_name"), 16, self.seconds)
        outside = server.cpu_seconds() - before - (server.cpu_seconds("writer") - in_thread)
        return run, outside / run.answered

    def against_pocketbase(self):
        """The server runs on the first processor and wrk on the last.

        A note gives the ratio when they share all processors. That ratio is lower, because wrk then uses about as much
        processor time as accountd, but next to none when it waits for PocketBase.
        """
        answers = self.beside_pocketbase("GET /api/v3/user", 20, USER, PRIVATE)
        changes = self.beside_pocketbase("PATCH of a profile", 10, OTHER_PROFILE, WRITER, "full_name", "name")
        return answers + changes

    def beside_pocketbase(self, what, bound, path, header, *attributes):
        reference = f"PocketBase, {what.partition(' ')[0]} of own record"
        our_script, their_script = map(patch, attributes) if attributes else (None, None)

        def compare(server, client):
            peer = self.pocketbase(server)

            def ours(label):
                return self.rate(self.small(label, processor=server), path, header, our_script, processor=client)

            def theirs(_label):
                return self.rate(peer, peer.record, peer.header, their_script, processor=client)

            return self.compare(f"{what}, 1 processor", reference, bound, ours, theirs)

        rows = compare(SERVER_PROCESSOR, WRK_PROCESSOR)
        rows[0].notes = [f"{compare(None, None)[0].ratio:.2f} when the server and wrk share all processors"]
        return rows


# By their names on the command line.
ROWS = {
    "cpu-time": Bench.cpu_time,
    "user": Bench.user,
    "profile": Bench.profile,
    "password": Bench.password,
    "keys": Bench.keys,
    "writes": Bench.writes,
    "many-users": Bench.many_users,
    "beside-writers": Bench.beside_writers,
    "list": Bench.list,
    "search": Bench.search,
    "pocketbase": Bench.against_pocketbase,
}
