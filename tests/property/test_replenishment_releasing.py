"""Whatever a plan has: nothing is released beyond a limit, with anything against it, or where no rule says so."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oms_core.replenishment.proposing.releasing import verdicts

TODAY = date(2026, 6, 1)
#: By supplier.
LEAST = {"S": None, "T": 40_000_000}
_SELDOM = st.sampled_from([None] * 7 + ["words"])


def _row() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["purchase", "purchase", "transfer"]),
            "location_id": st.sampled_from(["A", "B"]),
            "supplier_id": st.sampled_from(["S", "T"]),
            "currency": st.sampled_from(["EUR", "JPY"]),
            "quantity": st.integers(1, 60),
            "least_quantity": st.sampled_from([1, 1, 12]),
            "value_minor": st.one_of(st.integers(0, 60_000_000), st.integers(0, 2_000_000_000_000)),
            "waits_for": st.sampled_from([None] * 7 + ["minimum_value", "capacity"]),
            "release_transfers": st.sampled_from([None, 0, 1, 1]),
            "release_order_minor": st.one_of(st.none(), st.integers(0, 100_000_000)),
            "release_weeks": st.floats(0, 260),
            "qty_asked": st.integers(0, 1000),
            "first_asked": st.one_of(st.none(), st.integers(0, 900).map(lambda days: TODAY - timedelta(days=days))),
            "alarms": _SELDOM,
            "doubts": _SELDOM,
            "override_refs": _SELDOM,
            "late_feeds": _SELDOM,
            "refusals": _SELDOM,
            "policy_version": st.just(3),
            "business_date": st.just(TODAY),
        }
    )


@given(st.lists(_row(), max_size=12), st.sampled_from([(), (), ("stock_counts",)]))
def test_nothing_is_released_beyond_a_limit_or_with_anything_against_it(
    rows: list[dict[str, Any]], held_feeds: tuple[str, ...]
) -> None:
    rows = [row | {"min_order_value_minor": LEAST[row["supplier_id"]]} for row in rows]
    plan = [row | {"proposal_ref": str(number)} for number, row in enumerate(rows)]
    found = verdicts(plan, held_feeds)
    assert list(found) == [row["proposal_ref"] for row in plan]
    released = [row for number, row in enumerate(rows) if found[str(number)].is_released]
    worth: Counter[tuple[str, str, str]] = Counter()
    for row in released:
        if row["kind"] == "purchase":
            worth[_order(row)] += row["value_minor"]
    for row in released:
        assert not held_feeds
        assert [row[name] for name in ("waits_for", "alarms", "doubts", "override_refs", "late_feeds", "refusals")] == [
            None
        ] * 6
        assert row["first_asked"] is not None
        assert (TODAY - row["first_asked"]).days >= 56
        if row["kind"] == "transfer":
            assert row["release_transfers"] == 1
            continue
        most = row["release_weeks"] * row["qty_asked"] / 13
        assert row["quantity"] <= max(most, row["least_quantity"]) + 1e-6
        assert row["release_order_minor"]
        assert worth[_order(row)] <= row["release_order_minor"]
        whole = [other for other in rows if _is_line(other) and _order(other) == _order(row)]
        is_whole = len(whole) == sum(_order(other) == _order(row) and _is_line(other) for other in released)
        assert is_whole or worth[_order(row)] >= (row["min_order_value_minor"] or 0)


def _order(row: dict[str, Any]) -> tuple[str, str, str]:
    return (row["supplier_id"], row["location_id"], row["currency"])


def _is_line(row: dict[str, Any]) -> bool:
    return row["kind"] == "purchase" and row["waits_for"] is None
