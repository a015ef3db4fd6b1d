"""What is due becomes documents, once: with its wave, whichever run promised it, and whatever dies in between."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from oms_core.contracts.decisions import ALLOCATIONS
from oms_core.contracts.landed import ACKNOWLEDGEMENTS
from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.documents import read_document
from oms_core.store.operations import RUNS, OperationsStore, at_the_machine, open_operations, outbox
from oms_core.store.operations.audit import Trail
from pipelines.fulfilment import exporting
from pipelines.fulfilment.delivering import deliver_pending
from pipelines.fulfilment.exporting import export_documents, land_left_behind, note_answers
from pipelines.fulfilment.order_desk import land_commands
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, open_warehouse, select_table
from pipelines.ticket import Ticket
from tests.pipeline.hands import Died

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
RUN = Ticket("run-2", NOW)
LATER = Ticket("run-3", NOW + timedelta(hours=4))
HEARD = LATER.as_of + timedelta(hours=1)
EXPORTED = "select order_ref, location_id, quantity, run_id, wave, release_due_at from raw.exports order by 1, 2"


def allocated(order: str, quantity: int, due: datetime | None, **values: Any) -> dict[str, Any]:
    return {
        "run_id": RUN.run_id, "channel_id": "web", "order_ref": order, "line_ref": "1", "sku": "MUG",
        "decision": "allocated", "location_id": "WH-1", "quantity": quantity, "reason_code": "cheapest", "reason": "",
        "priority": 1, "decision_rank": 1, "release_due_at": due, "effective_at": NOW, "business_date": NOW.date(),
        **values,
    }  # fmt: skip


@pytest.fixture
def ground(home: Home) -> Home:
    """A home whose models say: of `early` four units are unreleased and due at noon, of `held` one, of `late` two."""
    load(home, NOW, "run-1")
    with open_warehouse(home) as connection:
        connection.execute("create table dim_product as select 'MUG' as sku, 'Mug' as description")
        connection.execute("""
            create table int_order_lines as select 'web' as channel_id, name as order_ref, '1' as line_ref,
                name = 'held' as is_held, 5 as qty_rest from unnest(['early', 'held', 'late', 'new']) as names(name)""")
        connection.execute("""
            create table int_earlier_unreleased as select 'web' as channel_id, order_ref, '1' as line_ref, 'MUG' as sku,
                'WH-1' as location_id, quantity::bigint as qty_unreleased, due::timestamptz as release_due_at
            from (values ('early', 4, '2026-06-01T12:00:00Z'), ('held', 1, '2026-06-01T12:00:00Z'),
                         ('late', 2, '2026-06-01T15:00:00Z')) as rows(order_ref, quantity, due)""")
    return home


def decide(home: Home, *rows: dict[str, Any]) -> None:
    table = pa.Table.from_pylist([{name: row.get(name) for name in ALLOCATIONS.names} for row in rows],
                                 ALLOCATIONS.arrow_schema)  # fmt: skip
    land_decision(Log(home.landing), table, ALLOCATIONS.name, RUN.run_id, RUN.as_of)
    load(home, RUN.as_of, RUN.run_id)


def exported(home: Home) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in select_table(home, EXPORTED).to_pylist()]


def test_a_document_is_of_all_that_is_due_of_whichever_run_and_of_nothing_else(ground: Home) -> None:
    tomorrow = NOW + timedelta(days=1)
    decide(ground, allocated("new", 3, None), allocated("late", 5, tomorrow, location_id="WH-2"))
    (document,) = export_documents(ground, RUN)
    assert [(line.order_ref, line.quantity) for line in document.lines] == [("early", 4), ("new", 3)]
    assert [row[:5] for row in exported(ground)] == [
        ("early", "WH-1", 4, "run-2", "2026-06-01-W1"),
        ("new", "WH-1", 3, "run-2", "2026-06-01-W1"),
    ]


def test_an_order_that_ships_whole_waits_with_its_held_line(ground: Home) -> None:
    decide(ground, allocated("held", 2, None, line_ref="2"))
    (ground.root / "sourcing.yaml").write_text("ship_complete: [web]\n", encoding="utf-8")
    (document,) = export_documents(ground, RUN)
    assert {line.order_ref for line in document.lines} == {"early"}
    (ground.root / "sourcing.yaml").write_text("ship_complete: []\n", encoding="utf-8")
    (document,) = export_documents(ground, RUN)
    assert [(line.order_ref, line.line_ref) for line in document.lines] == [("early", "1"), ("held", "2")]


def test_what_was_replaced_is_in_no_document(ground: Home) -> None:
    ended = allocated("early", 3, NOW, decision="expired", reason_code="replaced")
    decide(ground, ended, allocated("early", 3, NOW, location_id="WH-2"))
    assert [(d.location_id, d.lines[0].quantity) for d in export_documents(ground, RUN)] == [("WH-1", 1), ("WH-2", 3)]


def test_a_line_in_a_document_says_which_wave_it_waited_for(ground: Home) -> None:
    decide(ground, allocated("new", 3, NOW), allocated("other", 1, None))
    export_documents(ground, RUN)
    assert {row[0]: row[5] for row in exported(ground)} == {"early": None, "new": NOW, "other": None}


def test_what_is_due_later_is_told_by_a_later_run_in_a_wave_of_its_own(ground: Home) -> None:
    decide(ground, allocated("new", 3, None))
    export_documents(ground, RUN)
    with open_warehouse(ground) as connection:
        connection.execute("delete from int_earlier_unreleased where order_ref <> 'late'")
        connection.execute("update raw.run set ground_load = last_load")
    export_documents(ground, LATER)
    assert [row[:5] for row in exported(ground)][1] == ("late", "WH-1", 2, "run-3", "2026-06-01-W2")


def test_documents_that_a_dead_run_left_in_the_outbox_are_landed_as_they_are(
    ground: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(ground, allocated("new", 3, NOW))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "land_decision", die)
        with pytest.raises(KeyboardInterrupt):
            export_documents(ground, RUN)
    assert exported(ground) == []
    assert land_left_behind(ground, LATER) == 1
    assert land_left_behind(ground, LATER) == 0
    assert [row[:4] for row in exported(ground)] == [("early", "WH-1", 4, "run-2"), ("new", "WH-1", 3, "run-2")]
    assert exported(ground)[1][5] == NOW
    with open_operations(ground.database_url, now=NOW) as store:
        assert [entry.state for entry in store.exports()] == ["sent"]


def test_documents_that_are_landed_are_not_read_again(ground: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(ground, allocated("new", 3, None))
    export_documents(ground, RUN)
    monkeypatch.setattr(outbox, "OutboxEntry", None)
    assert land_left_behind(ground, LATER) == 0
    assert land_commands(ground, LATER) == 0
    with open_operations(ground.database_url, now=NOW) as store:
        assert exporting._next_waves(ground, LATER, store) == {"WH-1": 2}
        assert note_answers(ground, store) == 0


def test_what_its_partner_answers_is_not_sent_again_though_somebody_has_asked_for_it(ground: Home) -> None:
    decide(ground, allocated("new", 3, None))
    (document,) = export_documents(ground, RUN)
    answer(ground)
    with open_operations(ground.database_url, now=NOW) as store:
        store.act(document.export_id, "retry", NOW, at_the_machine("Ada"))
    for path in ground.outbox.glob("WH-1/*"):
        path.unlink()
    rebuild(ground)
    export_documents(ground, LATER)
    with open_operations(ground.database_url, now=NOW) as store:
        assert [(entry.state, entry.attempts) for entry in store.exports()] == [("acknowledged", 1)]
    assert list(ground.outbox.glob("WH-1/*")) == []


def test_what_was_answered_before_a_document_was_made_is_no_answer_to_it(ground: Home) -> None:
    decide(ground, allocated("new", 3, None))
    say(ground, ("early", "1", "rejected"), at=NOW - timedelta(hours=1))
    export_documents(ground, RUN)
    with open_operations(ground.database_url, now=NOW) as store:
        assert note_answers(ground, store) == 0
        say(ground, ("late", "1", "accepted"), at=LATER.as_of)
        assert note_answers(ground, store) == 1
        assert [entry.state for entry in store.exports()] == ["acknowledged"]


def test_what_is_made_between_two_runs_is_answered_by_what_is_known_after_the_first(ground: Home) -> None:
    """A file whose name bears an earlier hour is known just after the run before it."""
    decide(ground, allocated("new", 3, None))
    (document,) = export_documents(ground, RUN)
    later = replace(document, wave="2026-06-01-W9", created_at=NOW + timedelta(hours=3))
    with open_operations(ground.database_url, now=NOW) as store:
        store.enqueue([later], NOW, RUN.run_id)
        deliver_pending(ground, store)
        say(ground, ("a", later.export_id, "accepted"), at=NOW + timedelta(microseconds=1))
        assert note_answers(ground, store) == 1
        assert store.export(later.export_id).state == "acknowledged"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([("a", "1", "accepted"), ("a/1", "1/1", "rejected")], "partial"),
        ([("a/1", "1/1", "accepted")], "sent"),
        ([("a/1", "1/1", "rejected"), ("b", "1", "rejected")], "rejected"),
        ([("a", "1", "accepted"), ("b", "1", "rejected")], "acknowledged"),
        ([("a", "8", "rejected")], "sent"),
    ],
)
def test_what_a_document_is_after_what_its_partner_says(
    ground: Home, said: list[tuple[str, str, str]], state: str
) -> None:
    decide(ground, allocated("new", 3, None))
    export_documents(ground, RUN)
    say(ground, *said, at=LATER.as_of)
    with open_operations(ground.database_url, now=NOW) as store:
        note_answers(ground, store)
        assert [entry.state for entry in store.exports()] == [state]


def test_an_order_refused_after_the_whole_was_taken_waits_for_somebody_once(ground: Home) -> None:
    decide(ground, allocated("new", 3, None))
    export_documents(ground, RUN)
    say(ground, ("b", "1", "accepted"), at=LATER.as_of)
    with open_operations(ground.database_url, now=NOW) as store:
        note_answers(ground, store)
        say(ground, ("a/1", "1/1", "rejected"), at=LATER.as_of + timedelta(hours=1))
        assert note_answers(ground, store) == 1
        (entry,) = store.stuck(ground.partners, NOW)
        assert (entry.state, entry.answer) == ("partial", "refused web:early: ")
        store.act(entry.export_id, "settle", NOW, at_the_machine("Ada"))
        assert note_answers(ground, store) == 0
        assert store.stuck(ground.partners, NOW) == []
        say(ground, ("a/2", "1/2", "rejected"), at=LATER.as_of + timedelta(hours=2))
        assert note_answers(ground, store) == 1
        assert [entry.state for entry in store.exports()] == ["partial"]


def test_what_its_partner_takes_though_it_was_taken_back_waits_for_somebody_once(ground: Home) -> None:
    decide(ground, allocated("new", 3, None))
    (document,) = export_documents(ground, RUN)
    with open_operations(ground.database_url, now=NOW) as store:
        store.act(document.export_id, "retry", NOW, at_the_machine("Ada"))
        store.act(document.export_id, "begin", NOW, RUNS)
        store.act(document.export_id, "void", NOW, at_the_machine("Ada"))
        assert (note_answers(ground, store), store.stuck(ground.partners, NOW)) == (0, [])
        say(ground, ("b", "1", "accepted"), at=LATER.as_of)
        assert note_answers(ground, store) == 1
        (entry,) = store.stuck(ground.partners, NOW)
        assert (entry.state, entry.problem) == ("void", "WH-1 has taken it, though it was taken back")
        store.act(entry.export_id, "settle", NOW, at_the_machine("Ada"), "they were told")
        assert (note_answers(ground, store), store.stuck(ground.partners, NOW)) == (0, [])
        assert store.export(entry.export_id).state == "void"


def test_what_somebody_has_sent_again_meanwhile_may_be_answered(ground: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(ground, allocated("new", 3, None))
    (document,) = export_documents(ground, RUN)
    answer(ground)

    def meanwhile() -> datetime:
        with open_operations(ground.database_url, now=NOW) as other:
            other.act(document.export_id, "retry", NOW, at_the_machine("Ada"))
        return NOW

    monkeypatch.setattr(exporting, "wall_clock", meanwhile)
    with open_operations(ground.database_url, now=NOW) as store:
        assert note_answers(ground, store) == 1
        assert store.export(document.export_id).state == "acknowledged"


def test_documents_of_another_homes_runs_are_not_landed_here(ground: Home) -> None:
    """Two homes on one operations store."""
    decide(ground, allocated("new", 3, NOW))
    with open_operations(ground.database_url, now=NOW) as store:
        documents = exporting._due_documents(ground, RUN, store)
        store.enqueue(documents, now=NOW, run_id="a run of another landing")
    assert land_left_behind(ground, LATER) == 0


class Reaper:
    """Ends the process at the n-th act of what it watches, just before it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._left = 0
        watched = [
            *((OperationsStore, name) for name in ("enqueue", "act", "note_problem")),
            (Trail, "note"),
            *((FolderShelf, name) for name in ("write", "read", "rename", "remove")),
            *((exporting, name) for name in ("land_decision", "load")),
        ]
        for owner, name in watched:
            patch.setattr(owner, name, self._mortal(getattr(owner, name)))

    def comes_at(self, act: int) -> None:
        """0: never."""
        self._left = act

    def _mortal(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise Died
            return act(*arguments, **named)

        return acting


def rebuild(home: Home) -> None:
    """What the models of a next run say: promises of the run before, less what is told."""
    with open_warehouse(home) as connection:
        connection.execute("""
            create or replace table int_earlier_unreleased as
            with told as (select order_ref, sum(quantity) as quantity from raw.exports group by order_ref)
            select 'web' as channel_id, promised.order_ref, '1' as line_ref, 'MUG' as sku, 'WH-1' as location_id,
                (promised.quantity - coalesce(told.quantity, 0))::bigint as qty_unreleased, null::timestamptz
                as release_due_at
            from (values ('early', 4), ('new', 3)) as promised(order_ref, quantity)
            left join told on promised.order_ref = told.order_ref
            where promised.quantity > coalesce(told.quantity, 0)""")
        connection.execute("update raw.run set ground_load = last_load")


def answer(home: Home, *refused: str) -> None:
    """The partner takes every document that it has, but for the orders at these places of each."""
    sent = sorted(path.stem.rpartition("_")[2] for path in home.outbox.glob("WH-1/*.json"))
    rows = [
        {"partner_id": "WH-1", "acknowledgement_ref": f"A-{ref}", "document_ref": ref, "status": "accepted",
         "effective_at": NOW, "business_date": NOW.date(), "reason": None}
        for ref in sent
    ]  # fmt: skip
    rows += [
        {**row, **{name: f"{row[name]}/{place}" for name in ("acknowledgement_ref", "document_ref")},
         "status": "rejected", "reason": "no such product"}
        for row in rows for place in refused
    ]  # fmt: skip
    land_decision(Log(home.landing), pa.Table.from_pylist(rows, ACKNOWLEDGEMENTS.arrow_schema), ACKNOWLEDGEMENTS.name,
                  "", HEARD)  # fmt: skip
    load(home, HEARD, LATER.run_id)


def say(home: Home, *said: tuple[str, str, str], at: datetime) -> None:
    """WH-1 says so much under numbers of its own, of which documents, and whether it takes them."""
    rows = [
        {"partner_id": "WH-1", "acknowledgement_ref": ref, "document_ref": document, "status": status,
         "effective_at": at, "business_date": at.date(), "reason": None}
        for ref, document, status in said
    ]  # fmt: skip
    land_decision(Log(home.landing), pa.Table.from_pylist(rows, ACKNOWLEDGEMENTS.arrow_schema), ACKNOWLEDGEMENTS.name,
                  "", at)  # fmt: skip
    load(home, at, "run")


def tell_and_hear(home: Home, ticket: Ticket) -> None:
    """What is due is told, answered, and the answer is heard."""
    export_documents(home, ticket)
    answer(home)
    with open_operations(home.database_url, now=NOW) as store:
        note_answers(home, store)


def test_what_a_partner_refuses_of_a_document_waits_for_somebody_and_the_rest_stays_told(ground: Home) -> None:
    decide(ground, allocated("new", 3, None))
    export_documents(ground, RUN)
    answer(ground, "2")
    with open_operations(ground.database_url, now=NOW) as store:
        assert note_answers(ground, store) == 1
        (entry,) = store.exports()
        assert (entry.state, entry.answer) == ("partial", "refused web:new: no such product")
        assert store.stuck(ground.partners, NOW) == [entry]
        assert note_answers(ground, store) == 0


def test_wherever_it_dies_between_decision_and_answer_each_unit_is_told_once_and_answered_once(
    ground: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(ground, allocated("new", 3, None))
    reaper = Reaper(monkeypatch)
    for act in count(1):
        home = Home(tmp_path / f"dies-at-{act}")
        shutil.copytree(ground.root, home.root)
        reaper.comes_at(act)
        try:
            tell_and_hear(home, RUN)
        except Died:
            reaper.comes_at(0)
            land_left_behind(home, LATER)
            rebuild(home)
            tell_and_hear(home, LATER)
            has_died = True
        else:
            has_died = False
        told = select_table(home, "select order_ref, sum(quantity)::bigint as n from raw.exports group by 1 order by 1")
        assert told.to_pylist() == [{"order_ref": "early", "n": 4}, {"order_ref": "new", "n": 3}], act
        documents = [read_document(path) for path in home.outbox.glob("WH-1/*.json")]
        assert sorted((x.order_ref, x.quantity) for one in documents for x in one.lines) == [("early", 4), ("new", 3)]
        with open_operations(home.database_url, now=NOW) as store:
            assert {entry.state for entry in store.exports()} == {"acknowledged"}, act
            assert len(store.trail.of_action("export.acknowledge")) == len(documents)
        shutil.rmtree(home.root)
        if not has_died:
            break
    assert act > 10
