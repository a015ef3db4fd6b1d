"""The page of export documents. Belongs here: the list, one document, commands on it, their look.

Does not belong here: rows and words (`rows`), what an act does (`oms_core.store.operations.outbox`).
"""

from __future__ import annotations

import streamlit as st

from dashboards import clicks, frame, search, signing, signing_view, table
from dashboards import format as fmt
from dashboards.clicks import Outcome
from dashboards.documents import rows
from dashboards.search import PAGE_ROWS
from dashboards.settings import Settings, now
from dashboards.source import operations
from oms_core.fulfilment.documents import DamagedDocumentError, parse_document
from oms_core.store.operations import OperationsStore, OutboxEntry, OutboxRefusal, StoreUnavailableError
from oms_core.store.operations.outbox import STATES

_STUCK = "stuck"
_ACT, _OUTCOME = "exports.act", "document-outcome"


def show() -> None:
    """One document where the URL names one, the list otherwise."""
    opened = frame.open_page("Documents", "What partners are told to ship, send and move; what is stuck, and why.")
    store = operations(opened.settings)
    if document := st.query_params.get("document"):
        _one(opened.settings, store, document)
    else:
        _list(opened.settings, store)


def _list(settings: Settings, store: OperationsStore) -> None:
    state = st.segmented_control(
        "State", [_STUCK, *STATES], default=_STUCK, required=True, key="state", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    partners, at = frame.partners(settings), now()
    are_stuck = state in (None, _STUCK)
    stuck = store.stuck(partners, at) if are_stuck else []
    count = len(stuck) if are_stuck else store.export_count(state)
    if not count:
        nothing = "Nothing is stuck: every document is on its way or answered." if are_stuck else f"None is {state}."
        st.info(nothing, icon=":material/check:")
        return
    st.caption(f"{fmt.counted(count, 'document')}. Choose a row to open it.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = {"oldest" if are_stuck else "latest": ""}
        order = search.choose_order((one for one in rows.DOCUMENTS if one.name in rows.STORED), named, "")
        offset = search.choose_page(count, "page")
    by, is_falling = order.head or ("", True)
    if are_stuck:
        stuck = rows.in_order(stuck, rows.STORED[by], is_falling=is_falling) if by else stuck
        found = stuck[offset : offset + PAGE_ROWS]
    else:
        found = store.exports_page(state, PAGE_ROWS, offset, (rows.STORED.get(by, "created_at"), is_falling))
    shown = rows.documents_table(found, partners, at, are_stuck=are_stuck)
    every = lambda: rows.documents_table(  # noqa: E731 - made when it is asked for
        stuck if are_stuck else store.exports(state), partners, at, are_stuck=are_stuck
    )
    key, height = f"documents-{state}-{order.chosen}-{offset}", table.tall(shown)
    chosen = table.show(shown, rows.DOCUMENTS, name="documents", download=every, key=key, height=height, order=order)
    if chosen is not None:
        st.query_params["document"] = str(shown["document"].iloc[chosen])
        st.rerun()


def _one(settings: Settings, store: OperationsStore, document: str) -> None:
    frame.way_back("All documents", "document")
    try:
        entry = store.export(document)
    except KeyError as error:
        st.warning(f"{fmt.plain(str(error.args[0]).capitalize())}.", icon=":material/search_off:")
        return
    _head(entry)
    _commands(settings, entry)
    _lines(entry)
    st.subheader("What was done with it", anchor=False)
    trail = rows.trail_table(store.audit_trail(f"export:{entry.export_id}"))
    table.show(trail, rows.TRAIL, name="document-trail", height="content")


def _head(entry: OutboxEntry) -> None:
    st.subheader(
        f"{rows.kind_of(entry).capitalize()} {fmt.plain(entry.wave)} to {fmt.plain(entry.partner_id)}", anchor=False
    )
    sent = f"sent {fmt.instant(entry.sent_at)}" if entry.sent_at else "not sent"
    st.caption(
        f"**{entry.state}** · made {fmt.instant(entry.created_at)} · {sent} · handed over "
        f"{fmt.counted(entry.attempts, 'time')} · control number {entry.control_number} · "
        f"`{entry.export_id[:12]}`"
    )
    if said := rows.why(entry, is_stuck=entry.state in ("held", "rejected", "unknown")):
        st.warning(fmt.plain(said), icon=":material/info:")


def _commands(settings: Settings, entry: OutboxEntry) -> None:
    """What can be done with it, by whom; and what came of the last command, once."""
    clicks.tell(_OUTCOME)
    acts = rows.possible(entry)
    if not acts:
        st.caption(f"Nothing can be done with a document that is {entry.state}.")
        return
    with st.form("act", border=True):
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


def _lines(entry: OutboxEntry) -> None:
    try:
        document = parse_document(entry.payload.encode(), entry.export_id)
    except DamagedDocumentError as error:
        st.error(fmt.plain(str(error)), icon=":material/error:")
        return
    end = f", for {fmt.plain(document.ship_to_location_id)}" if document.ship_to_location_id else ""
    st.subheader(f"{fmt.counted(len(document.lines), 'line')}{end}", anchor=False)
    lines, columns = rows.lines_table(document)
    table.show(lines, columns, name=f"document-{entry.export_id[:12]}", height=table.tall(lines, 420))


show()
