"""Rows that cut mixtures of plans off, and no plan."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from oms_core.allocation.solvers.optimiser import knapsacks
from oms_core.allocation.solvers.optimiser.cuts import Columns, Cuts


def fillings(weight: np.ndarray, capacity: int) -> np.ndarray:
    every = np.array(list(itertools.product((0, 1), repeat=len(weight))))
    return np.asarray(every[every @ weight <= capacity])


@pytest.mark.parametrize("seed", range(30))
def test_a_row_cuts_a_point_off_and_no_filling(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight, capacity = rng.integers(1, 5, 8), int(rng.integers(4, 9))
    point = np.where(rng.random(8) < 0.7, rng.random(8), 0.0)
    point *= min(1.0, capacity / (point @ weight))
    every, counts = fillings(weight, capacity), knapsacks.cut(point, weight, capacity)
    if counts is not None:
        assert counts @ point > 1
        assert (every @ counts).max() <= 1 + 1e-9
    mixture = rng.dirichlet(np.full(len(every), 0.05)) @ every
    assert knapsacks.cut(mixture, weight, capacity) is None


def test_three_units_serve_one_line_of_two() -> None:
    counts = knapsacks.cut(np.array([0.75, 0.75, 0.0]), np.array([2, 2, 2]), 3)
    assert counts == pytest.approx(np.ones(3), abs=1e-6)


def test_items_that_the_point_leaves_out_count_as_much_as_they_may() -> None:
    counts = knapsacks.cut(np.array([0.75, 0.75, 0.0, 0.0]), np.array([2, 2, 3, 1]), 3)
    assert counts == pytest.approx(np.array([1, 1, 1, 0]), abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_every_plan_of_an_order_obeys_its_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, quantity, stock, sku = 3, rng.integers(1, 3, 4), rng.integers(2, 4, (2, 3)), np.array([0, 0, 1, 1])
    line, node = np.nonzero(quantity[:, None] <= stock[sku])
    columns = Columns(
        np.arange(len(line)), line, node, sku[line], quantity[line], np.zeros_like(line),
        len(line) + np.arange(nodes)[None], stock,
    )  # fmt: skip
    cuts, found = Cuts(columns), 0
    plans = [chosen for chosen in itertools.product((0, 1), repeat=len(line)) if _is_plan(np.array(chosen), columns)]
    for _ in range(30):
        # Every line is parted between two nodes.
        shares = rng.permuted(np.tile([0.5, 0.5, 0.0], (4, 1)), axis=1)[line, node]
        sent = np.array([shares[node == one].max(initial=0.0) for one in range(nodes)])
        point = np.concatenate([shares, sent])
        for column, counts, most in cuts.broken(point):
            found += 1
            assert point[column] @ counts > most
            for plan in plans:
                whole = np.concatenate([plan, [any(np.array(plan)[node == one]) for one in range(nodes)]])
                assert whole[column] @ counts <= most + 1e-9
    assert found


def _is_plan(chosen: np.ndarray, columns: Columns) -> bool:
    once = np.bincount(columns.line[chosen > 0], minlength=4).max() <= 1
    units = np.zeros(columns.stock.shape)
    np.add.at(units, (columns.sku, columns.node), chosen * columns.quantity)
    return bool(once and (units <= columns.stock).all())
