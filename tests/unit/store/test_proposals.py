"""Decisions on proposals, on SQLite and on a real PostgreSQL: taken once, taken back, ordered once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.partners import Partners
from oms_core.fulfilment.supply_orders import build_orders
from oms_core.replenishment.proposing.deciding import Decision, DecisionRefused, Proposal, proposal_ref
from oms_core.store.operations import RUNS, NotAllowed, OperationsStore, open_operations
from oms_core.store.operations import at_the_machine as by

_BASE = Proposal("", "run-1", "purchase", "MUG", "WH-1", "SUP", None, 24, 12, None, 250, "EUR", date(2026, 6, 9), 0)


def proposal(sku: str = "MUG", run_id: str = "run-1", **values: object) -> Proposal:
    made = replace(_BASE, sku=sku, run_id=run_id, **values)  # type: ignore[arg-type]
    ref = proposal_ref(made.run_id, made.kind, made.sku, made.location_id, made.from_location_id)
    return replace(made, proposal_ref=ref)


BUY = proposal()


def order(store: OperationsStore, now: datetime, run_id: str = "run-2") -> list[str]:
    return store.order_accepted(lambda waiting: build_orders(waiting, {}, Partners(), now), now, run_id)


def accept(store: OperationsStore, one: Proposal, now: datetime, author: str = "Ada") -> tuple[str, ...]:
    return store.accept_proposals([(one, one.quantity)], by(author), "", now).refused


def test_a_decision_is_kept_with_author_reason_and_instant_and_audited(store: OperationsStore, now: datetime) -> None:
    outcome = store.accept_proposals([(BUY, 36)], by(" Ada "), " a pallet ", now)
    assert outcome.refused == ()
    (kept,) = store.decisions("run-1")
    assert kept == outcome.decided[0]
    assert (kept.proposal, kept.quantity, kept.author, kept.reason, kept.decided_at, kept.state, kept.value_minor) == (
        BUY, 36, "Ada", "a pallet", now, "accepted", 9000,
    )  # fmt: skip
    (entry,) = store.audit_trail(f"proposal:{BUY.proposal_ref}")
    assert (entry.actor, entry.action, entry.at) == ("Ada", "proposal.accepted", now)
    assert entry.after == {"verdict": "accepted", "quantity": 36, "reason": "a pallet"}
    assert store.decisions("run-9") == []


def test_the_second_is_told_who_decided_and_the_first_stands(store: OperationsStore, now: datetime) -> None:
    assert accept(store, BUY, now) == ()
    (refusal,) = store.reject_proposals([BUY], by("Bob"), "too dear", now + timedelta(minutes=1)).refused
    assert "accepted (24 units) by Ada, 2026-05-31 20:00 UTC" in refusal
    (refusal,) = accept(store, BUY, now, "Bob")
    assert "by Ada" in refusal
    assert [one.author for one in store.decisions()] == ["Ada"]


def test_of_many_at_once_one_decides_and_all_others_are_told(url: str, now: datetime) -> None:
    with open_operations(url, now):
        pass

    def decide(number: int) -> tuple[str, ...]:
        with open_operations(url, now) as mine:
            return accept(mine, BUY, now, f"buyer {number}")

    with ThreadPoolExecutor(6) as pool:
        refusals = list(pool.map(decide, range(6)))
    winners = [number for number, refused in enumerate(refusals) if not refused]
    assert len(winners) == 1
    assert all(f"by buyer {winners[0]}" in refused[0] for refused in refusals if refused)


def test_of_several_what_can_be_decided_is(store: OperationsStore, now: datetime) -> None:
    accept(store, BUY, now)
    cup = proposal("CUP")
    outcome = store.accept_proposals([(BUY, 24), (cup, 24), (proposal("BOX"), 5)], by("Bob"), "", now)
    assert [one.proposal.sku for one in outcome.decided] == ["CUP"]
    assert [text.split(":")[0] for text in outcome.refused] == [
        "buy 24 of MUG from SUP for WH-1", "buy 24 of BOX from SUP for WH-1",
    ]  # fmt: skip
    assert "Possible: 12" in outcome.refused[1]


def test_nobody_in_particular_decides_nothing(store: OperationsStore, now: datetime) -> None:
    with pytest.raises(DecisionRefused, match="who decides"):
        accept(store, BUY, now, " ")
    with pytest.raises(DecisionRefused, match="needs a reason"):
        store.reject_proposals([BUY], by("Ada"), "", now)
    assert store.decisions() == []


def test_what_is_undone_is_open_again_and_its_history_stays(store: OperationsStore, now: datetime) -> None:
    store.reject_proposals([BUY], by("Ada"), "too dear", now)
    assert store.undo_decisions([BUY.proposal_ref], by("Bob"), "cheaper now", now).refused == ()
    assert [(one.verdict, one.state) for one in store.decisions()] == [("undone", "open")]
    (refusal,) = store.undo_decisions([BUY.proposal_ref], by("Cleo"), "", now).refused
    assert "undone by Bob" in refusal
    assert accept(store, BUY, now, "Cleo") == ()
    acts = [(one.actor, one.action) for one in store.audit_trail(f"proposal:{BUY.proposal_ref}")]
    assert acts == [("Cleo", "proposal.accepted"), ("Bob", "proposal.undone"), ("Ada", "proposal.rejected")]


def test_what_is_accepted_is_ordered_once_and_cannot_be_undone_then(store: OperationsStore, now: datetime) -> None:
    accept(store, BUY, now)
    accept(store, proposal("CUP"), now)
    store.reject_proposals([proposal("BOX")], by("Ada"), "no room", now)
    (made,) = order(store, now)
    assert order(store, now) == []
    (entry,) = store.exports()
    assert (entry.export_id, entry.document_type, entry.line_count, entry.state) == (made, "purchase_order", 2, "new")
    assert {one.proposal.sku: one.state for one in store.decisions()} == {
        "MUG": "ordered", "CUP": "ordered", "BOX": "rejected",
    }  # fmt: skip
    (refusal,) = store.undo_decisions([BUY.proposal_ref], by("Ada"), "", now).refused
    assert f"ordered as {entry.wave} (new)" in refusal
    acts = [one.action for one in store.audit_trail(f"proposal:{BUY.proposal_ref}")]
    assert acts == ["proposal.ordered", "proposal.accepted"]


def test_documents_that_leave_an_acceptance_out_or_double_it_are_not_entered(
    store: OperationsStore, now: datetime
) -> None:
    accept(store, BUY, now)
    accept(store, proposal("CUP"), now)

    def forgetful(waiting: Sequence[Decision]) -> tuple[Document, ...]:
        return build_orders(waiting[:1], {}, Partners(), now)

    def doubling(waiting: Sequence[Decision]) -> tuple[Document, ...]:
        return (*build_orders(waiting, {}, Partners(), now), *forgetful(waiting))

    for build in (forgetful, doubling):
        with pytest.raises(ValueError, match="exactly one document"):
            store.order_accepted(build, now, "run-2")
    assert store.exports() == []
    assert [one.state for one in store.decisions()] == ["accepted", "accepted"]


def test_a_plan_that_does_not_know_of_an_acceptance_cannot_double_it(store: OperationsStore, now: datetime) -> None:
    accept(store, BUY, now)
    unaware = proposal(run_id="run-2", decision_number=0)
    for _ in ("accepted", "ordered"):
        (refusal,) = accept(store, unaware, now, "Bob")
        assert "does not know yet" in refusal
        order(store, now)
    assert accept(store, proposal(run_id="run-3", decision_number=1), now, "Bob") == ()


def test_a_document_that_is_void_makes_way(store: OperationsStore, now: datetime) -> None:
    accept(store, BUY, now)
    (made,) = order(store, now)
    before = store.acceptance_fingerprint()
    store.act(made, "void", now, by("Ada"), "wrong supplier")
    assert store.acceptance_fingerprint() != before
    assert store.accepted_proposals() == ([], 1)
    assert accept(store, proposal(run_id="run-2"), now, "Bob") == ()


def test_the_fingerprint_stays_while_acceptances_become_documents_and_changes_with_them(
    store: OperationsStore, now: datetime
) -> None:
    seen = [store.acceptance_fingerprint()]
    for step in (
        lambda: accept(store, BUY, now),
        lambda: accept(store, proposal("CUP"), now),
        lambda: store.undo_decisions([BUY.proposal_ref], by("Ada"), "", now),
        lambda: accept(store, BUY, now),
    ):
        step()
        seen.append(store.acceptance_fingerprint())
    assert len(set(seen)) == len(seen)
    order(store, now)
    assert store.acceptance_fingerprint() == seen[-1]
    store.reject_proposals([proposal("BOX")], by("Ada"), "no room", now)
    assert store.acceptance_fingerprint() == seen[-1]


RULE, WHY = "rule of policy 3", "ordinary: 24 are 1.2 weeks of demand, of at most 8"


def released(store: OperationsStore, one: Proposal, now: datetime) -> int:
    return len(store.release_proposals([(one, RULE, WHY)], RUNS, now).decided)


def test_what_a_rule_releases_is_audited_as_accepted_by_it_and_ordered_once(
    store: OperationsStore, now: datetime
) -> None:
    assert [released(store, BUY, now), released(store, BUY, now)] == [1, 0]
    (kept,) = store.decisions("run-1")
    assert (kept.quantity, kept.author, kept.reason, kept.state) == (24, RULE, WHY, "accepted")
    (entry,) = store.audit_trail(f"proposal:{BUY.proposal_ref}")
    assert (entry.actor, entry.action) == (RULE, "proposal.accepted")
    assert [len(order(store, now)), len(order(store, now)), released(store, BUY, now)] == [1, 0, 0]


def test_what_a_person_took_back_or_rejected_no_rule_releases_again(store: OperationsStore, now: datetime) -> None:
    cup = proposal("CUP")
    assert released(store, BUY, now) == 1
    assert store.undo_decisions([BUY.proposal_ref], by("Ada"), "not now", now).refused == ()
    assert store.reject_proposals([cup], by("Ada"), "range ends", now).refused == ()
    assert [released(store, BUY, now), released(store, cup, now)] == [0, 0]
    assert {one.proposal.sku: one.state for one in store.decisions()} == {"MUG": "open", "CUP": "rejected"}
    assert accept(store, BUY, now) == ()


def test_no_rule_releases_what_competes_with_an_order_that_the_plan_does_not_know(
    store: OperationsStore, now: datetime
) -> None:
    assert accept(store, proposal(run_id="run-0"), now) == ()
    outcome = store.release_proposals([(BUY, RULE, WHY)], RUNS, now)
    assert outcome.decided == ()
    assert "does not know yet" in outcome.refused[0]


def test_no_person_releases_by_rule(store: OperationsStore, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="only a run does that"):
        store.release_proposals([(BUY, RULE, WHY)], by("Ada"), now)
