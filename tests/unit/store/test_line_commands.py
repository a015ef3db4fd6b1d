"""The order desk's book, on SQLite and on a real PostgreSQL: kept as said, ended by runs, never rewritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from oms_core.fulfilment.amending import without
from oms_core.fulfilment.documents import Document, DocumentLine
from oms_core.orders.desk import Ask, CommandRefused, DeskLine
from oms_core.orders.desk_moves import Note
from oms_core.store.operations import RUNS, OperationsStore, open_operations
from oms_core.store.operations import at_the_machine as by


def line(number: int = 1, **values: Any) -> DeskLine:
    known = {"line_state": "backordered", "qty_ordered": 10, "qty_fulfilled": 0, "qty_cancelled": 0}
    return DeskLine(f"web:o:{number}", "web:o", "web", "o", str(number), "MUG", **{**known, **values})


def cancel(store: OperationsStore, quantity: int, now: datetime, author: str = "Ada") -> tuple[str, ...]:
    return store.desk.command([Ask("cancel", line(), quantity)], by(author), "rang", now).refused


def test_a_command_is_kept_with_author_reason_instant_and_what_it_found_and_audited(
    store: OperationsStore, now: datetime
) -> None:
    ask = Ask("resource", line(), 4)
    assert store.desk.command([ask], by(" Ada "), " rang ", now).refused == (
        "resource o, line 1: it has no units allocated to take elsewhere",
    )
    (case,) = store.desk.command([Ask("cancel", line(), 4)], by(" Ada "), " rang ", now).given
    assert store.desk.cases("web:o") == store.desk.open_cases() == [case]
    command = case.command
    assert (command.quantity, command.author, command.reason, command.given_at) == (4, "Ada", "rang", now)
    assert command.before == line().before
    (entry,) = store.audit_trail("order_line:web:o:1")
    assert (entry.actor, entry.action, entry.before) == ("Ada", "order_line.cancel", line().before)
    assert entry.after == {"command_number": command.command_number, "quantity": 4, "reason": "rang"}
    assert store.desk.cases("web:other") == []


def test_an_edit_is_kept_and_audited_with_what_it_changes(store: OperationsStore, now: datetime) -> None:
    ask = Ask("edit", line(), changes={"ship_to_region": "SOUTH"})
    (case,) = store.desk.command([ask], by("Ada"), "moved", now).given
    assert store.desk.open_cases() == [case]
    assert (case.command.kind, case.command.changes, case.command.quantity) == ("edit", ask.changes, None)
    (entry,) = store.audit_trail("order_line:web:o:1")
    assert (entry.action, entry.after["changes"]) == ("order_line.edit", {"ship_to_region": "SOUTH"})
    (undoing,) = store.desk.answer([case.command.command_number], "undo", by("Ada"), "stayed", now).given
    assert (undoing.state, undoing.command) == ("undoing", case.command)


def test_of_many_at_once_no_more_is_cancelled_than_there_is(url: str, now: datetime) -> None:
    with open_operations(url, now):
        pass

    def one(number: int) -> tuple[str, ...]:
        with open_operations(url, now) as mine:
            return cancel(mine, 4, now, f"clerk {number}")

    with ThreadPoolExecutor(5) as pool:
        refusals = [refusal for refused in pool.map(one, range(5)) for refusal in refused]
    assert len(refusals) == 3
    with open_operations(url, now) as store:
        assert sum(case.command.quantity or 0 for case in store.desk.open_cases()) == 8


def test_a_case_ends_with_a_run_and_opens_when_somebody_speaks_again(store: OperationsStore, now: datetime) -> None:
    assert cancel(store, 4, now) == ()
    (case,) = store.desk.open_cases()
    number, spoken = case.command.command_number, store.desk.last_spoken()
    assert store.desk.note(case, [Note("asked", "WH-1 has it", 4, "WH-1")], now)
    (asked,) = store.desk.open_cases()
    assert (asked.state, asked.asked) == ("asked", {"WH-1": 4})
    assert store.desk.last_spoken() == spoken, "what a run notes is no news to runs"
    assert store.desk.note(asked, [Note("done", "4 units cancelled")], now)
    assert store.desk.open_cases() == []
    assert store.desk.answer([number], "undo", by("Bo"), "back again", now + timedelta(1)).refused == ()
    assert store.desk.last_spoken() > spoken
    assert [one.state for one in store.desk.open_cases()] == ["undoing"]


def test_a_run_notes_nothing_where_somebody_has_spoken_since(store: OperationsStore, now: datetime) -> None:
    cancel(store, 4, now)
    (seen,) = store.desk.open_cases()
    store.desk.answer([seen.command.command_number], "undo", by("Bo"), "no", now)
    assert not store.desk.note(seen, [Note("done", "4 units cancelled")], now)
    assert [one.state for one in store.desk.open_cases()] == ["undoing"]


def test_a_number_that_is_none_is_refused_with_the_others_done(store: OperationsStore, now: datetime) -> None:
    cancel(store, 4, now)
    (case,) = store.desk.open_cases()
    outcome = store.desk.answer([99, case.command.command_number], "undo", by("Bo"), "no", now)
    assert outcome.refused == ("undo 99: there is no command 99",)
    assert [one.state for one in outcome.given] == ["undoing"]
    with pytest.raises(CommandRefused, match="say why"):
        store.desk.answer([case.command.command_number], "undo", by("Bo"), "", now)


def document(now: datetime, *quantities: int) -> Document:
    asked = (DocumentLine(n, "web", "o", str(n), "MUG", "", quantity) for n, quantity in enumerate(quantities, start=1))
    return Document("WH-1", "WH-1", "2026-05-31-W1", now, tuple(asked))


def test_a_document_that_was_not_sent_is_replaced_in_its_own_state_and_one_that_was_is_not(
    store: OperationsStore, now: datetime
) -> None:
    first = document(now, 3, 2)
    store.enqueue([first], now, "run-1")
    store.act(first.export_id, "hold", now, by("Ada"))
    second = without(first, ("web", "o", "1"), 3)
    assert second
    assert [(one.line_number, one.line_ref, one.quantity) for one in second.lines] == [(1, "2", 2)]
    assert store.replace_export(first.export_id, second, now, "cancelled")
    assert store.export_states([first.export_id, second.export_id]) == {
        first.export_id: "void", second.export_id: "held",
    }  # fmt: skip
    assert not store.replace_export(first.export_id, None, now, "again")
    store.act(second.export_id, "release", now, by("Ada"))
    store.act(second.export_id, "begin", now, RUNS)
    assert not store.replace_export(second.export_id, None, now, "too late")
    assert without(second, ("web", "o", "2"), 2) is None
