"""Changes of the policy on their way: looking at one, approving, rejecting, withdrawing it. Belongs here: their look.

Does not belong here: what may become of a change (`oms_core.store.operations.submissions`), what it would do
(`what_if_view`), writing a change (`change_view`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, table
from dashboards.parts import format as fmt
from dashboards.parts.clicks import Outcome
from dashboards.parts.table import Shown
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock import what_if_view
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from dashboards.shell.frame import Opened
from oms_core.store.operations import (
    Actor,
    InvalidPolicyError,
    OperationsStore,
    Policy,
    ReviewRefused,
    StalePolicy,
    StoreUnavailableError,
    Submission,
)
from oms_core.store.operations.submissions import OPEN, STATES, WAITING
from oms_core.store.published.snapshots import published_as_of

CHANGES = (
    Shown("number", "Change", "quantity", width=70),
    Shown("state", "State", width=80),
    Shown("author", "By", width=80),
    Shown("changed", "What changes", width=260),
    Shown("reason", "Why", width=170),
    Shown("applies_from", "From", "day", "The business day of the first run that uses it; empty: the next run.", 90),
    Shown("reviewer", "Reviewed by", width=95),
    Shown("review_reason", "What was said", width=150),
    Shown("submitted_at", "Submitted", "instant", width=135),
)
_SHOWN = 200


def tell_open(store: OperationsStore, policy: Policy, last_run: datetime) -> None:
    """One line a change that is not in force yet, so that nobody writes it again."""
    for one in store.policy_submissions(OPEN):
        what = fmt.plain(pol.described(one.changes, policy))
        st.caption(f"Change {one.submission_number} by {fmt.plain(one.author)} {_waits_for(one, last_run)}: {what}.")


def show_open(opened: Opened, store: OperationsStore, history: Sequence[Policy]) -> None:
    """What waits for a review or its day: one of them, its effect on the policy in force, and what to make of it."""
    waiting = store.policy_submissions(OPEN)
    if not waiting:
        return
    policy = history[0]
    st.subheader(f"Changes on their way: {len(waiting)}", anchor=False)
    chosen = _chosen(store, waiting)
    if chosen is None:
        return
    number = chosen.submission_number
    written = f"Change **{number}** by **{fmt.plain(chosen.author)}**, {fmt.age(now() - chosen.submitted_at)}"
    st.markdown(f"{written}, {_waits_for(chosen, opened.source.manifest.as_of)}: {fmt.plain(chosen.reason)}")
    _tell_since(history, chosen)
    _tell_beside(waiting, chosen, policy)
    what_if_view.show_effect(opened, policy, chosen.changes, name="review")
    _show_form(opened.settings, store, chosen, policy)


def ask_for_oldest(store: OperationsStore) -> None:
    """Where the address names no change and some wait, it names the oldest from here on: who is sent it looks at that
    one, too. Before anything is told: the page begins anew."""
    waiting = store.policy_submissions(OPEN)
    if waiting and not _asked():
        st.query_params["change"] = str(min(one.submission_number for one in waiting))
        st.rerun()


def _asked() -> str:
    return str(st.session_state.get("change") or st.query_params.get("change") or "")


def _chosen(store: OperationsStore, waiting: Sequence[Submission]) -> Submission | None:
    """The change that was asked for. Who asked for one that waits no more, by the address or by deciding about it, is
    shown none in its place: he would approve what he has not looked at."""
    by_number = {one.submission_number: one for one in sorted(waiting, key=lambda one: one.submission_number)}
    asked = _asked()
    number = st.selectbox(
        "Change", list(by_number), index=None, key="change", bind="query-params",
        placeholder="choose one",
    )  # fmt: skip
    if asked not in map(str, by_number):
        became = [one.state for one in store.policy_submissions(STATES) if str(one.submission_number) == asked]
        told = f"is {became[0]}" if became else "is not known"
        st.info(f"Change {fmt.plain(asked)} {told}: nothing is to be decided of it.", icon=":material/check:")
    return None if number is None else by_number[int(number)]


def show_all(store: OperationsStore, history: Sequence[Policy]) -> None:
    """Every change that was submitted, and what became of it."""
    every = store.policy_submissions(STATES, _SHOWN)
    if every:
        st.subheader("Changes that were submitted", anchor=False)
        rows = _changes_table(every, {policy.version: policy for policy in history})
        table.show(table.narrowed(rows, CHANGES, "submitted"), CHANGES, name="policy-changes", download=lambda: rows)


def _changes_table(every: Sequence[Submission], versions: Mapping[int, Policy]) -> pd.DataFrame:
    """One row a change, described against the version on top of which it was written."""
    same = ("state", "author", "reason", "applies_from", "submitted_at", "reviewer", "review_reason")
    rows = [
        {
            "number": one.submission_number,
            "changed": pol.described(one.changes, versions[one.base_version]),
            **{name: getattr(one, name) for name in same},
        }
        for one in every
    ]
    return pd.DataFrame(rows)


def _waits_for(one: Submission, last_run: datetime) -> str:
    day = what_if_view.from_when(one, last_run)
    return f"waits for review, to apply {day}" if one.state == WAITING else f"is approved and applies {day}"


def _tell_since(history: Sequence[Policy], one: Submission) -> None:
    """What others changed since it was written: the effect below is on top of that."""
    later = [policy for policy in history if policy.version > one.base_version]
    for policy in reversed(later):
        before = next(earlier for earlier in history if earlier.version == policy.version - 1)
        changed = fmt.plain(pol.described(pol.changes_between(before.by_scope, policy.by_scope), before))
        st.warning(f"Since it was written, version {policy.version} by {fmt.plain(policy.author)}: {changed}.")


def _tell_beside(waiting: Sequence[Submission], one: Submission, policy: Policy) -> None:
    """What else is on its way to the same rules: the effect below knows nothing of it."""
    for other in filter(one.meets, waiting):
        told = f"Change {other.submission_number} by {other.author} is on its way to the same rule"
        what = pol.described(other.changes, policy)
        st.warning(f"{fmt.plain(told)}, and what applies later replaces it: {fmt.plain(what)}.")


def _show_form(settings: Settings, store: OperationsStore, one: Submission, policy: Policy) -> None:
    person = signing.admitted()
    is_own = one.author == person.actor.name
    may_approve = not is_own or not store.is_policy_reviewed()
    # Of this change alone: neither what is said nor a second click goes to the next one that waits.
    with st.form(f"review-{one.submission_number}", border=True, enter_to_submit=False):
        key = f"review-reason-{one.submission_number}"
        st.text_input("What you say to it", key=key, max_chars=500, placeholder="needed to reject")
        may_review = signing_view.may("policy.review")
        if may_review and not may_approve and one.state == WAITING:
            st.caption("It is your own: a second person approves it.")
        # Side by side as far as they fit: a tablet takes more lines.
        buttons = st.container(horizontal=True)
        for verb, label, is_possible in (
            ("approve", "Approve", may_review and may_approve and one.state == WAITING),
            ("reject", "Reject", may_review),
            ("withdraw", "Withdraw", is_own and person.may("policy.submit")),
        ):
            buttons.form_submit_button(
                label, disabled=not is_possible, type="primary" if verb == "approve" else "secondary",
                on_click=_decide.click(settings, verb, one.submission_number, policy.version),
            )  # fmt: skip


@clicks.once(what_if_view.OUTCOME)
def _decide(settings: Settings, verb: str, number: int, base_version: int) -> Outcome:
    """The command. `base_version` is that of the page the reviewer saw."""
    store = frame.open_store(settings)
    if store is None:
        return Outcome()
    reason = str(st.session_state.get(f"review-reason-{number}", ""))
    try:
        decided = _carried_out(store, verb, number, signing.who(settings, store).actor, reason, base_version)
    except (StalePolicy, ReviewRefused, InvalidPolicyError, StoreUnavailableError, *signing.REFUSALS) as error:
        return Outcome(refused=(f"Nothing was decided. {fmt.plain(str(error))}",))
    return Outcome(done=(_became(decided, published_as_of(settings.published)),))


def _carried_out(
    store: OperationsStore, verb: str, number: int, actor: Actor, reason: str, base_version: int
) -> Submission:
    if verb == "approve":
        return store.approve_policy(number, actor, reason, now(), base_version)
    if verb == "reject":
        return store.reject_policy(number, actor, reason, now())
    return store.withdraw_policy(number, actor, reason, now())


def _became(one: Submission, last_run: datetime | None) -> str:
    if one.version is not None:
        return f"**Change {one.submission_number} is version {one.version} now.** The next run uses it."
    if one.state == "approved":
        return f"**Change {one.submission_number} is approved.** It applies {what_if_view.from_when(one, last_run)}."
    if one.state == "applied":
        return f"**Change {one.submission_number} was said by others already**: the policy stays as it is."
    return f"**Change {one.submission_number} is {one.state}.**"
