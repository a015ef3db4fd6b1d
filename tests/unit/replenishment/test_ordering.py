"""When to order and how much."""

from __future__ import annotations

import numpy as np
import pytest

from oms_core.replenishment.proposing.ordering import economic_order_quantity, in_packs, order_quantity

_POSITION = np.array([25, 20, 19, 3, -7])


def _ordered(policy: str, is_review: bool = True) -> list[int]:
    count = _POSITION.size
    return order_quantity(
        policy,
        _POSITION,
        reorder_point=np.full(count, 19),
        order_up_to=np.full(count, 24),
        lot=np.full(count, 8),
        is_review=np.full(count, is_review),
    ).tolist()


def test_review_policy_orders_up_to_its_level_on_its_day_only() -> None:
    assert _ordered("RS") == [0, 4, 5, 21, 31]
    assert _ordered("RS", is_review=False) == [0, 0, 0, 0, 0]


def test_reorder_point_policy_waits_until_the_position_is_low() -> None:
    assert _ordered("sS", is_review=False) == [0, 0, 5, 21, 31]


def test_lot_policy_orders_whole_lots_until_the_position_is_above_the_point() -> None:
    ordered = _ordered("rQ")
    assert ordered == [0, 0, 8, 24, 32]
    assert all(19 < position + lots <= 27 for position, lots in zip(_POSITION, ordered, strict=True) if lots)


def test_base_stock_orders_what_was_taken() -> None:
    assert _ordered("base_stock", is_review=False) == [0, 4, 5, 21, 31]


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(ValueError, match="not 'min_max'"):
        _ordered("min_max")


def test_orders_come_in_whole_packs() -> None:
    assert in_packs(np.array([5, 5, 6, 13, 0]), np.array([1, 6, 6, 6, 6])).tolist() == [5, 6, 6, 18, 0]


def test_snyder_shen_example_3_1_economic_order_quantity() -> None:
    found = economic_order_quantity(np.array([1300.0]), 8.0, np.array([0.225]))
    assert found[0] == pytest.approx(304.0467800, abs=1e-6)
    cost = 8.0 * 1300.0 / found[0] + 0.225 * found[0] / 2
    assert cost == pytest.approx(68.4105255, abs=1e-6)
    with pytest.raises(ValueError, match="holding cost"):
        economic_order_quantity(np.array([1.0]), 8.0, np.array([0.0]))
