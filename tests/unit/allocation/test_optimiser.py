"""The optimiser on problems whose answer is known."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from oms_core.allocation.costed.model import NOWHERE, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser import Effort, optimise, subproblem
from oms_core.allocation.solvers.optimiser.subproblem import proven_bound, relaxed_bound
from oms_core.arrays import Ints

NEVER = 1e6
CAP71 = Path(__file__).parents[2] / "fixtures" / "orlib" / "cap71.txt"


def model(
    parcel_cost: list[list[float]], stock: list[list[int]], orders: list[list[tuple[int, int]]], **options: object
) -> Model:
    """Orders as lists of (SKU, quantity), each its own lane; nothing costs but parcels and leaving a line (`NEVER`)."""
    lines = [line for order in orders for line in order]
    common, nodes = np.array(stock), len(parcel_cost[0])
    values = {
        "order_start": np.cumsum([0, *map(len, orders)]),
        "lane": np.arange(len(orders)),
        "item": np.array([sku for sku, _ in lines], dtype=np.int64),
        "quantity": np.array([quantity for _, quantity in lines], dtype=np.int64),
        "unfilled_cost": np.full(len(lines), NEVER),
        "parcel_cost": np.array(parcel_cost, dtype=float),
        "unit_cost": np.zeros((len(common), nodes)),
        "sku": np.arange(len(common)),
        "own": np.zeros_like(common),
        "common": common,
        "parcels": np.full(nodes, 10**9),
        "is_whole": np.zeros(len(orders), dtype=bool),
        "is_together": np.zeros(len(orders), dtype=bool),
    }
    return Model(**values | options)  # type: ignore[arg-type]


class TestPublishedOptima:
    def test_powerco_winston_operations_research_section_7_1_transportation(self) -> None:
        supply, demand = [35, 50, 40], [45, 20, 30, 30]
        cost = [[8, 6, 10, 9], [9, 12, 13, 7], [14, 9, 16, 5]]
        lanes = [[cost[plant][city] for plant in range(3)] for city in range(4) for _ in range(demand[city])]
        found = optimise(model(lanes, [supply], [[(0, 1)]] * sum(demand)), Effort(gap=1e-9))
        assert found.cost == pytest.approx(1020, abs=1e-6)

    def test_machineco_winston_operations_research_section_7_5_assignment(self) -> None:
        hours = [[14, 5, 8, 7], [2, 12, 6, 5], [7, 8, 3, 9], [2, 4, 6, 10]]
        found = optimise(model(np.transpose(hours).tolist(), [[1, 1, 1, 1]], [[(0, 1)]] * 4), Effort(gap=1e-9))
        assert found.cost == pytest.approx(15, abs=1e-6)

    @pytest.mark.parametrize(
        ("warehouse_cost", "optimum"),
        [(7_500, 932_615.750), (12_500, 977_799.400), (17_500, 1_010_641.450), (25_000, 1_034_976.975)],
    )
    def test_uncapacitated_warehouse_location_of_or_library_cap71_to_cap74(
        self, warehouse_cost: int, optimum: float
    ) -> None:
        """One order with a line a customer: its parcels are the warehouses that are opened."""
        cost = np.loadtxt(CAP71)
        opening = np.full(cost.shape[1], float(warehouse_cost))
        opening[10] = 0
        order, plenty = [(customer, 1) for customer in range(len(cost))], np.ones(cost.shape, dtype=int)
        found = optimise(model([opening.tolist()], plenty.tolist(), [order], unit_cost=cost), Effort(gap=1e-9))
        assert found.cost == pytest.approx(optimum, abs=1e-6)
        assert found.bound == pytest.approx(optimum, abs=1e-6)

    def test_assignments_of_sixty_are_those_of_the_hungarian_method(self) -> None:
        cost = np.random.default_rng(3).integers(1, 100, (60, 60))
        rows, columns = linear_sum_assignment(cost)
        found = optimise(model(cost.tolist(), [[1] * 60], [[(0, 1)]] * 60), Effort(gap=1e-9))
        assert found.cost == pytest.approx(cost[rows, columns].sum(), abs=1e-6)


class TestOrders:
    def test_one_parcel_from_a_dearer_node_beats_two_from_cheaper_ones(self) -> None:
        found = optimise(model([[5, 5, 8]], [[1, 0, 1], [0, 1, 1]], [[(0, 1), (1, 1)]]))
        assert found.node.tolist() == [2, 2]

    def test_a_third_node_is_used_where_it_must_be(self) -> None:
        found = optimise(model([[5, 5, 5]], np.eye(3, dtype=int).tolist(), [[(0, 1), (1, 1), (2, 1)]]))
        assert found.node.tolist() == [0, 1, 2]

    def test_the_last_unit_goes_where_it_saves_most(self) -> None:
        """Greedy would give the first order the near node and send the second one from afar."""
        found = optimise(model([[4, 5], [4, 9]], [[1, 1]], [[(0, 1)], [(0, 1)]]))
        assert found.node.tolist() == [1, 0]
        assert (found.cost, found.bound) == (9, pytest.approx(9))

    def test_a_node_makes_no_more_parcels_than_it_can(self) -> None:
        found = optimise(model([[1, 5]] * 3, [[9, 9]], [[(0, 1)]] * 3, parcels=np.array([1, 9])))
        assert sorted(found.node.tolist()) == [0, 1, 1]

    def test_a_whole_order_ships_all_its_lines_or_none(self) -> None:
        orders = [[(0, 1), (1, 1)]]
        stock = [[1, 0], [0, 0]]
        partly = optimise(model([[5, 5]], stock, orders))
        wholly = optimise(model([[5, 5]], stock, orders, is_whole=np.array([True])))
        assert partly.node.tolist() == [0, NOWHERE]
        assert wholly.node.tolist() == [NOWHERE, NOWHERE]

    def test_an_order_that_keeps_together_makes_one_parcel(self) -> None:
        split = model([[5, 5]], [[1, 0], [0, 1]], [[(0, 1), (1, 1)]])
        assert optimise(split).node.tolist() == [0, 1]
        together = optimise(replace(split, is_together=np.array([True])))
        assert sorted(together.node.tolist()) == [NOWHERE, 0] or sorted(together.node.tolist()) == [NOWHERE, 1]

    def test_what_is_an_items_own_is_nobody_elses(self) -> None:
        shared = model([[1, 9]] * 2, [[0, 5]], [[(0, 1)], [(1, 1)]],
                       sku=np.array([0, 0]), unit_cost=np.zeros((2, 2)), own=np.array([[0, 0], [1, 0]]))  # fmt: skip
        assert optimise(shared).node.tolist() == [1, 0]

    def test_no_orders_are_no_plan(self) -> None:
        assert optimise(model([[1, 1]], [[1, 1]], [])).cost == 0


class TestEffort:
    def test_when_time_is_up_the_best_so_far_is_returned_and_it_is_no_dearer_than_the_start(self) -> None:
        problem = model([[4, 5], [4, 9]], [[1, 1]], [[(0, 1)], [(0, 1)]])
        start = np.array([0, 1])
        found = optimise(problem, start=start, seconds_left=lambda: 0.0)
        assert found.cost <= order_costs(problem, start, np.arange(2)).sum()
        assert found.bound <= 9

    def test_the_same_problem_has_the_same_plan(self) -> None:
        problem = _random(np.random.default_rng(5), 60)
        plans = [optimise(problem, Effort(improve_rounds=3)).node.tolist() for _ in range(2)]
        assert plans[0] == plans[1]

    def test_how_near_a_group_is_decided_does_not_hang_on_what_leaving_lines_would_cost(self) -> None:
        problem = _random(np.random.default_rng(5), 60)
        problem = replace(problem, unfilled_cost=np.full(len(problem.item), 1000.0))
        now, orders = optimise(problem, Effort(improve_rounds=0)).node, np.arange(problem.orders)
        found = subproblem.solve(problem, orders, problem.own, problem.common, problem.parcels, now)
        assert _cost(problem, found) < _cost(problem, now)
        assert _cost(problem, found) == pytest.approx(proven_bound(problem, lambda: 60.0))

    def test_a_groups_lines_go_only_where_they_are_tried(self) -> None:
        problem = _random(np.random.default_rng(5), 60)
        now, orders = np.full(len(problem.item), NOWHERE), np.arange(problem.orders)
        tried = np.ones((len(now), problem.nodes), dtype=bool)
        tried[:, 0] = False
        supply = problem.own, problem.common, problem.parcels
        found = subproblem.solve(problem, orders, *supply, now, tried)
        assert _cost(problem, found) < _cost(problem, now)
        assert 0 not in found
        assert subproblem.solve(problem, orders, *supply, now, np.zeros_like(tried)).tolist() == now.tolist()


def test_an_order_with_two_lines_of_one_sku_is_refused() -> None:
    with pytest.raises(ValueError, match="two lines of one SKU"):
        model([[1, 1]], [[1, 1]], [[(0, 1), (0, 2)]])
    with pytest.raises(ValueError, match="two lines of one SKU"):
        model([[1, 1]], [[1, 1]], [[(0, 1), (1, 2)]], sku=np.array([0, 0]), own=np.zeros((2, 2), dtype=int),
              unit_cost=np.zeros((2, 2)))  # fmt: skip


def _random(rng: np.random.Generator, orders: int) -> Model:
    lines = [[(int(sku), int(rng.integers(1, 3))) for sku in rng.choice(6, rng.integers(1, 4), replace=False)]
             for _ in range(orders)]  # fmt: skip
    parcels = rng.integers(3, 20, (orders, 3)).tolist()
    problem = model(parcels, rng.integers(0, max(orders // 3, 3), (6, 3)).tolist(), lines)
    return replace(problem, unfilled_cost=np.full(len(problem.item), 40.0), parcels=rng.integers(1, orders + 1, 3))


@pytest.mark.parametrize("seed", range(12))
def test_small_problems_are_solved_as_by_trying_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = _random(rng, 3)
    problem = replace(problem, is_whole=rng.random(3) < 0.3, is_together=rng.random(3) < 0.3)
    plans = itertools.product(range(-1, 3), repeat=len(problem.item))
    cheapest = min(_cost(problem, np.array(plan)) for plan in plans)
    found = optimise(problem, Effort(gap=1e-9))
    assert found.cost == pytest.approx(cheapest)
    assert found.bound <= cheapest + 1e-6
    assert relaxed_bound(problem, lines_split=False) <= cheapest + 1e-6
    assert proven_bound(problem, lambda: 60.0) == pytest.approx(cheapest)
    for known in (cheapest - 2, cheapest, cheapest + 2):
        assert proven_bound(problem, lambda: 60.0, below=known) == pytest.approx(min(cheapest, known))
    assert _cost(problem, found.node) == pytest.approx(found.cost)


def _cost(problem: Model, node: np.ndarray) -> float:
    """What a plan costs; infinite where it is not allowed."""
    supply, orders = Supply(problem), np.arange(problem.orders)
    supply.take(orders, node)
    if not supply.is_enough:
        return np.inf
    for order in orders:
        mine = node[problem.order_start[order] : problem.order_start[order + 1]]
        if problem.is_whole[order] and 0 < (mine == NOWHERE).sum() < len(mine):
            return np.inf
        if problem.is_together[order] and len(set(mine[mine != NOWHERE].tolist())) > 1:
            return np.inf
    return float(order_costs(problem, node, orders).sum())


def test_large_baskets_are_decided_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    baskets, skus, nodes = 60, 50, 4
    rng = np.random.default_rng(0)
    wave = model(
        rng.uniform(100, 900, (baskets, nodes)).tolist(), rng.integers(8, 16, (skus, nodes)).tolist(),
        [[(sku, int(rng.integers(1, 9))) for sku in range(skus)] for _ in range(baskets)],
        unfilled_cost=np.full(baskets * skus, 300.0),
    )  # fmt: skip
    decided: list[int] = []
    solve = subproblem.solve

    def counted(*args: Any) -> Ints:
        answer = solve(*args)
        decided.append(len(answer))
        return answer

    monkeypatch.setattr(subproblem, "solve", counted)
    found = optimise(wave, Effort(improve_rounds=3, gap=1e-9))
    assert decided
    assert max(decided) <= 600
    assert found.bound <= found.cost
