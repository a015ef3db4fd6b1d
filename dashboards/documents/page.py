"""The page of export documents. Belongs here: the list, one document, commands on it, their look.

Does not belong here: rows and words (`rows`), what an act does (`oms_core.store.operations.outbox`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.documents import rows
from dashboards.parts import clicks, lineage, search, table
from dashboards.parts import format as fmt
from dashboards.parts.clicks import Outcome
from dashboards.parts.search import PAGE_ROWS
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from dashboards.shell.frame import Opened
from dashboards.source import Source, operations
from oms_core.fulfilment.documents import TRANSFER_NOTICE, WAREHOUSE_ORDER, DamagedDocumentError, parse_document
from oms_core.store.operations import OperationsStore, OutboxEntry, OutboxRefusal, StoreUnavailableError
from oms_core.store.operations.outbox_lists import Wanted
from oms_core.store.published.lineage import ProposalKey

_NONE = "No document is like that. Search for less, or choose another state."
_ACT, _OUTCOME = "exports.act", "document-outcome"


def show() -> None:
    """One document where the URL names one, the list otherwise."""
    opened = frame.open_page("Documents", "What partners are told to ship, send and move; what is stuck, and why.")
    store = operations(opened.settings)
    if document := st.query_params.get("document"):
        _one(opened, store, document)
    else:
        _list(opened, store)


def _list(opened: Opened, store: OperationsStore) -> None:
    state = frame.choose_view("State", list(rows.STATES), key="state")
    are_stuck = state == rows.STUCK
    wanted = _wanted(opened.source, store, None if are_stuck or state == rows.ALL else state)
    partners, at = frame.partners(opened.settings), now()
    stuck = store.documents.stuck(partners, at, wanted) if are_stuck else []
    count = len(stuck) if are_stuck else store.documents.count(wanted)
    if not count:
        is_all_well = are_stuck and wanted == Wanted()
        words = "Nothing is stuck: every document is on its way or answered." if is_all_well else _NONE
        st.info(words, icon=":material/check:" if is_all_well else ":material/search_off:")
        return
    st.caption(f"{fmt.counted(count, 'document')} {rows.STATES[str(state)]}. Choose a row to open it.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = {"oldest" if are_stuck else "latest": ""}
        order = search.choose_order((one for one in rows.DOCUMENTS if one.name in rows.STORED), named, "")
        offset = search.choose_page(count, "page")
    by, is_falling = order.head or ("", True)
    if are_stuck:
        stuck = rows.in_order(stuck, rows.STORED[by], is_falling=is_falling) if by else stuck
        found = stuck[offset : offset + PAGE_ROWS]
    else:
        found = store.documents.page(wanted, PAGE_ROWS, offset, (rows.STORED.get(by, "created_at"), is_falling))

    def told(entries: Sequence[OutboxEntry]) -> pd.DataFrame:
        return rows.documents_table(entries, partners, at, are_stuck=are_stuck, held=_holds(store, entries))

    shown = told(found)
    every = lambda: told(stuck if are_stuck else store.documents.page(wanted, None))  # noqa: E731 - when it is asked for
    key, height = f"documents-{hash((state, wanted, order.chosen, offset))}", table.tall(shown)
    chosen = table.show(shown, rows.DOCUMENTS, name="documents", download=every, key=key, height=height, order=order)
    if chosen is not None:
        frame.open_one({"document": str(shown["document"].iloc[chosen])})
        st.rerun()


def _holds(store: OperationsStore, entries: Iterable[OutboxEntry]) -> dict[str, str]:
    held = [entry for entry in entries if entry.state == "held"]
    return rows.holds(act for entry in held for act in store.audit_trail(f"export:{entry.export_id}"))


def _wanted(source: Source, store: OperationsStore, state: str | None) -> Wanted:
    kinds = store.documents.kinds()
    partners = search.still(dict.fromkeys(partner for partner, _ in kinds), "partner")
    types = {name: fmt.code(name) for _, name in kinds}
    bound: dict[str, Any] = {"bind": "query-params"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        find = str(st.text_input("Find", key="find", placeholder="document, wave or number, order", width=250, **bound))
        return Wanted(
            state,
            st.selectbox("Partner", partners, index=None, placeholder="any", key="partner", width=170, **bound),
            search.choose_code("Kind", types, key="kind", width=170),
            st.date_input("Made on, UTC", None, key="made", format="YYYY-MM-DD", width=150, **bound),
            find,
            rows.holding(source, find),
        )


def _one(opened: Opened, store: OperationsStore, document: str) -> None:
    frame.way_back("All documents")
    try:
        entry = store.export(document)
    except KeyError as error:
        st.warning(f"{fmt.plain(str(error.args[0]).capitalize())}.", icon=":material/search_off:")
        return
    trail = store.audit_trail(f"export:{entry.export_id}")
    _head(entry, rows.holds(trail))
    _commands(opened.settings, entry)
    _lines(opened.source, entry)
    st.subheader("What was done with it", anchor=False)
    table.show(rows.trail_table(trail), rows.TRAIL, name="document-trail", height="content")


def _head(entry: OutboxEntry, held: Mapping[str, str]) -> None:
    st.subheader(
        f"{rows.kind_of(entry).capitalize()} {fmt.plain(entry.wave)} to {fmt.plain(entry.partner_id)}", anchor=False
    )
    sent = f"sent {fmt.instant(entry.sent_at)}" if entry.sent_at else "not sent"
    st.caption(
        f"**{entry.state}** · made {fmt.instant(entry.created_at)} · {sent} · handed over "
        f"{fmt.counted(entry.attempts, 'time')} · control number {entry.control_number} · "
        f"`{entry.export_id[:12]}`"
    )
    if said := rows.why(entry, is_stuck=entry.state in ("held", "rejected", "unknown"), held=held):
        st.warning(fmt.plain(said), icon=":material/info:")


def _commands(settings: Settings, entry: OutboxEntry) -> None:
    """What can be done with it, by whom; and what came of the last command, once."""
    clicks.tell(_OUTCOME)
    acts = rows.possible(entry)
    if not acts:
        st.caption(f"Nothing can be done with a document that is {entry.state}.")
        return
    with st.form("act", border=True, enter_to_submit=False):
        st.text_input("Why", key="document-reason", max_chars=500, placeholder="kept in the trail; colleagues see it")
        may_act = signing_view.may(_ACT)
        with st.container(horizontal=True):
            for act in acts:
                st.form_submit_button(
                    act.label, help=act.help, disabled=not may_act, key=f"document-{act.name}",
                    on_click=_act.click(settings, entry.export_id, act.name),
                )  # fmt: skip


@clicks.once(_OUTCOME)
def _act(settings: Settings, export_id: str, action: str) -> Outcome:
    """The command, on what the page showed when the button was pressed."""
    reason = str(st.session_state.get("document-reason", "")).strip()
    if not reason:
        return Outcome(refused=("Nothing is done: say why.",))
    try:
        store = operations(settings)
        store.act(export_id, action, now(), signing.who(settings, store).actor, reason)
    except (OutboxRefusal, StoreUnavailableError, *signing.REFUSALS) as error:
        return Outcome(refused=(f"Nothing is done: {fmt.plain(str(error))}",))
    return Outcome(
        done=(f"It is **{store.export(export_id).state}** now.",),
        then=lambda: st.session_state.update({"document-reason": ""}),
    )


def _lines(source: Source, entry: OutboxEntry) -> None:
    try:
        document = parse_document(entry.payload.encode(), entry.export_id)
    except DamagedDocumentError as error:
        st.error(fmt.plain(str(error)), icon=":material/error:")
        return
    end = f", for {fmt.plain(document.ship_to_location_id)}" if document.ship_to_location_id else ""
    st.subheader(f"{fmt.counted(len(document.lines), 'line')}{end}", anchor=False)
    lines, columns = rows.lines_table(document)
    name, height = f"document-{entry.export_id[:12]}", table.tall(lines, 420)
    is_customers = document.document_type == WAREHOUSE_ORDER
    is_asked_for = document.document_type != TRANSFER_NOTICE
    if is_asked_for:
        st.caption(f"Choose a row to {'open its order' if is_customers else 'follow it back to its proposal'}.")
    shown = table.narrowed(lines, columns, "lines")
    # Other rows are another grid: a chosen row is not carried over to them.
    key = f"lines-{name}-{hash(tuple(shown['line_number']))}" if is_asked_for else None
    chosen = table.show(shown, columns, name=name, height=height, key=key)
    if chosen is not None and is_customers:
        channel_id, order_ref = (str(shown[column].iloc[chosen]) for column in ("channel_id", "order_ref"))
        st.switch_page("orders/page.py", query_params={"order": f"{channel_id}:{order_ref}"})
    elif is_asked_for and (chosen is not None or len(shown) == 1):
        lineage.show(source, ProposalKey(str(shown["line_ref"].iloc[chosen or 0])))


show()
