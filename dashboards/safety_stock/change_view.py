"""Changing what is aimed at and planned with: one rule at a time, in a draft. Belongs here: choosing and collecting.

Does not belong here: effect and saving (`what_if_view`), choosing rows (`levels_view`), files (`sheet_view`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, table
from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.safety_stock import drafts, queries, review_view, sheet_view, term_view, what_if_view
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.drafts import Draft
from dashboards.safety_stock.policy import Edit, Rules
from dashboards.shell import frame
from dashboards.shell.frame import Opened
from dashboards.source import Source
from oms_core.replenishment.policy.targets import (
    DEFAULT,
    SCOPE_VALUES,
    PolicyRule,
    Scope,
    Target,
    sku_location,
    split_sku_location,
)
from oms_core.replenishment.policy.terms import TERMS, Term
from oms_core.store.operations import Policy, changed_rules

MEASURES = {
    "cycle_service": "Cycle service",
    "fill_rate": "Fill rate",
    "least_cost": "Least cost",
}
_ASKED = {
    "cycle_service": "Target cycle service level, %",
    "fill_rate": "Target fill rate, %",
    "least_cost": "Least cycle service level, %",
}
MEASURE_HELP = (
    "Cycle service: share of protection intervals without a stock-out. Fill rate: share of units served from the "
    "shelf. Least cost: a unit more is held as long as the margin that it is expected to save is worth more than "
    "holding it for a review period (a term of the policy), and no less than the level given."
)
#: What a rule may cover, the widest first, and what of it has to be named.
_COVERS: dict[str, str] = {
    "Default": "default",
    "ABC class": "abc_class",
    "Demand pattern": "demand_pattern",
    "ABC and XYZ class": "abc_xyz_class",
    "Supplier": "supplier",
    "Location": "location",
    "One SKU": "sku",
    "One SKU at a location": "sku_location",
}
_BOUND: dict[str, Any] = {"bind": "query-params"}
#: Terms that stand beside the target; the others are folded away.
_ALWAYS_SHOWN = 2
_KEPT = {True: "kept for you until you save, submit or empty it", False: "lost when this window is closed or reloaded"}
_CHANGES = (
    Shown("scope", "Of", width="medium"),
    Shown("before", "Now", width="medium"),
    Shown("after", "In the draft", width="medium"),
)


def show_change(opened: Opened) -> None:
    """What a rule covers and sets, the draft it goes into, what that would do, and saving it."""
    store = frame.open_store(opened.settings)
    if store is None:
        return
    clicks.tell(what_if_view.OUTCOME)
    policy = store.current_policy()
    tell_policy(opened.source, policy)
    review_view.tell_open(store, policy, opened.source.manifest.as_of)
    draft = drafts.of(policy)
    if draft.base.version != policy.version:
        _settle(draft, policy)
        return
    sheet_view.show_upload(opened.source, policy, draft)
    edits = _edits(opened.source, changed_rules(policy.by_scope, draft.changes))
    changes = pol.with_edits(policy, draft.changes, edits)
    if changes != draft.changes:
        st.button(
            "Keep in the draft, and change another", icon=":material/playlist_add:", on_click=drafts.add,
            args=(policy, edits), help="Nothing is in force by that: a draft is yours alone.",
        )  # fmt: skip
    _show_draft(draft)
    if not changes:
        st.info("Change something, and see here what it would do before anything is saved.", icon=":material/tune:")
        return
    what_if_view.show_effect(opened, policy, changes)
    what_if_view.show_save(opened, policy, changes, what_if_view.DRAFT)


def tell_policy(source: Source, policy: Policy) -> None:
    """The rules in force, and whether the levels shown know them yet."""
    wide = [rule for rule in policy.rules if rule.scope_kind not in ("sku", "sku_location")]
    rules = " · ".join(f"{fmt.plain(pol.scope_name(rule.scope))} **{pol.rule_name(rule)}**" for rule in wide)
    own = len(policy.rules) - len(wide)
    st.markdown(f"Policy version **{policy.version}**: {rules}{f' · {own:,} SKUs with their own' if own else ''}")
    version = source.row(queries.POLICY_VERSION)["version"]
    if version is not None and version != policy.version:
        st.info(
            f"The levels in this snapshot follow version {version}. Version {policy.version}, by "
            f"{fmt.plain(policy.author)}, is saved and takes effect with the next run.",
            icon=":material/schedule:",
        )


def _settle(draft: Draft, policy: Policy) -> None:
    """Somebody else saved what this draft changes as well: the planner says what is to be."""
    contested = ", ".join(fmt.plain(pol.scope_name(scope)) for scope in draft.contested(policy)[:10])
    st.warning(
        f"**Version {policy.version} was saved meanwhile**, by {fmt.plain(policy.author)} "
        f"({fmt.plain(policy.reason)}). It changes what your draft of {fmt.counted(len(draft.changes), 'change')} "
        f"does as well: {contested}. Nothing of yours is lost.",
        icon=":material/group:",
    )
    buttons = st.container(horizontal=True)
    buttons.button("Keep my changes, on top of it", on_click=drafts.keep, args=(draft.onto(policy),))
    buttons.button("Drop my draft", on_click=drafts.drop)
    table.show(_changes_table(draft.onto(policy)), _CHANGES, name="draft")


def _show_draft(draft: Draft) -> None:
    if not draft.changes:
        return
    st.markdown(f"**Draft of {fmt.counted(len(draft.changes), 'change')}**, not saved yet · {_KEPT[drafts.is_kept()]}")
    rows = _changes_table(draft)
    shown = table.narrowed(rows, _CHANGES, "change")
    chosen = table.show_and_choose(
        shown,
        _CHANGES,
        name="draft",
        download=lambda: rows,
        # Of another word it is another grid: a tick is of a row, not of the place at which it stood.
        key=f"draft-rows-{hash((draft.changes, *shown.index))}",
        height=table.tall(shown, 250),
    )
    buttons = st.container(horizontal=True)
    kept = tuple(change for number, change in enumerate(draft.changes) if number not in set(shown.index[chosen]))
    buttons.button(
        "Take the chosen ones out", disabled=not chosen, on_click=drafts.keep, args=(Draft(draft.base, kept),)
    )
    buttons.button("Empty the draft", on_click=drafts.drop)


def _changes_table(draft: Draft) -> pd.DataFrame:
    before = draft.base.by_scope
    rows = [
        {
            "scope": pol.scope_name(change.scope),
            "before": pol.rule_name(before.get(change.scope)),
            "after": pol.rule_name(change.rule),
        }
        for change in draft.changes
    ]
    return pd.DataFrame(rows, columns=["scope", "before", "after"])


def _edits(source: Source, rules: Rules) -> list[Edit]:
    """What the controls say of one scope, against the rules as the draft has them."""
    scope = _scope(source)
    if scope is None:
        return []
    own = rules.get(scope)
    # A key of scope and rule: another scope, or a rule changed elsewhere, starts from its own values.
    key = f"{scope[0]}-{scope[1]}-{own}-{drafts.round_number()}"
    away = own is not None and scope != DEFAULT
    if away and st.checkbox(f"Take the rule of {fmt.plain(pol.scope_name(scope))} away", key=f"away-{key}"):
        return [Edit(scope, thing, None) for thing in pol.THINGS]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        edits = _target_edits(source, rules, scope, key)
        edits += [_term_edit(term, own, scope, key) for term in TERMS[:_ALWAYS_SHOWN]]
    with (
        st.expander(
            "Review period, costs, transfers, network", icon=":material/tune:", key="terms", on_change="rerun", **_BOUND
        ),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        edits += [_term_edit(term, own, scope, key) for term in TERMS[_ALWAYS_SHOWN:]]
    return edits


def _term_edit(term: Term, own: PolicyRule | None, scope: Scope, key: str) -> Edit:
    now = None if own is None else getattr(own, term.name)
    return Edit(scope, term.name, term_view.ask(term, now, key=f"{term.name}-{key}"))


def _target_edits(source: Source, rules: Rules, scope: Scope, key: str) -> list[Edit]:
    current = _target_in_force(source, rules, scope)
    measure = str(
        st.segmented_control(
            "What it measures", list(MEASURES), default=current.measure, required=True, key=f"measure-{key}",
            format_func=MEASURES.__getitem__, help=MEASURE_HELP,
        )
        or current.measure
    )  # fmt: skip
    percent = st.number_input(
        _ASKED[measure], 50.0, 99.99, round(current.service_level * 100, 4), 0.5, format="%.2f", key=f"target-{key}",
        width=220,
    )  # fmt: skip
    wanted = Target(round(float(percent) / 100, 6), measure)
    # As it is now: a SKU that follows its class goes on following it, and gets no target of its own.
    return [] if wanted == current else [Edit(scope, "target", wanted)]


def _target_in_force(source: Source, rules: Rules, scope: Scope) -> Target:
    """What the scope aims at: its own target, else that of the first series that it covers, else the default's."""
    own = rules.get(scope)
    if own is not None and own.target is not None:
        return own.target
    if scope[0] in ("sku", "sku_location"):
        named = split_sku_location(scope[1]) if scope[0] == "sku_location" else (scope[1], None)
        first = source.frame(queries.traits_of(*named))
        found = pol.things_in_force(first, rules, "target")[0] if len(first) else None
        if isinstance(found, Target):
            return found
    default = rules[DEFAULT].target
    if default is None:
        raise ValueError("a policy's default has a target")
    return default


def _scope(source: Source) -> Scope | None:
    covers, which, place = st.columns([2, 2, 2], vertical_alignment="bottom")
    chosen = str(covers.selectbox("What the rule covers", list(_COVERS), index=1, key="covers", **_BOUND))
    kind = _COVERS[chosen]
    if kind == "default":
        return DEFAULT
    if kind in ("sku", "sku_location"):
        typed = which.text_input("SKU", key="target_sku", placeholder="the whole SKU", **_BOUND)
        return _of_sku(source, typed, place if kind == "sku_location" else None)
    options = SCOPE_VALUES.get(kind) or tuple(
        str(row[f"{kind}_id"]) for row in source.rows(queries.SUPPLIERS if kind == "supplier" else queries.LOCATIONS)
    )
    if not options:
        st.info(f"No {kind} is known yet.", icon=":material/search_off:")
        return None
    return kind, str(which.selectbox(chosen, options, key=f"covers_{kind}", **_BOUND))


def _of_sku(source: Source, typed: str, place: Any) -> Scope | None:
    if not typed.strip():
        st.info("Name the SKU that you want to change.", icon=":material/search:")
        return None
    known = source.rows(queries.known_sku(typed))
    if not known:
        st.warning(f"No level is kept of a SKU {fmt.plain(typed)}.", icon=":material/search_off:")
        return None
    sku = str(known[0]["sku"])
    if place is None:
        return "sku", sku
    at = [str(row["location_id"]) for row in source.rows(queries.locations_of(sku))]
    return "sku_location", sku_location(sku, str(place.selectbox("Location", at, key="target_at", **_BOUND)))
