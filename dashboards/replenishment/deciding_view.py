"""Accepting, changing and rejecting proposals. Belongs here: the form, its commands, and what came of them.

Does not belong here: what may be decided (`oms_core.replenishment.proposing.deciding`), the list (`page`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards.parts import clicks
from dashboards.parts import format as fmt
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from oms_core.replenishment.proposing.deciding import STATES, left_behind, state_of
from oms_core.store.operations import (
    Actor,
    Decision,
    DecisionRefused,
    OperationsStore,
    Outcome,
    Proposal,
    StoreUnavailableError,
)

OUTCOME = "proposals-outcome"
#: Refusals that are told one by one; of more, how many.
_TOLD = 10


def refs_by_state(decisions: Mapping[str, Decision]) -> dict[str, tuple[str, ...]]:
    """Refs of the proposals in each state but open, which nobody need have decided about."""
    return {
        state: tuple(sorted(ref for ref, decision in decisions.items() if decision.state == state))
        for state in STATES
        if state != "open"
    }


def value_of(decisions: Iterable[Decision]) -> str:
    """What they accept, at cost."""
    return _sum((one.value_minor, one.proposal.currency) for one in decisions)


def show_form(
    settings: Settings,
    rows: Sequence[Mapping[str, Any]],
    decisions: Mapping[str, Decision],
    ready: Sequence[Mapping[str, Any]],
    *,
    are_ticked: bool,
) -> None:
    """What is decided about: these proposals. Why, how many if it is one, and the buttons; no button is the main one
    where nobody has ticked a row, for it would order all that there is. `ready`: all purchases that need not wait."""
    try:
        proposals, others = ([Proposal.of(row) for row in some] for some in (rows, ready))
    except DecisionRefused as error:
        st.info(f"Nothing of it can be decided: {fmt.plain(str(error))}.", icon=":material/update:")
        return
    by_state = Counter(state_of(decisions.get(one.proposal_ref)) for one in proposals)
    count = len(proposals)
    worth = _sum((int(row["value_minor"]), str(row["currency"])) for row in rows)
    st.markdown(f"**Decide about {_many(count)}** · {worth} at cost · {_states(by_state)}")
    going, left = (_subject("accept", some, decisions) for some in (proposals, others))
    for told in left_behind(going, left):
        st.caption(f"{fmt.plain(told)}: tick that, too, if it shall go along.")
    with st.form("decide", border=True, enter_to_submit=False):
        row = st.container(horizontal=True)
        row.text_input("Why", key="decide-reason", max_chars=500, placeholder="needed to reject; colleagues see it")
        if count == 1:
            only = proposals[0]
            row.number_input(
                "Quantity", 1, 10**9, only.quantity, key=f"decide-quantity-{only.proposal_ref}", width=170,
                help=f"Packs of {only.pack_quantity}." if only.kind == "purchase" else "What the sender can spare.",
            )  # fmt: skip
        may_decide = signing_view.may("proposals.decide")
        with st.container(horizontal=True):
            for verb, label, possible in (
                ("accept", "Accept", by_state["open"]),
                ("reject", "Reject", by_state["open"]),
                ("undo", "Take back", by_state["accepted"] + by_state["rejected"]),
            ):
                st.form_submit_button(
                    f"{label} {possible}" if count > 1 else label, disabled=not possible or not may_decide,
                    type="primary" if verb == "accept" and are_ticked else "secondary",
                    on_click=_decide.click(settings, verb, tuple(_subject(verb, proposals, decisions))),
                )  # fmt: skip


def _subject(verb: str, proposals: Sequence[Proposal], decisions: Mapping[str, Decision]) -> list[Proposal]:
    """Those of the proposals that the verb is for."""
    states = ("accepted", "rejected") if verb == "undo" else ("open",)
    return [one for one in proposals if state_of(decisions.get(one.proposal_ref)) in states]


@clicks.once(OUTCOME)
def _decide(settings: Settings, verb: str, proposals: tuple[Proposal, ...]) -> clicks.Outcome:
    """The command, on what the page showed when the button was pressed."""
    store = frame.open_store(settings)
    if store is None:
        return clicks.Outcome()
    reason = str(st.session_state.get("decide-reason", ""))
    try:
        outcome = _carried_out(store, verb, proposals, signing.who(settings, store).actor, reason)
    except (DecisionRefused, StoreUnavailableError, *signing.REFUSALS) as error:
        return clicks.Outcome(refused=(f"Nothing is decided: {fmt.plain(str(error))}.",))
    return _told(verb, outcome)


def _carried_out(
    store: OperationsStore, verb: str, proposals: Sequence[Proposal], actor: Actor, reason: str
) -> Outcome:
    if verb == "undo":
        return store.undo_decisions([one.proposal_ref for one in proposals], actor, reason, now())
    if verb == "reject":
        return store.reject_proposals(proposals, actor, reason, now())
    return store.accept_proposals([(one, _quantity(one, len(proposals))) for one in proposals], actor, reason, now())


def _quantity(proposal: Proposal, count: int) -> int:
    asked = st.session_state.get(f"decide-quantity-{proposal.proposal_ref}") if count == 1 else None
    return proposal.quantity if asked is None else int(asked)


def _told(verb: str, outcome: Outcome) -> clicks.Outcome:
    done: tuple[str, ...] = ()
    if outcome.decided:
        text = {"accept": "accepted", "reject": "rejected", "undo": "open again"}[verb]
        more = ""
        if verb == "accept":
            which = "them" if len(outcome.decided) > 1 else "it"
            more = f", {value_of(outcome.decided)} at cost. The next run orders {which}"
        done = (f"**{_many(len(outcome.decided))} {text}**{more}.",)
    refused = tuple(fmt.plain(refusal) for refusal in outcome.refused[:_TOLD])
    if len(outcome.refused) > _TOLD:
        refused = (*refused, f"{len(outcome.refused) - _TOLD} more were refused.")
    return clicks.Outcome(done, refused)


def _sum(amounts: Iterable[tuple[int, str]]) -> str:
    total: Counter[str] = Counter()
    for minor, currency in amounts:
        total[currency] += minor
    return fmt.monies([(minor, currency) for currency, minor in total.items()], whole=True)


def _states(by_state: Mapping[str, int]) -> str:
    return ", ".join(f"{by_state[state]:,} {state}" for state in STATES if by_state.get(state))


def _many(count: int) -> str:
    return f"{count:,} proposal{'s' if count != 1 else ''}"
