"""Whatever the orders, the stock and the rules: nothing is given twice, nothing is lost, and nothing costs more than
line by line would."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.problem import Location, OpenLine, Problem
from oms_core.allocation.stated.rules import Rules, default_rules
from oms_core.allocation.stated.terms import Terms
from tests.property.test_allocation_greedy import PLACES, REGIONS, SKUS, problems

AT = datetime(2026, 5, 31, tzinfo=UTC)
NOW_US = int(AT.timestamp() * 1e6)
Missed = dict[tuple[str, str], float]


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    channels = st.frozensets(st.sampled_from(["web", "market"]))
    limit = draw(st.none() | st.integers(0, 3))
    return replace(
        default_rules(),
        solver=draw(st.sampled_from(["optimise", "greedy"])),
        ship_complete=draw(channels),
        keep_together=draw(channels),
        keep_units={"store": draw(st.integers(0, 2))},
        parcels_per_day={} if limit is None else {"warehouse": limit},
        sources=draw(st.sampled_from([{}, {"web": ("warehouse", "L3")}])),
        hold_back_weight=draw(st.sampled_from([0.0, 1.0])),
    )


#: How much orders to come will miss a unit, up to more than any line is worth.
MISSED = st.fixed_dictionaries(
    {(sku, place): st.sampled_from([0.0, 100.0, 50_000.0]) for sku in SKUS for place in PLACES}
)


@given(problems(), rules(), MISSED)
def test_every_unit_ends_once_and_no_rule_is_broken(problem: Problem, by: Rules, missed: Missed) -> None:
    found = allocate(problem, Terms(by, AT, missed))
    kinds = {location.location_id: location.kind for location in problem.locations}
    ended: dict[str, int] = defaultdict(int)
    taken: dict[tuple[str, str], int] = defaultdict(int)
    orders: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    senders: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for decision in found.decisions:
        line, place = decision.line, decision.location_id
        if decision.decision == "expired":
            continue
        ended[line.order_line_id] += decision.quantity
        if place is None:
            orders[line.channel_id, line.order_ref][decision.decision].add("")
            continue
        taken[line.sku, place] += decision.quantity
        orders[line.channel_id, line.order_ref][decision.decision].add(place)
        senders[place].add((line.channel_id, line.order_ref))
        sources = by.sources.get(line.channel_id)
        assert line.location_id == place or place not in line.barred_location_ids
        assert line.location_id == place or sources is None or {place, kinds[place]} & set(sources)
    assert ended == {line.order_line_id: line.qty_to_decide for line in problem.lines}
    for (sku, place), quantity in taken.items():
        assert quantity <= problem.qty_ats[sku, place] - by.keep_units.get(kinds[place], 0)
    for (channel, _), by_decision in orders.items():
        if channel in by.ship_complete:
            assert not (by_decision["allocated"] and (by_decision["backordered"] or by_decision["held"]))
        if channel in by.keep_together:
            assert len(by_decision["allocated"]) <= 1
    for place, sent in senders.items():
        assert len(sent) <= by.parcels_per_day.get(kinds[place], 10**9)


@given(problems(), rules(), MISSED)
def test_it_costs_no_more_than_line_by_line_and_no_less_than_the_bound(
    problem: Problem, by: Rules, missed: Missed
) -> None:
    found = allocate(problem, Terms(replace(by, solver="optimise"), AT, missed))
    assert found.bound_minor is not None
    assert found.bound_minor <= found.cost_minor + 1e-6
    assert found.greedy_minor is None or found.cost_minor <= found.greedy_minor + 1e-6


@settings(max_examples=50)
@given(problems(), rules(), MISSED, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_is_nothing(
    problem: Problem, by: Rules, missed: Missed, random: Random
) -> None:
    lines, places, supply = list(problem.lines), list(problem.locations), list(problem.qty_ats.items())
    for things in (lines, places, supply):
        random.shuffle(things)
    other = replace(problem, lines=tuple(lines), locations=tuple(places), qty_ats=dict(supply))
    assert allocate(other, Terms(by, AT, missed)) == allocate(problem, Terms(by, AT, missed))


@st.composite
def busy_problems(draw: st.DrawFn) -> Problem:
    """Nothing is held or unknown, and most of it is there: what waits, waits by decision."""
    lines = tuple(
        OpenLine(
            f"web:{n}:{sku}", channel, str(n), sku, sku, draw(REGIONS), at, 3, NOW_US, False, draw(st.integers(1, 4))
        )
        for n in range(draw(st.integers(1, 6)))
        for channel, at in [(draw(st.sampled_from(["web", "market"])), draw(st.none() | st.sampled_from(PLACES)))]
        for sku in draw(st.sampled_from([("A",), ("B",), ("A", "B")]))
    )
    places = tuple(Location(name, "warehouse", draw(REGIONS), True, 1) for name in PLACES)
    supply = {(sku, place): draw(st.integers(0, 6)) for sku in ("A", "B") for place in PLACES}
    return Problem(lines, supply, places, frozenset({"A", "B"}))


@given(busy_problems(), rules(), MISSED)
def test_nobody_waits_for_orders_to_come_unless_the_rules_hold_stock_back(
    problem: Problem, by: Rules, missed: Missed
) -> None:
    found = allocate(problem, Terms(replace(by, hold_back_weight=0.0), AT, missed))
    # By the default rates nothing is dearer to send than to leave.
    assert "dearer_than_waiting" not in {one.reason_code for one in found.decisions}
