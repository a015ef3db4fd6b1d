"""Changing one target. Belongs here: choosing scope and target. Does not belong here: effect and saving."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import frame
from dashboards.frame import Opened
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock import queries, review_view, what_if_view
from dashboards.source import Source
from oms_core.replenishment.targets import DEFAULT, Scope, Target
from oms_core.store.operations import Policy

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
_MEASURE_HELP = (
    "Cycle service: share of protection intervals without a stock-out. Fill rate: share of units served from the "
    "shelf. Least cost: a unit more is held as long as the margin that it is expected to save is worth more than "
    "holding it for a review period (a quarter of its cost a year), and no less than the level given."
)
COVERS: dict[str, Scope] = {
    "Class A": ("abc_class", "A"),
    "Class B": ("abc_class", "B"),
    "Class C": ("abc_class", "C"),
    "Default": DEFAULT,
}
ONE_SKU = "One SKU"
_BOUND: dict[str, Any] = {"bind": "query-params"}


def show_change(opened: Opened) -> None:
    """What a target covers, what it shall be, what that would do, and saving it."""
    store = frame.open_store(opened.settings)
    if store is None:
        return
    what_if_view.tell_outcome()
    policy = store.current_policy()
    tell_policy(opened.source, policy)
    review_view.tell_open(store, policy)
    scope = _scope(opened.source)
    if scope is None:
        return
    target = _target(opened.source, policy, scope)
    changes = pol.change_of(policy, scope, target)
    if not changes:
        st.info("Move the target, and see here what it would do before anything is saved.", icon=":material/tune:")
        return
    what_if_view.show_effect(opened, policy, changes)
    what_if_view.show_save(opened, policy, changes, "change")


def tell_policy(source: Source, policy: Policy) -> None:
    """The rules in force, and whether the levels shown know them yet."""
    rules = " · ".join(f"{pol.scope_name(scope)} **{pol.target_name(target)}**" for scope, target in _classes(policy))
    own = sum(rule.scope_kind == "sku" for rule in policy.rules)
    st.markdown(f"Policy version **{policy.version}**: {rules}{f' · {own} SKUs with their own' if own else ''}")
    version = source.row(queries.POLICY_VERSION)["version"]
    if version is not None and version != policy.version:
        st.info(
            f"The levels in this snapshot follow version {version}. Version {policy.version}, by "
            f"{fmt.plain(policy.author)}, is saved and takes effect with the next run.",
            icon=":material/schedule:",
        )


def _classes(policy: Policy) -> list[tuple[Scope, Target]]:
    return [(scope, target) for scope, target in policy.targets.items() if scope[0] != "sku"]


def _scope(source: Source) -> Scope | None:
    covers, which = st.columns([3, 2], vertical_alignment="bottom")
    chosen = covers.segmented_control(
        "What the target covers", [*COVERS, ONE_SKU], default="Class A", required=True, key="covers", **_BOUND
    )
    if chosen != ONE_SKU:
        return COVERS[chosen or "Class A"]
    typed = which.text_input("SKU", key="target_sku", placeholder="the whole SKU", **_BOUND)
    if not typed.strip():
        st.info("Name the SKU whose target you want to change.", icon=":material/search:")
        return None
    known = source.rows(queries.known_sku(typed))
    if not known:
        st.warning(f"No level is kept of a SKU {fmt.plain(typed)}.", icon=":material/search_off:")
        return None
    return ("sku", str(known[0]["sku"]))


def _target(source: Source, policy: Policy, scope: Scope) -> Target | None:
    """The target chosen; None takes the scope's rule away."""
    classes: pd.DataFrame = source.frame(queries.ABC_CLASSES)
    abc_class = next(iter(classes.loc[classes["sku"] == scope[1], "abc_class"]), None)
    current = pol.target_in_force(policy, scope, abc_class)
    # A key of scope and version: another scope, or a new version, starts from its own target.
    key = f"{scope[0]}-{scope[1]}-{policy.version}"
    kept = what_if_view.kept(scope)
    typed = Target(kept.service_level, kept.measure) if kept and kept.service_level is not None else current
    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
    measure = left.segmented_control(
        "What it measures", list(MEASURES), default=typed.measure, required=True, format_func=MEASURES.__getitem__,
        help=_MEASURE_HELP, key=f"measure-{key}",
    )  # fmt: skip
    measure = str(measure or typed.measure)
    percent = middle.number_input(
        _ASKED[measure],
        min_value=50.0,
        max_value=99.99,
        value=round(typed.service_level * 100, 4),
        step=0.5,
        format="%.2f",
        key=f"target-{key}",
    )
    has_rule = scope in policy.targets and scope != DEFAULT
    take_away = f"Take the rule of {pol.scope_name(scope)} away instead"
    if has_rule and right.checkbox(take_away, kept is not None and kept.service_level is None, key=f"away-{key}"):
        return None
    wanted = Target(round(float(percent) / 100, 6), measure)
    # As it is now: a SKU that follows its class goes on following it, and gets no rule of its own.
    return policy.targets.get(scope) if wanted == current else wanted
