"""The page of allocation runs. Belongs here: which run, its figures, its decisions. Does not belong here: its queries
(`queries`), what waits for stock (`waiting_view`), or for a wave (`waves_view`), trying rules (`trying_view`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.allocation import queries, trying_view, waiting_view, waves_view
from dashboards.parts import charts, figures, listing, search, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.shell import frame, signing_view
from dashboards.source import Source
from oms_core.allocation.stated.rules import RulesError, read_rules

_BOUND: dict[str, Any] = {"bind": "query-params"}
_BOUND_HELP = "A proven bound: the optimiser's prices of stock and parcels, or a relaxation, give it."

DECISIONS = (
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("qty_allocated", "Units", "quantity", width=60),
    Shown("location_id", "From"),
    Shown(
        "cost_minor",
        "Costs",
        "money",
        "Parcel (shared by its lines), handling, and how much more it is missed there later.",
    ),
    Shown("alternative_location_id", "Or from", help="The cheapest other place that had as many."),
    Shown("alternative_cost_minor", "At", "money"),
    Shown("reason", "Why", width="large"),
)
PLACES = (
    Shown("location_id", "Location"),
    Shown("parcels", "Parcels", "quantity", "Orders that it sends something of."),
    Shown(
        "limit",
        "Of at most",
        "quantity",
        "What it makes in a day: `parcels_per_day` of the run's rules; empty: no limit.",
    ),
    Shown("lines", "Lines", "quantity"),
    Shown("units", "Units", "quantity"),
)


def show() -> None:
    """The run, its figures, where it sends from, its decisions; and what waits."""
    opened = frame.open_page("Allocation", "Which location ships which line, what that costs, why, and what waits.")
    source = opened.source
    runs = source.rows(queries.RUNS)
    if not runs:
        st.info("No run has allocated anything yet: `oms run` does, or `oms allocate`.", icon=":material/inbox:")
        return
    run = _choose_run(runs)
    _headlines(source, run)
    sent, waves, waits, trying = st.tabs(
        ["What was sent from where", "What waits for its wave", "What waits for stock", "Try rules"],
        key="view", **_BOUND,
    )  # fmt: skip
    # Only what is looked at is made: each of them goes through thousands of rows.
    with sent:
        if sent.open:
            _places(source, run)
            _decisions(source, run["run_id"])
    with waves:
        if waves.open:
            waves_view.show(source)
    with waits:
        if waits.open:
            waiting_view.show(source)
    with trying:
        if trying.open:
            # By itself: a trial does not draw the run anew.
            signing_view.alone(trying_view.show, opened)


def _choose_run(runs: list[dict[str, Any]]) -> dict[str, Any]:
    by_name = {fmt.run(run["allocated_at"], run["run_id"]): run for run in runs}
    asked = st.session_state.get("run") or st.query_params.get("run")
    if asked and asked not in by_name:
        st.info(f"The run {fmt.plain(str(asked))} is not among the last {len(by_name)}: this is the latest one.")
    return by_name[st.selectbox("Run", list(by_name), key="run", **_BOUND)]


def _headlines(source: Source, run: dict[str, Any]) -> None:
    of_run = source.row(queries.figures(run["run_id"]))
    split = fmt.share(of_run["split_orders"] / of_run["orders"] if of_run["orders"] else None, 1)
    told = f"{fmt.quantity(of_run['units'])} units; {fmt.quantity(run['lines'])} lines were open"
    nearest = fmt.NOTHING if run["gap"] is None else f"at most {fmt.share(run['gap'], 2)} above the best"
    figures.show(
        (
            Figure("Lines allocated", fmt.quantity(of_run["lines"]), told),
            Figure("Parcels", fmt.quantity(run["parcels"]), f"{fmt.quantity(of_run['orders'])} orders, {split} split"),
            Figure("Cost by the rules", _money(run, run["cost_minor"]), _saved(run)),
            Figure("No plan costs less than", _money(run, run["bound_minor"]), nearest, _BOUND_HELP),
        ),
        width=222,
    )
    st.caption(f"Solver {run['solver']}, rules `{run['rules_id']}`. Costs count what waits, too.{_moved(run)}")


def _moved(run: dict[str, Any]) -> str:
    if not run.get("lines_reopened") or run["cost_minor"] is None:
        return ""
    gained = _money(run, run["kept_minor"] - run["cost_minor"])
    count, moved = (fmt.quantity(run[name]) for name in ("lines_reopened", "lines_moved"))
    return f" Of {count} lines that were promised before and decided anew, {moved} moved: {gained} less than without."


def _saved(run: dict[str, Any]) -> str:
    if not run["greedy_minor"] or run["cost_minor"] is None:
        return fmt.NOTHING
    return f"{fmt.share(1 - run['cost_minor'] / run['greedy_minor'], 1)} below line by line"


def _money(run: dict[str, Any], minor: int | None) -> str:
    return fmt.NOTHING if minor is None else fmt.money(minor, run["currency"])


def _places(source: Source, run: dict[str, Any]) -> None:
    places = source.frame(queries.by_location(run["run_id"]))
    if places.empty:
        st.info("This run sent nothing: every open line waits or is held.", icon=":material/inbox:")
        return
    # Beside each other where there is room, else one under the other.
    beside = st.container(horizontal=True)
    chart, shares = beside.container(width=540), beside.container(width=420)
    with chart:
        drawn = charts.bars(places, "location_id", "units", title="Units to send, by location", unit="units")
        st.vega_lite_chart(drawn, alt="Units to send, by location")
    with shares:
        table.show(_with_limits(places, run), PLACES, name="locations", height="content")


def _with_limits(places: pd.DataFrame, run: dict[str, Any]) -> pd.DataFrame:
    try:
        rules = read_rules(run["rules"])
    except RulesError as error:
        st.caption(f"This version cannot read the run's rules, so limits are not shown. {fmt.plain(str(error))}")
        return places.assign(limit=pd.array([None] * len(places), dtype="Int64"))
    limits = [
        rules.narrowest(rules.parcels_per_day, place, kind or "")
        for place, kind in zip(places["location_id"], places["kind"], strict=True)
    ]
    return places.assign(limit=pd.array(limits, dtype="Int64"))


def _decisions(source: Source, run_id: str) -> None:
    filters = _filters(source, run_id)
    count = source.row(queries.count_of(filters))["rows"]
    if not count:
        st.info("No allocation of this run is like that.", icon=":material/search_off:")
        return
    st.caption(f"{fmt.counted(count, 'allocation')}. Choose a row to open its order.")
    orders, ties = queries.DECISION_ORDERS, queries.DECISION_KEY
    listing.open_order(
        listing.show(source, queries.all_of(filters), count, DECISIONS, orders, ties, name="allocations", height=480)
    )


def _filters(source: Source, run_id: str) -> queries.Filters:
    places = search.still((row["location_id"] for row in source.rows(queries.by_location(run_id))), "location")
    codes = {row["reason_code"]: fmt.code(row["reason_code"]) for row in source.rows(queries.reason_codes(run_id))}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return queries.Filters(
            run_id,
            st.text_input("Order or SKU", key="find", placeholder="part of either", width=220, **_BOUND),
            st.selectbox("From", places, index=None, placeholder="any", key="location", width=170, **_BOUND),
            search.choose_code("Why", codes, key="reason"),
            st.toggle("Only split orders", key="split", **_BOUND),
        )


show()
