"""What to buy and what to move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oms_core.replenishment.policy.terms import DEFAULTS
from oms_core.replenishment.proposing.proposals import COLUMNS, propose

_TODAY = pd.Timestamp("2026-03-02")
_PROBABILITIES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


#: Neither least order value nor limited room, nor a SKU that is replaced, and nobody was ordered from yet.
UNLIMITED = {
    "days_since_order": None,
    "qty_replaced": 0,
    "shelf_life_days": None,
    "unit_volume_ml": None,
    "min_order_value_minor": None,
    "capacity_units": None,
    "capacity_litres": None,
    "qty_stored": 0.0,
    "stored_ml": 0.0,
}
#: Levels planned with a week's review and the observed lead time; transfers on the default terms.
PLANNED = {
    "review_period_days": 7,
    "review_period_days_observed": 7,
    "lead_time_days_observed": 6.5,
    "lead_time_scope": None,
    "protection_days": 14,
    "qty_demand_mean": 12.0,
    "qty_demand_mean_observed": 12.0,
    "lead_time_days_std": 0.0,
    "replenished_from": None,
    "service_time_days": None,
    "qty_demand_std": None,
    **DEFAULTS,
    **UNLIMITED,
}


def series(location_id: str, position: int, **values: Any) -> dict[str, Any]:
    return {
        "sku": "A",
        "location_id": location_id,
        "qty_on_hand_free": max(position, 0),
        "qty_position": position,
        "qty_reorder_point": 12,
        "qty_order_up_to": 20,
        "lead_time_days_mean": 6.5,
        "supplier_id": "SUP",
        "pack_quantity": 1,
        "min_order_quantity": None,
        "unit_cost_minor": 400,
        "unit_price_minor": 1000,
        "currency": "EUR",
        "is_active": True,
        **PLANNED,
        **values,
    }


def _propose(*series: dict[str, Any]) -> pd.DataFrame:
    positions = pd.DataFrame(series)
    demand = np.tile(stats.poisson.ppf(_PROBABILITIES, 12), len(series))
    grid = positions[["sku", "location_id"]].loc[positions.index.repeat(len(_PROBABILITIES))].reset_index(drop=True)
    grid = grid.assign(probability=np.tile(_PROBABILITIES, len(series)), qty_demand=demand)
    return propose(positions, grid, today=_TODAY)


def test_below_its_reorder_point_a_series_is_bought_up_to_its_level_in_packs() -> None:
    found = _propose(series("W1", 9, pack_quantity=6))
    assert found[["kind", "location_id", "supplier_id", "quantity", "value_minor"]].to_dict("records") == [
        {"kind": "purchase", "location_id": "W1", "supplier_id": "SUP", "quantity": 12, "value_minor": 4800}
    ]
    assert found["expected_date"].iloc[0] == pd.Timestamp("2026-03-09")
    assert found["reason"].iloc[0] == (
        "position 9 is at or below the reorder point 12; up to 20 takes 11; in packs of 6 12"
    )


def test_a_reason_says_what_of_the_position_is_of_a_sku_that_is_replaced() -> None:
    (bought,) = _propose(series("W1", 9, qty_replaced=4)).to_dict("records")
    assert bought["reason"].endswith("takes 11; 4 of the position are of the SKU that it replaces")


def test_what_lies_above_its_reorder_point_is_left_alone() -> None:
    assert _propose(series("W1", 13)).empty
    assert tuple(_propose(series("W1", 13)).columns) == COLUMNS


def test_an_order_takes_at_least_what_the_product_says() -> None:
    (bought,) = _propose(series("W1", 0, min_order_quantity=50, pack_quantity=12)).to_dict("records")
    assert bought["quantity"] == 60
    assert "an order takes at least 50; in packs of 12 60" in bought["reason"]
    (enough,) = _propose(series("W1", 0, min_order_quantity=2)).to_dict("records")
    assert "at least" not in enough["reason"]


def test_what_is_no_longer_bought_or_has_no_supplier_is_not_proposed() -> None:
    assert _propose(series("W1", 0, is_active=False)).empty
    assert _propose(series("W1", 0, supplier_id=None)).empty


def test_a_place_with_too_much_gives_before_anything_is_bought() -> None:
    found = _propose(series("W1", 0), series("W2", 60))
    (move,) = found.to_dict("records")
    assert (move["kind"], move["from_location_id"], move["location_id"]) == ("transfer", "W2", "W1")
    assert 12 < move["quantity"] <= 20
    assert move["gain_minor"] > 0
    assert move["expected_date"] == pd.Timestamp("2026-03-04")


def test_a_transfer_s_gain_and_days_are_those_that_are_planned_with() -> None:
    """A lead time that a rule set to thrice the observed one: more demand is to be covered, and more is won there."""
    planned = {
        "lead_time_days_mean": 21.0,
        "lead_time_scope": "location:W1",
        "protection_days": 28,
        "qty_demand_mean": 24.0,
        "transfer_days": 5,
    }
    (observed,) = _propose(series("W1", 0), series("W2", 60)).to_dict("records")
    (longer,) = _propose(series("W1", 0, **planned), series("W2", 60)).to_dict("records")
    assert longer["quantity"] == 20 > observed["quantity"]
    assert longer["gain_minor"] > observed["gain_minor"]
    assert longer["expected_date"] == pd.Timestamp("2026-03-07")


def test_no_unit_moves_that_its_own_place_needs() -> None:
    found = _propose(series("W1", 0), series("W2", 23))
    assert found.set_index("kind")["quantity"].to_dict() == {"purchase": 17, "transfer": 3}


def test_a_transfer_that_costs_more_than_it_gains_is_not_made() -> None:
    dear = series("W1", 0, transfer_cost_minor=1_000_000)
    assert _propose(dear, series("W2", 60))["kind"].tolist() == ["purchase"]
    # What it costs is a term of the place that receives.
    assert "transfer" in set(_propose(series("W1", 0), series("W2", 60, transfer_cost_minor=1_000_000))["kind"])
    assert _propose(series("W1", 0, unit_price_minor=400), series("W2", 60, unit_price_minor=400))["kind"].tolist() == [
        "purchase"
    ]


def test_stock_that_is_only_on_its_way_cannot_be_moved() -> None:
    found = _propose(series("W1", 0), series("W2", 60, qty_on_hand_free=2))
    assert (found.loc[found["kind"] == "transfer", "quantity"] <= 2).all()


def test_without_series_nothing_is_proposed_and_without_a_grid_it_is_said() -> None:
    assert propose(pd.DataFrame([series("W1", 1)]).iloc[:0], pd.DataFrame(), today=_TODAY).empty
    with pytest.raises(ValueError, match="no interval demand for 1 series"):
        propose(
            pd.DataFrame([series("W1", 1)]),
            pd.DataFrame(
                {"sku": ["B"] * 2, "location_id": ["W1"] * 2, "probability": [0.5, 0.9], "qty_demand": [1.0, 2.0]}
            ),
            today=_TODAY,
        )


def bought(*series: dict[str, Any]) -> dict[str, Any]:
    found = _propose(*({**one, "sku": f"S{number}"} for number, one in enumerate(series)))
    return found.set_index("sku").to_dict("index")


def test_an_order_below_its_supplier_s_minimum_is_filled_by_days_of_cover_where_waiting_costs_more() -> None:
    """Short of everything: a week's wait would lose margin, and what fills the order up sells within days."""
    empty = series("W1", 0, min_order_value_minor=20_000)
    full = series("W1", 18, min_order_value_minor=20_000)
    found = bought(empty, full)
    value = sum(row["value_minor"] for row in found.values())
    assert 20_000 <= value <= 20_000 + 2 * 400
    # 12 units in 14 days of each; both are lifted to the same days, what is there counted.
    assert found["S0"]["quantity"] - 18 - found["S1"]["quantity"] in (-1, 0, 1)
    assert pd.isna(found["S0"]["waits_for"])
    assert "the order comes to EUR 88.00, SUP asks for EUR 200.00: filled up to " in found["S0"]["reason"]
    assert found["S1"]["reason"].startswith(
        "position 18 is above the reorder point 12; the order takes it along up to its level; the order comes to"
    )


def test_an_order_below_its_supplier_s_minimum_waits_where_that_costs_less() -> None:
    """Hardly short, holding is dear, and two days' demand make the minimum up: it waits, and says so."""
    found = bought(series("W1", 12, min_order_value_minor=4_000, holding_share=5.0))
    assert found["S0"]["waits_for"] == "minimum_value"
    assert found["S0"]["quantity"] == 8
    assert "SUP asks for EUR 40.00: it waits, as filling it up would cost EUR " in found["S0"]["reason"]
    never = bought(series("W1", 0, min_order_value_minor=100_000, shelf_life_days=21))
    assert "not even a year's demand makes up" in never["S0"]["reason"]
    other = bought(series("W1", 0, min_order_value_minor=8_000))
    assert pd.isna(other["S0"]["waits_for"])
    assert other["S0"]["quantity"] == 20


def test_a_place_s_room_goes_to_what_wins_most_with_it_and_the_rest_waits() -> None:
    room = {"capacity_units": 130, "qty_stored": 100.0}
    found = bought(
        series("W1", 0, **room, unit_price_minor=5000),
        series("W1", 0, **room),
        series("W1", 12, **room, unit_price_minor=410),
    )
    given = {sku: row["quantity"] for sku, row in found.items() if pd.isna(row["waits_for"])}
    assert sum(given.values()) == 30
    assert given["S0"] > given["S1"] > 0
    assert found["S1"]["reason"].endswith(f"; there is room for {given['S1']} of 20")
    assert (found["S2"]["quantity"], found["S2"]["waits_for"]) == (8, "capacity")
    assert found["S2"]["reason"].endswith("it waits: there is no room for it at W1")


def test_room_is_reckoned_by_volume_where_products_have_one_and_in_whole_packs() -> None:
    room = {"capacity_litres": 10, "stored_ml": 1_000.0, "unit_volume_ml": 500, "pack_quantity": 4}
    (found,) = bought(series("W1", 0, **room)).values()
    assert found["quantity"] == 16
    (none,) = bought(series("W1", 0, **room, min_order_quantity=20)).values()
    assert none["waits_for"] == "capacity"


def test_what_there_is_room_for_must_still_reach_the_minimum() -> None:
    room = {"capacity_units": 5, "qty_stored": 0.0, "min_order_value_minor": 4_000}
    (found,) = bought(series("W1", 0, **room)).values()
    assert found["waits_for"] == "minimum_value"
    assert "what there is room for is below its supplier's minimum" in found["reason"]


def test_what_is_too_large_for_the_room_does_not_keep_out_what_fits() -> None:
    """A pallet wins most for its room and has none: what comes by the piece is bought all the same."""
    room = {"capacity_units": 130, "qty_stored": 100.0}
    found = bought(
        series("W1", -100, **room, unit_price_minor=90_000, pack_quantity=144),
        series("W1", 0, **room),
    )
    assert found["S0"]["waits_for"] == "capacity"
    assert (found["S1"]["quantity"], found["S1"]["waits_for"]) == (20, None)
