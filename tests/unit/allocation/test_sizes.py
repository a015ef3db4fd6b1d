"""Prices of lines by their size: which lines of a SKU fit its stock, and a bound that no plan is below."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from oms_core.allocation.costed.model import Model
from oms_core.allocation.solvers.optimiser.plans import MOST_UNITS, Prices, best_plans
from oms_core.allocation.solvers.optimiser.prices import find_prices, sharpen
from oms_core.allocation.solvers.optimiser.sizes import Sizes
from oms_core.allocation.solvers.optimiser.subproblem import proven_bound
from oms_core.arrays import Floats


def of_one_sku(quantities: list[int], stock: list[int], seed: int = 0) -> Model:
    """An order for each of `quantities`; parcels of different costs."""
    rng, lines = np.random.default_rng(seed), len(quantities)
    return Model(
        order_start=np.arange(lines + 1),
        lane=np.arange(lines),
        item=np.zeros(lines, dtype=np.int64),
        quantity=np.array(quantities, dtype=np.int64),
        unfilled_cost=np.full(lines, 45.0),
        parcel_cost=rng.integers(5, 20, (lines, len(stock))).astype(float),
        unit_cost=np.zeros((1, len(stock))),
        sku=np.zeros(1, dtype=np.int64),
        own=np.zeros((1, len(stock)), dtype=np.int64),
        common=np.array([stock], dtype=np.int64),
        parcels=np.full(len(stock), 10**9),
        is_whole=np.zeros(lines, dtype=bool),
        is_together=np.zeros(lines, dtype=bool),
    )


def always() -> bool:
    return True


@pytest.mark.parametrize("seed", range(20))
def test_the_lines_that_fetch_most_are_those_found_by_trying_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quantities = rng.choice([1, 1, 1, 2, 2, 3, 5], rng.integers(4, 12)).tolist()
    stock = rng.integers(1, 5, 3)
    sizes, price = Sizes.of(of_one_sku(quantities, stock.tolist())), rng.uniform(0, 50, (1, MOST_UNITS))
    if not sizes.is_priced[0]:
        return
    best = sizes.best(price)
    assert best @ sizes.size <= stock.sum()
    assert (price * best).sum() == pytest.approx(_most(sizes, price[0], int(stock.sum())))


def _most(sizes: Sizes, price: Floats, stock: int) -> float:
    counts = itertools.product(*(range(most + 1) for most in sizes.lines[0]))
    return max(float(np.dot(price, count)) for count in counts if np.dot(sizes.size, count) <= stock)


def test_no_more_lines_of_a_size_fit_than_nodes_hold_each_by_itself() -> None:
    sizes = Sizes.of(of_one_sku([3, 3, 3, 1, 1, 1, 1, 1], [2, 3, 2]))
    assert sizes.lines[0].tolist() == [5, 0, 1, 0, 0, 0, 0, 0]
    assert sizes.is_priced[0]
    assert sizes.share == 1


@pytest.mark.parametrize(
    ("quantities", "stock"),
    [([1, 2], [3]), ([1, 1, MOST_UNITS + 1], [4, 4]), ([1] * 300, [20])],
    ids=["enough", "a large line", "more short than a line matters for"],
)
def test_sizes_have_no_price_where(quantities: list[int], stock: list[int]) -> None:
    model = of_one_sku(quantities, stock)
    assert not Sizes.of(model).is_priced.any()
    assert Sizes.of(model).share == 0
    rough = find_prices(model, 10, always)
    assert not sharpen(model, rough, 20, always).prices.line.any()


def test_a_price_by_size_proves_that_two_lines_of_two_do_not_fit_three_units() -> None:
    """Prices a unit say that a line and a half do."""
    model = replace(of_one_sku([2, 2], [2, 1]), parcel_cost=np.full((2, 2), 10.0))
    fits = replace(of_one_sku([2, 2, 2], [2, 1, 2]), parcel_cost=np.full((3, 3), 10.0))
    for each, cheapest in ((model, 55.0), (fits, 65.0)):
        assert sharpen(each, find_prices(each, 20, always), 80, always).bound == pytest.approx(cheapest, rel=0.01)


@pytest.mark.parametrize("seed", range(10))
def test_no_plan_is_below_the_bound_whatever_its_sizes_and_whoever_may_have_the_stock(seed: int) -> None:
    rng = np.random.default_rng(seed)
    orders, skus, nodes = 12, 3, 3
    pairs = np.flatnonzero(rng.random(orders * skus) < 0.4)
    order, sku = np.divmod(pairs, skus)
    names, order = np.unique(order, return_inverse=True)
    quantity = rng.choice([1, 1, 2, 3, 12 if seed % 2 else 4], len(pairs))
    is_second = rng.integers(0, 2, len(pairs))
    stock = rng.integers(0, 9, (skus, nodes))
    own = np.vstack([rng.integers(0, 3, (skus, nodes)), np.zeros((skus, nodes), dtype=np.int64)])
    model = Model(
        order_start=np.searchsorted(order, np.arange(len(names) + 1)), lane=np.arange(len(names)),
        item=sku + skus * is_second, quantity=quantity, unfilled_cost=np.full(len(pairs), 45.0),
        parcel_cost=rng.uniform(5, 20, (len(names), nodes)), unit_cost=rng.uniform(0, 1, (2 * skus, nodes)),
        sku=np.tile(np.arange(skus), 2), own=own, common=stock, parcels=rng.integers(3, orders, nodes),
        is_whole=rng.random(len(names)) < 0.2, is_together=rng.random(len(names)) < 0.2,
    )  # fmt: skip
    found = sharpen(model, find_prices(model, 20, always), 80, always)
    cheapest = proven_bound(model, lambda: 60.0)
    assert found.bound <= cheapest + 1e-6
    assert proven_bound(model, lambda: 60.0, found.prices) == pytest.approx(cheapest)
    plans_of_all = sharpen(model, find_prices(model, 20, always, lines_split=True), 80, always, lines_split=True)
    assert plans_of_all.bound <= found.bound + 1e-6
    assert not plans_of_all.prices.line.any()


@pytest.mark.parametrize("lines", [8, 9])
def test_the_bound_of_a_large_order_is_that_of_trying_every_set_of_nodes(lines: int) -> None:
    rng, nodes = np.random.default_rng(lines), 5
    model = replace(
        of_one_sku([1] * lines, [9] * nodes), order_start=np.array([0, lines]), lane=np.zeros(1, dtype=np.int64),
        item=np.arange(lines), sku=np.arange(lines), unit_cost=rng.uniform(0, 20, (lines, nodes)),
        parcel_cost=rng.uniform(5, 20, (1, nodes)), own=np.zeros((lines, nodes), dtype=np.int64),
        common=np.full((lines, nodes), 9), is_whole=np.zeros(1, dtype=bool), is_together=np.zeros(1, dtype=bool),
        unfilled_cost=np.full(lines, 15.0),
    )  # fmt: skip
    everyone = np.arange(1)
    plans = best_plans(model, everyone, Prices.none(model), model.common, model.parcels > 0, with_bound=True)
    sets = [list(some) for size in range(nodes + 1) for some in itertools.combinations(range(nodes), size)]
    cheapest = min(
        model.parcel_cost[0, some].sum() + np.minimum(model.unit_cost[:, some].min(axis=1, initial=15.0), 15.0).sum()
        for some in sets
    )
    assert plans.bound[0] == pytest.approx(cheapest)
    assert plans.cost[0] >= cheapest - 1e-9
