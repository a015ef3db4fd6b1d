"""Lead times from few receipts, and from real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oms_core.replenishment.holding.lead_times import shrunk_lead_times


def _suppliers(*rows: tuple[int, float, float, int]) -> pd.DataFrame:
    names = ["receipt_count", "lead_time_days_mean", "lead_time_days_std", "lead_time_days_quoted"]
    return pd.DataFrame(rows, columns=names)


def test_few_receipts_are_drawn_to_what_all_say_and_many_stand_for_themselves() -> None:
    found = shrunk_lead_times(_suppliers((10_000, 12.0, 3.0, 10), (1, 40.0, 0.0, 20), (0, 5.0, 0.0, 5)))
    assert found["lead_time_days_mean"].tolist() == pytest.approx([12.0, (40 + 4 * 24) / 5, 6.0], rel=0.01)
    # A quarter of the mean, as the one that is known well, and more for the doubt about the mean itself.
    deviation = found["lead_time_days_std"] / found["lead_time_days_mean"]
    assert deviation.tolist() == pytest.approx([0.25, 0.25 * 1.2**0.5, 0.25 * 1.25**0.5], rel=0.01)


def test_where_nothing_tells_how_lead_times_vary_they_are_taken_as_certain() -> None:
    found = shrunk_lead_times(_suppliers((0, 7.0, 0.0, 7), (1, 9.0, 0.0, 9)))
    assert found[["lead_time_days_mean", "lead_time_days_std"]].to_numpy().tolist() == [[7.0, 0.0], [9.0, 0.0]]
    assert shrunk_lead_times(_suppliers()).empty


def test_who_quotes_no_lead_time_says_nothing_of_those_that_others_quote() -> None:
    """A master file often has 0 where nobody typed a lead time: a new supplier's week had become four years."""
    found = shrunk_lead_times(_suppliers((10, 7.0, 1.0, 7), (500, 14.0, 3.0, 0), (0, 7.0, 0.0, 7), (0, 0.0, 0.0, 0)))
    assert found["lead_time_days_mean"].tolist() == pytest.approx([7.0, 14.0, 7.0, 0.0])


def test_the_order_of_suppliers_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    columns = (rng.integers(0, 9, 50), rng.uniform(1, 60, 50), rng.uniform(0, 9, 50), rng.integers(1, 60, 50))
    rows = _suppliers(*zip(*columns, strict=True))
    shuffled = rows.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(shrunk_lead_times(shuffled).sort_index(), shrunk_lead_times(rows))


def _receipts(folder: Path) -> pd.DataFrame:
    rows = pd.read_csv(folder / "lead_times" / "scms_delivery_history.csv.gz", low_memory=False)
    ordered, received = (
        pd.to_datetime(rows[name], errors="coerce", format="mixed")
        for name in ("PO Sent to Vendor Date", "Delivered to Client Date")
    )
    found = rows.assign(ordered=ordered, received=received, took=(received - ordered).dt.days)
    found = found[found["took"] >= 0].drop_duplicates(["PO / SO #", "Vendor", "received"])
    return found[["Vendor", "ordered", "received", "took"]].sort_values("ordered", kind="stable")


def test_of_real_receipts_the_next_lead_time_is_within_its_quantile_about_as_often_as_promised(
    shared_data: Path,
) -> None:
    """USAID's orders of 2006-2015, each predicted from receipts known before it was placed, as gamma."""
    receipts, rows = _receipts(shared_data), []
    quoted = 113
    for month, orders in receipts.groupby(receipts["ordered"].dt.to_period("M")):
        known = receipts[receipts["received"] < month.start_time]
        if len(known) < 60:
            continue
        seen = known.groupby("Vendor")["took"].agg(["size", "mean", "std"])
        suppliers = _suppliers(
            *zip(seen["size"], seen["mean"], seen["std"].fillna(0), [quoted] * len(seen), strict=True)
        )
        suppliers.index = seen.index
        planned = shrunk_lead_times(suppliers)
        for name, frame in (("as they are", suppliers), ("drawn", planned)):
            both = orders.merge(frame, left_on="Vendor", right_index=True)
            mean = both["lead_time_days_mean"].clip(lower=0.5)
            shape = (mean / both["lead_time_days_std"].clip(lower=1e-3)) ** 2
            most = stats.gamma.ppf(0.9, shape, scale=mean / shape)
            rows.append(pd.DataFrame({"by": name, "few": both["receipt_count"] < 5, "within": both["took"] <= most}))
    found = pd.concat(rows).groupby(["by", "few"])["within"].mean()
    assert found["drawn", True] >= found["as they are", True] + 0.15
    assert found["drawn", True] == pytest.approx(0.9, abs=0.15)
    assert found["drawn", False] == pytest.approx(0.9, abs=0.1)
    assert found["drawn", False] >= found["as they are", False]
