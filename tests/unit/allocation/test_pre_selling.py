"""Selling ahead of supply: who may, how much, what stays promised when supply moves, who is served when it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.allocation.promises.pegging import Peg, PreSale, Supply, SupplyKey, Waiting, peg, set_aside, why_pre_sold
from oms_core.allocation.sourcing import Allocation, allocate, prepared
from oms_core.allocation.stated.problem import Location, OpenLine, PreSold, Problem, Unreleased
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms

DAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HALF = PreSale(0.5, 0, DAY)


def supply(ref: str, days: int, quantity: int, *, near: bool = False) -> Supply:
    return Supply("purchase_order", ref, "MUG", "WH-N", DAY + timedelta(days=days), quantity, near)


def waiting(name: str, quantity: int, rank: int, placed: int = 0, ahead: int = 0, days: int | None = None) -> Waiting:
    """A line of the web; `ahead` units of it were pre-sold for the day after so many `days`."""
    day = None if days is None else DAY + timedelta(days=days)
    return Waiting(name, "MUG", quantity, rank, None, "web", DAY + timedelta(days=placed), ahead, day)


def open_to_web(*items: Supply, terms: PreSale = HALF) -> dict[tuple[SupplyKey, str], PreSale]:
    return {(item.key, "web"): terms for item in items}


def sold(pegs: list[Peg]) -> list[tuple[str, str, int, int]]:
    """Pegs as (line, supply, quantity, of it pre-sold)."""
    return [(one.order_line_id, one.supply.supply_ref, one.quantity, one.qty_pre_sold) for one in pegs]


def test_lines_are_sold_ahead_up_to_the_channels_limit_and_wait_beyond_it() -> None:
    coming = supply("po", 9, 10)
    found = peg([waiting("a", 3, 1), waiting("b", 4, 2)], [coming], {}, open_to_web(coming))
    assert sold(found) == [("a", "po", 3, 3), ("b", "po", 4, 2)]
    assert why_pre_sold(found)["b"] == "sold ahead: 2 of purchase order po, safe to promise for 2026-06-10"
    assert sold(peg([waiting("a", 3, 1)], [coming], {})) == [("a", "po", 3, 0)], "without terms it is a backorder"


def test_who_ordered_before_the_terms_began_was_sold_nothing_ahead() -> None:
    coming = supply("po", 9, 10)
    lines = [waiting("before", 3, 1, placed=-1), waiting("after", 3, 2)]
    assert sold(peg(lines, [coming], {}, open_to_web(coming))) == [("before", "po", 3, 0), ("after", "po", 3, 3)]


def test_of_two_channels_the_one_with_the_lower_limit_stops_first() -> None:
    coming = supply("po", 9, 10)
    market = replace(waiting("market", 3, 2), channel_id="market")
    terms = open_to_web(coming, terms=PreSale(0.8, 0, DAY)) | {(coming.key, "market"): PreSale(0, 4, DAY)}
    found = peg([waiting("web", 3, 1), market, waiting("more", 9, 3)], [coming], {}, terms)
    assert sold(found) == [("web", "po", 3, 3), ("market", "po", 3, 1), ("more", "po", 4, 4)]


def test_who_was_sold_something_ahead_stays_before_others_and_pre_sold_when_the_terms_are_closed() -> None:
    first, urgent = waiting("first", 4, 9, ahead=4, days=9), waiting("urgent", 4, 1)
    found = peg([urgent, first], [supply("po", 9, 5)], {})
    assert sold(found) == [("urgent", "po", 1, 0), ("first", "po", 4, 4)]


def test_when_supply_moves_the_line_moves_to_what_is_there_first_and_stays_pre_sold() -> None:
    line = waiting("a", 4, 1, ahead=4, days=9)
    late, other = supply("po", 30, 10), supply("other", 12, 3)
    assert sold(peg([line], [late, other], {})) == [("a", "other", 3, 3), ("a", "po", 1, 1)]
    locked = supply("po", 30, 10, near=True)
    assert sold(peg([line], [locked, other], {"a": {locked.key: 4}})) == [("a", "po", 4, 4)], "what is near stays"
    assert sold(peg([line], [], {})) == []


def test_a_held_line_keeps_what_it_was_sold_ahead_and_gets_no_more() -> None:
    coming, held = supply("po", 9, 10), replace(waiting("held", 6, 2, ahead=4, days=9), is_held=True)
    found = peg([waiting("urgent", 9, 1), held], [coming], {}, open_to_web(coming))
    assert sold(found) == [("urgent", "po", 6, 1), ("held", "po", 4, 4)]
    assert found[1].promised_date is None, "its whole wait has no end"


LINES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(-1, 1), st.integers(0, 6), st.integers(1, 9)),
    max_size=6,
)
ITEMS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.floats(0, 1), st.integers(0, 9)), max_size=4
)


@given(LINES, ITEMS, st.randoms())
def test_no_more_is_sold_ahead_than_comes_and_what_was_sold_stays_sold(
    lines: list[tuple[int, int, int, int, int]], items: list[tuple[int, int, bool, float, int]], random: object
) -> None:
    """Lines: quantity, rank, day placed, pre-sold before and for which day; supply: day, quantity, near, its terms."""
    asked = [
        waiting(f"line-{n}", quantity, rank, placed, min(ahead, quantity), days if ahead else None)
        for n, (quantity, rank, placed, ahead, days) in enumerate(lines)
    ]
    coming = [supply(f"po-{n}", *item[:2], near=item[2]) for n, item in enumerate(items)]
    terms = {
        (item.key, "web"): PreSale(share, units, DAY)
        for item, (*_, share, units) in zip(coming, items, strict=True)
    }  # fmt: skip
    found = peg(asked, coming, {}, terms)
    for item in coming:
        own = [one for one in found if one.supply.key == item.key]
        assert all(0 <= one.qty_pre_sold <= one.quantity for one in own)
        assert sum(one.quantity for one in own) <= item.quantity
        if not any(line.qty_pre_sold for line in asked):
            share, units = terms[item.key, "web"].share, terms[item.key, "web"].units
            assert sum(one.qty_pre_sold for one in own) <= max(item.quantity * share + 1e-9, units)
    for line in asked:
        own = [one for one in found if one.order_line_id == line.order_line_id]
        given, ahead = sum(one.quantity for one in own), sum(one.qty_pre_sold for one in own)
        assert min(line.qty_pre_sold, given) <= ahead
        assert ahead <= line.qty_pre_sold or line.placed_date >= DAY
    # The next run, with the same supply and nothing new to sell ahead: nobody's day moves back, nobody loses his.
    again = [
        replace(
            line,
            qty_pre_sold=sum(one.qty_pre_sold for one in found if one.order_line_id == line.order_line_id),
            pre_sold_for=max(
                (p.supply.available_date for p in found if p.order_line_id == line.order_line_id and p.qty_pre_sold),
                default=None,
            ),
        )
        for line in asked
    ]
    random.shuffle(again)  # type: ignore[attr-defined]
    after = peg(again, coming, {})
    for line in again:
        own = [one for one in after if one.order_line_id == line.order_line_id]
        assert sum(one.qty_pre_sold for one in own) == line.qty_pre_sold


NORTH = Location("WH-N", "warehouse", "north", True, 1)
SOUTH = Location("WH-S", "warehouse", "south", True, 2)
RULES = """
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 4000, days: 2}
handling_minor: {warehouse: 10}
unfilled: {line_minor: 5000, unit_minor: 0, priorities: {1: 9.0}, per_day_waiting: 0.1}
"""


def line(order: str, quantity: int = 1, priority: int = 2, region: str = "north") -> OpenLine:
    placed = int(NOON.timestamp() * 1e6)
    return OpenLine(
        f"web:{order}:1", "web", order, "1", "MUG", region, None, priority, placed, False, quantity
    )  # fmt: skip


def run(
    *lines: OpenLine, solver: str = "optimise", ahead: dict[str, tuple[int, int]], before: tuple[Unreleased, ...] = (),
    rules: str = "", **stock: int,
) -> Allocation:  # fmt: skip
    """`ahead`: pre-sold units of orders, and the days until they were promised; stock of the SKU by place."""
    problem = Problem(
        lines, {("MUG", place.replace("_", "-")): units for place, units in stock.items()}, (NORTH, SOUTH),
        frozenset({"MUG"}), unreleased=before,
        pre_sold={f"web:{order}:1": PreSold(units, DAY + timedelta(days)) for order, (units, days) in ahead.items()},
    )  # fmt: skip
    terms = Terms(read_rules(f"solver: {solver}\n{RULES}{rules}"), NOON, last_run_at=NOON)
    return allocate(problem, terms)


def served(found: Allocation) -> list[tuple[str, int]]:
    return sorted((d.line.order_ref, d.quantity) for d in found.decisions if d.decision == "allocated")


@pytest.mark.parametrize("solver", ["optimise", "greedy"])
class TestWhenSupplyHasCome:
    def test_who_was_pre_sold_gets_it_before_whoever_is_dearer_to_leave(self, solver: str) -> None:
        lines = (line("urgent", 3, priority=1), line("far", 2, region="south"), line("sold", 2))
        found = run(*lines, solver=solver, ahead={"sold": (2, 9), "far": (2, 5)}, WH_N=4)
        assert served(found) == [("far", 2), ("sold", 2)]
        reasons = {d.line.order_ref: d.reason for d in found.decisions if d.decision == "allocated"}
        assert reasons["sold"].endswith("It was sold ahead of supply, for 2026-06-10.")

    def test_of_two_the_one_that_was_promised_the_earlier_day_gets_his_first(self, solver: str) -> None:
        lines = (line("later", 2, priority=1), line("earlier", 2), line("urgent", 2, priority=1))
        assert served(run(*lines, solver=solver, ahead={"later": (2, 20), "earlier": (2, 9)}, WH_N=2)) == [
            ("earlier", 2)
        ]

    def test_what_is_more_than_they_were_sold_goes_to_others(self, solver: str) -> None:
        lines = (line("urgent", 3, priority=1), line("sold", 2))
        assert served(run(*lines, solver=solver, ahead={"sold": (2, 9)}, WH_N=4)) == [("sold", 2), ("urgent", 2)]


@pytest.mark.parametrize("solver", ["optimise", "greedy"])
def test_what_a_line_was_not_sold_ahead_comes_after_what_another_one_was(solver: str) -> None:
    part, whole = line("a-part", 4, priority=1), line("whole", 3)
    assert served(run(part, whole, solver=solver, ahead={"a-part": (2, 9), "whole": (3, 9)}, WH_N=5)) == [
        ("a-part", 2), ("whole", 3)
    ]  # fmt: skip


def test_nobody_gives_up_what_is_reserved_for_him_for_who_waits_for_supply() -> None:
    rules = "waves: {warehouse: {at: ['12:00']}}\nreoptimise: {gain_minor: 100, lock_hours: 1, settled_days: 3}\n"
    before = Unreleased(line("ordinary"), "WH-N", NOON + timedelta(days=1))
    found = run(line("sold"), line("near"), ahead={"sold": (1, 9)}, before=(before,), rules=rules, WH_S=0)
    assert found.moved == 0
    assert served(found) == []


class TestWhatComesWhileALineIsHeld:
    @pytest.mark.parametrize("solver", ["optimise", "greedy"])
    def test_it_is_left_for_the_line_in_the_order_of_the_days_and_no_more_than_it_was_sold(self, solver: str) -> None:
        held = replace(line("held", 5), is_held=True)
        others = (line("urgent", 2, priority=1), line("small", 1), line("sold", 3))
        found = run(held, *others, solver=solver, ahead={"held": (3, 9), "sold": (3, 20)}, WH_N=5)
        assert served(found) == [("sold", 2)], "who was promised the later day gets what is left"
        found = run(held, *others, solver=solver, ahead={"held": (3, 9), "sold": (2, 5)}, WH_N=5)
        assert served(found) == [("sold", 2)]

    def test_of_what_is_kept_for_channels_it_has_its_own_once_nothing_is_left_of_the_rest(self) -> None:
        held = replace(line("held", 5), is_held=True)
        kept = {("MUG", "WH-N"): {"web": 4, "market": 2}}
        problem = Problem((held,), {("MUG", "WH-N"): 7}, (NORTH,), frozenset({"MUG"}), kept=kept,
                          pre_sold={held.order_line_id: PreSold(4, DAY)})  # fmt: skip
        ready = prepared(problem, Terms(read_rules(RULES), NOON))
        assert ready.aside == {(held.order_line_id, "WH-N"): 4}
        assert (ready.qty_ats, ready.kept) == ({("MUG", "WH-N"): 3}, {("MUG", "WH-N"): {"web": 1, "market": 2}})

    def test_it_is_pegged_to_what_lies_there_and_to_what_comes_for_the_rest(self) -> None:
        held = replace(line("held", 5), is_held=True)
        problem = Problem((held,), {("MUG", "WH-N"): 3}, (NORTH,), frozenset({"MUG"}),
                          pre_sold={held.order_line_id: PreSold(4, DAY)})  # fmt: skip
        aside = set_aside(prepared(problem, Terms(read_rules(RULES), NOON)), DAY + timedelta(days=3))
        asked = replace(waiting("web:held:1", 5, 2, ahead=4, days=0), is_held=True)
        found = peg([waiting("other", 9, 1), asked], [supply("po", 9, 9)], {}, aside=aside)
        assert sold(found) == [("other", "po", 8, 0), ("web:held:1", "on hand", 3, 3), ("web:held:1", "po", 1, 1)]
        assert found[1].supply.available_date == DAY, "it has been there since the day that it was sold for"
        assert why_pre_sold(found)["web:held:1"].startswith("sold ahead: 3 set aside at WH-N; 1 of purchase order po")
