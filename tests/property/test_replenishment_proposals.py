"""What must hold of any proposals, whatever the positions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oms_core.replenishment.policy.terms import DEFAULTS
from oms_core.replenishment.proposing.proposals import propose

_TODAY = pd.Timestamp("2026-03-02")
_PROBABILITIES = np.array([0.5, 0.75, 0.9, 0.99])


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A few SKUs at a few locations: some short, some full, some with all their stock still on its way."""
    rows, grid = [], []
    for sku in range(draw(st.integers(1, 3))):
        cost = draw(st.integers(0, 900))
        for place in range(draw(st.integers(1, 4))):
            mean = draw(st.integers(1, 40))
            level = int(stats.poisson.ppf(0.95, mean))
            position = draw(st.integers(-20, 120))
            key = {"sku": f"S{sku}", "location_id": f"L{place}"}
            rows.append(
                key
                | {
                    "qty_on_hand_free": draw(st.integers(0, max(position, 0))),
                    "qty_position": position,
                    "qty_reorder_point": draw(st.integers(0, level)),
                    "qty_order_up_to": level,
                    "lead_time_days_mean": 5.0,
                    "supplier_id": draw(st.sampled_from(["SUP", None])),
                    "pack_quantity": draw(st.integers(1, 12)),
                    "min_order_quantity": None,
                    "unit_cost_minor": cost,
                    "unit_price_minor": 1000,
                    "currency": "EUR",
                    "is_active": draw(st.booleans()),
                    "lead_time_days_std": 0.0,
                    "replenished_from": None,
                    "service_time_days": None,
                    "qty_demand_std": None,
                    "qty_replaced": 0,
                    "shelf_life_days": None,
                    "unit_volume_ml": None,
                    "min_order_value_minor": None,
                    "capacity_units": None,
                    "capacity_litres": None,
                    "qty_stored": 0.0,
                    "stored_ml": 0.0,
                    "lead_time_days_observed": 5.0,
                    "lead_time_scope": None,
                    "review_period_days": 7,
                    "review_period_days_observed": 7,
                    "days_since_order": draw(st.one_of(st.none(), st.integers(0, 9))),
                    "protection_days": 12,
                    "qty_demand_mean": float(mean),
                    "qty_demand_mean_observed": float(mean),
                }
            )
            demand = stats.poisson.ppf(_PROBABILITIES, mean)
            grid += [key | {"probability": p, "qty_demand": q} for p, q in zip(_PROBABILITIES, demand, strict=True)]
    return pd.DataFrame(rows), pd.DataFrame(grid)


@given(_worlds(), st.integers(0, 2_000))
@settings(max_examples=60)
def test_no_place_gives_what_it_needs_or_has_not_and_what_is_bought_reaches_the_level(
    world: tuple[pd.DataFrame, pd.DataFrame], fixed_minor: int
) -> None:
    positions, grid = world
    positions = positions.assign(**(DEFAULTS | {"transfer_cost_minor": fixed_minor}))
    found = propose(positions, grid, today=_TODAY)
    moves, purchases = found[found["kind"] == "transfer"], found[found["kind"] == "purchase"]
    state = positions.set_index(["sku", "location_id"])
    given_away = moves.groupby(["sku", "from_location_id"])["quantity"].sum()
    for key, quantity in given_away.items():
        place = state.loc[key]
        assert quantity <= place["qty_on_hand_free"]
        assert place["qty_position"] - quantity >= place["qty_order_up_to"]
    received = moves.groupby(["sku", "location_id"])["quantity"].sum()
    assert (moves["gain_minor"] > 0).all()
    for row in purchases.itertuples():
        place = state.loc[(row.sku, row.location_id)]
        position = place["qty_position"] + received.get((row.sku, row.location_id), 0)
        assert row.qty_position == position
        assert row.quantity % place["pack_quantity"] == 0
        if position <= place["qty_reorder_point"]:
            assert position + row.quantity >= place["qty_order_up_to"]
            assert position + row.quantity - place["pack_quantity"] < place["qty_order_up_to"]
        else:
            # An order takes it along, with what is low and does not wait.
            assert position + row.quantity <= place["qty_order_up_to"]
            assert (purchases["qty_position"] <= purchases["qty_reorder_point"]).any()

    shuffled = positions.sample(frac=1, random_state=7).reset_index(drop=True)
    again = propose(shuffled, grid, today=_TODAY)
    pd.testing.assert_frame_equal(again, found)
