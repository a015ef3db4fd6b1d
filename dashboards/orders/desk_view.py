"""The order desk on the page of an order: commands that were given, a form to give one, and what will come of it.

Belongs here: their look and their commands to the store. Does not belong here: what may be commanded and what comes of
it (`oms_core.orders.desk`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboards.orders import queries
from dashboards.parts import clicks
from dashboards.parts import format as fmt
from dashboards.parts.clicks import Outcome
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from dashboards.source import Source
from oms_core.orders.desk import (
    CANCEL,
    EDIT,
    HOLD,
    QUANTITY,
    RELEASE,
    RESOURCE,
    SENT_METHODS,
    Ask,
    Case,
    DeskLine,
    checked,
    foresee,
)
from oms_core.store.operations import Actor, CommandRefused, DeskOutcome, OperationsStore, StoreUnavailableError
from oms_core.store.published.desk_lines import desk_lines

_OUTCOME = "desk-outcome"
_ACT = "orders.command"
LABELS = {HOLD: "Hold", RELEASE: "Release", CANCEL: "Cancel", RESOURCE: "Take elsewhere", EDIT: "Change"}
_ICONS = {"waiting": "schedule", "asked": "support_agent", "agreed": "schedule", "undoing": "schedule"}


def show(settings: Settings, source: Source, order_id: str) -> None:
    """Commands on the order, and the form for another one where something of it is left."""
    store = frame.open_store(settings)
    if store is None:
        return
    clicks.tell(_OUTCOME)
    cases = store.desk.cases(order_id)
    _show_cases(settings, [case for case in cases if case.is_open])
    ids = [row["order_line_id"] for row in source.rows(queries.line_ids(order_id))]
    found = desk_lines(source.snapshot.query, store.export_states, ids)
    left = [line for line in found.values() if line.qty_left]
    if left or cases:
        # Told to the server: a word above it, such as what came of a command, would close it.
        with st.expander(
            "Order desk: hold, release, cancel, take elsewhere, change", icon=":material/support_agent:", key="desk",
            on_change="rerun", bind="query-params",
        ):  # fmt: skip
            _show_desk(settings, source, left, cases)


def _show_cases(settings: Settings, cases: Sequence[Case]) -> None:
    may_command = signing.admitted().may(_ACT)
    for case in cases:
        number, icon = case.command.command_number, _ICONS.get(case.state, "history")
        text, agree, undo = st.columns([8, 1, 1.2], vertical_alignment="center")
        text.caption(f":material/{icon}: {fmt.plain(f'{fmt.capital(case.command.name)}: {case.told}')}")
        if case.state == "asked":
            agree.button("Agreed", key=f"desk-agree-{number}", disabled=not may_command,
                         on_click=_answer.click(settings, number, "agree"),
                         help="The location will not ship it. Below: who agreed.")  # fmt: skip
        if case.state in ("waiting", "asked", "agreed", "done"):
            undo.button("Take back", key=f"desk-undo-{number}", disabled=not may_command,
                        on_click=_answer.click(settings, number, "undo"),
                        help="Below: why.")  # fmt: skip


def _show_desk(settings: Settings, source: Source, left: Sequence[DeskLine], cases: Sequence[Case]) -> None:
    signing_view.may(_ACT)
    st.text_input("Why", key="desk-reason", max_chars=500, placeholder="kept with the order; colleagues see it")
    if left:
        _show_form(settings, source, left, cases)
    ended = [case for case in cases if not case.is_open]
    if ended:
        st.caption("**Before**")
        _show_cases(settings, ended)


def _show_form(settings: Settings, source: Source, left: Sequence[DeskLine], cases: Sequence[Case]) -> None:
    kind, chosen = st.columns([1, 2])
    verb = str(kind.selectbox("What", list(LABELS), format_func=LABELS.__getitem__, key="desk-kind"))
    by_name = {f"{line.sku} · {line.line_state} · {line.qty_left} left · {line.line_ref}": line for line in left}
    names = chosen.multiselect("Lines", list(by_name), default=list(by_name), key="desk-lines")
    lines = [by_name[name] for name in names]
    details = _details(source, verb, lines)
    asks = [Ask(verb, line, **details) for line in lines]
    possible = _preview(asks, cases)
    of_all = "" if len(possible) in (0, len(asks)) else f" of {len(asks)}"
    label = f"{LABELS[verb]} {len(possible) or len(asks)}{of_all} line{'s' if len(asks) != 1 else ''} with the next run"
    st.button(
        label, type="primary", disabled=not possible or not signing.admitted().may(_ACT),
        on_click=_give.click(settings, tuple(possible)), key="desk-give",
    )  # fmt: skip


def _details(source: Source, verb: str, lines: Sequence[DeskLine]) -> dict[str, Any]:
    """How many, and from where to where, as far as the verb asks for it."""
    found: dict[str, Any] = {}
    if verb == EDIT:
        return {"changes": _changes(source, lines)}
    if verb not in (CANCEL, RESOURCE):
        return found
    quantity, to, barred = st.columns([1, 1.5, 2])
    if len(lines) == 1:
        units = quantity.number_input("Units", 1, lines[0].qty_ordered, None, placeholder="all", key="desk-quantity")
        found["quantity"] = None if units is None else int(units)
    else:
        quantity.caption("Choose one line to say how many units of it.")
    if verb == RESOURCE:
        names = [str(row["location_id"]) for row in source.rows(queries.SHIPPING)]
        found["to_location_id"] = to.selectbox("To", names, index=None, placeholder="wherever the run finds it best",
                                               key="desk-to")  # fmt: skip
        found["barred_location_ids"] = tuple(barred.multiselect("Not from", names, key="desk-barred"))
    return found


def _changes(source: Source, lines: Sequence[DeskLine]) -> dict[str, str | int]:
    """How and where to the lines are sent, and how much of one is ordered from now on, as far as it is said."""
    method, region, country, quantity = st.columns(4)
    regions = [str(row["region"]) for row in source.rows(queries.REGIONS)]
    said = {
        "fulfilment_method": method.selectbox(
            "Method", SENT_METHODS, index=None, format_func=fmt.code, placeholder="as it is", key="desk-method"
        ),
        "ship_to_region": region.selectbox("Region", regions, index=None, placeholder="as it is", key="desk-region"),
        "ship_to_country": country.text_input("Country", placeholder="as it is", key="desk-country") or None,
    }
    changes: dict[str, str | int] = {name: str(value) for name, value in said.items() if value is not None}
    if len(lines) == 1:
        ordered = quantity.number_input(
            "Ordered", 1, None, None, placeholder=str(lines[0].qty_ordered), key="desk-ordered"
        )
        changes |= {} if ordered is None else {QUANTITY: int(ordered)}
    else:
        quantity.caption("Choose one line to change how much of it is ordered.")
    return changes


def _preview(asks: Sequence[Ask], cases: Sequence[Case]) -> list[Ask]:
    """Says what will come of it, or why it cannot be done, line by line; those that can be done."""
    possible = []
    for ask in asks:
        known = [case for case in cases if case.command.order_line_id == ask.line.order_line_id]
        try:
            text = " ".join(foresee(checked(ask, known)))
        except CommandRefused as error:
            st.caption(f":material/block: {fmt.plain(f'{ask.line.sku}: {error}')}")
        else:
            possible.append(ask)
            st.caption(f":material/arrow_forward: {fmt.plain(f'{ask.line.sku}: {text}')}")
    return possible


@clicks.once(_OUTCOME)
def _give(settings: Settings, asks: tuple[Ask, ...]) -> Outcome:
    return _do(settings, lambda store, actor, why: store.desk.command(asks, actor, why, now()))


@clicks.once(_OUTCOME)
def _answer(settings: Settings, number: int, kind: str) -> Outcome:
    return _do(settings, lambda store, actor, why: store.desk.answer([number], kind, actor, why, now()))


def _do(settings: Settings, work: Callable[[OperationsStore, Actor, str], DeskOutcome]) -> Outcome:
    """The command, on what the page showed when the button was pressed."""
    store = frame.open_store(settings)
    if store is None:
        return Outcome()
    why = str(st.session_state.get("desk-reason", ""))
    try:
        outcome = work(store, signing.who(settings, store).actor, why)
    except (CommandRefused, StoreUnavailableError, *signing.REFUSALS) as error:
        return Outcome(refused=(f"Nothing is commanded: {fmt.plain(str(error))}.",))
    return Outcome(
        done=tuple(
            f"**{fmt.plain(fmt.capital(case.command.name))}**: {fmt.plain(case.told)}" for case in outcome.given
        ),
        refused=tuple(fmt.plain(refusal) for refusal in outcome.refused),
        then=lambda: st.session_state.update({"desk-reason": ""}),
    )
