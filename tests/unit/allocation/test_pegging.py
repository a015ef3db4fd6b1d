"""Pegging: who gets which supply, what stays where it was pegged, and what is promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oms_core.allocation.promises.pegging import Supply, Waiting, beyond_gaps, on_working_days, peg
from oms_core.allocation.stated.problem import Location
from oms_core.allocation.stated.rules import read_rules

DAY = date(2026, 6, 1)


def supply(ref: str, days: int, quantity: int, *, sku: str = "MUG", place: str = "WH", near: bool = False) -> Supply:
    return Supply("purchase_order", ref, sku, place, DAY + timedelta(days=days), quantity, near)


def pegs(*args: object) -> list[tuple[str, str, int, int | None]]:
    """Pegs as (line, supply, quantity, days until the promise)."""
    found = peg(*args)  # type: ignore[arg-type]
    days = [(p.promised_date - DAY).days if p.promised_date else None for p in found]
    return [(p.order_line_id, p.supply.supply_ref, p.quantity, d) for p, d in zip(found, days, strict=True)]


def test_the_first_line_gets_what_comes_first_unit_against_unit() -> None:
    lines = [Waiting("b", "MUG", 4, 2), Waiting("a", "MUG", 3, 1)]
    assert pegs(lines, [supply("late", 9, 5), supply("soon", 2, 4)], {}) == [
        ("a", "soon", 3, 2),
        ("b", "soon", 1, 9),
        ("b", "late", 3, 9),
    ]


def test_nothing_is_promised_unless_each_unit_is_pegged() -> None:
    assert pegs([Waiting("a", "MUG", 3, 1)], [supply("soon", 2, 2)], {}) == [("a", "soon", 2, None)]
    assert pegs([Waiting("a", "CUP", 3, 1)], [supply("soon", 2, 2)], {}) == []


def test_supply_that_is_nearly_there_stays_with_its_line_though_a_more_urgent_one_has_come() -> None:
    lines = [Waiting("urgent", "MUG", 3, 1), Waiting("first", "MUG", 3, 2)]
    earlier = {"first": {supply("soon", 1, 3).key: 3}}
    near, far = supply("soon", 1, 3, near=True), supply("soon", 1, 3)
    later = supply("later", 8, 3)
    assert pegs(lines, [near, later], earlier) == [("urgent", "later", 3, 8), ("first", "soon", 3, 1)]
    assert pegs(lines, [far, later], earlier) == [("urgent", "soon", 3, 1), ("first", "later", 3, 8)]
    assert [p.is_locked for p in peg(lines, [near, later], earlier)] == [False, True]


def test_what_comes_to_a_place_that_may_not_send_a_line_is_not_promised_to_it() -> None:
    south, anywhere = Waiting("south", "MUG", 3, 1, frozenset({"WH-S"})), Waiting("anywhere", "MUG", 3, 2)
    coming = [supply("north", 1, 4, place="WH-N", near=True), supply("south", 5, 4, place="WH-S")]
    assert pegs([south, anywhere], coming, {}) == [("south", "south", 3, 5), ("anywhere", "north", 3, 1)]
    earlier = {"south": {coming[0].key: 3}}
    assert pegs([south], coming, earlier) == [("south", "south", 3, 5)], "not even what was pegged to it before"
    assert pegs([Waiting("nobody", "MUG", 1, 1, frozenset())], coming, {}) == []


def test_of_what_was_locked_only_what_is_still_to_come_stays() -> None:
    earlier = {"a": {supply("soon", 1, 9).key: 5}}
    assert pegs([Waiting("a", "MUG", 5, 1)], [supply("soon", 1, 2, near=True)], earlier) == [("a", "soon", 2, None)]


def test_a_place_fills_what_it_lacks_with_what_comes_first() -> None:
    coming = [supply("second", 5, 4), supply("first", 2, 3), supply("other", 1, 9, place="ELSEWHERE")]
    free = beyond_gaps(coming, {("MUG", "WH"): 5})
    assert [(item.supply_ref, item.quantity) for item in free] == [("other", 9), ("second", 2)]


LINES = st.lists(st.tuples(st.sampled_from(["MUG", "CUP"]), st.integers(1, 6), st.integers(1, 3)), max_size=6)
ITEMS = st.lists(
    st.tuples(st.sampled_from(["MUG", "CUP"]), st.integers(0, 4), st.integers(1, 8), st.booleans()), max_size=5
)


@given(LINES, ITEMS, st.randoms())
def test_no_unit_is_given_twice_and_pegging_again_changes_nothing(
    lines: list[tuple[str, int, int]], items: list[tuple[str, int, int, bool]], random: object
) -> None:
    waiting = [Waiting(f"line-{n}", *line) for n, line in enumerate(lines)]
    coming = [supply(f"po-{n}", days, qty, sku=sku, near=near) for n, (sku, days, qty, near) in enumerate(items)]
    found = peg(waiting, coming, {})
    for item in coming:
        assert sum(p.quantity for p in found if p.supply.key == item.key) <= item.quantity
    for line in waiting:
        own = [p for p in found if p.order_line_id == line.order_line_id]
        assert sum(p.quantity for p in own) <= line.quantity
        is_whole = sum(p.quantity for p in own) == line.quantity
        assert all((p.promised_date is not None) is is_whole for p in own)
    for sku in ("MUG", "CUP"):
        wanted = sum(line.quantity for line in waiting if line.sku == sku)
        there = sum(item.quantity for item in coming if item.sku == sku)
        assert sum(p.quantity for p in found if p.supply.sku == sku) == min(wanted, there)
    earlier: dict[str, dict[tuple[str, str, str, str], int]] = {}
    for p in found:
        earlier.setdefault(p.order_line_id, {})[p.supply.key] = p.quantity
    random.shuffle(waiting)  # type: ignore[attr-defined]
    again = peg(waiting, coming, earlier)
    assert [(p.order_line_id, p.supply, p.quantity, p.promised_date) for p in again] == [
        (p.order_line_id, p.supply, p.quantity, p.promised_date) for p in found
    ]


def test_supply_is_promised_for_a_day_on_which_its_place_works() -> None:
    holiday = (DAY + timedelta(days=7), DAY + timedelta(days=7))
    places = [Location("WH", "warehouse", "north", True, 1, days_off=(holiday,)), Location("ST", "store", "n", True, 2)]
    rules = read_rules("work_days: {warehouse: [mon, tue, wed, thu, fri]}")
    coming = [supply(str(days), days, 1) for days in (4, 5, 7)] + [supply("store", 5, 1, place="ST")]
    found = on_working_days(coming, places, rules)
    assert [(one.supply_ref, (one.available_date - DAY).days) for one in found] == [
        ("4", 4), ("5", 8), ("7", 8), ("store", 5)
    ]  # fmt: skip
    closed = [replace(at, days_off=((DAY, DAY + timedelta(days=999)),)) for at in places]
    assert on_working_days(coming, closed, rules) == [], "what never leaves is promised to nobody"
