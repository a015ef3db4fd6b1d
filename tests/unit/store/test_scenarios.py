"""Scenarios that planners keep in the operations store, on both kinds of database."""

from __future__ import annotations

from datetime import datetime

import pytest

from oms_core.store.operations import (
    InvalidPolicyError,
    OperationsStore,
    PolicyChange,
    Replay,
    StaleScenario,
)
from oms_core.store.operations import at_the_machine as by

CHANGES = (PolicyChange("abc_class", "A", 0.98), PolicyChange("sku_location", "X@W", qty_minimum=5))


def test_a_scenario_comes_back_as_it_was_kept_and_is_no_policy(store: OperationsStore, now: datetime) -> None:
    kept = store.scenarios.keep(" Summer ", CHANGES, by("Ana"), now, 1)
    assert (kept.name, kept.revision, kept.base_version) == ("Summer", 1, 1)
    assert store.scenarios.kept() == [kept]
    assert store.current_policy().version == 1
    assert [entry.action for entry in store.audit_trail("scenario:Summer")] == ["scenario.kept"]


def test_who_saw_the_last_revision_may_replace_it_and_who_did_not_is_told(
    store: OperationsStore, now: datetime
) -> None:
    store.scenarios.keep("Summer", CHANGES, by("Ana"), now, 1)
    second = store.scenarios.keep("Summer", CHANGES[:1], by("Bob"), now, 1, revision=1)
    assert store.scenarios.kept() == [second]
    for seen in (None, 1):
        with pytest.raises(StaleScenario, match="Bob kept a scenario Summer"):
            store.scenarios.keep("Summer", CHANGES, by("Ana"), now, 1, seen)
    assert store.scenarios.kept() == [second]


def test_a_withdrawn_scenario_is_gone_from_the_list_and_its_name_is_free_again(
    store: OperationsStore, now: datetime
) -> None:
    kept = store.scenarios.keep("Summer", CHANGES, by("Ana"), now, 1)
    store.scenarios.withdraw(kept, by("Bob"), now)
    assert store.scenarios.kept() == []
    with pytest.raises(StaleScenario, match="Bob withdrew"):
        store.scenarios.keep("Summer", CHANGES, by("Ana"), now, 1, revision=1)
    with pytest.raises(StaleScenario, match="Bob withdrew"):
        store.scenarios.withdraw(kept, by("Ana"), now)
    again = store.scenarios.keep("Summer", CHANGES, by("Ana"), now, 1)
    assert again.revision == 3
    with pytest.raises(StaleScenario, match="no scenario Winter"):
        store.scenarios.keep("Winter", CHANGES, by("Ana"), now, 1, revision=4)


def test_the_last_replay_of_a_revision_is_kept_and_another_revision_has_none(
    store: OperationsStore, now: datetime
) -> None:
    kept = store.scenarios.keep("Summer", CHANGES, by("Ana"), now, 1)
    assert store.scenarios.replay(kept) is None
    row = {"scenario": "RS under Summer", "metric": "fill_rate", "value": 0.97, "low": None, "high": 0.99}
    for days in (70, 182):
        store.scenarios.note_replay(Replay("Summer", 1, now, days, now.date(), False, [row]))
    found = store.scenarios.replay(kept)
    assert found == Replay("Summer", 1, now, 182, now.date(), False, [row])
    assert store.scenarios.replay(store.scenarios.keep("Summer", CHANGES[:1], by("Ana"), now, 1, 1)) is None


@pytest.mark.parametrize(
    ("name", "author", "changes", "message"),
    [
        (" ", "Ana", CHANGES, "a scenario's name must have 1 to 60"),
        ("x" * 61, "Ana", CHANGES, "not 61"),
        ("Summer", "", CHANGES, "author must have"),
        ("Summer", "Ana", (PolicyChange("abc_class", "A", 1.5),), "from 0.5 to 0.9999"),
        ("Summer", "Ana", (), "leave policy version 1 as it is"),
    ],
)
def test_a_scenario_that_could_not_be_saved_as_a_policy_is_not_kept(
    store: OperationsStore,
    now: datetime,
    name: str,
    author: str,
    changes: tuple[PolicyChange, ...],
    message: str,
) -> None:
    with pytest.raises(InvalidPolicyError, match=message):
        store.scenarios.keep(name, changes, by(author), now, 1)
    assert store.scenarios.kept() == []
