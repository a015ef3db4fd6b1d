"""Places that replenish each other, planned together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oms_core.replenishment.backtest import LevelsInForce, Setting, run_policy
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import grid_in_force, safety_stock, what_if
from oms_core.replenishment.holding.network import (
    demand_correlation,
    linked,
    own_deviation,
    pooled_quantiles,
    source_rows,
    sources_of,
    with_sources,
)
from oms_core.replenishment.policy.targets import PolicyRule

_PROBABILITIES = np.array([0.005, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995])
_RULES = [PolicyRule("default", "*", 0.95)]
_APART = [PolicyRule("default", "*", 0.95, network_planning=0)]
_SOURCES = {"S1": "W", "S2": "W", "S3": "W", "S4": "W"}


def _world(rate: dict[str, float], sources: dict[str, str] = _SOURCES, **terms: Any) -> tuple[pd.DataFrame, ...]:
    """A week's review, two weeks' supply: Poisson demand of so many a day at each place; intervals, means, grid."""
    days = 21
    places = sorted(rate)
    intervals = pd.DataFrame(
        {
            "sku": "A",
            "location_id": places,
            "supplier_id": "SUP",
            "abc_class": "A",
            "review_period_days": 7,
            "lead_time_days_mean": 14.0,
            "lead_time_days_std": 0.0,
            "protection_days": days,
            "unit_cost_minor": 400,
            "unit_margin_minor": 600,
            "shelf_life_days": pd.array([None] * len(places), dtype="Int64"),
            "currency": "EUR",
            "supply_note": "",
            "replenished_from": [sources.get(place) for place in places],
            "demand_correlation": 0.0,
            **terms,
        }
    )
    means = intervals[["sku", "location_id"]].assign(qty_demand_mean=[rate[place] * days for place in places])
    rows = [
        {"sku": "A", "location_id": place, "probability": p, "qty_demand": q, "qty_lead_time_demand": lead}
        for place in places
        for p, q, lead in zip(
            _PROBABILITIES,
            np.maximum(stats.poisson.ppf(_PROBABILITIES, rate[place] * days) - 0.5, 0.0),
            np.maximum(stats.poisson.ppf(_PROBABILITIES, rate[place] * 14) - 0.5, 0.0),
            strict=True,
        )
    ]
    return intervals, means, pd.DataFrame(rows)


def _night(world: tuple[pd.DataFrame, ...], rules: list[PolicyRule] = _RULES) -> pd.DataFrame:
    classes = pd.DataFrame(
        columns=["sku", "location_id", "xyz_class", "demand_pattern", "demand_interval_weeks", "demand_size_cv2"]
    ).astype({"sku": "str", "location_id": "str"})
    return safety_stock(*world, classes=classes, rules=rules, policy_version=1)


_STORES = {"S1": 2.0, "S2": 2.0, "S3": 2.0, "S4": 2.0}


def test_stores_protect_their_transfer_and_the_warehouse_the_supplier_s_lead_time_for_all_of_them() -> None:
    found = _night(_world({"W": 0.0, **_STORES})).set_index("location_id")
    assert found["protection_days"].to_dict() == {"S1": 9, "S2": 9, "S3": 9, "S4": 9, "W": 21}
    assert found.loc["S1", "lead_time_days_mean"] == 2
    assert (found.loc["W", "qty_demand_mean"], found.loc["W", "qty_demand_mean_observed"]) == (168.0, 0.0)
    # √(4 · 42) of four Poisson demands over 21 days.
    assert found.loc["W", "qty_demand_std"] == pytest.approx(np.sqrt(168), rel=0.05)
    assert found.loc["W", "qty_order_up_to"] == pytest.approx(stats.poisson.ppf(0.95, 168), abs=3)
    assert found["service_time_days"].tolist() == [0] * 5


def test_the_same_unit_is_not_protected_twice() -> None:
    """Replayed over five years: with stores that protect the supplier's lead time, beside a warehouse that does so for
    all of them, there is a quarter more stock than with stores that protect what they take to get there.
    """
    world = _world({"W": 0.0, **_STORES})
    together, apart = _night(world), _night(world, _APART)
    twice = together.copy()
    stores = twice["location_id"] != "W"
    for name in ("qty_order_up_to", "qty_reorder_point"):
        twice.loc[stores, name] = apart.loc[stores, name]
    demand = np.zeros((5, 1820), dtype=np.int64)
    demand[stores] = np.random.default_rng(4).poisson(2.0, (4, 1820))
    source = source_rows(together)
    lead = np.where(source >= 0, 2, 14)[:, None].repeat(1820, axis=1)
    setting = Setting("RS", np.full(5, 7), lead, np.ones(5, dtype=np.int64), source=source)
    outcomes = [
        run_policy(
            demand,
            [LevelsInForce(0, *(frame[name].to_numpy(dtype=np.int64) for name in
                                ("qty_order_up_to", "qty_reorder_point", "qty_order_up_to")))],
            setting,
            measured_from=60,
        )
        for frame in (together, twice)
    ]  # fmt: skip
    service = [outcome.cycles_met.sum() / outcome.cycles.sum() for outcome in outcomes]
    stock = [outcome.qty_stock_days.sum() / outcome.days for outcome in outcomes]
    # A warehouse that is short now and then costs little: the promise is kept within a point or two.
    assert service[0] >= 0.93
    assert stock[0] < 0.8 * stock[1]
    assert outcomes[0].cycles.tolist() == [251] * 4 + [0]


def test_without_a_declared_network_nothing_changes() -> None:
    rate = {"W": 3.0, **_STORES}
    plain = _night(_world(rate, sources={}))
    apart = _night(_world(rate), _APART)
    same = [name for name in plain.columns if name not in ("replenished_from", "network_planning", "terms_set")]
    pd.testing.assert_frame_equal(plain[same], apart[same])


@pytest.mark.parametrize("before", [_RULES, _APART, [*_RULES, PolicyRule("location", "S1", network_planning=0)]])
@pytest.mark.parametrize("after", [_RULES, _APART, [*_RULES, PolicyRule("location", "S2", transfer_days=9)]])
def test_a_what_if_is_what_the_night_would_decide(before: list[PolicyRule], after: list[PolicyRule]) -> None:
    world = _world({"W": 1.0, **_STORES}, lead_time_days_std=3.0)
    asked = what_if(_night(world, before), DemandGrid.from_frame(world[2]), rules=after, policy_version=1)
    pd.testing.assert_frame_equal(asked, _night(world, after))


def test_a_warehouse_without_customers_whose_stock_is_dear_lets_the_stores_wait() -> None:
    """Holding costs nine times as much there: the stores hold for the whole way, the warehouse for nothing."""
    cost = [400, 400, 400, 400, 3600]
    found = _night(_world({"W": 0.0, **_STORES}, unit_cost_minor=cost)).set_index("location_id")
    assert found.loc["W", "service_time_days"] == 21
    assert found["protection_days"].to_dict() == {"S1": 30, "S2": 30, "S3": 30, "S4": 30, "W": 1}
    with_customers = _night(_world({"W": 0.5, **_STORES}, unit_cost_minor=cost)).set_index("location_id")
    assert with_customers.loc["W", "service_time_days"] == 0


def test_the_grid_in_force_of_a_warehouse_is_of_all_that_it_covers_whichever_rows_are_asked_for() -> None:
    world = _world({"W": 0.0, **_STORES})
    levels = _night(world)
    only = levels[levels["location_id"] == "W"]
    grid = grid_in_force(only, DemandGrid.from_frame(world[2]))
    assert grid.quantile(np.array([0.5]))[0] == pytest.approx(168, abs=1.5)
    assert grid.probability_at_most(only["qty_order_up_to"].to_numpy(dtype=float))[0] >= 0.95


def test_a_pooled_sum_has_the_quantiles_of_the_sum() -> None:
    """Gamma by two moments against a hundred thousand sums of lumpy demand at eight places."""
    rng = np.random.default_rng(3)
    sums = rng.negative_binomial(0.4, 0.2, (100_000, 8)).sum(axis=1)
    mean, deviation = np.array([sums.mean()]), np.array([sums.std()])
    for probability in (0.5, 0.9, 0.95, 0.99):
        level = np.ceil(pooled_quantiles(mean, deviation, np.array([probability])))[0, 0]
        assert level == pytest.approx(np.quantile(sums, probability), abs=1)


def test_a_series_deviation_is_its_grid_s_without_what_the_supplier_s_lead_time_adds() -> None:
    grid = DemandGrid.from_frame(_world({"W": 5.0})[2])
    assert own_deviation(grid, np.array([5.0]), np.array([0.0]))[0] == pytest.approx(np.sqrt(105), rel=0.05)
    assert own_deviation(grid, np.array([5.0]), np.array([1.0]))[0] == pytest.approx(np.sqrt(80), rel=0.07)


def test_demand_that_goes_together_is_told_from_demand_that_does_not() -> None:
    rng = np.random.default_rng(8)
    days = pd.date_range("2025-01-06", periods=364)

    def correlation(shared: float) -> float:
        common = rng.poisson(20 * shared, (30, 364)) if shared else np.zeros((30, 364))
        frames = [
            pd.DataFrame({"business_date": days, "sku": f"A{sku}", "location_id": place,
                          "qty_demand": common[sku] + rng.poisson(20 * (1 - shared), 364)})
            for sku in range(30) for place in ("S1", "S2", "S3")
        ]  # fmt: skip
        return demand_correlation(pd.concat(frames), _SOURCES)

    assert correlation(0.0) == pytest.approx(0.0, abs=0.05)
    assert correlation(0.6) == pytest.approx(0.6, abs=0.06)
    assert demand_correlation(pd.DataFrame({"business_date": days[:1], "sku": "A", "location_id": "X",
                                            "qty_demand": 1}), _SOURCES) == 0.0  # fmt: skip


def test_sources_are_a_tree_of_known_locations_and_bring_their_own_series() -> None:
    locations = pd.DataFrame(
        {"location_id": ["W", "S1", "A", "B", "C"], "replenished_from": [None, "W", "B", "A", "nowhere"]}
    )
    assert sources_of(locations) == {"S1": "W"}
    chain = with_sources(pd.DataFrame({"sku": ["X", "Y"], "location_id": ["S2", "W"]}), {"S1": "W", "S2": "S1"})
    assert chain.to_dict("list") == {"sku": ["X", "X", "X", "Y"], "location_id": ["S1", "S2", "W", "W"]}
    demand = pd.DataFrame({"business_date": ["2026-01-01"], "sku": "X", "location_id": "S1", "qty_demand": 1})
    of = linked(chain, demand, {"S1": "W"})
    assert of["replenished_from"].isna().tolist() == [False, True, True, True]
