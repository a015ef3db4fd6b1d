"""What past weeks run again under a scenario gave. Belongs here: its look.

Does not belong here: running them (`oms backtest --scenario`), which takes minutes and the models.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from oms_core.store.operations import Replay, Scenario

#: Metric, its name for people, and what its figure is.
METRICS = (
    ("cycle_service", "Review periods without a stock-out", "share"),
    ("fill_rate", "Fill rate", "share"),
    ("stock_out_days", "Stock-outs: days on which a SKU was short at a location", "quantity"),
    ("qty_unmet", "Units unmet on their day", "quantity"),
    ("qty_stock_mean", "Units in stock, mean", "quantity"),
    ("stock_value_minor", "Stock at cost, mean", "money"),
    ("orders", "Orders placed", "quantity"),
    ("cost_minor", "Ordering, holding and missed margin", "money"),
)


def show_replay(scenario: Scenario, replay: Replay | None, currency: str | None) -> None:
    """The figures beside those of the policy in force then, or how to get them; money in the one currency there is."""
    if replay is None:
        st.caption("No past weeks have been run under it yet. On the command line, in a minute or two:")
        st.code(f"oms backtest --scenario {shlex.quote(scenario.name)} --weeks 26", language="bash")
        return
    lost = "unmet demand lost" if replay.are_sales_lost else "unmet demand waits"
    st.markdown(f"**The {replay.days // 7} weeks until {fmt.day(replay.until_date)} run again**, {lost}")
    st.dataframe(replay_table(replay.figures, currency), hide_index=True)
    money = "" if currency else "Money is in minor units, of several currencies. "
    st.caption(
        "In brackets: 95 % intervals over series. Levels were set every four weeks from what was known then. "
        f"{money}Run on {fmt.instant(replay.replayed_at)}."
    )


def replay_table(figures: Sequence[dict[str, Any]], currency: str | None) -> pd.DataFrame:
    """One row a metric, one column a scenario."""
    names = list(dict.fromkeys(str(row["scenario"]) for row in figures))
    by_key = {(row["scenario"], row["metric"]): row for row in figures}
    rows = [
        {"Figure": label, **{name: _worded(by_key.get((name, metric)), kind, currency) for name in names}}
        for metric, label, kind in METRICS
    ]
    return pd.DataFrame(rows)


def _worded(row: dict[str, Any] | None, kind: str, currency: str | None) -> str:
    if row is None or row["value"] is None:
        return fmt.NOTHING
    value, low, high = (_figure(row[name], kind, currency) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _figure(value: float, kind: str, currency: str | None) -> str:
    if kind == "money" and currency:
        return fmt.money(round(value), currency, whole=True)
    return fmt.share(value) if kind == "share" else fmt.quantity(value)
