"""What a unit is worth to the orders to come."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from oms_core.allocation import scarcity as module
from oms_core.allocation.problem import Location, OpenLine, Problem
from oms_core.allocation.rules import read_rules
from oms_core.allocation.scarcity import Past, scarcity
from oms_core.allocation.sourcing import allocate
from oms_core.allocation.terms import Terms

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NORTH = Location("WH-N", "warehouse", "north", True, 1)
SOUTH = Location("WH-S", "warehouse", "south", True, 2)
STORE = Location("ST", "store", "north", False, 3)
RULES = """
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 900, days: 2}
handling_minor: {}
unfilled: {line_minor: 5000, unit_minor: 0, priorities: {9: 0.3}, per_day_waiting: 0.0}
"""
MUG_NORTH, MUG_SOUTH, MUG_STORE = ("MUG", "WH-N"), ("MUG", "WH-S"), ("MUG", "ST")


def today(region: str = "south", priority: int = 2) -> OpenLine:
    return OpenLine("web:1:1", "web", "1", "1", "MUG", region, None, priority, int(NOON.timestamp() * 1e6), False, 1)


def problem(stock: dict[tuple[str, str], int], *lines: OpenLine) -> Problem:
    return Problem(lines or (today(),), stock, (NORTH, SOUTH, STORE), frozenset({"MUG"}))


def each_week(weeks: int = 9, day: int = 1, horizon: int = 3, known: int | None = None, **options: object) -> Past:
    """The same line so many weeks running, on the weekday of `day` days from now."""
    values = {
        "channel_id": "web", "line_ref": "1", "sku": "MUG", "ship_to_region": "north", "location_id": None,
        "priority": 2, "placed_at": NOON, "is_held": False, "is_held_by_desk": False,
        "is_assigned_by_desk": False, "fulfilment_method": "ship", "customer_group": None,
        "qty_to_decide": 1, "promised_date": None,
        "horizon_days": horizon, "is_walk_in": False, "qty_protected": 0, **options,
    }  # fmt: skip
    rows = [
        {**values, "order_ref": str(week), "order_line_id": f"web:{week}:1", "days_ago": 7 * week - day}
        for week in range(1, weeks + 1)
    ]
    return Past(pd.DataFrame(rows), 7 * weeks if known is None else known)


def prices(stock: dict[tuple[str, str], int], past: Past, *lines: OpenLine, rules: str = "") -> dict[object, float]:
    return dict(scarcity(problem(stock, *lines), past, Terms(read_rules(RULES + rules), NOON)))


def test_a_unit_that_every_future_wants_is_worth_what_sending_from_farther_costs() -> None:
    stock = {MUG_NORTH: 1, MUG_SOUTH: 5}
    found = prices(stock, each_week(), today("north"))
    # Either of today's line and tomorrow's can have the near unit; the other pays 500 more for its parcel.
    assert found[MUG_NORTH] == pytest.approx(500, rel=0.25)
    assert MUG_SOUTH not in found


def test_the_last_unit_waits_for_the_dearer_line_of_tomorrow() -> None:
    stock, rules, cheap = {MUG_NORTH: 1}, read_rules(RULES + "hold_back_weight: 1"), today(priority=9)
    terms = Terms(rules, NOON, scarcity(problem(stock, cheap), each_week(), Terms(rules, NOON)))
    (only,) = allocate(problem(stock, cheap), terms).decisions
    assert (only.decision, only.reason_code) == ("backordered", "dearer_than_waiting")
    assert "leaving them (EUR 15.00), as orders to come want them" in only.reason
    (blind,) = allocate(problem(stock, cheap), Terms(rules, NOON)).decisions
    assert blind.decision == "allocated"


@pytest.mark.parametrize(
    "past",
    [
        pytest.param(each_week(day=4, horizon=3), id="orders that come after the next supply"),
        pytest.param(each_week(horizon=0), id="supply comes tomorrow"),
        pytest.param(each_week(known=6), id="less than a week is known"),
        pytest.param(Past(pd.DataFrame({"horizon_days": []}), 70), id="nothing was ever ordered"),
        pytest.param(each_week(sku="CUP"), id="a SKU that is in no product feed"),
    ],
)
def test_nothing_is_worth_more_where_no_future_wants_it(past: Past) -> None:
    assert prices({MUG_NORTH: 1, MUG_SOUTH: 1}, past) == {}


def test_a_line_that_would_wait_for_a_day_is_worth_less_than_one_that_waits_for_ten() -> None:
    ages = RULES.replace("per_day_waiting: 0.0", "per_day_waiting: 1.0")
    terms = Terms(read_rules(ages), NOON)
    world = problem({MUG_NORTH: 1}, today(priority=9))
    early, late = (scarcity(world, each_week(day=day, horizon=7), terms) for day in (1, 7))
    assert early[MUG_NORTH] > 600 > late.get(MUG_NORTH, 0.0)


def test_plenty_is_worth_nothing_more() -> None:
    assert prices({MUG_NORTH: 50}, each_week()) == {}


def test_what_the_rules_leave_at_a_place_is_not_there_for_anybody() -> None:
    stock = {MUG_NORTH: 3, MUG_SOUTH: 9}
    assert MUG_NORTH not in prices(stock, each_week(), today("north"))
    assert MUG_NORTH in prices(stock, each_week(), today("north"), rules="keep_units: {WH-N: 2}")


def test_where_there_is_no_place_nothing_is_worth_more() -> None:
    nowhere = Problem((today(),), {}, (), frozenset({"MUG"}))
    assert scarcity(nowhere, each_week(), Terms(read_rules(RULES), NOON)) == {}


def test_the_shelf_is_for_walk_in_customers_first_and_beyond_it_they_want_stock_like_all_others() -> None:
    counter = {"is_walk_in": True, "location_id": "ST", "ship_to_region": None, "qty_to_decide": 4}
    at_counter = OpenLine("web:2:1", "web", "2", "1", "MUG", None, "ST", 2, 0, False, 1)
    stock = {MUG_STORE: 1}
    assert prices(stock, each_week(qty_protected=4, **counter), at_counter) == {}
    assert prices(stock, each_week(qty_protected=2, **counter), at_counter)[MUG_STORE] > 0


def test_a_week_of_many_lines_ends_early_and_never_before_its_first_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = each_week(day=1, priority=1), each_week(day=2, priority=1)
    names = second.lines.assign(order_line_id="late:" + second.lines["order_ref"], order_ref="late")
    both = Past(pd.concat([first.lines, names], ignore_index=True), 63)
    monkeypatch.setattr(module, "_MOST_LINES", 1)
    few = prices({MUG_NORTH: 2}, both)
    assert few == prices({MUG_NORTH: 2}, first)
    assert few != prices({MUG_NORTH: 1}, first)


def test_the_order_of_the_rows_does_not_matter() -> None:
    past = each_week()
    shuffled = Past(past.lines.sample(frac=1.0, random_state=3), past.days_known)
    stock = {MUG_NORTH: 1, MUG_SOUTH: 1}
    assert prices(stock, past, today("north")) == prices(stock, shuffled, today("north"))
