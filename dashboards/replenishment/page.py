"""The page of proposals. Belongs here: loading and look. Does not belong here: its queries (`queries`), deciding about
proposals (`deciding_view`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, figures, search, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.replenishment import deciding_view, queries, releases
from dashboards.shell import frame
from dashboards.source import Query, Source
from oms_core.replenishment.proposing.deciding import STATES, state_of
from oms_core.replenishment.proposing.releasing import is_by_rule
from oms_core.store.operations import Decision

#: Proposals that can be decided about without choosing each: more would keep the page waiting.
_AT_ONCE = 1_000
#: SKUs that are named of those of which nothing is proposed.
_TOLD = 10
_UNSUPPLIED = (
    "Of SKUs that order lines wait for, with no stock elsewhere, no substitute, and no supply that is not promised "
    "already."
)
KINDS = {"purchase": "Buy", "transfer": "Move"}
WAITS = {"minimum_value": "its minimum", "capacity": "room", "turn": "its turn"}
_TOTALS = ("To buy, at cost", "To move, at cost")
PROPOSALS = (
    Shown("kind", "What", width=70),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("location_id", "For"),
    Shown("source", "From", help="The supplier to buy from, or the location that has more than it needs."),
    Shown("quantity", "Quantity", "quantity", "Units; whole packs where it is bought."),
    Shown("value_minor", "At cost", "money"),
    Shown("expected_date", "There by", "day", "After the supplier's mean lead time, or a transfer's days."),
    Shown("state", "State", width=80),
    Shown(
        "kept_because",
        "No rule, because",
        width=200,
        help="Why the policy, which accepts ordinary proposals by itself, leaves it to a person.",
    ),
    Shown(
        "waits_for",
        "Waits for",
        width=80,
        help="Below its supplier's least order value, without room, or its supplier was ordered from within its review "
        "period. Choose it to accept it all the same.",
    ),
    Shown("reason", "Why, or who decided", width="large"),
)
#: What the database can order by: decisions are in the operations store.
_IN_SNAPSHOT = tuple(column for column in PROPOSALS if column.name not in ("state", "reason", "kept_because"))


def show() -> None:
    """Filters, totals, one page of proposals, and what to do with those that are chosen."""
    opened = frame.open_page("To order", "What the last planning run would buy, and move between locations.")
    source, store = opened.source, frame.open_store(opened.settings)
    plan = source.row(queries.PLAN)["run_id"]
    decisions = (
        {} if store is None or plan is None else {one.proposal.proposal_ref: one for one in store.decisions(plan)}
    )
    kept = releases.kept_because(source, opened.settings.quarantine)
    clicks.tell(deciding_view.OUTCOME)
    filters = _filters(source, decisions)
    if filters.is_unsupplied:
        _tell_unproposed(source)
    totals = source.rows(queries.totals(filters))
    _headlines(totals, decisions.values())
    count = sum(row["proposals"] for row in totals)
    if not count:
        st.info("Nothing is proposed that is like that.", icon=":material/inbox:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = search.choose_order(_IN_SNAPSHOT, queries.ORDERS, queries.KEY)
        offset = search.choose_page(count, "page")
    whole = search.in_order(queries.all_of(filters), order.sql)
    page = search.page_of(whole, offset)
    proposals = source.rows(page)
    shown = _with_decisions(source.frame(page), decisions, kept)
    # Other rows are another grid: a choice is of proposals, not of the places at which they stood.
    key = f"proposals-{hash((source.snapshot.snapshot_id, filters, order.sql, offset))}"
    columns = PROPOSALS if kept else tuple(column for column in PROPOSALS if column.name != "kept_because")
    rows = table.show_and_choose(
        shown,
        columns,
        name="to-order",
        download=lambda: _with_decisions(source.fresh(whole), decisions, kept),
        key=key,
        height=table.tall(shown, 480),
        order=order,
    )
    if len(rows) == 1:
        only = shown.iloc[rows[0]]
        _tell_one(proposals[rows[0]], str(only["reason"]), str(only["kept_because"]))
    if store is None:
        return
    chosen = [proposals[row] for row in rows] or _unchosen(source, whole, count)
    if chosen:
        deciding_view.show_form(opened.settings, chosen, decisions, source.rows(queries.READY), are_ticked=bool(rows))


def _unchosen(source: Source, whole: Query, count: int) -> list[dict[str, Any]]:
    """What a decision is about where no row is chosen: all that the filters leave, but for what waits."""
    if count > _AT_ONCE:
        st.caption(f"Choose rows to decide about them, or filters that leave {_AT_ONCE:,} at most.")
        return []
    st.caption("Choose rows to decide about some of them; without a choice, it is about all that the filters leave.")
    found = [row for row in source.rows(whole) if not row["waits_for"]]
    if not found:
        st.caption("All of it waits: choose rows to decide about them all the same.")
    return found


def _tell_unproposed(source: Source) -> None:
    """SKUs that wait and of which nothing is proposed: buying them is somebody's own decision."""
    skus = [str(row["sku"]) for row in source.rows(queries.UNPROPOSED)]
    if not skus:
        return
    more = f" and {len(skus) - _TOLD:,} more" if len(skus) > _TOLD else ""
    st.warning(
        f"Backorders wait for {fmt.plain(', '.join(skus[:_TOLD]))}{more}, of which nothing is proposed to be "
        "bought: no level is kept of it, or what is on its way reaches the level. Order it yourself, or offer "
        "something else.",
        icon=":material/production_quantity_limits:",
    )
    st.page_link(
        "allocation/page.py", label="The lines that wait", icon=":material/arrow_forward:",
        query_params={"view": "What waits for stock", "waiting_step": "order_supply"},
    )  # fmt: skip


def _with_decisions(
    proposals: pd.DataFrame, decisions: Mapping[str, Decision], kept: Mapping[str, str]
) -> pd.DataFrame:
    refs = proposals["proposal_ref"]
    return proposals.assign(
        kind=proposals["kind"].map(KINDS),
        waits_for=proposals["waits_for"].map(WAITS),
        state=[state_of(decisions.get(ref)) for ref in refs],
        reason=[
            decisions[ref].told if state_of(decisions.get(ref)) != "open" else reason
            for ref, reason in zip(refs, proposals["reason"], strict=True)
        ],
        kept_because=[kept.get(ref, "") if state_of(decisions.get(ref)) == "open" else "" for ref in refs],
    )


def _tell_one(proposal: Mapping[str, Any], reason: str, kept_because: str) -> None:
    """Why, in full: the list cuts it; and its series."""
    st.markdown(f"**Why:** {fmt.plain(reason)}.")
    if kept_because:
        st.markdown(f"**No rule accepted it because** {fmt.plain(kept_because)}.")
    if st.button("Open its series", icon=":material/open_in_new:", type="tertiary"):
        series = {"sku": str(proposal["sku"]), "at": str(proposal["location_id"])}
        st.switch_page("safety_stock/page.py", query_params=series)


def _filters(source: Source, decisions: Mapping[str, Decision]) -> queries.Filters:
    bound: dict[str, Any] = {"bind": "query-params"}
    any_of: dict[str, Any] = {"index": None, "placeholder": "any", "width": 140, **bound}
    suppliers = search.still((row["supplier_id"] for row in source.rows(queries.SUPPLIERS)), "supplier")
    places = search.still((row["location_id"] for row in source.rows(queries.LOCATIONS)), "location")
    # Side by side as far as they fit: a tablet takes more lines.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        filters = queries.Filters(
            st.text_input("SKU or product", key="find", placeholder="part of either", width=200, **bound),
            st.selectbox("What", list(KINDS), key="kind", format_func=KINDS.get, **any_of),
            st.selectbox("Supplier", suppliers, key="supplier", **any_of),
            st.selectbox("For", places, key="location", **any_of),
        )
        wanted = st.selectbox("State", STATES, key="state", **any_of)
        is_unsupplied = st.toggle("For backorders that nothing else ends", key="unsupplied", help=_UNSUPPLIED, **bound)
    filters = replace(filters, is_unsupplied=is_unsupplied)
    by_state = deciding_view.refs_by_state(decisions)
    if wanted == "open":
        return replace(filters, beside=tuple(ref for refs in by_state.values() for ref in refs))
    return replace(filters, among=by_state[wanted] if wanted else None)


def _headlines(totals: list[dict[str, Any]], decisions: Iterable[Decision]) -> None:
    taken = [one for one in decisions if one.state in ("accepted", "ordered")]
    ordered = sum(one.state == "ordered" for one in taken)
    by_rule = sum(is_by_rule(one.author) for one in taken)
    accepted = f"{fmt.counted(len(taken), 'proposal')}, {ordered:,} ordered"
    if by_rule:
        accepted = f"{by_rule:,} by rule, {len(taken) - by_rule:,} by people"
    figures.show(
        (
            *(_total(totals, kind, label) for kind, label in zip(KINDS, _TOTALS, strict=True)),
            Figure("Accepted, at cost", deciding_view.value_of(taken), accepted),
        ),
        width=222,
    )


def _total(totals: list[dict[str, Any]], kind: str, label: str) -> Figure:
    rows = [row for row in totals if row["kind"] == kind]
    value = fmt.monies([(row["value_minor"], row["currency"]) for row in rows], whole=True) if rows else fmt.NOTHING
    units, proposals = (sum(row[name] for row in rows) for name in ("quantity", "proposals"))
    note = f"{fmt.quantity(units)} units in {fmt.quantity(proposals)} proposal{'s' if proposals != 1 else ''}"
    gain = fmt.monies([(row["gain_minor"], row["currency"]) for row in rows], whole=True) if rows else ""
    return Figure(label, value, note, f"Worth {gain} more there." if kind == "transfer" and rows else None)


show()
