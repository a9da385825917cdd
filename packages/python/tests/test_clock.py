"""A real client with a clock that a test moves."""

from datetime import UTC, datetime, timedelta

import gitlab
import pytest
from accountd.testing import ControlError
from conftest import connect, create

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)


def test_the_clock_can_be_frozen_and_advanced(accountd):
    assert accountd.clock.freeze(NOON) == NOON
    assert accountd.clock.advance("2h") == NOON + timedelta(hours=2)
    later = NOON + timedelta(days=1, hours=2, microseconds=1)
    assert accountd.clock.advance(timedelta(days=1, microseconds=1)) == later
    assert accountd.clock.now() == later


def test_the_clock_runs_on_from_where_it_is_set(accountd):
    assert NOON <= accountd.clock.set("2030-01-31T12:00:00Z") < accountd.clock.now() < NOON + timedelta(minutes=5)
    stopped = accountd.clock.freeze()
    assert accountd.clock.now() == stopped
    assert accountd.clock.restore() < datetime.now(UTC) + timedelta(minutes=5)


def test_what_a_client_sees_follows_the_clock(accountd, admin):
    accountd.clock.freeze(NOON)
    assert create(admin, "ada").created_at.startswith("2030-01-31T12:00:00")


def test_a_token_expires_by_the_clock(accountd):
    accountd.clock.freeze(NOON)
    client = connect(accountd, accountd.token("root", expires_at=NOON + timedelta(hours=1)))
    client.auth()
    accountd.clock.advance("61m")
    with pytest.raises(gitlab.GitlabAuthenticationError):
        client.auth()


def test_a_reset_restores_the_clock(accountd):
    accountd.clock.freeze(NOON)
    accountd.reset()
    assert accountd.clock.now() < datetime.now(UTC) + timedelta(minutes=5)


def test_a_time_without_a_time_zone_is_an_error(accountd):
    with pytest.raises(ValueError, match="no time zone"):
        accountd.clock.set(datetime(2030, 1, 31))


def test_a_span_that_is_none_is_an_error(accountd):
    with pytest.raises(ControlError, match="422 invalid: by must be a span"):
        accountd.clock.advance("soon")


@pytest.mark.accountd(clock="2030-01-31T12:00:00Z,frozen")
class TestMarkerOfAClass:
    def test_sets_the_clock_of_the_server(self, accountd):
        assert accountd.clock.now() == NOON

    def test_sets_the_clock_of_a_sandbox(self, accountd_sandbox):
        assert accountd_sandbox.clock.now() == NOON

    @pytest.mark.accountd(clock=NOON + timedelta(days=1))
    def test_gives_way_to_one_of_a_function(self, accountd):
        assert accountd.clock.now() > NOON + timedelta(days=1)
