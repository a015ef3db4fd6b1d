"""What past weeks run again under a scenario gave, and running them. Belongs here: its look.

Does not belong here: the command (`replaying`), which takes minutes and the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import errand_view, table
from dashboards.parts import format as fmt
from dashboards.scenario.replaying import ReplayFailed, Replaying
from dashboards.settings import Settings
from dashboards.shell import signing_view
from oms_core.store.operations import Replay, Scenario

_FAILED = "replay-failed"
#: Metric, its name for people, and what its figure is.
_METRICS = (
    ("cycle_service", "Review periods without a stock-out", "share"),
    ("fill_rate", "Fill rate", "share"),
    ("stock_out_days", "Stock-outs: days on which a SKU was short at a location", "quantity"),
    ("qty_unmet", "Units unmet on their day", "quantity"),
    ("qty_stock_mean", "Units in stock, mean", "quantity"),
    ("stock_value_minor", "Stock at cost, mean", "money"),
    ("orders", "Orders placed", "quantity"),
    ("cost_minor", "Ordering, holding and missed margin", "money"),
    ("split_orders", "Orders in more than one parcel", "share"),
)


def show_replay(settings: Settings, scenario: Scenario, replay: Replay | None, currency: str | None) -> None:
    """The figures beside those of the policy in force then, or how to get them; money in the one currency there is."""
    if replay is None:
        st.caption("No past weeks have been run under it yet.")
    else:
        _show_figures(replay, currency)
    _offer_run(settings, scenario)


def _show_figures(replay: Replay, currency: str | None) -> None:
    lost = "unmet demand lost" if replay.are_sales_lost else "unmet demand waits"
    st.markdown(f"**The {replay.days // 7} weeks until {fmt.day(replay.until_date)} run again**, {lost}")
    figures = _replay_table(replay.figures, currency)
    st.dataframe(figures, hide_index=True, height="content")
    table.offer_download(lambda: pd.DataFrame(replay.figures), "replay")
    money = "" if currency else "Money is in minor units, of several currencies. "
    st.caption(
        "In brackets: 95 % intervals over series, of parcels over days. Levels were set every four weeks from what was "
        "known then; each day's orders were sourced by the home's rules on the stock that the replay left that day. "
        f"{money}Run on {fmt.instant(replay.replayed_at)}."
    )


def _offer_run(settings: Settings, scenario: Scenario) -> None:
    """Weeks run again here and now: a minute or two, with its progress; the page can be left, which ends it."""
    may_run = signing_view.may("scenarios.keep")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        weeks = st.number_input("Weeks", 1, 520, 26, key="replay-weeks", width=130)
        wanted = st.button(
            "Run these weeks again", icon=":material/history:", key="replay-run", disabled=not may_run,
            help="Under the scenario and under the targets in force. `oms backtest` does the same.",
        )  # fmt: skip
    if wanted and may_run:
        running = Replaying(settings, scenario.name, int(weeks))
        errand_view.await_end(running, key="replay-cancel", on_cancel=_note_cancelled)
        try:
            running.finish()
        except ReplayFailed as error:
            st.session_state[_FAILED] = f"The weeks were not run again: {error}"
        st.rerun()
    if failed := st.session_state.pop(_FAILED, None):
        st.warning(fmt.plain(str(failed)), icon=":material/info:")


def _note_cancelled() -> None:
    st.session_state[_FAILED] = "Cancelled."


def _replay_table(figures: Sequence[dict[str, Any]], currency: str | None) -> pd.DataFrame:
    """One row a metric, one column a scenario."""
    names = list(dict.fromkeys(str(row["scenario"]) for row in figures))
    by_key = {(row["scenario"], row["metric"]): row for row in figures}
    rows = [
        {"Figure": label, **{name: _worded(by_key.get((name, metric)), kind, currency) for name in names}}
        for metric, label, kind in _METRICS
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
