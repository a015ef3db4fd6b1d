"""What is done with rows of the list: open one, or set a thing for them in the draft. Belongs here: its look.

Does not belong here: the list (`levels_view`), what an edit does to rules (`policy`).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards.parts import format as fmt
from dashboards.safety_stock import drafts, queries, term_view
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.assortment import assortment_of
from dashboards.safety_stock.change_view import MEASURE_HELP, MEASURES
from dashboards.safety_stock.policy import Edit, Thing, Value
from dashboards.shell import frame
from dashboards.source import Source
from oms_core.replenishment.policy.targets import Target
from oms_core.replenishment.policy.terms import BY_NAME, TERMS
from oms_core.store.operations import Policy, changed_rules

THINGS: dict[str, Thing] = {"Target": pol.TARGET, **{term.label: term.name for term in TERMS}}
_CHOSEN = "ticked"
_TOLD = "rows-told"


def show_actions(source: Source, policy: Policy, filters: queries.Filters, chosen: pd.DataFrame, count: int) -> None:
    """The row ticked to open, and the form that sets a thing for rows, or by one rule for all that the filter names."""
    if told := st.session_state.pop(_TOLD, None):
        st.success(told, icon=":material/playlist_add_check:")
    draft = drafts.of(policy)
    if draft.base.version != policy.version:
        st.warning(f"Version {policy.version} was saved meanwhile: settle it in the draft first.")
        return
    if len(chosen) == 1:
        sku, location = str(chosen["sku"].iloc[0]), str(chosen["location_id"].iloc[0])
        st.button(
            f"Open {fmt.plain(sku)} at {fmt.plain(location)}",
            icon=":material/open_in_full:",
            on_click=_open,
            args=(sku, location),
        )
    _show_form(source, policy, filters, chosen, count)


def _open(sku: str, location: str) -> None:
    frame.open_one({"sku": sku, "at": location})


def _show_form(source: Source, policy: Policy, filters: queries.Filters, chosen: pd.DataFrame, count: int) -> None:
    covers = _covers(filters)
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        thing = THINGS[str(st.selectbox("Set", list(THINGS), key="rows-thing", width=170))]
        # A key of the filter's scope: the choices of another one are others.
        whom = str(
            st.selectbox(
                "For", list(covers), key=f"rows-for-{filters.scope}", format_func=covers.__getitem__, width=260
            )
        )
        is_away = st.toggle("Take their own away", key="rows-away", help="What wider rules say holds again.")
        wanted = None if is_away else _value(thing)
        is_ready = (whom != _CHOSEN or not chosen.empty) and (is_away or wanted is not None)
        rows = {_CHOSEN: len(chosen), "all": count}.get(whom)
        st.button(
            {None: "Put the rule into the draft", 0: "Tick rows first"}.get(rows, f"Put {rows or 0:,} into the draft"),
            type="primary",
            key="rows-put",
            disabled=not is_ready,
            on_click=_put,
            args=(source, policy, filters, chosen[["sku", "location_id"]], whom, thing, wanted),
        )


def _covers(filters: queries.Filters) -> dict[str, str]:
    """For whom a thing can be set, with words."""
    one_rule = {} if filters.scope is None else {"scope": f"one rule: {pol.scope_name(filters.scope)}"}
    return {_CHOSEN: "the rows ticked", **one_rule, "all": "all rows found, one by one"}


def _value(thing: Thing) -> Value:
    """The control of what is set; None where nothing is given yet."""
    if thing == pol.TARGET:
        measure = st.selectbox(
            "Measure",
            list(MEASURES),
            key="rows-measure",
            format_func=MEASURES.__getitem__,
            help=MEASURE_HELP,
            width=150,
        )  # fmt: skip
        percent = st.number_input("%", 50.0, 99.99, 97.0, 0.5, format="%.2f", key="rows-percent", width=130)
        return Target(round(float(percent) / 100, 6), str(measure))
    return term_view.ask(BY_NAME[thing], None, key=f"rows-{thing}", label="")


def _put(
    source: Source,
    policy: Policy,
    filters: queries.Filters,
    chosen: pd.DataFrame,
    whom: str,
    thing: Thing,
    value: Value,
) -> None:
    """The command: edits into the draft, and a word on how many."""
    if whom == "scope" and filters.scope is not None:
        edits = [Edit(filters.scope, thing, value)]
    else:
        keys = chosen if whom == _CHOSEN else source.fresh(queries.keys_of(filters))
        rules = changed_rules(policy.by_scope, drafts.of(policy).changes)
        edits = pol.row_edits(assortment_of(source).rows(keys), rules, thing, value)
    before = drafts.of(policy).changes
    drafts.add(policy, edits)
    count = len(drafts.of(policy).changes)
    st.session_state[_TOLD] = (
        "That is so already: nothing is to be changed for it."
        if drafts.of(policy).changes == before
        else f"The draft has {fmt.counted(count, 'change')} now. Nothing is saved yet."
    )
