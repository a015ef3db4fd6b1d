"""How one level came about: formula with its source, inputs with where they come from, and what levels cover.

Belongs here: words, and frames of one series' figures. Does not belong here: the arithmetic itself
(`oms_core.replenishment`), widgets, charts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboards.parts import format as fmt
from dashboards.safety_stock.policy import scope_name, scope_of, target_name
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.policy.targets import Target

LEAD_TIME, INTERVAL = "Demand of a lead time", "Demand of the whole interval"

_NEWSVENDOR = "Snyder and Shen, Fundamentals of Supply Chain Theory, ch. 4"
_NOT_ASSUMED = "The distribution of D is not assumed: it is that of past forecast errors of the whole interval's sum."
_SMALLEST = r"S = \min\Big\{\, s \in \mathbb{N} : %s \,\Big\}"
_MISSED = r"\frac{E[(D_{R+L} - s)^+ - (D_L - s)^+]}{E[D_R]}"

#: Of every measure: the formula of the order-up-to level, and where it is from.
FORMULAS: dict[str, tuple[str, str]] = {
    "cycle_service": (
        _SMALLEST % r"P(D_{R+L} \le s) \ge \text{target}",
        f"The newsvendor's and base-stock level: {_NEWSVENDOR}. {_NOT_ASSUMED}",
    ),
    "fill_rate": (
        _SMALLEST % rf"1 - {_MISSED} \ge \text{{target}}",
        f"Sobel (2004), Fill rates of single-stage and multistage supply systems, M&SOM 6(1), 41-52. {_NOT_ASSUMED}",
    ),
    "least_cost": (
        _SMALLEST % r"P(D_{R+L} \le s) \ge \max\Big(\text{target}, \frac{p}{p + h}\Big)",
        (
            f"The newsvendor's critical ratio, {_NEWSVENDOR}; p is the margin of a unit, h what holding it for a "
            f"review period costs (a share of its cost a year, below). {_NOT_ASSUMED}"
        ),
    ),
}
LEVELS = (
    r"\text{safety stock} = \lceil S - E[D_{R+L}] \rceil, \quad "
    r"\text{reorder point} = \lceil E[D_L] + \text{safety stock} \rceil"
)


def distribution(level: pd.DataFrame, grid: DemandGrid) -> pd.DataFrame:
    """Columns span, qty, probability: of the one series of `level` and its grid, lead time first.

    A quantile is half a unit below its demand on average (see `DemandGrid`); the lowest is drawn from zero on.
    """
    parts = [] if grid.lead_qty is None else [(LEAD_TIME, grid.lead_qty)]
    frames = [
        pd.DataFrame(
            {
                "span": span,
                "qty": np.concatenate([[0.0], qty[0]]),
                "probability": np.concatenate([[0.0 if qty[0][0] > 0 else grid.probabilities[0]], grid.probabilities]),
            }
        )
        for span, qty in (*parts, (INTERVAL, grid.qty))
        if len(level)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"span": [], "qty": [], "probability": []})


def chances(found: pd.DataFrame, marks: Mapping[str, int]) -> dict[str, float | None]:
    """Chance that a lead time's demand is at most what is on hand, and the reorder point; None where it is unknown."""
    lead = found[found["span"] == LEAD_TIME]
    return {name: _chance(lead, marks[f"qty_{name}"]) for name in ("on_hand", "reorder_point")}


def _chance(rows: pd.DataFrame, quantity: int) -> float | None:
    if rows.empty:
        return None
    # Of equal quantities the last: demand that cannot exceed it is covered by it.
    steps = rows.drop_duplicates("qty", keep="last")
    return float(np.interp(quantity, steps["qty"], steps["probability"]))


def inputs(series: Mapping[str, Any]) -> pd.DataFrame:
    """One row an input of the level: what, its figure with unit, and where it comes from."""
    target = Target(series["service_level_target"], series["target_measure"] or "cycle_service")
    observed = series["lead_time_days_observed"]
    lead_from = "observed deliveries of the supplier, or what it quotes before any"
    if series["lead_time_scope"]:
        lead_from = f"{_rule(series['lead_time_scope'])} of the policy; observed: {observed:.1f} days"
    minimum = series["qty_minimum"]
    shelf = series["shelf_life_days"]
    rows = [
        ("Target", target_name(target), f"{_rule(series['policy_scope'])} of the policy"),
        ("Review period R", f"{series['review_period_days']} days", _review_from(series)),
        ("Lead time L, mean", f"{series['lead_time_days_mean']:.1f} days", lead_from),
        ("Lead time L, standard deviation", f"{series['lead_time_days_std']:.1f} days", "observed deliveries"),
        ("Interval R + L", f"{series['protection_days']} days", "rounded up to a day, at most 120"),
        ("Mean demand of the interval", f"{series['qty_demand_mean']:,.1f} units", "the forecast of its sum"),
        ("Mean demand of the lead time", f"{series['qty_lead_time_demand_mean']:,.1f} units", "its share of it"),
        (
            "Minimum",
            "none" if minimum is None else f"{minimum:,} units",
            f"{_rule(series['minimum_scope'])} of the policy" if series["minimum_scope"] else "no rule sets one",
        ),
        ("Shelf life", "keeps" if shelf is None else f"{shelf} days", "the product"),
        ("Cost of a unit", fmt.money(series["unit_cost_minor"], series["currency"]), "the product"),
        ("Margin of a unit", fmt.money(series["unit_margin_minor"], series["currency"]), "price less cost"),
        ("Holding cost a year", fmt.share(series["holding_share"]), "of its cost; by the policy"),
        ("Terms that rules set", series["terms_set"] or "none", "the policy; the defaults hold for the others"),
    ]
    return pd.DataFrame(rows, columns=["input", "figure", "source"])


def _review_from(series: Mapping[str, Any]) -> str:
    observed = series["review_period_days_observed"]
    if observed in (None, series["review_period_days"]):
        return "the supplier"
    return f"the policy; the supplier's: {observed} days"


def _rule(name: str) -> str:
    return f"rule {scope_name(scope_of(name))}"
