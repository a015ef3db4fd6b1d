"""The scenario page: named sets of changes side by side, on the curve of service against investment.

Belongs here: which are shown, their figures, and one of them in full. Does not belong here: the figures (`outcomes`),
keeping a draft under a name (`keeping_view`), collecting changes (`dashboards.safety_stock`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, table
from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.safety_stock import drafts, what_if_view
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.assortment import assortment_of
from dashboards.safety_stock.drafts import Draft
from dashboards.scenario import charts, keeping_view, reckoning, replay_view
from dashboards.scenario.outcomes import TODAY, Outcome, side_by_side
from dashboards.scenario.reckoning import Rules
from dashboards.shell import frame, readers
from dashboards.shell.frame import Opened
from oms_core.store.operations import OperationsStore, Policy, Scenario

_OUTCOMES = (
    Shown("name", "Scenario", width="medium"),
    Shown("qty_safety_stock", "Safety stock", "quantity", "Units."),
    Shown("investment_minor", "At cost", "money"),
    Shown("investment_minor_change", "Change", "money", "Against today's levels."),
    Shown("service_level", "Covers the interval", "share", "Mean probability, every series alike."),
    Shown("fill_rate", "Fill rate", "share", "Expected share of all units served from the shelf."),
    Shown("fill_rate_change", "Change of it", "share", "Points, against today's levels."),
    Shown(
        "cheapest_minor", "Cheapest for it", "money", "About what the efficient mix of levels of that fill rate costs."
    ),
)
_BOUND: dict[str, Any] = {"bind": "query-params"}
_DRAFT = "The draft"


def show() -> None:
    """All scenarios against today; then one of them, to change, to save as a version of the policy, or to withdraw."""
    opened = frame.open_page("Scenario", "What other targets, lead times and minimums would cost and cover.")
    store = frame.open_store(opened.settings)
    if store is None:
        return
    clicks.tell(what_if_view.OUTCOME)
    clicks.tell(keeping_view.OUTCOME)
    whole = assortment_of(opened.source)
    if whole.levels.empty:
        st.info("No level is set yet: `oms run` sets them once there is demand.", icon=":material/inbox:")
        return
    policy, kept = store.current_policy(), store.scenarios.kept()
    draft = drafts.of(policy)
    currency = _choose_currency(reckoning.currencies(opened.source))
    rules = _rules_by_name(policy, kept, draft, whole.levels)
    with st.spinner("Drawing the frontier …"), readers.waiting():
        today, points = reckoning.of_today(opened.source, currency)
    others = {name: reckoning.of_rules(opened.source, currency, of) for name, of in rules.items()}
    _show_outcomes({TODAY: today, **others}, points, currency)
    if draft.changes:
        keeping_view.show_keep(opened.settings, draft, kept)
    if kept:
        _show_one(opened, store, policy, kept)
    elif not draft.changes:
        st.info(
            "No scenario is kept yet. Collect changes in the draft of *Safety stock*, then come back to keep them "
            "under a name.",
            icon=":material/science:",
        )
        st.page_link("safety_stock/page.py", label="To the levels", icon=":material/shield:")


def _choose_currency(found: list[str]) -> str:
    """The currency whose levels are compared, in the URL: an investment in several has no sum."""
    if len(found) == 1:
        return found[0]
    return str(st.segmented_control("Levels in", found, default=found[0], required=True, key="currency", **_BOUND))


def _rules_by_name(policy: Policy, kept: list[Scenario], draft: Draft, levels: pd.DataFrame) -> dict[str, Rules]:
    """What is compared with today's levels: a version that no run has used yet, the draft, and what is kept."""
    found: dict[str, Rules] = {}
    if int(levels["policy_version"].max()) != policy.version:
        found[f"Version {policy.version}, saved"] = pol.rules_after(policy)
    if draft.changes:
        found[_DRAFT] = pol.rules_after(policy, draft.onto(policy).changes)
    # A scenario may be called as what it is compared with: it must not stand in its place.
    taken = {TODAY, *found}
    return found | {f"{one.name} (kept)" if one.name in taken else one.name: one.onto(policy) for one in kept}


def _show_outcomes(outcomes: dict[str, Outcome], points: pd.DataFrame, currency: str) -> None:
    rows = side_by_side(outcomes, points, currency)
    table.show(rows, _OUTCOMES, name="scenarios", height="content")
    title = f"Expected fill rate against safety stock at cost, levels in {currency}"
    chart = charts.service_against_investment(points, rows, currency, title)
    st.vega_lite_chart(chart, alt=title)
    st.caption(
        "The line is the efficient frontier of today's lead times: the next unit goes to the series where it covers "
        "most demand for its cost (marginal analysis; Sherbrooke 2004). What other lead times would allow lies on a "
        "line of its own."
    )


def _show_one(opened: Opened, store: OperationsStore, policy: Policy, kept: list[Scenario]) -> None:
    by_name = {one.name: one for one in kept}
    name = st.selectbox("Scenario", list(by_name), index=None, placeholder="choose one", key="scenario", **_BOUND)
    if name is None:
        return
    scenario = by_name[str(name)]
    base = store.policy_version(scenario.base_version)
    st.caption(
        f"Kept by {fmt.plain(scenario.author)} on {fmt.instant(scenario.saved_at)}, on top of version "
        f"{scenario.base_version} of the policy, revision {scenario.revision}."
    )
    draft = Draft(base, scenario.changes)
    _tell_contested(draft, policy)
    changes = draft.onto(policy).changes
    keeping_view.show_actions(opened.settings, scenario, Draft(policy, changes))
    if not changes:
        st.info(f"Version {policy.version} of the policy has all of it already.", icon=":material/check:")
        return
    what_if_view.show_effect(opened, policy, changes)
    currencies = reckoning.currencies(opened.source)
    currency = currencies[0] if len(currencies) == 1 else None
    replay_view.show_replay(opened.settings, scenario, store.scenarios.replay(scenario), currency)
    what_if_view.show_save(opened, policy, changes, "scenario")


def _tell_contested(draft: Draft, policy: Policy) -> None:
    contested = draft.contested(policy)
    if contested:
        named = ", ".join(fmt.plain(pol.scope_name(scope)) for scope in contested[:10])
        st.warning(f"Since version {draft.base.version} the policy itself changed {named}.", icon=":material/group:")


show()
