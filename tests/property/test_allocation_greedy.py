"""Whatever the orders and the stock: nothing is given twice, nothing is lost, and the order of rows is nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from random import Random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.solvers import greedy
from oms_core.allocation.stated.decisions import Decision, to_table
from oms_core.allocation.stated.problem import Location, OpenLine, Problem
from oms_core.allocation.stated.rules import default_rules
from oms_core.allocation.stated.terms import Terms
from oms_core.inventory.availability import Segment, protect

SKUS = ["A", "B", "UNKNOWN"]
PLACES = ["L0", "L1", "L2", "L3"]
REGIONS = st.sampled_from(["north", "south"])
AT = datetime(2026, 5, 31, tzinfo=UTC)


def allocate(problem: Problem) -> list[Decision]:
    return greedy.allocate(CostedProblem(problem, Terms(default_rules(), AT)))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    lines = tuple(
        OpenLine(
            order_line_id=f"web:{n}:1",
            channel_id=draw(st.sampled_from(["web", "market"])),
            order_ref=str(n),
            line_ref="1",
            sku=draw(st.sampled_from(SKUS)),
            region=draw(st.none() | REGIONS),
            location_id=draw(st.none() | st.sampled_from([*PLACES, "NOWHERE"])),
            priority=draw(st.integers(1, 3)),
            placed_at_us=draw(st.integers(0, 3)),
            is_held=draw(st.booleans()),
            barred_location_ids=draw(st.sampled_from([(), (), tuple(PLACES[:1]), tuple(PLACES[1:3])])),
            qty_to_decide=draw(st.integers(1, 9)),
        )
        for n in range(draw(st.integers(0, 8)))
    )
    kinds = st.sampled_from(["warehouse", "store", "drop_shipper"])
    places = tuple(
        Location(name, draw(kinds), draw(REGIONS), draw(st.booleans()), draw(st.integers(1, 2))) for name in PLACES
    )
    pairs = st.tuples(st.sampled_from(SKUS), st.sampled_from(PLACES))
    supply = draw(st.dictionaries(pairs, st.integers(0, 12)))
    asked = st.builds(Segment, st.just("market"), st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 5))
    kept = {pair: protect(quantity, [draw(asked)]) for pair, quantity in supply.items()}
    return Problem(lines, supply, places, frozenset({"A", "B"}), kept)


def table_bytes(problem: Problem) -> bytes:
    table = to_table(allocate(problem), "run-1", AT, date(2026, 5, 31))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@given(problems())
def test_no_node_gives_more_than_it_may_sell(problem: Problem) -> None:
    given_away: dict[tuple[str, str], int] = defaultdict(int)
    for decision in allocate(problem):
        if decision.location_id is not None:
            given_away[decision.line.sku, decision.location_id] += decision.quantity
    assert all(quantity <= problem.qty_ats.get(place, 0) for place, quantity in given_away.items())


@given(problems())
def test_every_lines_quantity_is_decided_wholly_and_once(problem: Problem) -> None:
    decided: dict[str, list[Decision]] = defaultdict(list)
    for decision in allocate(problem):
        decided[decision.line.order_line_id].append(decision)
    for line in problem.lines:
        parts = decided.pop(line.order_line_id)
        assert sum(part.quantity for part in parts) == line.qty_to_decide
        assert all(part.quantity > 0 for part in parts)
        assert len({(part.decision, part.location_id) for part in parts}) == len(parts)
    assert not decided


@given(problems())
def test_a_line_waits_only_where_nothing_that_may_serve_it_is_left(problem: Problem) -> None:
    left = dict(problem.qty_ats)
    found = allocate(problem)
    for decision in found:
        if decision.location_id is not None:
            left[decision.line.sku, decision.location_id] -= decision.quantity
    shipping = [place.location_id for place in problem.locations if place.ships_orders]
    for decision in found:
        if decision.decision == "backordered":
            may = [place for place in shipping if place not in decision.line.barred_location_ids]
            nodes = [decision.line.location_id] if decision.line.location_id else may
            places = [(decision.line.sku, str(node)) for node in nodes]
            kept = [problem.kept.get(place, {}).get("market", 0) for place in places]
            assert sum(left.get(place, 0) for place in places) <= (
                sum(kept) if decision.line.channel_id == "web" else 0
            )


@given(problems())
def test_what_was_available_before_each_decision_is_what_the_earlier_ones_left(problem: Problem) -> None:
    left = dict(problem.qty_ats)
    for decision in allocate(problem):
        if decision.location_id is not None:
            place = (decision.line.sku, decision.location_id)
            assert decision.qty_ats_before == left[place]
            left[place] -= decision.quantity


@given(problems(), st.integers())
def test_the_order_of_rows_does_not_matter_to_a_byte(problem: Problem, seed: int) -> None:
    random = Random(seed)
    lines, places, supply = list(problem.lines), list(problem.locations), list(problem.qty_ats.items())
    for items in (lines, places, supply):
        random.shuffle(items)
    shuffled = Problem(tuple(lines), dict(supply), tuple(places), problem.known_skus, problem.kept)
    assert table_bytes(shuffled) == table_bytes(problem)


@given(problems())
def test_what_is_kept_for_a_channel_no_other_takes(problem: Problem) -> None:
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for decision in allocate(problem):
        if decision.location_id is not None and decision.line.channel_id == "web":
            taken[decision.line.sku, decision.location_id] += decision.quantity
    for place, quantity in taken.items():
        assert quantity <= problem.qty_ats[place] - problem.kept[place].get("market", 0)
