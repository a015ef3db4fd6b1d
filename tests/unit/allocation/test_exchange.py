"""Units that change hands, on problems whose answer is known; an order's cheapest plan, against trying everything."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from oms_core.allocation.costed.model import NOWHERE, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser import improve, program, subproblem
from oms_core.allocation.solvers.optimiser.commit import commit, resettle
from oms_core.allocation.solvers.optimiser.dive import dive
from oms_core.allocation.solvers.optimiser.exchange import exchange
from oms_core.allocation.solvers.optimiser.plans import Holding, Prices, best_plans
from oms_core.allocation.solvers.optimiser.prices import find_prices, sharpen
from oms_core.arrays import Ints
from tests.unit.allocation.test_optimiser import model

#: The items of each channel: four that they share, and its own of a SKU of which some is kept.
CHANNELS = ([0, 1, 2, 3, 4], [0, 1, 2, 3, 5])


def _supply(problem: Model, node: Ints) -> Supply:
    supply = Supply(problem)
    supply.take(np.arange(problem.orders), node)
    return supply


def _cost(problem: Model, node: Ints) -> float:
    return float(order_costs(problem, node, np.arange(problem.orders)).sum())


class TestExchange:
    def test_a_line_that_can_go_elsewhere_makes_room_for_one_that_cannot(self) -> None:
        problem = model([[4, 5], [4, np.inf]], [[1, 1]], [[(0, 1)], [(0, 1)]])
        node = np.array([0, NOWHERE])
        assert exchange(problem, node, _supply(problem, node)) == pytest.approx(1e6 - 5)
        assert node.tolist() == [1, 0]

    def test_two_small_lines_make_room_for_a_large_one_each_at_a_node_with_a_single_unit(self) -> None:
        problem = model([[4, 5, 5]] * 3, [[2, 1, 1]], [[(0, 1)], [(0, 1)], [(0, 2)]])
        node = np.array([0, 0, NOWHERE])
        exchange(problem, node, _supply(problem, node))
        assert node[2] == 0
        assert sorted(node[:2].tolist()) == [1, 2]

    def test_a_line_is_put_off_for_one_that_is_dearer_to_leave(self) -> None:
        problem = model([[5], [5]], [[1]], [[(0, 1)], [(0, 1)]], unfilled_cost=np.array([30.0, 50.0]))
        node = np.array([0, NOWHERE])
        assert exchange(problem, node, _supply(problem, node)) == pytest.approx(20)
        assert node.tolist() == [NOWHERE, 0]

    def test_a_whole_order_does_not_lose_a_line(self) -> None:
        problem = model([[5], [5]], [[1], [1]], [[(0, 1), (1, 1)], [(0, 1)]],
                        unfilled_cost=np.array([30.0, 30.0, 50.0]), is_whole=np.array([True, False]))  # fmt: skip
        node = np.array([0, 0, NOWHERE])
        assert exchange(problem, node, _supply(problem, node)) == 0
        assert node.tolist() == [0, 0, NOWHERE]

    @pytest.mark.parametrize("seed", range(8))
    def test_a_plan_gets_cheaper_and_stays_within_supply_parcels_and_what_is_an_items_own(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        problem = _random(rng, 40)
        node, supply = np.full(len(problem.item), NOWHERE), Supply(problem)
        commit(problem, np.arange(problem.orders), Prices.none(problem), supply, node)
        cost = _cost(problem, node)
        resettle(problem, node, supply, rounds=3)
        settled = _cost(problem, node)
        saved = exchange(problem, node, supply)
        assert settled <= cost
        assert _cost(problem, node) == pytest.approx(settled - saved)
        again = _supply(problem, node)
        assert again.is_enough
        assert (again.taken == supply.taken).all()
        assert (again.parcels == supply.parcels).all()
        for order in range(problem.orders):
            mine = node[problem.order_start[order] : problem.order_start[order + 1]]
            assert not problem.is_whole[order] or (mine == NOWHERE).sum() in (0, len(mine))
            assert not problem.is_together[order] or len(set(mine.tolist()) - {NOWHERE}) <= 1


def _is_allowed(problem: Model, node: Ints) -> bool:
    mine = np.split(node, problem.order_start[1:-1])
    whole = all((of != NOWHERE).all() or (of == NOWHERE).all() for of in itertools.compress(mine, problem.is_whole))
    together = all(len(set(of.tolist()) - {NOWHERE}) <= 1 for of in itertools.compress(mine, problem.is_together))
    return whole and together and _supply(problem, node).is_enough


@pytest.mark.parametrize("seed", range(8))
def test_a_dive_decides_within_the_supply_and_in_no_time_decides_as_one_pass(seed: int) -> None:
    problem = _random(np.random.default_rng(seed), 200)
    everyone, prices = np.arange(problem.orders), find_prices(problem, 10, lambda: True).prices
    plans = {}
    for way, keep_going in (("dive", True), ("no time", False), ("pass", False)):
        node, supply = np.full(len(problem.item), NOWHERE), Supply(problem)
        if way == "pass":
            commit(problem, everyone, prices, supply, node)
        else:
            dive(problem, prices, supply, node, lambda answer=keep_going: answer)  # type: ignore[misc]
        assert _is_allowed(problem, node)
        assert (supply.taken == _supply(problem, node).taken).all()
        plans[way] = node.tolist()
    assert plans["no time"] == plans["pass"] != plans["dive"]


@pytest.mark.parametrize("seed", range(8))
def test_a_group_that_is_decided_exactly_starts_from_its_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS, which is let look for nothing, answers with what it was given."""
    problem = _random(np.random.default_rng(seed), 40)
    everyone, node = np.arange(problem.orders), np.full(len(problem.item), NOWHERE)
    commit(problem, everyone, Prices.none(problem), Supply(problem), node)
    give = problem.own, problem.common, problem.parcels
    better = subproblem.solve(problem, everyone, *give, node)
    assert _is_allowed(problem, better)
    assert _cost(problem, better) <= _cost(problem, node) + 1e-6
    monkeypatch.setattr(program, "_GAP", np.inf)
    assert _cost(problem, subproblem.solve(problem, everyone, *give, better)) <= _cost(problem, better) + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_all_orders_decided_together_keep_to_what_each_of_them_may(seed: int) -> None:
    problem = _random(np.random.default_rng(seed), 40)
    everyone, node = np.arange(problem.orders), np.full(len(problem.item), NOWHERE)
    commit(problem, everyone, Prices.none(problem), Supply(problem), node)
    tried = np.ones((len(node), problem.nodes), dtype=bool)
    better = subproblem.solve_all(problem, node, lambda: np.inf, tried)
    assert _is_allowed(problem, better)
    assert _cost(problem, better) <= _cost(problem, node) + 1e-6


def test_groups_grow_once_small_ones_have_been_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, sizes = _random(np.random.default_rng(0), 600), list[int]()

    def as_it_is(_: Model, orders: Ints, *rest: Any) -> Ints:
        sizes.append(len(orders))
        return np.asarray(rest[3])

    monkeypatch.setattr(subproblem, "solve", as_it_is)
    monkeypatch.setattr(improve, "_SMALL_ROUNDS", 5)
    monkeypatch.setattr(improve, "_TOGETHER_LINES", 0)
    everyone, node, supply = np.arange(600), np.full(len(problem.item), NOWHERE), Supply(problem)
    commit(problem, everyone, Prices.none(problem), supply, node)
    plans = best_plans(
        problem, everyone, Prices.none(problem), problem.own + problem.common[problem.sku], supply.parcels > 0
    )
    before = node.tolist()
    improvement = improve.Improvement(problem, node, supply, Prices.none(problem), plans)
    assert improvement.run(20, 0.0, lambda: np.inf) == 20
    assert max(sizes[:10]) <= 160 < max(sizes) <= 400
    assert improvement.node.tolist() == before


@pytest.mark.parametrize("seed", range(4))
def test_the_cheapest_plan_of_an_order_is_that_of_trying_everything(seed: int) -> None:
    problem = _random(np.random.default_rng(seed), 12)
    everyone = np.arange(problem.orders)
    node = np.full(len(problem.item), NOWHERE)
    commit(problem, everyone, Prices.none(problem), supply := Supply(problem), node)
    plans = best_plans(
        problem, everyone, Prices.none(problem), supply.available, supply.parcels > 0, True, Holding(node)
    )  # fmt: skip
    for order in everyone:
        assert plans.cost[order] == pytest.approx(_cheapest(problem, int(order), node, supply))
    assert (plans.bound <= plans.cost + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_finer_prices_prove_no_less(seed: int) -> None:
    problem = _random(np.random.default_rng(seed), 40)
    rough = find_prices(problem, 10, lambda: True)
    fine = sharpen(problem, rough, 40, lambda: True)
    assert fine.bound >= rough.bound
    assert sharpen(problem, rough, 40, lambda: False).bound == rough.bound


def _random(rng: np.random.Generator, orders: int) -> Model:
    """Orders of up to four lines; items of SKUs that two channels share, some with a part of their own."""
    baskets = [
        rng.choice(CHANNELS[channel], rng.integers(1, 5), replace=False) for channel in rng.integers(0, 2, orders)
    ]
    lines = [[(int(item), int(rng.integers(1, 4))) for item in basket] for basket in baskets]
    parcels = rng.integers(3, 20, (orders, 4)).astype(float)
    parcels[rng.random(parcels.shape) < 0.1] = np.inf
    problem = model(parcels.tolist(), rng.integers(0, 2 + orders // 6, (5, 4)).tolist(), lines,
                    sku=np.array([0, 1, 2, 3, 4, 4]), unit_cost=rng.uniform(0, 2, (6, 4)),
                    own=rng.integers(0, 3, (6, 4)) * (rng.random((6, 4)) < 0.3))  # fmt: skip
    return replace(
        problem, unfilled_cost=rng.uniform(10, 50, len(problem.item)), parcels=rng.integers(1, orders, 4),
        is_whole=rng.random(orders) < 0.2, is_together=rng.random(orders) < 0.2,
    )  # fmt: skip


def _cheapest(problem: Model, order: int, node: Ints, supply: Supply) -> float:
    lines = range(problem.order_start[order], problem.order_start[order + 1])
    available, found = supply.available, np.inf
    for plan in itertools.product(range(NOWHERE, problem.nodes), repeat=len(lines)):
        aim = node.copy()
        aim[list(lines)] = plan
        new = {at for at in plan if at != NOWHERE}
        has = {at for at in node[list(lines)].tolist() if at != NOWHERE}
        short = any(
            at != NOWHERE and node[line] != at and available[problem.item[line], at] < problem.quantity[line]
            for line, at in zip(lines, plan, strict=True)
        )
        split = problem.is_together[order] and len(new) > 1
        partly = problem.is_whole[order] and 0 < plan.count(NOWHERE) < len(plan)
        if not (short or split or partly or any(supply.parcels[at] <= 0 for at in new - has)):
            found = min(found, float(order_costs(problem, aim, np.array([order]))[0]))
    return found
