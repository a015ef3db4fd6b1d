"""Groups of customers: their priority, from where their orders may be shipped, what is kept for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.sourcing import allocate, cost_of
from oms_core.allocation.stated.groups import with_groups
from oms_core.allocation.stated.problem import Problem, Unreleased
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms
from tests.unit.allocation.test_sourcing import NOON, PLACES, RULES, decided, line, run

SOLVERS = pytest.mark.parametrize("solver", ["solver: optimise\n", "solver: greedy\n"])


@SOLVERS
def test_a_group_is_served_by_its_own_priority_and_others_by_their_channels(solver: str) -> None:
    lines = (line("b", customer_group="vip"), line("a"), line("c", customer_group="unheard of", priority=3))
    assert [row[0] for row in decided(run(*lines, MUG__WH_N=1, rules=solver)) if row[1] == "allocated"] == ["a"]
    by = f"{solver}customer_groups: {{vip: {{priority: 1}}}}\n"
    assert [row[0] for row in decided(run(*lines, MUG__WH_N=1, rules=by)) if row[1] == "allocated"] == ["b"]


@SOLVERS
def test_its_orders_go_from_where_both_its_channel_and_the_group_may(solver: str) -> None:
    of_group = line("a", customer_group="trade")
    by = f"{solver}customer_groups: {{trade: {{from: [WH-S, store]}}}}\n"
    found = run(of_group, line("b"), MUG__WH_N=5, MUG__WH_S=5, MUG__ST=5, rules=by)
    assert {row[0]: row[3] for row in decided(found)} == {"a": "WH-S", "b": "WH-N"}
    assert decided(run(of_group, MUG__WH_N=5, rules=by))[0][1] == "backordered"
    assert decided(run(of_group, MUG__WH_S=5, rules=by + "sources: {web: [WH-N]}\n"))[0][1] == "backordered"


@SOLVERS
def test_what_a_place_keeps_for_a_group_is_left_by_others_and_taken_by_it(solver: str) -> None:
    by = f"{solver}customer_groups: {{vip: {{keep_units: {{warehouse: 2}}}}}}\n"
    found = run(line("a", quantity=2), MUG__WH_N=3, rules=by)
    assert [(row[1], row[2]) for row in decided(found)] == [("allocated", 1), ("backordered", 1)]
    assert decided(found)[1][4] in ("kept_for_other_channels", "stock_short")
    found = run(line("a"), line("b", quantity=2, customer_group="vip"), MUG__WH_N=3, rules=by)
    assert {row[1] for row in decided(found)} == {"allocated"}


def test_what_is_kept_for_channels_is_kept_before_and_keep_units_before_that() -> None:
    lines = (line("a", quantity=9), line("b", quantity=9, customer_group="vip"))
    rules = read_rules(RULES + "customer_groups: {vip: {keep_units: {'*': 4}}}\nkeep_units: {WH-N: 1}\n")
    kept = {("MUG", "WH-N"): {"market": 3}}
    problem = Problem(lines, {("MUG", "WH-N"): 6, ("MUG", "NOWHERE"): 9}, PLACES, frozenset({"MUG"}), kept=kept)
    known = with_groups(problem, rules)
    assert known.kept == {("MUG", "WH-N"): {"market": 3, "customer group vip": 3}}
    assert with_groups(known, rules) == known
    found = allocate(problem, Terms(rules, NOON))
    assert {one.line.order_ref: one.quantity for one in found.decisions if one.decision == "allocated"} == {"b": 2}
    assert cost_of(problem, Terms(rules, NOON), found.decisions) == pytest.approx(found.cost_minor)


def test_what_was_promised_to_a_group_and_not_told_is_of_its_part() -> None:
    held = Unreleased(line("a", customer_group="vip"), "WH-N", NOON)
    problem = Problem((), {("MUG", "WH-N"): 0}, PLACES, frozenset({"MUG"}), unreleased=(held,))
    rules = read_rules(RULES + "customer_groups: {vip: {priority: 1, keep_units: {WH-N: 1}}}\n")
    (one,) = with_groups(problem, rules).unreleased
    assert (one.line.priority, one.line.kept_for) == (1, "customer group vip")
    ordinary = replace(one.line, customer_group=None, is_kept_by_group=False)
    assert ordinary.kept_for == "web"


def test_lines_of_one_order_and_two_groups_are_costed_apart() -> None:
    costed = CostedProblem(
        Problem((line("a", customer_group="vip"), line("a", "CUP")), {}, PLACES, frozenset({"MUG", "CUP"})),
        Terms(read_rules(RULES), NOON),
    )
    assert len(costed.orders) == 2
