"""Whatever the size and seed of the network: stock stays, time runs forward, the same in gives the same out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.twin import NetworkSpec, TwinHome, read_truth, simulate_day, simulate_history
from oms_core.twin.clock import each_day, period_end
from oms_core.twin.grouping import cumulated_before

SPECS = st.builds(
    NetworkSpec,
    seed=st.integers(0, 10_000),
    sku_count=st.integers(12, 40),
    warehouse_count=st.integers(1, 3),
    store_count=st.integers(0, 3),
    drop_shipper_count=st.integers(0, 2),
    supplier_count=st.integers(1, 5),
    months=st.just(1),
    lines_per_day=st.floats(1, 120),
    daily_file_days=st.integers(0, 40),
    store_sku_count=st.integers(1, 50),
    drop_ship_sku_count=st.integers(0, 8),
)


def _home(root: str) -> TwinHome:
    return TwinHome(Path(root) / "inbox", Path(root) / "state", Path(root) / "truth")


@settings(max_examples=10)
@given(SPECS)
def test_any_network_keeps_its_stock_at_or_above_zero_and_leaves_no_half_file(spec):
    with TemporaryDirectory() as root:
        home = _home(root)
        simulate_history(spec, home)
        simulate_day(spec, home, spec.history_end + timedelta(days=1), [])
        on_hand = read_truth(home.truth_dir, "on_hand").to_pandas()
        assert on_hand["qty_on_hand"].min() >= 0
        assert on_hand["qty_uncounted_loss"].min() >= 0
        demand = read_truth(home.truth_dir, "demand").to_pandas()
        assert (demand["qty_lost"] <= demand["qty_demand"]).all()
        assert not list(Path(root).rglob("*.part"))


@settings(max_examples=4)
@given(SPECS, st.integers(5, 25))
def test_a_shorter_history_is_the_beginning_of_a_longer_one(spec, days):
    """Causality: true demand and stock of a day do not depend on how long the simulation goes on."""
    with TemporaryDirectory() as long, TemporaryDirectory() as short:
        end = spec.history_start + timedelta(days=days)
        simulate_history(spec, _home(long))
        simulate_history(spec, _home(short), end)
        for table in ("demand", "on_hand", "shrinkage"):
            whole = read_truth(_home(long).truth_dir, table).to_pandas()
            part = read_truth(_home(short).truth_dir, table).to_pandas()
            assert whole[whole["business_date"] <= end].reset_index(drop=True).equals(part)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 50))))
def test_cumulated_before_is_the_sum_of_earlier_members_of_the_group(pairs):
    group = np.array([g for g, _ in pairs], dtype=np.int64)
    quantity = np.array([q for _, q in pairs], dtype=np.int64)
    expected = [sum(q for g, q in pairs[:n] if g == pairs[n][0]) for n in range(len(pairs))]
    assert cumulated_before(group, quantity).tolist() == expected


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 200), st.integers(0, 40))
def test_file_periods_cover_every_day_once_and_never_end_before_it(last, span, daily):
    ends = [period_end(day, last, daily) for day in each_day(last - timedelta(days=span), last)]
    days = list(each_day(last - timedelta(days=span), last))
    assert all(end >= day for end, day in zip(ends, days, strict=True))
    assert ends == sorted(ends)
    assert ends[-1] == last
