"""Orders that ship whole or from one place: what binds their lines, whatever each of them would do by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.problem import OpenLine, Problem, Unreleased
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms
from tests.unit.allocation.test_sourcing import NOON, PLACES, RULES, decided, line, run

WHOLE = "ship_complete: [web]"


@pytest.mark.parametrize("solver", ["optimise", "greedy"])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(line("a", "CUP", is_held=True), id="its channel holds it"),
        pytest.param(line("a", "CUP", is_held_by_desk=True), id="the desk does"),
        pytest.param(line("a", "JUG", line_ref="CUP"), id="nobody knows its SKU"),
    ],
)
def test_an_order_that_ships_whole_waits_while_a_line_of_it_is_held(other: OpenLine, solver: str) -> None:
    found = run(line("a"), other, MUG__WH_N=1, CUP__WH_N=1, rules=f"{WHOLE}\nsolver: {solver}")
    assert {one.decision for one in found.decisions} == {"held"}
    (mug,) = (one for one in found.decisions if one.line.sku == "MUG")
    assert mug.reason_code == "order_ships_whole"
    assert mug.reason == "The order ships whole, and line CUP of it is held: 1 units wait for that."


def test_so_it_does_where_what_is_held_was_promised_before() -> None:
    held = Unreleased(line("a", "CUP", is_held=True), "WH-N", NOON)
    problem = Problem((line("a"),), {("MUG", "WH-N"): 1}, PLACES, frozenset({"MUG", "CUP"}), unreleased=(held,))
    found = allocate(problem, Terms(read_rules(RULES + WHOLE), NOON))
    assert [one.decision for one in found.decisions] == ["held"]


def test_other_channels_orders_go_in_parts() -> None:
    found = run(line("a"), line("a", "CUP", is_held=True), MUG__WH_N=1)
    assert {one.decision for one in found.decisions} == {"held", "allocated"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"method": "ship_from_store"}, id="another method"),
        pytest.param({"location_id": "COUNTER"}, id="a place was chosen for it"),
        pytest.param({"barred_location_ids": ("WH-S",)}, id="the desk bars it from a place"),
    ],
)
def test_its_parts_ship_together_or_not_at_all_however_each_goes(other: dict[str, object]) -> None:
    cup = line("a", "CUP", **other)
    short = run(line("a"), cup, MUG__WH_N=1, rules=WHOLE)
    assert [(row[1], row[4]) for row in decided(short)] == [
        ("backordered", "no_stock"), ("backordered", "order_ships_whole"),
    ]  # fmt: skip
    there = run(line("a"), cup, MUG__WH_N=1, CUP__WH_N=1, CUP__ST=1, CUP__COUNTER=1, rules=WHOLE)
    assert {row[1] for row in decided(there)} == {"allocated"}


def test_an_order_that_goes_from_one_place_goes_from_none_that_a_line_of_it_is_barred_from() -> None:
    lines = line("a"), line("a", "CUP", barred_location_ids=("WH-N",))
    found = run(*lines, MUG__WH_N=1, MUG__WH_S=1, CUP__WH_S=1, rules="keep_together: [web]")
    assert {row[3] for row in decided(found)} == {"WH-S"}


def test_an_order_whose_line_goes_in_parts_goes_whole_though_others_could_have_it_for_less() -> None:
    """Line by line, its mugs come from two places; one place has all that another order wants of them."""
    early = int((NOON - timedelta(hours=1)).timestamp() * 1e6)
    lines = line("a", "CUP", placed_at_us=early), line("b", quantity=2, channel_id="market"), line("a", quantity=3)
    found = run(*lines, CUP__WH_N=1, MUG__WH_N=2, MUG__WH_S=1, rules=WHOLE)
    assert {(one.line.order_ref, one.decision) for one in found.decisions} == {("a", "allocated"), ("b", "backordered")}
    assert found.cost_minor == found.greedy_minor
