"""A stock policy run over half a year again: 5,000 SKU-locations, 182 days."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Figure, run

_BACKTEST = """
import time
import numpy as np, pandas as pd
from oms_core.replenishment.policy.targets import PolicyRule
from pipelines.planning.backtest import Scenario, World, backtest_policies
rng, series, days = np.random.default_rng(0), 5_000, 546
rate = rng.gamma(0.5, 4.0, series)[:, None] * (1 + 0.4 * np.sin(np.arange(days) * 2 * np.pi / 7))
skus = pd.array([f"S{n:04d}" for n in range(series)], dtype="str")
demand = pd.DataFrame({
    "business_date": np.tile(np.datetime64("2025-01-01") + np.arange(days), series), "sku": skus.repeat(days),
    "location_id": "W", "qty_demand": rng.poisson(rate).ravel(), "is_stocked_out": False,
})
products = pd.DataFrame({
    "sku": skus, "supplier_id": "S", "unit_cost_minor": 500, "unit_price_minor": 900, "currency": "EUR",
    "shelf_life_days": None,
    "pack_quantity": 1, "min_order_quantity": None, "abc_class": "A",
})
suppliers = pd.DataFrame({
    "supplier_id": ["S"], "review_period_days": [7], "lead_time_days_mean": [7.0], "lead_time_days_std": [0.0],
})
world = World(demand, products, suppliers, [PolicyRule("default", "*", 0.95)])
started = time.perf_counter()
found = backtest_policies(world, [Scenario("RS")], days=182).set_index("metric")["value"]
print(time.perf_counter() - started, found["cycle_service"])
"""


def policy(_folder: Path) -> list[Figure]:
    """Levels set every four weeks from what was known, the days run, the measures and their intervals."""
    usage = run([sys.executable, "-c", _BACKTEST])
    seconds, service = (float(word) for word in usage.output.split()[-2:])
    return [
        Figure("policy.5000_series_182_days", round(seconds, 1), "s", "", None, "≤ 30 s"),
        Figure("policy.5000_series_182_days.peak_memory", round(usage.peak_gib, 2), "GiB"),
        Figure("policy.5000_series_182_days.cycle_service_at_95%", round(100 * service, 2), "%"),
    ]
