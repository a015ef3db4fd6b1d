"""The reference ledger and the proofs: each proof returns the offenders and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from oms_core.contracts import PUBLISHED
from oms_core.inventory.ledger import (
    KINDS,
    Count,
    Movement,
    count_variances,
    days_that_do_not_sum,
    negative_positions,
    on_hand,
    over_reserved_positions,
    positions_off_ledger,
    postings,
    unbalanced_movements,
)


def at(hour: int) -> datetime:
    return datetime(2026, 5, 31, hour, tzinfo=UTC)


def moved(kind: str, quantity: int, hour: int = 8, sku: str = "SKU-1") -> Movement:
    return Movement(f"{kind}-{hour}", kind, sku, "WH", quantity, at(hour))


def counted(quantity: int, hour: int) -> Count:
    return Count(f"count-{hour}", "SKU-1", "WH", quantity, at(hour))


def test_kinds_and_accounts_are_those_of_the_published_contract() -> None:
    contract = PUBLISHED["fct_inventory_postings"]
    assert set(KINDS) == set(contract["movement_kind"].allowed)
    assert {account for _, account in KINDS.values()} | {"on_hand"} == set(contract["account"].allowed)


@pytest.mark.parametrize(
    ("kind", "quantity", "on_hand_change"),
    [
        ("receipt", 5, 5),
        ("shipment", 5, -5),
        ("sale", 2, -2),
        ("return", 1, 1),
        ("adjustment", -3, -3),
        ("transfer_out", 4, -4),
    ],
)
def test_a_movement_posts_on_hand_and_its_mirror(kind: str, quantity: int, on_hand_change: int) -> None:
    own, other = postings(moved(kind, quantity))
    assert (own.account, own.quantity, other.quantity) == ("on_hand", on_hand_change, -on_hand_change)


def test_a_kind_or_sign_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no movement is called 'theft'"):
        postings(moved("theft", 1))
    with pytest.raises(ValueError, match="stated positive, not -1"):
        postings(moved("receipt", -1))


def test_the_first_count_is_held_against_all_movements_before_it() -> None:
    (variance,) = count_variances([moved("opening", 10, 1), moved("shipment", 3, 2)], [counted(6, 5)])
    assert (variance.kind, variance.quantity, variance.effective_at) == ("count_variance", -1, at(5))


def test_a_later_count_is_held_against_the_count_before_it() -> None:
    movements = [moved("opening", 10, 1), moved("shipment", 3, 6)]
    assert [v.quantity for v in count_variances(movements, [counted(8, 7), counted(9, 5)])] == [-1, 2]


def test_a_count_that_agrees_posts_nothing() -> None:
    assert count_variances([moved("opening", 10, 1)], [counted(10, 5)]) == []


def test_unbalanced_movements_are_named_with_what_is_missing() -> None:
    frame = pd.DataFrame({"movement_id": ["a", "a", "b"], "sku": ["S", "S", "S"], "quantity": [5, -5, 2]})
    assert unbalanced_movements(frame).to_dict("records") == [{"movement_id": "b", "sku": "S", "quantity": 2}]


def test_a_movement_that_balances_only_across_skus_is_unbalanced() -> None:
    frame = pd.DataFrame({"movement_id": ["a", "a"], "sku": ["S", "T"], "quantity": [5, -5]})
    assert list(unbalanced_movements(frame)["sku"]) == ["S", "T"]


def test_days_that_do_not_sum_are_returned() -> None:
    names = ["qty_opening", "qty_received", "qty_issued", "qty_returned", "qty_adjusted", "qty_closing"]
    daily = pd.DataFrame([[10, 5, -3, 1, 0, 13], [10, 5, -3, 1, 0, 12]], columns=names)
    assert list(days_that_do_not_sum(daily).index) == [1]


def test_positions_below_zero_or_promised_beyond_what_lies_there_are_returned() -> None:
    position = pd.DataFrame({"qty_on_hand": [5, 5, -2, -2, 0], "qty_reserved": [5, 6, 0, 1, -1]})
    assert list(negative_positions(position).index) == [2, 3]
    assert list(over_reserved_positions(position).index) == [1, 3, 4]


def test_positions_that_are_not_the_sum_of_their_postings_are_returned() -> None:
    position = pd.DataFrame({"sku": ["A", "B"], "location_id": ["WH", "WH"], "qty_on_hand": [5, 5]})
    ledger = pd.DataFrame(
        {
            "sku": ["A", "A", "B", "C", "C"],
            "location_id": ["WH"] * 5,
            "account": ["on_hand", "on_hand", "on_hand", "on_hand", "supplier"],
            "quantity": [7, -2, 4, 1, -1],
        }
    )
    assert positions_off_ledger(position, ledger)[["sku", "qty_on_hand", "qty_posted"]].to_dict("records") == [
        {"sku": "B", "qty_on_hand": 5, "qty_posted": 4},
        {"sku": "C", "qty_on_hand": 0, "qty_posted": 1},
    ]


def test_balances_are_kept_by_sku_and_location() -> None:
    movements = [moved("receipt", 5, 1), moved("sale", 2, 2), moved("receipt", 1, 3, sku="SKU-2")]
    assert on_hand(movements) == {("SKU-1", "WH"): 3, ("SKU-2", "WH"): 1}
