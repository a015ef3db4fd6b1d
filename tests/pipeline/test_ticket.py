"""Which instant and which id a run has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from oms_core.store.operations import PolicyChange, StoreUnavailableError, open_operations
from oms_core.store.operations import at_the_machine as by
from pipelines import ticket
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.home import PROFILES, STORE_NAME, Home, HomeError, create_home
from pipelines.modelling.building import build
from pipelines.modelling.warehouse import load, note_run, seen_until, select_table
from pipelines.planning.levels import land_policies
from pipelines.reception.landing import land_inbox
from pipelines.ticket import Ticket, find_as_of, refuse_earlier, ticket_of
from tests.pipeline.test_ordering import AT, land, receive, set_levels

EVENING = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
NEXT = timedelta(microseconds=1)


def decided(home: Home, process_id: str, until: date | None = None) -> Ticket:
    ticket = ticket_of(home, process_id, until)
    land_policies(home, ticket)
    set_levels(home, ticket)
    return ticket


def change_policy(home: Home, level: float) -> None:
    with open_operations(home.database_url, now=AT) as store:
        version = store.current_policy().version
        store.save_policy([PolicyChange("abc_class", "A", level)], by("Ada"), "trial", AT, version)


def schedule(home: Home, level: float, day: date) -> None:
    """A change that one person wrote and another approved, to apply from a day."""
    with open_operations(home.database_url, now=AT) as store:
        store.set_policy_review(True, by("root"), AT)
        version = store.current_policy().version
        changes = [PolicyChange("abc_class", "A", level)]
        number = store.submit_policy(changes, by("Ada"), "peak", AT, version, day).submission_number
        store.approve_policy(number, by("Bea"), "agreed", AT, version)


def used(home: Home, process_id: str, until: date | None = None) -> int:
    """The version that a run takes."""
    ticket = ticket_of(home, process_id, until)
    version = land_policies(home, ticket)
    set_levels(home, ticket)
    return version


def test_a_run_uses_a_change_from_its_day_on_and_not_before(home: Home) -> None:
    receive(home)
    schedule(home, 0.98, AT.date())
    assert used(home, "the day before", AT.date() - timedelta(days=1)) == 1
    assert used(home, "its day") == 2
    rules = "select policy_version, author, service_level from raw.policies where scope_value = 'A'"
    landed = {row["policy_version"]: row for row in select_table(home, rules).to_pylist()}
    assert {version: row["author"] for version, row in landed.items()} == {1: "quartermaster", 2: "Ada"}
    assert {version: row["service_level"] for version, row in landed.items()} == {1: 0.97, 2: 0.98}


def test_a_run_of_a_day_that_is_over_is_refused_and_names_the_question_to_ask_instead(home: Home) -> None:
    receive(home)
    yesterday = AT.date() - timedelta(days=1)
    decided(home, "yesterday", yesterday)
    decided(home, "today")
    with pytest.raises(HomeError, match=r"run to 2026-06-01 already.*--as-of 2026-05-31"):
        ticket_of(home, "yesterday again", yesterday)
    assert ticket_of(home, "today again", AT.date()) == ticket_of(home, "today")


@pytest.fixture
def wall(tmp_path: Path) -> Home:
    """A home on the machine's clock, in which AT was seen."""
    made = Home(tmp_path / "wall")
    create_home(made, PROFILES["empty"], {})
    receive(made)
    load(made, AT, "a run")
    return made


def test_a_clock_that_is_set_back_a_little_takes_nothing_back(wall: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket, "wall_clock", lambda: AT - timedelta(minutes=5))
    seen = seen_until(wall)
    assert seen is not None
    file = wall.inbox / "stock_movements" / "stock_movements_2026-05-01.csv"
    file.write_text("movement_ref,line_ref,kind,sku,location_id,quantity,effective_at,business_date\n")
    (unit,) = land_inbox(wall, AT - timedelta(minutes=5)).landed
    assert ticket_of(wall, "next").as_of > unit.known_at > seen


def test_a_clock_that_is_days_behind_what_was_seen_is_told(wall: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket, "wall_clock", lambda: AT - timedelta(days=400))
    with pytest.raises(HomeError, match=r"clock says 2025-04-27 12:00 UTC, and the home has been run to 2026-06-01"):
        refuse_earlier(wall, None)
    assert find_as_of(wall, AT.date()).date() == AT.date()


def test_what_came_when_its_day_had_been_run_is_in_the_next_run_of_that_day(home: Home) -> None:
    receive(home)
    decided(home, "first")
    late = EVENING + NEXT
    land(home, "suppliers", {"supplier_id": "SUP", "name": "Late"}, at=late)
    assert ticket_of(home, "second").as_of == ticket_of(home, "third", AT.date()).as_of == late


def test_what_nobody_has_approved_is_in_no_run(home: Home) -> None:
    receive(home)
    with open_operations(home.database_url, now=AT) as store:
        store.set_policy_review(True, by("root"), AT)
        store.submit_policy([PolicyChange("abc_class", "A", 0.98)], by("Ada"), "peak", AT, 1)
    assert used(home, "first") == 1


def test_of_two_runs_on_the_same_files_the_later_one_has_the_later_instant(home: Home) -> None:
    receive(home)
    first = decided(home, "first")
    assert first.as_of == EVENING
    change_policy(home, 0.9)
    second = decided(home, "second")
    change_policy(home, 0.8)
    third = decided(home, "third")
    assert len({first.run_id, second.run_id, third.run_id}) == 3
    assert (second.as_of, third.as_of) == (EVENING + NEXT, EVENING + 2 * NEXT)
    assert third.business_date == AT.date()


def test_a_run_that_is_repeated_keeps_its_instant(home: Home) -> None:
    receive(home)
    first = decided(home, "first")
    assert ticket_of(home, "again") == first
    change_policy(home, 0.9)
    second = decided(home, "second")
    assert ticket_of(home, "again and again") == second


def test_edited_sourcing_rules_decide_open_lines_anew(home: Home) -> None:
    receive(home)
    first = ticket_of(home, "first")
    load(home, first.as_of, first.run_id)
    note_run(home, first.business_date, "ground")
    build(home, "ground", is_proven=False)
    allocate_open_lines(home, first)
    home.sourcing_rules_path.write_text("scarcity_weight: 0", encoding="utf-8")
    allocate_open_lines(home, ticket_of(home, "second"))
    runs = select_table(home, "select rules_id from raw.allocation_runs order by effective_at desc").to_pylist()
    assert len(runs) == 2
    assert runs[0]["rules_id"] == home.sourcing_rules.rules_id


def test_a_home_is_not_run_on_a_store_that_its_log_was_not_written_with(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of its server was not set, or its dump not restored: there is none, or an empty one."""
    receive(home)
    change_policy(home, 0.98)
    decided(home, "first")
    (home.root / STORE_NAME).unlink()
    with pytest.raises(StoreUnavailableError, match="was written with one"):
        ticket_of(home, "second")
    assert not (home.root / STORE_NAME).exists()
    monkeypatch.setenv("OMS_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(HomeError, match=r"lacks policy version-2\. Name that in OMS_DATABASE_URL"):
        ticket_of(home, "second")
