"""Past weeks run again, with levels as they would have been set on each day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from oms_core.replenishment.backtest import run_policy
from oms_core.replenishment.policy.targets import PolicyRule, Target
from oms_core.store.operations import PolicyChange, at_the_machine, open_operations
from pipelines.planning import backtest as policy_backtest
from pipelines.planning.backtest import BacktestError, Scenario, World, backtest_policies
from pipelines.planning.scenario_replay import find_scenarios, keep_replays

_SERIES, _DAYS = 80, 330


@pytest.fixture(scope="module")
def world() -> World:
    rng = np.random.default_rng(4)
    skus = pd.array([f"S{number:02d}" for number in range(_SERIES)], dtype="str")
    demand = pd.DataFrame(
        {
            "business_date": np.tile(pd.date_range("2025-01-01", periods=_DAYS), _SERIES),
            "sku": skus.repeat(_DAYS),
            "location_id": "W",
            "qty_demand": rng.poisson(rng.uniform(1, 8, _SERIES)[:, None], (_SERIES, _DAYS)).ravel(),
            "is_stocked_out": False,
        }
    )
    terms: dict[str, Any] = {
        "supplier_id": "P",
        "unit_cost_minor": 300,
        "unit_price_minor": 700,
        "currency": "EUR",
        "shelf_life_days": None,
    }
    products = pd.DataFrame({"sku": skus, "pack_quantity": 1, "min_order_quantity": None, "abc_class": "A", **terms})
    supplier = {"supplier_id": "P", "review_period_days": 7, "lead_time_days_mean": 7.0, "lead_time_days_std": 0.0}
    return World(demand, products, pd.DataFrame([supplier]), [PolicyRule("default", "*", 0.95)])


def _figures(found: pd.DataFrame, metric: str) -> dict[str, float]:
    return found[found["metric"] == metric].set_index("scenario")["value"].to_dict()


def test_demand_as_it_was_learnt_from_is_served_as_often_as_the_target_says(world: World) -> None:
    scenarios = [Scenario("RS"), Scenario("RS", Target(0.8)), Scenario("sS"), Scenario("rQ"), Scenario("base_stock")]
    found = backtest_policies(world, scenarios, days=140)
    service = _figures(found, "cycle_service")
    assert service["RS at targets in force"] == pytest.approx(0.95, abs=0.03)
    assert service["RS at 0.8"] == pytest.approx(0.8, abs=0.06)
    # Looked at daily, the same level has to last for a shorter time; more orders, and less unmet.
    assert service["base_stock at targets in force"] > service["RS at targets in force"]
    orders = _figures(found, "orders")
    assert (
        orders["base_stock at targets in force"] > orders["RS at targets in force"] > orders["rQ at targets in force"]
    )


def test_a_level_of_the_past_was_learnt_from_what_its_night_read(world: World) -> None:
    days = replace(world, history_days=90).known_at(date(2025, 9, 20))["business_date"]
    assert (days.min(), days.max()) == (pd.Timestamp("2025-06-01"), pd.Timestamp("2025-09-20"))
    assert world.known_at(date(2025, 9, 20))["business_date"].min() == pd.Timestamp("2025-01-01")


def test_past_weeks_run_under_other_rules_as_well(world: World) -> None:
    more = (PolicyRule("default", "*", 0.95), PolicyRule("abc_class", "A", 0.99, qty_minimum=30))
    found = backtest_policies(world, [Scenario("RS"), Scenario("RS", None, more, "Safer")], days=140)
    for metric in ("fill_rate", "qty_stock_mean"):
        figures = _figures(found, metric)
        assert figures["RS under Safer"] > figures["RS at targets in force"]


def test_a_supplier_s_minimum_is_ordered_as_the_night_orders_it(world: World) -> None:
    """Four weeks' demand at least, where a week's is wanted: fewer orders, more stock."""
    least = np.ceil(world.demand.groupby("sku")["qty_demand"].mean() * 28).astype(int)
    products = world.products.assign(min_order_quantity=world.products["sku"].map(least))
    plain, large = (
        backtest_policies(replace(world, products=bought), [Scenario("RS")], days=140)
        for bought in (world.products, products)
    )
    orders, stock = ([*_figures(plain, name).values(), *_figures(large, name).values()]
                     for name in ("orders", "qty_stock_mean"))  # fmt: skip
    assert orders[1] < 0.5 * orders[0]
    assert stock[1] > 1.3 * stock[0]


def test_what_another_place_replenishes_is_moved_by_the_unit_and_only_purchases_come_in_packs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = world.demand[world.demand["sku"].isin(["S00", "S01"])]
    products = world.products.assign(pack_quantity=144, min_order_quantity=288)
    settings = []

    def note(*given: Any, **named: Any) -> Any:
        settings.append(given[2])
        return run_policy(*given, **named)

    monkeypatch.setattr(policy_backtest, "run_policy", note)
    backtest_policies(replace(world, demand=few, products=products, sources={"W": "ABOVE"}), [Scenario("RS")], days=140)
    # The series of ABOVE and of W, SKU by SKU.
    assert settings[0].pack_quantity.tolist() == [144, 1, 144, 1]
    assert settings[0].min_order_quantity.tolist() == [288, 1, 288, 1]


def test_what_a_replay_gave_is_kept_with_its_scenario_beside_the_targets_in_force(tmp_path: Path) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    names = ["RS at targets in force", "RS under Safer", "RS under Other", "sS under Safer"]
    found = pd.DataFrame([(name, "fill_rate", 0.9, 0.8, float("nan")) for name in names],
                         columns=["scenario", "metric", "value", "low", "high"])  # fmt: skip
    with open_operations(f"sqlite:///{tmp_path / 'operations.db'}", now) as store:
        for name in ("Safer", "Other"):
            store.scenarios.keep(name, [PolicyChange("abc_class", "A", 0.99)], at_the_machine("Ada"), now, 1)
        (safer,) = find_scenarios(store.scenarios.kept(), ["Safer", "Safer"])
        keep_replays(store, [safer], found, "RS", now.date(), 140, False, now)
        replay = store.scenarios.replay(safer)
        assert replay is not None
        assert [row["scenario"] for row in replay.figures] == names[:2]
        assert [row["high"] for row in replay.figures] == [None, None]
        with pytest.raises(KeyError, match="no scenario Nope; there are Other, Safer"):
            find_scenarios(store.scenarios.kept(), ["Nope"])


def test_levels_are_set_from_nothing_that_came_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    run = policy_backtest.run_policy

    def recorded(demand: Any, levels: Any, *arguments: Any, **named: Any) -> Any:
        seen.append(levels)
        return run(demand, levels, *arguments, **named)

    monkeypatch.setattr(policy_backtest, "run_policy", recorded)
    last = world.demand["business_date"].max()
    later = world.demand["business_date"] > last - pd.Timedelta(days=140 - 56)
    changed = world.demand.assign(qty_demand=world.demand["qty_demand"].where(~later, 50))
    for demand in (world.demand, changed):
        backtest_policies(World(demand, world.products, world.suppliers, world.rules), [Scenario("RS")], days=140)
    as_known, as_changed = seen
    assert [level.from_day for level in as_known] == [0, 28, 56, 84, 112]
    for before, after in zip(as_known[:3], as_changed[:3], strict=True):
        assert before.order_up_to.tolist() == after.order_up_to.tolist()
    assert as_known[4].order_up_to.tolist() != as_changed[4].order_up_to.tolist()


def test_too_short_or_too_long_a_time_is_refused_with_what_to_ask_for(world: World) -> None:
    with pytest.raises(BacktestError, match="ask for more"):
        backtest_policies(world, [Scenario("RS")], days=14)
    with pytest.raises(BacktestError, match="ask for fewer"):
        backtest_policies(world, [Scenario("RS")], days=_DAYS + 5)
