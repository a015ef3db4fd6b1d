"""All orders decided together, after groups of them; the same plan by any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.allocation.costed.model import Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser import Effort, improve, optimise, subproblem
from oms_core.allocation.solvers.optimiser.plans import Prices
from oms_core.allocation.solvers.optimiser.program import Broken, Program
from oms_core.allocation.solvers.optimiser.subproblem import proven_bound, solve_all
from oms_core.arrays import Bools, Floats, Ints
from tests.unit.allocation.test_optimiser import model

FIRST = Effort(improve_rounds=0, exchange_rounds=0)


def wave(orders: int, seed: int) -> Model:
    """Orders of one to three lines, mostly of one unit, of thirty SKUs, of which four nodes have most of what is asked
    for."""
    rng = np.random.default_rng(seed)
    lines = [
        [(int(sku), 1 + int(rng.random() < 0.1)) for sku in rng.choice(30, rng.integers(1, 4), replace=False)]
        for _ in range(orders)
    ]
    stock = rng.multinomial(orders // 15, [0.4, 0.3, 0.2, 0.1], size=30)
    problem = model(rng.uniform(3, 20, (orders, 4)).tolist(), stock.tolist(), lines)
    many = {"unfilled_cost": np.full(len(problem.item), 40.0), "parcels": np.full(4, orders // 2)}
    return replace(problem, **many)  # type: ignore[arg-type]


def cost(problem: Model, node: Ints) -> float:
    """What a plan costs, which has to keep within the supply."""
    supply, orders = Supply(problem), np.arange(problem.orders)
    supply.take(orders, node)
    assert supply.is_enough
    return float(order_costs(problem, node, orders).sum())


def test_orders_decided_together_cost_what_is_proven() -> None:
    problem = wave(60, seed=1)
    now = optimise(problem, FIRST).node
    found = solve_all(problem, now, lambda: 600.0)
    assert cost(problem, found) < cost(problem, now)
    assert cost(problem, found) == pytest.approx(proven_bound(problem, lambda: 60.0), rel=1e-4)


def test_without_time_the_plan_stays() -> None:
    problem = wave(100, seed=2)
    now = optimise(problem, FIRST).node
    for seconds in (0.0, -1.0):
        assert solve_all(problem, now, lambda left=seconds: left).tolist() == now.tolist()  # type: ignore[misc]


def soon(patch: pytest.MonkeyPatch) -> None:
    """Groups are small, and all orders come together after the second round of them."""
    patch.setattr(improve, "_GROUP", 20)
    patch.setattr(improve, "_SMALL_ROUNDS", 1)
    patch.setattr(improve, "_SMALL_TIMES", 0.1)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the plan cost before and after, each time that all orders came together."""
    costs: list[float] = []

    def told(problem: Model, now: Ints, left: Callable[[], float], tried: Bools | None, prices: Prices) -> Ints:
        answer = solve_all(problem, now, left, tried, prices)
        costs.extend([cost(problem, now), cost(problem, answer)])
        return answer

    soon(monkeypatch)
    monkeypatch.setattr(subproblem, "solve_all", told)
    return costs


def test_all_orders_come_together_once_and_groups_go_on_from_there(together: list[float]) -> None:
    problem = wave(100, seed=4)
    found = optimise(problem, Effort(improve_rounds=8, gap=1e-9))
    before, after = together
    assert after < before
    assert cost(problem, found.node) == pytest.approx(found.cost)
    assert found.bound <= found.cost <= after


def test_more_lines_than_are_decided_together_are_left_to_groups(
    together: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(improve, "_TOGETHER_LINES", 100)
    optimise(wave(100, seed=5), Effort(improve_rounds=5, gap=1e-9))
    assert not together


def test_with_too_few_seconds_for_all_orders_groups_go_on(together: list[float]) -> None:
    optimise(wave(100, seed=4), Effort(improve_rounds=8, gap=1e-9), seconds_left=lambda: 0.5)
    assert not together


@pytest.mark.usefixtures("together")
def test_all_orders_together_have_no_more_seconds_than_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    solve_tight = Program.solve_tight

    def told(program: Program, start: Floats, broken: Broken, seconds_left: Callable[[], float]) -> Floats:
        asked.append(seconds_left())
        return solve_tight(program, start, broken, seconds_left)

    monkeypatch.setattr(Program, "solve_tight", told)
    optimise(wave(100, seed=5), Effort(improve_rounds=5, gap=1e-9), seconds_left=lambda: 77.0)
    assert asked == [77.0]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_one_thread_finds_the_plan_that_two_find(seed: int) -> None:
    problem, found = wave(100, seed), []
    for threads in (1, 2):
        with pytest.MonkeyPatch.context() as patch:
            soon(patch)
            patch.setattr(improve, "_THREADS", threads)
            found.append(optimise(problem, Effort(improve_rounds=5, gap=1e-9)).node.tolist())
    assert found[0] == found[1]
