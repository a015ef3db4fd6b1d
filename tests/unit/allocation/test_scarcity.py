"""What units are worth to the orders to come."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from oms_core.allocation import scarcity as module
from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.scarcity import Past, look_ahead
from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.problem import Location, OpenLine, Problem
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms

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


def today(region: str = "south", priority: int = 2, units: int = 1, order: str = "1") -> OpenLine:
    placed_at_us = int(NOON.timestamp() * 1e6)
    return OpenLine(
        f"web:{order}:1", "web", order, "1", "MUG", region, None, priority, placed_at_us, False, units
    )  # fmt: skip


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
    return dict(look_ahead(problem(stock, *lines), past, Terms(read_rules(RULES + rules), NOON)).scarcity)


def test_a_unit_that_every_future_wants_is_worth_what_sending_from_farther_costs() -> None:
    stock = {MUG_NORTH: 1, MUG_SOUTH: 5}
    found = prices(stock, each_week(), today("north"))
    # Either of today's line and tomorrow's can have the near unit; the other pays 500 more for its parcel.
    assert found[MUG_NORTH] == pytest.approx(500, rel=0.25)
    assert MUG_SOUTH not in found


def test_the_last_unit_waits_for_the_dearer_line_of_tomorrow() -> None:
    stock, rules, cheap = {MUG_NORTH: 1}, read_rules(RULES + "hold_back_weight: 1"), today(priority=9)
    terms = look_ahead(problem(stock, cheap), each_week(), Terms(rules, NOON))
    (only,) = allocate(problem(stock, cheap), terms).decisions
    assert (only.decision, only.reason_code) == ("backordered", "dearer_than_waiting")
    assert "leaving them (EUR 15.00), as orders to come want them" in only.reason
    (blind,) = allocate(problem(stock, cheap), Terms(rules, NOON)).decisions
    assert blind.decision == "allocated"


def several_each_week(lines: int, units: int = 1) -> Past:
    """So many lines on tomorrow's weekday of every week."""
    orders = [each_week(qty_to_decide=units).lines for _ in range(lines)]
    named = [
        frame.assign(order_ref=frame["order_ref"] + f"/{row}", order_line_id=frame["order_line_id"] + f"/{row}")
        for row, frame in enumerate(orders)
    ]
    return Past(pd.concat(named, ignore_index=True), 63)


def held_back(stock: int, past: Past, *lines: OpenLine) -> dict[str, str]:
    """The decision on each of today's orders where stock is held back."""
    world = problem({MUG_NORTH: stock}, *lines)
    found = allocate(world, look_ahead(world, past, Terms(read_rules(RULES + "hold_back_weight: 1"), NOON)))
    return {one.line.order_ref: one.decision for one in found.decisions}


def test_a_large_line_waits_where_what_it_takes_would_serve_many_and_a_small_one_does_not() -> None:
    large, small = today(units=8, order="large"), today(order="small")
    # Of ten units, eight tomorrow serve eight lines; the next unit that is taken would be missed by none.
    assert held_back(10, several_each_week(8), large, small) == {"large": "backordered", "small": "allocated"}
    # The last unit is not missed either, so a price a unit of it would let the large one have all.
    assert held_back(10, several_each_week(8), large) == {"large": "backordered"}
    assert held_back(16, several_each_week(8), large) == {"large": "allocated"}


def test_of_what_no_place_has_all_of_so_many_units_go_as_are_worth_more_than_to_orders_to_come() -> None:
    rules, past = read_rules(RULES + "hold_back_weight: 1"), several_each_week(8)
    for stock, sent in ((8, []), (10, [2]), (11, [3])):
        world = problem({MUG_NORTH: stock}, today("north", units=12))
        found = allocate(world, look_ahead(world, past, Terms(rules, NOON)))
        # Eight serve a line each tomorrow; by the dozen, all that is there would have gone.
        assert [one.quantity for one in found.decisions if one.location_id] == sent
        assert "orders to come want them" in found.decisions[-1].reason


def test_where_two_want_the_last_units_neither_is_thought_to_take_less() -> None:
    world = problem({MUG_NORTH: 3}, today("north", units=3, order="near"), today("south", units=3, order="far"))
    terms = look_ahead(world, each_week(), Terms(read_rules(RULES + "hold_back_weight: 0.5"), NOON))
    near, far = CostedProblem(world, terms).taking.cost
    # All three serve one line tomorrow, which saves 46.00.
    assert near == far == pytest.approx(4600 / 2)
    assert {one.line.order_ref for one in allocate(world, terms).decisions if one.location_id} == {"near"}


def test_what_orders_to_come_lose_is_a_part_of_what_a_line_costs() -> None:
    world = problem({MUG_NORTH: 3}, today("north", units=3))
    terms = look_ahead(world, several_each_week(2), Terms(read_rules(RULES + "hold_back_weight: 0.25"), NOON))
    found = allocate(world, terms)
    (only,) = found.decisions
    # Two lines tomorrow save 46.00 each of the 50.00 that leaving them costs.
    assert found.cost_minor == only.cost_minor == pytest.approx(400 + 2 * 4600 / 4)
    assert found.bound_minor == pytest.approx(found.cost_minor)
    assert "scarcity 23.00" in only.reason


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
    early, late = (look_ahead(world, each_week(day=day, horizon=7), terms) for day in (1, 7))
    assert early.scarcity[MUG_NORTH] > 600 > late.scarcity.get(MUG_NORTH, 0.0)
    assert early.worth["MUG"].of(1) > late.worth["MUG"].of(1)


def test_plenty_is_worth_nothing_more() -> None:
    assert prices({MUG_NORTH: 50}, each_week()) == {}


def test_what_the_rules_leave_at_a_place_is_not_there_for_anybody() -> None:
    stock = {MUG_NORTH: 3, MUG_SOUTH: 9}
    assert MUG_NORTH not in prices(stock, each_week(), today("north"))
    assert MUG_NORTH in prices(stock, each_week(), today("north"), rules="keep_units: {WH-N: 2}")


def test_where_there_is_no_place_nothing_is_worth_more() -> None:
    nowhere = Problem((today(),), {}, (), frozenset({"MUG"}))
    terms = Terms(read_rules(RULES), NOON)
    assert look_ahead(nowhere, each_week(), terms) == terms


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
