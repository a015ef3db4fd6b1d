"""Which repairs of demand a run lands: those that it takes otherwise than the runs before."""

from __future__ import annotations

import pandas as pd

from pipelines.planning.levels import changed_repairs

_COLUMNS = ["demand_date", "sku", "location_id", "kind", "qty_demand", "qty_repaired"]


def _rows(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame([(pd.Timestamp(day), sku, "W", kind, 0, qty) for day, sku, kind, qty in rows])
    return frame.set_axis(_COLUMNS, axis=1) if rows else pd.DataFrame({name: [] for name in _COLUMNS})


def _landed(found: pd.DataFrame, known: pd.DataFrame) -> list[tuple[str, str, float]]:
    rows = changed_repairs(found.assign(method="m"), known)
    assert not rows["qty_demand"].isna().any()
    return [(row.sku, row.kind, row.qty_repaired) for row in rows.itertuples()]


def test_the_first_run_lands_all_and_the_next_only_what_is_new() -> None:
    found = _rows(("2026-03-01", "A", "stocked_out", 2.5), ("2026-03-02", "B", "one_off", 100.0))
    assert _landed(found, _rows()) == [("A", "stocked_out", 2.5), ("B", "one_off", 100.0)]
    assert _landed(found, found) == []
    assert _landed(found, found.iloc[:1]) == [("B", "one_off", 100.0)]


def test_what_a_late_file_changes_is_landed_anew_or_taken_back_once() -> None:
    known = _rows(("2026-03-01", "A", "stocked_out", 2.5), ("2026-03-02", "B", "stocked_out", 1.0))
    found = _rows(("2026-03-01", "A", "stocked_out", 3.5))
    assert _landed(found, known) == [("A", "stocked_out", 3.5), ("B", "none", 0.0)]
    assert _landed(_rows(), _rows(("2026-03-02", "B", "none", 0.0))) == []


def test_a_corrected_one_off_order_is_landed_anew_though_it_is_cut_to_the_same() -> None:
    known = _rows(("2026-03-02", "B", "one_off", 100.0)).assign(qty_demand=500)
    rows = changed_repairs(known.assign(qty_demand=700, method="m"), known)
    assert rows["qty_demand"].tolist() == [700]
