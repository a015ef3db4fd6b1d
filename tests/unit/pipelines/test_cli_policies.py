"""`oms policies`: a reviewer's work from the command line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from oms_core.store.operations import OperationsStore, PolicyChange, at_the_machine, open_operations
from oms_core.store.published import snapshots
from tests.app.synthetic import write_home
from tests.commands import Done, call

NOW = datetime(2026, 6, 2, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert oms(tmp_path / "home", "init").code == 0
    assert oms(tmp_path / "home", "policies", "review", "required").out == "Changes of the policy are reviewed.\n"
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> OperationsStore:
    return open_operations(f"sqlite:///{home / 'operations.db'}", now=NOW)


def oms(home: Path, *arguments: str, who: str = "bea") -> Done:
    return call(home, *arguments, environment={"LOGNAME": who})


def submit(store: OperationsStore, level: float = 0.98, day: date | None = None) -> str:
    changes = [PolicyChange("abc_class", "A", level, "fill_rate"), PolicyChange("abc_class", "C", None)]
    one = store.submit_policy(changes, at_the_machine("ada"), "peak", NOW, store.current_policy().version, day)
    return str(one.submission_number)


def test_a_change_is_listed_approved_and_a_version_then(home: Path, store: OperationsStore) -> None:
    number = submit(store)
    (row,) = json.loads(oms(home, "policies", "changes", "--json").out)
    assert (row["state"], row["author"]) == ("waiting", "ada")
    assert row["changes"] == "abc_class:A → fill_rate 0.98, abc_class:C → no rule of its own"
    assert oms(home, "policies", "approve", number).out == f"Change {number} is applied, version 2.\n"
    assert "Nothing is on its way" in oms(home, "policies", "changes").out
    (row,) = json.loads(oms(home, "policies", "changes", "--all", "--json").out)
    assert (row["state"], row["reviewer"], row["version"]) == ("applied", "bea", 2)
    latest, _ = json.loads(oms(home, "policies", "versions", "--json").out)
    assert (latest["author"], latest["rules"]["abc_class:A"]) == ("ada", "fill_rate 0.98")


def test_a_change_is_submitted_with_what_it_does_not_name_left_as_it_is(home: Path, store: OperationsStore) -> None:
    before = store.current_policy().by_scope["abc_class", "A"]
    given = ("abc_class:A", "--set", "lead_time_days=14", "--reason", "slow boats", "--from", "2026-06-08")
    done = oms(home, "policies", "submit", *given, who="ada")
    assert "Change 1 is waiting" in done.out, done.err
    (one,) = store.policy_submissions(["waiting"])
    assert (one.author, one.reason, one.applies_from) == ("ada", "slow boats", date(2026, 6, 8))
    (change,) = one.changes
    assert (change.service_level, change.lead_time_days) == (before.service_level, 14.0)
    assert "from 2026-06-08" in oms(home, "policies", "approve", "1").out


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("A", "--set", "service_level=0.98"), 2, "KIND:VALUE"),
        (("abc_class:A",), 2, "say what is to be"),
        (("abc_class:A", "--set", "price=3"), 2, "NAME one of"),
        (("abc_class:A", "--set", "qty_minimum=3.5"), 2, "no whole number"),
        (("abc_class:A", "--set", "service_level=3"), 1, "service"),
        (("abc_class:Q", "--set", "service_level=0.9"), 1, "abc_class"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_with_what_would(
    home: Path, store: OperationsStore, given: tuple[str, ...], code: int, words: str
) -> None:
    done = oms(home, "policies", "submit", *given, "--reason", "try")
    assert done.code == code
    assert words in " ".join(done.err.replace("│", " ").split())
    assert store.policy_submissions(["waiting"]) == []


def test_without_review_a_change_waits_for_its_day_which_is_not_over(
    home: Path, store: OperationsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    oms(home, "policies", "review", "not-required")
    given = ("policies", "submit", "abc_class:A", "--set", "service_level=0.98", "--reason", "try", "--from")
    monkeypatch.setattr(snapshots, "published_as_of", lambda _published: datetime(2026, 6, 1, tzinfo=UTC))
    done = oms(home, *given, "2026-05-31")
    assert done.code == 2
    assert "2026-05-31 is over: the last run was of 2026-06-01" in " ".join(done.err.replace("│", " ").split())
    assert "Change 1 applies from 2026-06-08." in oms(home, *given, "2026-06-08").out
    later = oms(home, *given[:4], "service_level=0.985", *given[5:], "2026-06-09").out
    assert "On its way to the same rule: change 1; what applies later replaces it." in " ".join(later.split())
    assert store.current_policy().version == 1
    store.apply_due_policies(date(2026, 6, 8), datetime(2026, 6, 8, tzinfo=UTC))
    assert store.current_policy().version == 2


def test_nobody_approves_his_own_change(home: Path, store: OperationsStore) -> None:
    done = oms(home, "policies", "approve", submit(store), who="ada")
    assert done.code == 1
    assert "a second person approves it" in done.err
    assert store.current_policy().version == 1


def test_a_change_is_rejected_and_another_withdrawn(home: Path, store: OperationsStore) -> None:
    assert "is rejected" in oms(home, "policies", "reject", submit(store), "--reason", "too dear").out
    number = submit(store)
    done = oms(home, "policies", "withdraw", number)
    assert done.code == 1
    assert "is ada's" in done.err
    assert "is withdrawn" in oms(home, "policies", "withdraw", number, who="ada").out
    done = oms(home, "policies", "approve", "99")
    assert done.code == 1
    assert "There is no change 99." in done.err


def test_what_applies_from_a_day_says_so(home: Path, store: OperationsStore) -> None:
    number = submit(store, day=date(2026, 6, 8))
    assert oms(home, "policies", "approve", number).out == f"Change {number} is approved, from 2026-06-08.\n"


def test_what_is_approved_after_its_day_applies_from_the_next_run_and_says_so(
    home: Path, store: OperationsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = submit(store, day=date(2026, 6, 8))
    monkeypatch.setattr(snapshots, "published_as_of", lambda _published: datetime(2026, 6, 9, tzinfo=UTC))
    assert oms(home, "policies", "approve", number).out == f"Change {number} is approved, from the next run on.\n"


def test_the_review_is_switched_in_one_place(home: Path) -> None:
    assert oms(home, "policies", "review", "not-required").out == "Changes of the policy are not reviewed.\n"
    assert oms(home, "policies", "review", "with-users").out == "Changes of the policy are not reviewed.\n"
    assert oms(home, "policies", "review", "perhaps").code == 2


def test_who_names_what_is_not_planned_is_told(tmp_path: Path) -> None:
    home = write_home(tmp_path / "published")
    (home / "oms.yaml").write_text("profile: empty\nclock: wall\ntwin: none\n")
    level = ("--set", "service_level=0.98", "--reason", "peak")
    known = oms(home, "policies", "submit", "abc_class:A", *level)
    assert (known.code, known.err) == (0, "")
    unknown = oms(home, "policies", "submit", "sku:NOPE", *level)
    assert unknown.code == 0
    assert "sku:NOPE covers no SKU that is planned" in unknown.err
