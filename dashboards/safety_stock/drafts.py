"""The draft: changes of policy that a planner collects before anything is in force, his own in whichever tab.

Belongs here: keeping it, and what becomes of it when somebody else saves meanwhile. Does not belong here: what changes
do (`policy`), widgets, named sets for everybody (`dashboards.scenario`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.policy import Edit
from dashboards.settings import Settings, now
from dashboards.shell import signing
from dashboards.source import operations
from oms_core.replenishment.policy.targets import Scope
from oms_core.store.operations import Policy, PolicyChange, StoreUnavailableError, changed_rules

_KEY, _ACT = "policy-draft", "policy.submit"
#: How often this tab began anew: of another round, controls are others, and say what is in force.
_ROUND = "policy-draft-round"


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
    """The person's draft, or an empty one. One based on an earlier version stays as it is until it is taken over."""
    kept = _held().draft
    if kept is None or not kept.changes:
        return Draft(current)
    if kept.base.version != current.version and not kept.contested(current):
        keep(kept.onto(current))
        return of(current)
    return kept


def keep(draft: Draft) -> None:
    """Make it the person's draft: in this tab, and in the store, where a reload or another tab finds it."""
    author = signing.admitted().actor.name
    st.session_state[_KEY] = _Held(author, draft, _stored(draft))


def add(current: Policy, edits: Iterable[Edit]) -> None:
    """Add edits to the person's draft.

    Without any, nothing is written: a grid that has taken over what was typed says so, and writing then would bring
    back a draft that was emptied in another tab meanwhile.
    """
    if added := list(edits):
        draft = of(current)
        keep(Draft(draft.base, pol.with_edits(draft.base, draft.changes, added)))


def drop() -> None:
    """Begin anew."""
    held = _held()
    if held.draft is not None:
        keep(Draft(held.draft.base))


def begin_anew() -> None:
    """What was asked for is saved or submitted: the draft is empty, and nothing that was typed for it is left."""
    drop()
    st.session_state[_ROUND] = round_number() + 1


def round_number() -> int:
    """How often it was begun anew in this tab: part of the keys of what is typed for it."""
    return int(st.session_state.get(_ROUND, 0))


def is_kept() -> bool:
    """Whether the person's draft outlives this tab."""
    return _held().kept_at is not None


@dataclass(frozen=True)
class _Held:
    """Whose draft this tab knows, and as of when the store had it; `kept_at` None where it has none."""

    author: str
    draft: Draft | None = None
    kept_at: datetime | None = None


def _held() -> _Held:
    """What this tab knows, read anew where the store has something else by now, or somebody else sits here."""
    person = signing.admitted()
    found = st.session_state.get(_KEY)
    held = found if isinstance(found, _Held) and found.author == person.actor.name else _Held(person.actor.name)
    if person.may(_ACT):
        store = operations(Settings.from_environment())
        if store.draft_kept_at(held.author) != held.kept_at:
            stored = store.draft(held.author)
            held = _Held(held.author)
            if stored is not None:
                base = store.policy_version(stored.base_version)
                held = _Held(held.author, Draft(base, stored.changes), stored.kept_at)
    st.session_state[_KEY] = held
    return held


def _stored(draft: Draft) -> datetime | None:
    """Keep it in the store and say as of when it has it. Who may change no policy, or is signed out by now, has it in
    this tab alone: nothing of it is lost by signing in again."""
    settings = Settings.from_environment()
    store = operations(settings)
    before = st.session_state.get(_KEY)
    try:
        actor, at = signing.who(settings, store).actor, now()
        store.keep_draft(draft.base.version, draft.changes, actor, at)
    except (StoreUnavailableError, *signing.REFUSALS):
        return before.kept_at if isinstance(before, _Held) else None
    return at if draft.changes else None
