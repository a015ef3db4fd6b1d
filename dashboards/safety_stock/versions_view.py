"""The policy's versions, and going back to one as a new version. Belongs here: their look."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, table
from dashboards.parts.table import Shown
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock import review_view, what_if_view
from dashboards.safety_stock.change_view import tell_policy
from dashboards.shell import frame
from dashboards.shell.frame import Opened
from oms_core.store.operations import Policy, Submission
from oms_core.store.operations.submissions import APPLIED

_VERSIONS = (
    Shown("version", "Version", "quantity", width="small"),
    Shown("saved_at", "Saved", "instant"),
    Shown("author", "By"),
    Shown("reviewer", "Reviewed by"),
    Shown("applies_from", "From", "day", help="The business day that was asked for; empty: the next run."),
    Shown("changed", "What changed", width="large"),
    Shown("reason", "Why", width="large"),
)


def show_versions(opened: Opened) -> None:
    """All versions, the latest first; and one to go back to, with its effect, before anything is saved."""
    store = frame.open_store(opened.settings)
    if store is None:
        return
    review_view.ask_for_oldest(store)
    clicks.tell(what_if_view.OUTCOME)
    history = store.policy_history()
    tell_policy(opened.source, history[0])
    review_view.show_open(opened, store, history)
    applied = store.policy_submissions((APPLIED,))
    st.subheader("Versions", anchor=False)
    rows = _versions_table(history, applied)
    table.show(table.narrowed(rows, _VERSIONS, "version"), _VERSIONS, name="policy-versions", download=lambda: rows)
    st.caption("A version is never changed. Going back makes a new one with an old one's rules.")
    _show_going_back(opened, history)
    review_view.show_all(store, history)


def _show_going_back(opened: Opened, history: list[Policy]) -> None:
    if len(history) == 1:
        return
    chosen = st.selectbox("Go back to version", [policy.version for policy in history[1:]], index=None, key="back_to",
                          bind="query-params", placeholder="choose one")  # fmt: skip
    if chosen is None:
        return
    wanted = next(policy for policy in history if policy.version == chosen)
    changes = pol.changes_between(history[0].by_scope, wanted.by_scope)
    if not changes:
        st.info(f"Version {chosen} has the rules that are in force: there is nothing to go back on.")
        return
    what_if_view.show_effect(opened, history[0], changes)
    what_if_view.show_save(opened, history[0], changes, "back")


def _versions_table(history: list[Policy], applied: Sequence[Submission]) -> pd.DataFrame:
    """One row a version, the latest first: `history` is so ordered. `applied`: the changes that became versions."""
    changes = {one.version: one for one in applied}
    earlier: list[Policy | None] = [*history[1:], None]
    rows = [
        {
            "version": policy.version,
            "saved_at": policy.created_at,
            "author": policy.author,
            "reviewer": getattr(changes.get(policy.version), "reviewer", None),
            "applies_from": getattr(changes.get(policy.version), "applies_from", None),
            "changed": _changed(policy, before),
            "reason": policy.reason,
        }
        for policy, before in zip(history, earlier, strict=True)
    ]
    return pd.DataFrame(rows)


def _changed(policy: Policy, before: Policy | None) -> str:
    if before is None:
        return ", ".join(f"{pol.scope_name(rule.scope)}: {pol.rule_name(rule)}" for rule in policy.rules)
    return pol.described(pol.changes_between(before.by_scope, policy.by_scope), before)
