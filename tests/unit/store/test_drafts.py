"""A draft is kept for the one who makes it, until it is emptied; nobody's word and no act."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from oms_core.store.operations import Actor, NotAllowed, OperationsStore, PolicyChange, at_the_machine

ADA, BEA = at_the_machine("Ada"), at_the_machine("Bea")
A99, SKU_MINIMUM = PolicyChange("abc_class", "A", 0.99), PolicyChange("sku", "SKU-1", None, qty_minimum=5)


def test_a_draft_is_found_again_by_its_author_alone(store: OperationsStore, now: datetime) -> None:
    assert (store.draft("Ada"), store.draft_kept_at("Ada")) == (None, None)
    store.keep_draft(1, [A99], ADA, now)
    later = now + timedelta(minutes=1, microseconds=7)
    store.keep_draft(1, [A99, SKU_MINIMUM], ADA, later)
    found = store.draft("Ada")
    assert found is not None
    assert (found.base_version, found.changes, found.kept_at) == (1, (A99, SKU_MINIMUM), later)
    assert store.draft_kept_at("Ada") == later
    assert store.draft("Bea") is None


def test_a_draft_without_a_change_is_none_and_no_draft_is_in_the_trail(store: OperationsStore, now: datetime) -> None:
    store.keep_draft(1, [A99], ADA, now)
    store.keep_draft(1, [SKU_MINIMUM], BEA, now)
    store.keep_draft(1, [], ADA, now)
    assert store.draft("Ada") is None
    assert store.draft("Bea") is not None
    assert store.audit_trail() == []
    assert store.current_policy().version == 1


def test_who_may_change_no_policy_keeps_no_draft(store: OperationsStore, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="planner"):
        store.keep_draft(1, [A99], Actor("Vic", frozenset({"viewer"})), now)
    assert store.draft("Vic") is None
