"""Whatever the orders, the stock and the rules: nothing is given twice, nothing is lost, and nothing costs more than
line by line would."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.allocation.costs import Terms
from oms_core.allocation.problem import Problem
from oms_core.allocation.rules import Rules, default_rules
from oms_core.allocation.sourcing import allocate
from tests.property.test_allocation_greedy import problems

AT = datetime(2026, 5, 31, tzinfo=UTC)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    channels = st.frozensets(st.sampled_from(["web", "market"]))
    limit = draw(st.none() | st.integers(0, 3))
    return replace(
        default_rules(),
        ship_complete=draw(channels),
        keep_together=draw(channels),
        keep_units={"store": draw(st.integers(0, 2))},
        parcels_per_run={} if limit is None else {"warehouse": limit},
        sources=draw(st.sampled_from([{}, {"web": ("warehouse", "L3")}])),
    )


@settings(deadline=None)
@given(problems(), rules())
def test_every_unit_ends_once_and_no_rule_is_broken(problem: Problem, by: Rules) -> None:
    found = allocate(problem, Terms(by, AT))
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
        assert line.location_id == place or sources is None or {place, kinds[place]} & set(sources)
    assert ended == {line.order_line_id: line.qty_to_decide for line in problem.lines}
    for (sku, place), quantity in taken.items():
        stays = by.keep_units.get(kinds[place], 0)
        kept = sum(problem.kept.get((sku, place), {}).values())
        assert quantity <= max(problem.qty_ats[sku, place] - stays, kept)
    for (channel, _), by_decision in orders.items():
        if channel in by.ship_complete:
            assert not (by_decision["allocated"] and by_decision["backordered"])
        if channel in by.keep_together:
            assert len(by_decision["allocated"]) <= 1
    for place, sent in senders.items():
        assert len(sent) <= by.parcels_per_run.get(kinds[place], 10**9)


@settings(deadline=None)
@given(problems(), rules())
def test_it_costs_no_more_than_line_by_line_and_no_less_than_the_bound(problem: Problem, by: Rules) -> None:
    found = allocate(problem, Terms(by, AT))
    assert found.bound_minor is not None
    assert found.bound_minor <= found.cost_minor + 1e-6
    assert found.greedy_minor is None or found.cost_minor <= found.greedy_minor + 1e-6


@settings(deadline=None, max_examples=50)
@given(problems(), rules(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_is_nothing(problem: Problem, by: Rules, random: Random) -> None:
    lines, places, supply = list(problem.lines), list(problem.locations), list(problem.qty_ats.items())
    for things in (lines, places, supply):
        random.shuffle(things)
    other = replace(problem, lines=tuple(lines), locations=tuple(places), qty_ats=dict(supply))
    assert allocate(other, Terms(by, AT)) == allocate(problem, Terms(by, AT))
