"""The list of levels: found, ordered and paged in the database; rows to open, or to change. Belongs here: its look.

Does not belong here: one series in full (`series_view`), what is done with chosen rows (`rows_view`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import format as fmt
from dashboards.parts import search, table
from dashboards.parts.table import Order, Shown
from dashboards.safety_stock import cells_view, drafts, queries, rows_view, sheet_view, what_if_view
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.assortment import assortment_of
from dashboards.safety_stock.sheet import sheet
from dashboards.shell import frame
from dashboards.shell.frame import Opened
from dashboards.source import Query, Source
from oms_core.replenishment.holding.levels import what_if
from oms_core.replenishment.policy.targets import ABC_CLASSES, DEMAND_PATTERNS, XYZ_CLASSES
from oms_core.store.operations import Policy, PolicyChange, changed_rules

_CLASS_HELP = "ABC by revenue (80, 95 %), XYZ by how much weekly demand varies (0.5, 1)."
_PATTERN_HELP = "How often and how evenly it is asked for by the week (Syntetos, Boylan and Croston 2005)."
LEVELS = (
    Shown("sku", "SKU"),
    Shown("description", "Product", width=110),
    Shown("location_id", "Location"),
    Shown("class", "Class", help=_CLASS_HELP, width=60),
    Shown("demand_pattern", "Demand", help=_PATTERN_HELP, width=90),
    Shown("qty_demand_per_day", "A day", "number", "Mean forecast over the protection interval, units a day."),
    Shown(
        "qty_safety_stock",
        "Safety stock",
        "quantity",
        "Level above the protection interval's mean demand.",
    ),
)
_PROPOSED = (
    Shown("qty_safety_stock_then", "Proposed", "quantity", "Safety stock under the policy as saved, and the draft."),
    Shown("investment_minor_change", "Change", "money", "Of safety stock at cost."),
    Shown("service_level_expected_then", "Expected then", "share"),
)
REST = (
    Shown("investment_minor", "At cost", "money", "Safety stock at cost."),
    Shown("service_level_target", "Target", "share", "Aimed at: cycle service, unless the rule says otherwise."),
    Shown("policy_scope", "Set by", help="Rule that sets the target."),
    Shown("service_level_expected", "Expected", "share", "Probability that the level covers the interval."),
    Shown("fill_rate_expected", "Fill rate", "share", "Expected share of units served from the shelf."),
    Shown("lead_time_days_mean", "Lead time, days", "number", "Mean planned with."),
    Shown("lead_time_days_std", "± days", "number", "Standard deviation of the lead time.", width=65),
    Shown("qty_reorder_point", "Reorder at", "quantity", "Mean lead-time demand and safety stock."),
    Shown("qty_order_up_to", "Order up to", "quantity", "Smallest level that reaches target and minimum."),
    Shown("qty_minimum", "Minimum", "quantity", "Least safety stock that a rule asks for."),
    Shown("qty_on_hand", "On hand", "quantity"),
    Shown("qty_inbound", "Inbound", "quantity", "Units on open purchase orders and transfers."),
    Shown("supplier_id", "Supplier"),
)
_BOUND: dict[str, Any] = {"bind": "query-params"}


def show_list(opened: Opened) -> None:
    """Filters, totals, one page of levels, of which some can be opened or changed; and what the draft would do."""
    source = opened.source
    filters, order = _filters(source)
    totals = source.rows(queries.totals(filters))
    count = sum(row["series"] for row in totals)
    if not count:
        st.info("No level is like that. Search for less, or choose another location or class.")
        return
    summary, page = st.columns([4, 1], vertical_alignment="bottom")
    # Its control stands below this line: until it is drawn, what it is set to is in the address.
    is_typing = st.session_state.get("cells", st.query_params.get("cells") == "true")
    summary.caption(_told(totals) + ("" if is_typing else " Tick rows to open or to change them."))
    with page:
        offset = search.choose_page(count, "page")
    store = frame.open_store(opened.settings)
    if store is None:
        return
    policy = store.current_policy()
    changes = drafts.of(policy).onto(policy).changes
    whole = search.in_order(queries.all_of(filters), order.sql)
    page_rows = source.frame(search.page_of(whole, offset))
    # Other rows are another grid: a tick, or what is typed, is of a level, not of the place at which it stood.
    shown = hash((source.snapshot.snapshot_id, filters, order.sql, offset))
    if st.toggle("Type into cells", key="cells", help="Targets, lead times and minimums of these rows.", **_BOUND):
        cells_view.show(page_rows, policy, f"cells-{shown}")
        changes = drafts.of(policy).changes
    else:
        chosen = _choose(source, policy, changes, page_rows, whole, f"levels-{shown}", order)
        rows_view.show_actions(source, policy, filters, chosen, count)
    if changes:
        _tell_draft(source, policy, changes)


def _told(totals: list[dict[str, Any]]) -> str:
    """What the levels that were found come to."""
    count, below = (sum(row[name] for row in totals) for name in ("series", "below"))
    money = fmt.monies([(row["investment_minor"], row["currency"]) for row in totals])
    units = fmt.quantity(sum(row["qty_safety_stock"] for row in totals))
    return (
        f"{count:,} series, {units} units of safety stock, {money} at cost; "
        f"{fmt.quantity(below)} below their reorder point."
    )


def _choose(
    source: Source,
    policy: Policy,
    changes: tuple[PolicyChange, ...],
    page_rows: pd.DataFrame,
    whole: Query,
    key: str,
    order: Order,
) -> pd.DataFrame:
    """Show a page of levels, with the way to all of them as a file; the ticked ones."""
    levels, columns = _with_proposals(source, page_rows, policy, changes)
    if len(columns) > len(LEVELS) + len(REST):
        draft_too = ", and your draft," if changes else ","
        st.caption(f"*Proposed*: under version {policy.version} of the policy{draft_too} from the run that uses it.")
    rules = changed_rules(policy.by_scope, changes)
    every = lambda: sheet(source.fresh(whole), rules)  # noqa: E731 - made when it is asked for
    workbook = lambda: sheet_view.offer_workbook(every)  # noqa: E731 - as above
    chosen = table.show_and_choose(
        levels, columns, name="safety-stock", download=every, key=key, height=430, beside=workbook, order=order
    )
    return levels.iloc[chosen]


def _with_proposals(
    source: Source, levels: pd.DataFrame, policy: Policy, changes: tuple[PolicyChange, ...]
) -> tuple[pd.DataFrame, tuple[Shown, ...]]:
    """The page's rows with what they are to be, where a draft, or a version saved since the run, asks for that."""
    levels = levels.assign(policy_scope=[pol.scope_name(pol.scope_of(name)) for name in levels["policy_scope"]])
    if not changes and policy.version == source.row(queries.POLICY_VERSION)["version"]:
        return levels, (*LEVELS, *REST)
    whole = assortment_of(source)
    rows = whole.rows(levels)
    beside = whole.levels[pol.whole_networks(whole.levels, rows["sku"]) & ~whole.levels.index.isin(rows.index)]
    then = what_if(pd.concat([rows, beside]), whole.grid, rules=pol.rules_after(policy, changes), policy_version=0)
    names = ["qty_safety_stock", "service_level_expected", "investment_minor"]
    both = levels.merge(then[["sku", "location_id", *names]], on=["sku", "location_id"], suffixes=("", "_then"))
    both["investment_minor_change"] = both["investment_minor_then"] - both["investment_minor"]
    return both, (*LEVELS, *_PROPOSED, *REST)


def _tell_draft(source: Source, policy: Policy, changes: tuple[PolicyChange, ...]) -> None:
    count = fmt.counted(len(changes), "change")
    st.markdown(f"**Draft of {count}**, not saved yet · {fmt.plain(pol.described(changes, policy))}")
    for effect in pol.effects(what_if_view.compared(source, policy, changes)):
        what_if_view.show_totals(effect)
    frame.way_on("Look through the draft, and save it", "Draft", {})


def _filters(source: Source) -> tuple[queries.Filters, Order]:
    names = {row["location_id"]: row["name"] for row in source.rows(queries.LOCATIONS)}
    suppliers = [row["supplier_id"] for row in source.rows(queries.SUPPLIERS)]
    # Side by side as far as they fit: a tablet takes more lines.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        filters = queries.Filters(
            st.text_input("SKU or product", key="find", placeholder="part of either", width=220, **_BOUND),
            _any("Location", list(names), "location"),
            _any("ABC class", ABC_CLASSES, "class", 110),
            xyz_class=_any("XYZ class", XYZ_CLASSES, "xyz", 110),
            demand_pattern=_any("Demand", DEMAND_PATTERNS, "demand"),
            supplier=_any("Supplier", suppliers, "supplier"),
            is_below=st.toggle(
                "Below reorder point", key="below", help="On hand and inbound counted, less reserved.", **_BOUND
            ),
        )
        order = search.choose_order((*LEVELS, *REST), queries.ORDERS, "sku, location_id")
    return filters, order


def _any(label: str, options: Any, key: str, width: int = 150) -> str | None:
    known = search.still(options, key)
    found = st.selectbox(label, known, index=None, placeholder="any", key=key, width=width, **_BOUND)
    return None if found is None else str(found)
