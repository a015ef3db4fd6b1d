"""Waves: which one an allocation goes with, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_core.allocation.stated.decisions import Decision
from oms_core.allocation.stated.problem import Location, OpenLine
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.waves import with_waves

NORTH = Location("WH-N", "warehouse", "north", True, 1, "Europe/Berlin")
STORE = Location("ST", "store", "north", True, 2, "Europe/Berlin")
TWICE_A_DAY = 'waves: {WH-N: {at: ["14:00", "09:00"]}}'


def utc(day: int, clock: str) -> datetime:
    """An instant of June 2026, in which Berlin is two hours ahead."""
    return datetime.fromisoformat(f"2026-06-{day:02d}T{clock}+00:00")


def due(
    rules: str, as_of: datetime, placed: datetime, last_run: datetime | None = None, at: Location = NORTH
) -> Decision:
    line = OpenLine("web:1:1", "web", "1", "1", "MUG", "north", None, 1, int(placed.timestamp() * 1e6), False, 2)
    one = Decision(line, "allocated", 2, "cheapest", "Because.", 1, at.location_id)
    (found,) = with_waves([one], [NORTH, STORE], Terms(read_rules(rules), as_of, last_run_at=last_run))
    return found


def test_what_a_place_without_waves_gets_it_is_told_at_once() -> None:
    found = due(TWICE_A_DAY, utc(1, "10:00"), utc(1, "08:00"), at=STORE)
    assert found.release_due_at is None
    assert found.reason == "Because."


def test_it_waits_for_the_next_wave_by_the_places_own_clock_and_says_so() -> None:
    found = due(TWICE_A_DAY, utc(1, "10:00"), utc(1, "09:00"), last_run=utc(1, "08:00"))
    assert found.release_due_at == utc(1, "12:00")
    assert found.reason == "Because. WH-N is told with its wave of 2026-06-01 14:00."


def test_the_first_run_after_a_wave_takes_what_was_placed_by_then_along() -> None:
    as_of, last_run = utc(1, "12:05"), utc(1, "10:00")
    assert due(TWICE_A_DAY, as_of, utc(1, "11:59"), last_run).release_due_at == utc(1, "12:00")
    assert due(TWICE_A_DAY, as_of, utc(1, "12:00"), last_run).release_due_at == utc(1, "12:00")
    assert due(TWICE_A_DAY, as_of, utc(1, "12:01"), last_run).release_due_at == utc(2, "07:00")


def test_a_wave_that_an_earlier_run_has_seen_has_gone() -> None:
    assert due(TWICE_A_DAY, utc(1, "14:00"), utc(1, "08:00"), utc(1, "12:05")).release_due_at == utc(2, "07:00")
    assert due(TWICE_A_DAY, utc(1, "14:00"), utc(1, "08:00"), utc(1, "12:00")).release_due_at == utc(2, "07:00")


def test_the_first_run_of_all_lets_nothing_wait_that_could_have_gone() -> None:
    assert due(TWICE_A_DAY, utc(1, "14:00"), utc(1, "08:00")).release_due_at == utc(1, "12:00")


def test_nothing_waits_for_longer_than_it_may() -> None:
    rules = 'waves: {WH-N: {at: ["14:00"], wait_hours: 4}}'
    assert due(rules, utc(1, "08:00"), utc(1, "07:00"), utc(1, "06:00")).release_due_at == utc(1, "12:00")
    assert due(rules, utc(1, "07:59"), utc(1, "07:00"), utc(1, "06:00")).release_due_at == utc(1, "07:59")


@pytest.mark.parametrize("name", ["WH-N", "depots", "warehouse", "*"])
def test_a_place_is_named_by_its_id_its_group_its_kind_or_any(name: str) -> None:
    rules = f'node_groups: {{depots: [WH-N]}}\nwaves: {{"{name}": {{at: ["14:00"]}}}}'
    assert due(rules, utc(1, "08:00"), utc(1, "07:00"), utc(1, "06:00")).release_due_at == utc(1, "12:00")


def test_there_is_no_wave_on_other_days() -> None:
    rules = 'waves: {WH-N: {at: ["14:00"], days: [mon, thu]}}'
    monday = utc(1, "00:00")
    assert due(rules, utc(1, "13:00"), utc(1, "12:30"), utc(1, "12:10")).release_due_at == utc(4, "12:00")
    assert due(rules, utc(5, "13:00"), utc(5, "12:30"), utc(4, "12:10")).release_due_at == utc(8, "12:00")
    assert monday.weekday() == 0


def test_the_clock_keeps_its_hour_when_summer_time_begins() -> None:
    rules, saturday = 'waves: {WH-N: {at: ["14:00"]}}', datetime(2026, 3, 28, 20, tzinfo=UTC)
    assert due(rules, saturday, saturday, saturday).release_due_at == datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert due(rules, saturday - timedelta(days=1), saturday - timedelta(days=1)).release_due_at == datetime(
        2026, 3, 28, 13, tzinfo=UTC
    )


def test_only_what_is_allocated_has_a_wave() -> None:
    line = OpenLine("web:1:1", "web", "1", "1", "MUG", "north", None, 1, 0, False, 2)
    waits = Decision(line, "backordered", 2, "no_stock", "None.", 1)
    ends = replace(waits, decision="expired", location_id="WH-N")
    assert with_waves([waits, ends], [NORTH], Terms(read_rules(TWICE_A_DAY), utc(1, "10:00"))) == [waits, ends]
