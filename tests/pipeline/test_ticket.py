"""Which instant and which id a run has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from oms_core.store.operations import PolicyChange, open_operations
from oms_core.store.operations import at_the_machine as by
from pipelines.home import Home
from pipelines.planning import land_policies
from pipelines.ticket import Ticket, ticket_of
from tests.pipeline.test_ordering import AT, receive, set_levels

EVENING = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
NEXT = timedelta(microseconds=1)


def decided(home: Home, process_id: str, until: date | None = None) -> Ticket:
    ticket = ticket_of(home, process_id, until)
    land_policies(home, ticket)
    set_levels(home, ticket)
    return ticket


def change_policy(home: Home, level: float) -> None:
    with open_operations(home.database_url, now=AT) as store:
        version = store.current_policy().version
        store.save_policy([PolicyChange("abc_class", "A", level)], by("Ada"), "trial", AT, version)


def test_of_two_runs_on_the_same_files_the_later_one_has_the_later_instant(home: Home) -> None:
    receive(home)
    first = decided(home, "first")
    assert first.as_of == EVENING
    change_policy(home, 0.9)
    second = decided(home, "second")
    change_policy(home, 0.8)
    third = decided(home, "third")
    assert len({first.run_id, second.run_id, third.run_id}) == 3
    assert (second.as_of, third.as_of) == (EVENING + NEXT, EVENING + 2 * NEXT)
    assert third.business_date == AT.date()


def test_a_run_that_is_repeated_keeps_its_instant(home: Home) -> None:
    receive(home)
    first = decided(home, "first")
    assert ticket_of(home, "again") == first
    change_policy(home, 0.9)
    second = decided(home, "second")
    assert ticket_of(home, "again and again") == second


def test_a_run_of_an_earlier_day_is_not_put_after_later_ones(home: Home) -> None:
    receive(home)
    decided(home, "first")
    earlier = ticket_of(home, "earlier", date(2026, 5, 20))
    assert earlier.as_of == datetime(2026, 5, 20, 23, 59, 59, tzinfo=UTC)
