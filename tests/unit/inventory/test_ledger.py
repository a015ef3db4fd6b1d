"""The reference ledger, fact by fact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from oms_core.contracts import PUBLISHED
from oms_core.inventory.ledger import (
    HELD_ACCOUNTS,
    KINDS,
    Count,
    Movement,
    hold,
    on_hand,
    post,
    postings,
)


def at(hour: int) -> datetime:
    return datetime(2026, 5, 31, hour, tzinfo=UTC)


def moved(kind: str, quantity: int, hour: int = 8, sku: str = "SKU-1", known: int | None = None) -> Movement:
    return Movement(f"{kind}-{hour}", kind, sku, "WH", quantity, at(hour), at(known or hour))


def counted(quantity: int, hour: int, known: int | None = None) -> Count:
    return Count(f"count-{hour}", "SKU-1", "WH", quantity, at(hour), at(known or hour))


def test_kinds_and_accounts_are_those_of_the_published_contract() -> None:
    contract = PUBLISHED["fct_inventory_postings"]
    assert set(KINDS) == set(contract["movement_kind"].allowed)
    assert {account for _, account in KINDS.values()} | set(HELD_ACCOUNTS) == set(contract["account"].allowed)


@pytest.mark.parametrize(
    ("kind", "quantity", "on_hand_change"),
    [
        ("receipt", 5, 5),
        ("shipment", 5, -5),
        ("sale", 2, -2),
        ("return", 1, 1),
        ("adjustment", -3, -3),
        ("transfer_out", 4, -4),
    ],
)
def test_a_movement_posts_on_hand_and_its_mirror(kind: str, quantity: int, on_hand_change: int) -> None:
    own, other = postings(moved(kind, quantity))
    assert (own.account, own.quantity, other.quantity) == ("on_hand", on_hand_change, -on_hand_change)


def test_a_blocked_return_lies_there_and_is_not_for_sale_until_it_is_inspected() -> None:
    came = [moved("opening", 5, 1), Movement("r", "return", "SKU-1", "WH", 3, at(2), at(2), "blocked")]
    assert (on_hand(came), on_hand(came, ("on_hand",))) == ({("SKU-1", "WH"): 8}, {("SKU-1", "WH"): 5})
    inspected = [*came, moved("unblock", 2, 3), Movement("w", "write_off", "SKU-1", "WH", 1, at(4), at(4), "blocked")]
    assert (on_hand(inspected), on_hand(inspected, ("on_hand",))) == ({("SKU-1", "WH"): 7}, {("SKU-1", "WH"): 7})


def test_a_count_counts_what_is_blocked_too_whenever_it_was_blocked() -> None:
    facts = [moved("opening", 10, 1), moved("block", 4, 2), counted(9, 5), moved("unblock", 3, 3, known=6)]
    assert [m.quantity for m in post(facts) if m.kind == "count_variance"] == [-1, 0]
    assert on_hand(post(facts)) == {("SKU-1", "WH"): 9}
    assert on_hand(post(facts), ("blocked",)) == {("SKU-1", "WH"): 1}


def test_a_kind_or_sign_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no movement is called 'theft'"):
        postings(moved("theft", 1))
    with pytest.raises(ValueError, match="stated positive, not -1"):
        postings(moved("receipt", -1))
    with pytest.raises(ValueError, match="a block moves no 'blocked' of a location"):
        postings(Movement("b", "block", "SKU-1", "WH", 1, at(1), at(1), "blocked"))


def variances(*facts: Movement | Count) -> list[tuple[str, int]]:
    return [(m.movement_id, m.quantity) for m in post(facts) if m.kind == "count_variance"]


def test_the_first_count_is_held_against_all_movements_before_it() -> None:
    assert variances(moved("opening", 10, 1), moved("shipment", 3, 2), counted(6, 5)) == [("count-5", -1)]


def test_a_later_count_is_held_against_the_count_before_it() -> None:
    facts = [moved("opening", 10, 1), moved("shipment", 3, 6), counted(8, 7), counted(9, 5)]
    assert variances(*facts) == [("count-5", -1), ("count-7", 2)]


def test_a_movement_known_after_the_count_that_had_seen_it_is_not_counted_twice() -> None:
    facts = [moved("opening", 10, 1), counted(7, 5), moved("shipment", 3, 2, known=6)]
    assert variances(*facts) == [("count-5", -3), ("explained/count-5/shipment-2", 3)]
    assert on_hand(post(facts)) == {("SKU-1", "WH"): 7}


def test_a_count_known_after_a_later_one_moves_variance_between_them() -> None:
    facts = [moved("opening", 10, 1), counted(7, 5), counted(9, 3, known=6)]
    assert variances(*facts) == [("count-5", -3), ("count-3", -1), ("explained/count-5/count-3", 1)]


def test_of_two_counts_of_one_instant_the_one_that_is_known_later_corrects_the_other_whatever_its_name() -> None:
    first, again = counted(7, 5), Count("count-10", "SKU-1", "WH", 9, at(5), at(6))
    assert variances(moved("opening", 10, 1), first, again) == [("count-5", -3), ("count-10", 2)]
    assert on_hand(post([moved("opening", 10, 1), again, first])) == {("SKU-1", "WH"): 9}


def holds(
    *facts: Movement | Count, tolerance: int, accepted: int | None = None, of: str = "count-5"
) -> list[tuple[str, int]]:
    posted = post(facts)
    reviews = {of: moved("opening", 0, 0, known=accepted).known_at} if accepted else {}
    tolerances = {fact.count_id: tolerance for fact in facts if isinstance(fact, Count)}
    return [(m.movement_id, m.quantity) for m in hold(posted, tolerances, reviews)]


def test_a_count_beyond_its_tolerance_moves_no_stock_until_somebody_accepts_it() -> None:
    facts = [moved("opening", 10, 1), counted(7, 5)]
    assert holds(*facts, tolerance=3) == []
    assert holds(*facts, tolerance=2) == [("held/count-5", 3)]
    assert holds(*facts, tolerance=2, accepted=9) == [("held/count-5", 3), ("released/count-5", -3)]
    assert holds(*facts, tolerance=2, accepted=4) == []


def test_what_explains_a_held_count_leaves_suspense_with_it() -> None:
    facts = [moved("opening", 10, 1), counted(7, 5), moved("shipment", 3, 2, known=6)]
    assert holds(*facts, tolerance=2) == [("held/count-5", 3), ("held/explained/count-5/shipment-2", -3)]
    assert holds(*facts, tolerance=2, accepted=9)[-1] == ("released/count-5", 0)


def test_a_count_that_wins_ends_what_is_held_of_those_before_it() -> None:
    # Twenty by the ledger, eight counted, and again nearly so: the second count confirms the first.
    facts = [moved("opening", 20, 1), counted(8, 5), counted(9, 7)]
    assert holds(*facts, tolerance=3) == [("held/count-5", 12), ("released/count-5", -12)]
    assert on_hand(post(facts)) == {("SKU-1", "WH"): 9}


def test_a_count_that_contradicts_a_held_one_is_held_too_and_the_ledger_stands_until_one_is_accepted() -> None:
    facts = [moved("opening", 20, 1), counted(8, 5), counted(20, 7)]
    assert holds(*facts, tolerance=3) == [("held/count-5", 12), ("held/count-7", -12)]
    accepted = holds(*facts, tolerance=3, accepted=9, of="count-7")
    assert accepted[2:] == [("released/count-5", -12), ("released/count-7", 12)]
    # The first one alone says nothing of what the second one found.
    assert holds(*facts, tolerance=3, accepted=9)[2:] == [("released/count-5", -12)]


def test_a_late_count_of_before_one_that_won_is_held_by_nobody() -> None:
    facts = [moved("opening", 20, 1), counted(19, 7), counted(8, 5, known=9)]
    assert holds(*facts, tolerance=3) == []


def test_a_review_that_is_known_before_its_count_says_nothing_until_then() -> None:
    facts = [moved("opening", 20, 1), counted(8, 5), counted(2, 7, known=9)]
    found = hold(post(facts), {"count-5": 3, "count-7": 3}, {"count-7": at(4)})
    assert [(m.movement_id, m.quantity, m.known_at) for m in found] == [
        ("held/count-5", 12, at(5)), ("released/count-5", -12, at(9)),
    ]  # fmt: skip


def test_balances_are_kept_by_sku_and_location() -> None:
    movements = [moved("receipt", 5, 1), moved("sale", 2, 2), moved("receipt", 1, 3, sku="SKU-2")]
    assert on_hand(movements) == {("SKU-1", "WH"): 3, ("SKU-2", "WH"): 1}
