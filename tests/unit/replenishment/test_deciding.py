"""What may be decided of a proposal, and what is said where it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from oms_core.replenishment.proposing.deciding import (
    Decision,
    DecisionRefused,
    Proposal,
    check_quantity,
    check_texts,
    check_undecided,
    counted_until,
    left_behind,
    proposal_ref,
    undoable,
)

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
BUY = Proposal(
    "r1", "run-1", "purchase", "MUG", "WH-1", "SUP-1", None, 60, 12, 30, 250, "EUR", date(2026, 6, 9), 0
)  # fmt: skip
MOVE = replace(BUY, proposal_ref="r2", kind="transfer", supplier_id=None, from_location_id="WH-2", quantity=7)


def decision(proposal: Proposal = BUY, verdict: str = "accepted", number: int = 5, **values: Any) -> Decision:
    quantity = proposal.quantity if verdict == "accepted" else None
    return replace(Decision(number, proposal, verdict, quantity, "Ada", "", AT), **values)


def test_of_what_is_left_of_an_order_it_is_said_that_it_may_wait_for_the_next() -> None:
    bought = [replace(BUY, proposal_ref=f"r{number}") for number in range(4)]
    elsewhere = [replace(BUY, proposal_ref="r8", location_id="WH-2"), replace(BUY, proposal_ref="r9", supplier_id="S2")]
    said = left_behind(bought[:2], [*bought, *elsewhere, replace(MOVE, proposal_ref="r7")])
    assert said == [
        "Of SUP-1 for WH-1, 2 more purchases are open: an order is its turn, and what is left may wait for the next one"
    ]
    assert left_behind(bought[:3], bought)[0].startswith("Of SUP-1 for WH-1, 1 more purchase is open")
    assert left_behind(bought, [*bought, *elsewhere]) == []
    assert left_behind([MOVE], bought) == []


@pytest.mark.parametrize("quantity", [36, 60, 48, 1200])
def test_whole_packs_from_the_minimum_on_can_be_ordered(quantity: int) -> None:
    check_quantity(BUY, quantity)


@pytest.mark.parametrize(
    ("quantity", "possible"), [(12, "36"), (30, "36"), (0, "36"), (37, "36 or 48"), (59, "48 or 60")]
)
def test_any_other_quantity_is_refused_with_the_nearest_that_are_allowed(quantity: int, possible: str) -> None:
    with pytest.raises(DecisionRefused, match=f"at least 36, in packs of 12. Possible: {possible}$"):
        check_quantity(BUY, quantity)


def test_without_a_minimum_a_pack_is_the_least() -> None:
    check_quantity(replace(BUY, min_order_quantity=None), 12)
    with pytest.raises(DecisionRefused, match=r"Possible: 12$"):
        check_quantity(replace(BUY, min_order_quantity=None), 5)


def test_what_was_proposed_is_always_allowed() -> None:
    check_quantity(replace(BUY, quantity=37), 37)


@pytest.mark.parametrize(("quantity", "is_allowed"), [(1, True), (7, True), (0, False), (8, False), (-1, False)])
def test_a_transfer_takes_no_more_than_the_other_place_can_spare(quantity: int, is_allowed: bool) -> None:
    if is_allowed:
        check_quantity(MOVE, quantity)
        return
    with pytest.raises(DecisionRefused, match="WH-2 has 1 to 7 to spare"):
        check_quantity(MOVE, quantity)


def test_somebody_decides_and_a_rejection_has_a_reason() -> None:
    check_texts("accepted", "Ada", "")
    for verdict, author, reason, words in (
        ("accepted", " ", "", "who decides"),
        ("rejected", "Ada", " ", "needs a reason"),
        ("accepted", "Ada", "x" * 501, "500 characters"),
    ):
        with pytest.raises(DecisionRefused, match=words):
            check_texts(verdict, author, reason)


def test_who_comes_second_is_told_who_decided() -> None:
    check_undecided(BUY, None, ())
    check_undecided(BUY, decision(verdict="undone"), ())
    for latest in (decision(), decision(verdict="rejected")):
        with pytest.raises(DecisionRefused, match=f"{latest.verdict}.* by Ada, 2026-06-01 09:00 UTC"):
            check_undecided(BUY, latest, ())
    ordered = decision(export_id="e" * 64, order_ref="PO-1", export_state="sent")
    with pytest.raises(DecisionRefused, match=r"ordered as PO-1 \(sent\)"):
        check_undecided(BUY, ordered, ())


def test_the_same_need_of_another_run_is_not_accepted_until_a_plan_knows_of_it() -> None:
    newer = replace(BUY, proposal_ref="r9", run_id="run-2", decision_number=4)
    with pytest.raises(DecisionRefused, match="buy 60 of MUG from SUP-1 for WH-1"):
        check_undecided(newer, None, [decision()])
    with pytest.raises(DecisionRefused, match="does not know yet"):
        check_undecided(replace(newer, location_id="WH-9"), None, [decision(replace(MOVE, from_location_id="WH-9"))])


@pytest.mark.parametrize(
    "elsewhere",
    [
        decision(number=4),
        decision(verdict="rejected"),
        decision(export_id="e", export_state="void"),
        decision(replace(BUY, location_id="WH-7")),
        decision(replace(BUY, run_id="run-2")),
    ],
    ids=["the plan knows it", "rejected", "its document is void", "another place", "the same run"],
)
def test_what_is_no_double_does_not_stand_in_the_way(elsewhere: Decision) -> None:
    check_undecided(replace(BUY, proposal_ref="r9", run_id="run-2", decision_number=4), None, [elsewhere])


def test_a_decision_can_be_taken_back_until_a_document_orders_it() -> None:
    assert undoable(decision()).author == "Ada"
    for latest, words in (
        (None, "nothing is decided"),
        (decision(verdict="undone"), "it is open"),
        (decision(export_id="e" * 64, order_ref="PO-1", export_state="new"), "oms exports void eeeeeeeeeeee"),
    ):
        with pytest.raises(DecisionRefused, match=words):
            undoable(latest)


def test_a_position_knows_decisions_up_to_the_first_that_no_landed_document_orders() -> None:
    assert counted_until([(2, "a"), (4, "b")], ["a", "b"], 6) == 6
    assert counted_until([(2, "a"), (4, None)], ["a"], 6) == 3
    assert counted_until([(2, "a"), (4, "b")], ["b"], 6) == 1
    assert counted_until([], [], 0) == 0


def test_a_ref_follows_from_the_key_alone() -> None:
    ref = proposal_ref("run-1", "purchase", "MUG", "WH-1", None)
    assert ref == proposal_ref("run-1", "purchase", "MUG", "WH-1", None)
    assert len({ref, proposal_ref("run-2", "purchase", "MUG", "WH-1", None),
                proposal_ref("run-1", "transfer", "MUG", "WH-1", "WH-2")}) == 3  # fmt: skip


def test_a_row_of_the_mart_is_a_proposal_and_one_of_an_earlier_version_is_refused() -> None:
    row = {
        "proposal_ref": "r1", "run_id": "run-1", "kind": "purchase", "sku": "MUG", "location_id": "WH-1",
        "supplier_id": "SUP-1", "from_location_id": None, "quantity": 60, "pack_quantity": 12,
        "min_order_quantity": None, "unit_cost_minor": 250, "currency": "EUR", "expected_date": date(2026, 6, 9),
        "decision_number": None, "reason": "because",
    }  # fmt: skip
    assert Proposal.of(row) == replace(BUY, min_order_quantity=None)
    with pytest.raises(DecisionRefused, match="oms run"):
        Proposal.of(row | {"proposal_ref": None})
