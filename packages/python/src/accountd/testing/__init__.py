"""Starts accountd as a stand-in for an account server, and controls it.

    with StandIn("tests/accounts.json") as accounts:
        client = gitlab.Gitlab(accounts.url, private_token=accounts.token("root"))

It needs nothing but the standard library.
"""

from accountd.testing._connections import ControlError
from accountd.testing._control import Control, Cookie
from accountd.testing._clock import Clock
from accountd.testing._faults import Fault, Faults
from accountd.testing._match import Match
from accountd.testing._process import StartError
from accountd.testing._requests import Requests, UnmetExpectation
from accountd.testing._stand_in import Sandbox, StandIn

__all__ = [
    "Clock",
    "Control",
    "ControlError",
    "Cookie",
    "Fault",
    "Faults",
    "Match",
    "Requests",
    "Sandbox",
    "StandIn",
    "StartError",
    "UnmetExpectation",
]
