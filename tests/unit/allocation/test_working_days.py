"""Days on which a place works: when what it is told of leaves, when its waves are, what it makes in a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.problem import Location, OpenLine, Problem
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.tables import read_locations
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.waves import calendars, last_wave
from oms_core.allocation.stated.working_days import all_left_before, leaves_on

#: A Friday in June, at noon in Berlin.
FRIDAY = datetime(2026, 6, 5, 10, tzinfo=UTC)
NORTH = Location("WH-N", "warehouse", "north", True, 1, "Europe/Berlin")
SOUTH = Location("WH-S", "warehouse", "south", True, 2, "Europe/Berlin")
RULES = """
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 500, days: 2}
late_day_minor: 300
"""
WEEKDAYS = "work_days: {warehouse: [mon, tue, wed, thu, fri]}\n"
WAVES = 'waves: {warehouse: {at: ["09:00", "14:00"]}}\n'


def off(at: Location, first: int, last: int) -> Location:
    """The place with days off in June."""
    return replace(at, days_off=(*at.days_off, (date(2026, 6, first), date(2026, 6, last))))


@pytest.mark.parametrize(
    ("at", "rules", "hours", "day"),
    [
        pytest.param(NORTH, "{}", 0, 5, id="it works every day"),
        pytest.param(NORTH, "{}", 13, 5, id="the day is that of the place: it is 01:00 there"),
        pytest.param(NORTH, 'cut_offs: {WH-N: "11:00"}', 0, 6, id="after the cut-off"),
        pytest.param(NORTH, WEEKDAYS, 24, 8, id="on a Saturday"),
        pytest.param(NORTH, WEEKDAYS + 'cut_offs: {WH-N: "11:00"}', 0, 8, id="after Friday's cut-off"),
        pytest.param(NORTH, WEEKDAYS + 'cut_offs: {WH-N: "11:00"}', 24, 8, id="a day off has no cut-off"),
        pytest.param(off(NORTH, 8, 9), WEEKDAYS, 24, 10, id="days off after a weekend"),
        pytest.param(off(off(NORTH, 4, 5), 5, 7), "{}", 0, 8, id="days off that overlap"),
        pytest.param(NORTH, "work_days: {'*': [wed]}", 0, 10, id="on one weekday only"),
    ],
)
def test_it_leaves_on_the_first_day_on_which_the_place_works(at: Location, rules: str, hours: int, day: int) -> None:
    if hours == 13:
        day += 1
    assert leaves_on(at, read_rules(rules), FRIDAY + timedelta(hours=hours)) == date(2026, 6, day)


@pytest.mark.parametrize("rules", ["{}", WEEKDAYS, WEEKDAYS + 'cut_offs: {WH-N: "11:00"}', "work_days: {'*': [wed]}"])
@pytest.mark.parametrize("at", [NORTH, off(NORTH, 4, 5), off(replace(NORTH, timezone="Pacific/Auckland"), 1, 9)])
def test_what_was_told_before_an_instant_has_left_and_not_all_that_was_told_after_it(at: Location, rules: str) -> None:
    read = read_rules(rules)
    for hours in range(0, 24 * 9, 5):
        now = FRIDAY + timedelta(hours=hours)
        since, today = all_left_before([at], read, now), now.astimezone(ZoneInfo(at.timezone)).date()
        before, later = (leaves_on(at, read, since + timedelta(seconds=seconds)) for seconds in (-1, 24 * 3600 - 1))
        assert before is not None
        assert before < today
        assert later is not None
        assert later >= today or "11:00" not in rules


def test_a_place_that_was_off_for_months_makes_what_it_was_told_of_then_on_its_first_day_back() -> None:
    at = replace(NORTH, days_off=((date(2026, 1, 1), date(2026, 6, 4)),))
    assert all_left_before([SOUTH, at], read_rules("{}"), FRIDAY) == datetime(2025, 12, 30, 23, tzinfo=UTC)


def test_a_place_that_works_no_more_sends_nothing_and_nothing_waits_for_its_wave() -> None:
    gone = replace(NORTH, days_off=((date(2025, 1, 1), date(9999, 12, 31)),))
    assert leaves_on(gone, read_rules("{}"), FRIDAY) is None
    assert last_wave([gone], read_rules(WAVES), FRIDAY) is None
    found = allocate(problem(line("a"), places=(gone, SOUTH)), Terms(read_rules(RULES + WAVES), FRIDAY))
    assert [one.location_id for one in found.decisions] == ["WH-S"]


def test_a_place_is_off_as_planned_events_say_but_not_for_a_category() -> None:
    places = pd.DataFrame({
        "location_id": ["WH-N", "WH-S"], "kind": "warehouse", "region": "north", "ships_orders": True,
        "sourcing_rank": 1, "timezone": "UTC",
    })  # fmt: skip
    days = {"first_date": date(2026, 6, 8), "last_date": date(2026, 6, 9), "sku": None, "category": None}
    events = pd.DataFrame([
        {"location_id": "WH-N", "kind": "no_dispatch", **days}, {"location_id": "WH-N", "kind": "closed", **days},
        {"location_id": "WH-S", "kind": "withdrawn", **days}, {"location_id": None, "kind": "promotion", **days},
        {"location_id": "WH-S", "kind": "closed", **days, "category": "lamps"},
    ])  # fmt: skip
    north, south = read_locations(places, events)
    assert (set(north.days_off), south.days_off) == ({(date(2026, 6, 8), date(2026, 6, 9))}, ())


class TestWaves:
    def test_there_is_none_on_a_day_off(self) -> None:
        terms = Terms(read_rules(WAVES + WEEKDAYS), FRIDAY + timedelta(hours=2), last_run_at=FRIDAY)
        (found,) = calendars([off(NORTH, 8, 18)], terms).values()
        assert found.open == datetime(2026, 6, 5, 12, tzinfo=UTC)
        assert found.next == datetime(2026, 6, 19, 7, tzinfo=UTC)

    def test_no_run_starts_for_a_wave_that_is_not(self) -> None:
        sunday = FRIDAY + timedelta(days=2)
        assert last_wave([NORTH], read_rules(WAVES), sunday) == (datetime(2026, 6, 7, 7, tzinfo=UTC), ["WH-N"])
        friday = datetime(2026, 6, 5, 12, tzinfo=UTC)
        assert last_wave([NORTH], read_rules(WAVES + WEEKDAYS), sunday) == (friday, ["WH-N"])


def line(order: str, placed: datetime = FRIDAY, **options: object) -> OpenLine:
    values: dict[str, object] = {"region": "north", "location_id": None, "priority": 1, "is_held": False, **options}
    placed_at_us = int(placed.timestamp() * 1e6)
    return OpenLine(f"web:{order}:1", "web", order, "1", "MUG", placed_at_us=placed_at_us, qty_to_decide=1, **values)  # type: ignore[arg-type]


def problem(*lines: OpenLine, places: tuple[Location, ...] = (NORTH, SOUTH), **told: int) -> Problem:
    """What is told at WH-N, as `h` and the hours before or after Friday noon, with `_` for a minus."""
    made = {("WH-N", FRIDAY + timedelta(hours=int(name[1:].replace("_", "-")))): n for name, n in told.items()}
    stock = {("MUG", place.location_id): 100 for place in places}
    return Problem(lines, stock, places, frozenset({"MUG"}), told=made)


class TestLateness:
    def test_a_closed_place_is_late_by_the_days_until_it_works_again(self) -> None:
        asked = line("a", promised_date=date(2026, 6, 6))
        costed = CostedProblem(problem(asked, places=(off(NORTH, 5, 8), SOUTH)), Terms(read_rules(RULES), FRIDAY))
        assert (costed.days_late(asked, "WH-N"), costed.days_late(asked, "WH-S")) == (4, 1)

    def test_so_another_one_sends_it_that_is_open(self) -> None:
        asked = line("a", promised_date=date(2026, 6, 6))
        found = allocate(problem(asked, places=(off(NORTH, 5, 8), SOUTH)), Terms(read_rules(RULES), FRIDAY))
        assert [one.location_id for one in found.decisions] == ["WH-S"]

    def test_what_is_not_promised_for_a_day_may_wait_there(self) -> None:
        found = allocate(problem(line("a"), places=(off(NORTH, 5, 8), SOUTH)), Terms(read_rules(RULES), FRIDAY))
        assert [one.location_id for one in found.decisions] == ["WH-N"]


class TestWhatAPlaceMakesInADay:
    LIMIT = "parcels_per_day: {WH-N: 3}\n"

    def sent(self, rules: str, *lines: OpenLine, at: Location = NORTH, **told: int) -> int:
        terms = Terms(read_rules(RULES + self.LIMIT + rules), FRIDAY, last_run_at=FRIDAY - timedelta(hours=24))
        found = allocate(problem(*(lines or map(line, "abcdef")), places=(at,), **told), terms)
        assert {one.reason_code for one in found.decisions if one.decision == "backordered"} <= {"no_parcel_left"}
        return sum(one.decision == "allocated" for one in found.decisions)

    def test_a_second_run_on_a_day_has_what_the_first_one_left(self) -> None:
        assert self.sent("") == 3
        assert self.sent("", h_1=2) == 1
        assert self.sent("", h_1=2, h_2=1) == 0
        assert self.sent("", h_1=5) == 0, "the limit was lowered since"

    def test_yesterdays_are_not_todays_by_the_places_calendar(self) -> None:
        assert self.sent("", h_12=1) == 2, "midnight, when its day begins"
        assert self.sent("", h_13=1) == 3

    def test_what_was_told_after_the_cut_off_or_on_a_day_off_counts_today(self) -> None:
        assert self.sent('cut_offs: {WH-N: "18:00"}', h_18=1, h_17=1) == 2
        assert self.sent("", at=off(NORTH, 2, 4), h_60=1, h_20=1, h_85=1) == 1

    def test_what_waits_for_todays_wave_counts_today_and_tomorrows_does_not(self) -> None:
        early = [line(name, FRIDAY - timedelta(hours=5)) for name in "abcdef"]
        assert self.sent(WAVES, *early, h2=1) == 2
        assert self.sent(WAVES, *early, h21=3) == 3

    def test_what_it_gives_for_two_days_fits_into_either(self) -> None:
        """The wave of 11:00 has come; the next one is tomorrow's, of which two are told already."""
        assert self.sent('waves: {WH-N: {at: ["11:00"]}}', h23=2) == 1
