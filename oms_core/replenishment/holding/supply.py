"""Supply terms of each series: lead time, review period, cost; and the protection interval they make.

Belongs here: joining products and suppliers to series, and what stands in where they are missing.
Does not belong here: observing lead times (the warehouse's `dim_supplier`), demand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oms_core.arrays import Floats

_SUPPLIER_COLUMNS = ["supplier_id", "review_period_days", "lead_time_days_mean", "lead_time_days_std"]
_PRODUCT_COLUMNS = [
    *("sku", "supplier_id", "abc_class"),
    *("unit_cost_minor", "unit_price_minor", "currency", "shelf_life_days"),
]

#: Longer intervals say more about the model than about demand.
MAX_PROTECTION_DAYS = 120


@dataclass(frozen=True)
class SupplyDefaults:
    """Terms of a SKU that no product or supplier row describes, so that a newly seen SKU is protected as well."""

    currency: str
    review_period_days: int = 7
    lead_time_days_mean: float = 14.0
    lead_time_days_std: float = 4.0
    max_protection_days: int = MAX_PROTECTION_DAYS

    @classmethod
    def of(cls, products: pd.DataFrame) -> SupplyDefaults:
        """In the currency that most of `dim_product` is in; XXX, ISO 4217's "no currency", without any product."""
        currency = products["currency"].mode()
        return cls(currency="XXX" if currency.empty else str(currency.iloc[0]))


def protection_days(review_period_days: pd.Series, lead_time_days_mean: pd.Series) -> pd.Series:
    """Review period and mean lead time, rounded up to a day; not capped yet."""
    return pd.Series(np.ceil(review_period_days + lead_time_days_mean - 1e-9))


def lead_days(intervals: pd.DataFrame) -> Floats:
    """Days of each interval that are its lead time's (columns lead_time_days_mean, review_period_days,
    protection_days). A capped one leaves the review period whole: what is sold in it is what a fill rate is a share of.
    """
    lead, review, days = (
        intervals[name].to_numpy(dtype=float)
        for name in ("lead_time_days_mean", "review_period_days", "protection_days")
    )
    found: Floats = np.clip(lead, 0.0, np.maximum(days - review, 0.0))
    return found


def protection_intervals(
    series: pd.DataFrame, products: pd.DataFrame, suppliers: pd.DataFrame, defaults: SupplyDefaults
) -> pd.DataFrame:
    """Terms of each row of `series` (sku, location_id), sorted: one row a series.

    `products` and `suppliers` as `dim_product` and `dim_supplier`. Columns: sku, location_id, supplier_id, abc_class
    (null where no product says), review_period_days, lead_time_days_mean, lead_time_days_std, protection_days (review
    period and mean lead time, rounded up to a day, capped at the defaults' maximum), unit_cost_minor,
    unit_margin_minor, shelf_life_days (null: it keeps), currency, supply_note (empty, or which defaults stood in).
    """
    keys = series[["sku", "location_id"]].drop_duplicates().sort_values(["sku", "location_id"]).reset_index(drop=True)
    terms = keys.merge(products[_PRODUCT_COLUMNS], on="sku", how="left", validate="m:1")
    terms = terms.merge(suppliers[_SUPPLIER_COLUMNS], on="supplier_id", how="left", validate="m:1")
    has_product, has_supplier = terms["unit_cost_minor"].notna(), terms["lead_time_days_mean"].notna()
    terms = _completed(terms, defaults)
    days = protection_days(terms["review_period_days"], terms["lead_time_days_mean"])
    terms["protection_days"] = days.clip(1, defaults.max_protection_days).astype("int64")
    terms["supply_note"] = _notes(has_product, has_supplier, days > defaults.max_protection_days)
    return terms.drop(columns=["unit_price_minor"])


def _completed(terms: pd.DataFrame, defaults: SupplyDefaults) -> pd.DataFrame:
    return terms.assign(
        review_period_days=terms["review_period_days"]
        .fillna(defaults.review_period_days)
        .clip(lower=1)
        .astype("int64"),
        lead_time_days_mean=terms["lead_time_days_mean"].fillna(defaults.lead_time_days_mean).astype(float),
        lead_time_days_std=_std(terms, defaults),
        unit_cost_minor=terms["unit_cost_minor"].fillna(0).astype("int64"),
        unit_margin_minor=(terms["unit_price_minor"] - terms["unit_cost_minor"])
        .clip(lower=0)
        .fillna(0)
        .astype("int64"),
        shelf_life_days=terms["shelf_life_days"].astype("Int64"),
        currency=terms["currency"].fillna(defaults.currency).astype("str"),
    )


def _std(terms: pd.DataFrame, defaults: SupplyDefaults) -> pd.Series:
    """A supplier without a deviation has none observed; one without any row takes the default."""
    known = terms["lead_time_days_mean"].notna()
    observed = terms["lead_time_days_std"].fillna(0.0)
    return observed.where(known, defaults.lead_time_days_std).astype(float)


def _notes(has_product: pd.Series, has_supplier: pd.Series, is_capped: pd.Series) -> pd.Series:
    notes = pd.Series("", index=has_product.index, dtype="str")
    notes = notes.mask(~has_supplier, "; default lead time: no supplier known")
    notes = notes.mask(~has_product, "; default lead time and no cost: no product known")
    return notes + pd.Series(np.where(is_capped, "; interval capped", ""), index=notes.index, dtype="str")
