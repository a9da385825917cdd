"""The pytest plugin: fixtures, the marker `accountd`, and the requests in the report of a failed test.

pytest imports it in every run, so it imports the rest when a test needs it.
"""

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accountd._servers import Servers
    from accountd.testing import Sandbox, StandIn

# What the fixtures have given to a test.
STAND_INS = pytest.StashKey["list[object]"]()

MARKER = """\
accountd(seed=FILE, clock=TIME, strict=True): what the fixtures accountd and accountd_sandbox start from. \
seed is a fixture file or a list of them, relative to pytest's root directory. \
clock is a time as in 2026-01-31T12:00:00Z, or TIME,frozen. \
strict answers requests that no route handles with 501."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("accountd", "accountd, a stand-in for account servers")
    group.addoption(
        "--accountd-binary", metavar="PATH", help="The program [default: $ACCOUNTD_BINARY, the wheel's, or from PATH]"
    )
    group.addoption(
        "--accountd-seed",
        metavar="FILE",
        action="append",
        default=[],
        help="A fixture file with accounts, relative to pytest's root directory; may be repeated "
        "[default: the accounts of `accountd demo`]",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def accountd_server(pytestconfig: pytest.Config) -> "Iterator[StandIn]":
    """The accountd of the test run, or of one worker of pytest-xdist. It is not reset."""
    from accountd._servers import start

    with start(pytestconfig) as server:
        yield server


@pytest.fixture(scope="session")
def _accountd_servers(pytestconfig: pytest.Config) -> "Iterator[Servers]":
    from accountd._servers import Servers

    servers = Servers(pytestconfig)
    yield servers
    servers.stop()


@pytest.fixture
def accountd(request: pytest.FixtureRequest, _accountd_servers: "Servers") -> "Iterator[StandIn]":
    """An accountd that was reset before this test."""
    from accountd._servers import Options, without_traces

    options = Options.of(request.node)
    server = _accountd_servers.get(options, request)
    server.reset()
    options.set_clock(server)
    request.node.stash.setdefault(STAND_INS, []).append(server)
    with without_traces(server):
        yield server


@pytest.fixture
def accountd_sandbox(request: pytest.FixtureRequest, _accountd_servers: "Servers") -> "Iterator[Sandbox]":
    """Accounts of this test alone, on a port of their own."""
    from accountd._servers import Options

    options = Options.of(request.node)
    with _accountd_servers.get(options, request).sandbox() as sandbox:
        options.set_clock(sandbox)
        request.node.stash.setdefault(STAND_INS, []).append(sandbox)
        yield sandbox


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # A test without a stand-in does not pay for the import.
    if report.failed and "accountd.testing" in sys.modules:
        from accountd._report import sections

        # A test whose set-up failed has no values of fixtures yet.
        values = [*item.stash.get(STAND_INS, []), *getattr(item, "funcargs", {}).values()]
        report.sections.extend(sections(values))
    return report
