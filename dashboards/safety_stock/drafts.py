"""The draft: changes of policy that a planner collects before anything is saved, kept in the session.

Belongs here: keeping it, and what becomes of it when somebody else saves meanwhile. Does not belong here: what changes
do (`policy`), widgets, named sets that outlive a session (`dashboards.scenario`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.policy import Edit
from oms_core.replenishment.targets import Scope
from oms_core.store.operations import Policy, PolicyChange, changed_rules

_KEY = "policy-draft"


@dataclass(frozen=True)
class Draft:
    """Changes on top of a version of the policy."""

    base: Policy
    changes: tuple[PolicyChange, ...] = ()

    def onto(self, current: Policy) -> Draft:
        """The same wishes on top of another version; what that has already is no change any more."""
        before = current.by_scope
        return Draft(current, pol.changes_between(before, changed_rules(before, self.changes)))

    def contested(self, current: Policy) -> list[Scope]:
        """Scopes that this draft changes and that are not, in `current`, what they were when it was begun."""
        was, now = self.base.by_scope, current.by_scope
        return [change.scope for change in self.changes if was.get(change.scope) != now.get(change.scope)]


def of(current: Policy) -> Draft:
    """The session's draft, or an empty one. One based on an earlier version stays as it is until it is taken over."""
    kept: Draft | None = st.session_state.get(_KEY)
    if kept is None or not kept.changes:
        return Draft(current)
    if kept.base.version != current.version and not kept.contested(current):
        keep(kept.onto(current))
        return of(current)
    return kept


def keep(draft: Draft) -> None:
    """Make it the session's draft."""
    st.session_state[_KEY] = draft


def add(current: Policy, edits: Iterable[Edit]) -> None:
    """Add edits to the session's draft."""
    draft = of(current)
    keep(Draft(draft.base, pol.with_edits(draft.base, draft.changes, edits)))


def drop() -> None:
    """Begin anew."""
    st.session_state.pop(_KEY, None)
