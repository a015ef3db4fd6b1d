"""Supply terms and the protection interval they make."""

from __future__ import annotations

import pandas as pd

from oms_core.replenishment.holding.supply import SupplyDefaults, protection_intervals

DEFAULTS = SupplyDefaults(currency="GBP")
PRODUCTS = pd.DataFrame(
    {
        "sku": ["A", "B", "C"],
        "supplier_id": ["S1", "S2", "GONE"],
        "abc_class": ["A", "B", "C"],
        "unit_cost_minor": [150, 20, 7],
        "unit_price_minor": [400, 15, 9],
        "shelf_life_days": [None, 30, None],
        "currency": ["EUR", "EUR", "EUR"],
    }
)
SUPPLIERS = pd.DataFrame(
    {
        "supplier_id": ["S1", "S2"],
        "review_period_days": [7, 14],
        "lead_time_days_mean": [10.2, 300.0],
        "lead_time_days_std": [2.5, 0.0],
    }
)


def _terms(*skus: str) -> pd.DataFrame:
    series = pd.DataFrame({"sku": list(skus), "location_id": "W"})
    return protection_intervals(series, PRODUCTS, SUPPLIERS, DEFAULTS).set_index("sku")


def test_the_interval_is_review_period_and_lead_time_rounded_up() -> None:
    terms = _terms("A").loc["A"]
    assert terms["protection_days"] == 18
    assert (terms["lead_time_days_std"], terms["unit_cost_minor"], terms["currency"]) == (2.5, 150, "EUR")
    assert terms["unit_margin_minor"] == 250
    assert terms["supply_note"] == ""


def test_an_interval_past_the_longest_is_capped_and_says_so() -> None:
    terms = _terms("B").loc["B"]
    assert terms["protection_days"] == DEFAULTS.max_protection_days
    assert "capped" in terms["supply_note"]
    assert terms["unit_margin_minor"] == 0  # sold below its cost


def test_a_sku_without_supplier_or_product_takes_defaults_and_says_so() -> None:
    terms = _terms("C", "NEW")
    assert terms["protection_days"].tolist() == [21, 21]
    assert terms["unit_cost_minor"].tolist() == [7, 0]
    assert terms["currency"].tolist() == ["EUR", "GBP"]
    assert "no supplier known" in terms.loc["C", "supply_note"]
    assert "no product known" in terms.loc["NEW", "supply_note"]


def test_empty_masters_leave_every_series_protected() -> None:
    series = pd.DataFrame({"sku": ["B", "A", "A"], "location_id": ["W", "W", "W"]})
    terms = protection_intervals(series, PRODUCTS.iloc[:0], SUPPLIERS.iloc[:0], DEFAULTS)
    assert terms["sku"].tolist() == ["A", "B"]
    assert terms["protection_days"].tolist() == [21, 21]
