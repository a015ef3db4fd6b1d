"""The outbox of the operations store: documents, their states and who may change them, on both kinds of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from oms_core.fulfilment.documents import Document, DocumentLine, parse_document
from oms_core.fulfilment.partners import Partner, Partners
from oms_core.store.operations import (
    RUNS,
    Actor,
    ExportConflict,
    OperationsStore,
    OutboxRefusal,
    open_operations,
    system,
)
from oms_core.store.operations import at_the_machine as by
from oms_core.store.operations.outbox import BY_PERSONS
from oms_core.store.operations.outbox_lists import Wanted


def document(location_id: str = "WH-1", quantity: int = 3, wave: str = "2026-05-31-W1", revision: int = 1) -> Document:
    line = DocumentLine(1, "web", "#1001", "1", "SKU-1", "Mug, größe L", quantity)
    created_at = datetime.fromisoformat("2026-05-31T20:00:00+00:00")
    return Document(location_id, location_id, wave, created_at, (line,), revision)


def actor_of(action: str) -> Actor:
    """Who does that to a document."""
    return by("Ana") if action in BY_PERSONS else RUNS


def test_a_document_entered_twice_is_there_once(store: OperationsStore, now: datetime) -> None:
    assert store.enqueue([document()], now, "run-1") == [document().export_id]
    assert store.enqueue([document()], now + timedelta(hours=1), "run-2") == []
    (entry,) = store.exports("new")
    assert (entry.state, entry.attempts, entry.run_id, entry.created_at) == ("new", 0, "run-1", now)


def test_the_payload_is_the_documents_own_bytes(store: OperationsStore, now: datetime) -> None:
    store.enqueue([document()], now, "run-1")
    (entry,) = store.exports("new")
    assert parse_document(entry.payload.encode()) == document()
    assert entry.sha256 == document().sha256


def test_the_same_wave_with_another_content_is_refused_and_nothing_is_entered(
    store: OperationsStore, now: datetime
) -> None:
    store.enqueue([document()], now, "run-1")
    with pytest.raises(ExportConflict, match=r"2026-05-31-W1 of WH-1 .* run run-1"):
        store.enqueue([document("WH-2"), document(quantity=4)], now, "run-2")
    assert [entry.location_id for entry in store.exports()] == ["WH-1"]
    assert store.enqueue([document(quantity=4, revision=2), document(wave="2026-05-31-W2")], now, "run-2")


def test_sent_is_noted_once_and_audited(store: OperationsStore, now: datetime) -> None:
    (export_id,) = store.enqueue([document()], now, "run-1")
    assert store.act(export_id, "begin", now, RUNS) is True
    store.note_problem([export_id], "the partner is down")
    assert store.act(export_id, "send", now, RUNS) is True
    assert store.act(export_id, "send", now + timedelta(hours=1), RUNS) is False
    (entry,) = store.exports("sent")
    assert (entry.attempts, entry.sent_at, entry.problem, store.exports("new")) == (1, now, None, [])
    assert [e.action for e in store.audit_trail(f"export:{export_id}")] == ["export.send", "export.begin"]


def test_a_problem_ends_with_the_state_in_which_it_was_met(store: OperationsStore, now: datetime) -> None:
    (export_id,) = store.enqueue([document()], now, "run-1")
    store.act(export_id, "begin", now, RUNS)
    store.note_problem([export_id], "no answer came")
    store.act(export_id, "acknowledge", now, system("WH-1"))
    assert store.export(export_id).problem is None


def test_what_is_stuck_is_told_and_an_answer_is_missed_only_where_it_is_owed(
    store: OperationsStore, now: datetime
) -> None:
    held, sent, new = (document(wave=f"2026-05-31-W{number}") for number in (1, 2, 3))
    store.enqueue([held, sent, new], now, "run-1")
    store.act(held.export_id, "hold", now, by("Ana"))
    store.act(sent.export_id, "begin", now, RUNS)
    store.act(sent.export_id, "send", now, RUNS)
    later = now + timedelta(hours=2)
    assert [entry.export_id for entry in store.stuck(Partners(), later)] == [held.export_id]
    prompt = Partners({"WH-1": Partner(answers_within=timedelta(hours=1))})
    assert {entry.export_id for entry in store.stuck(prompt, later)} == {held.export_id, sent.export_id}
    assert {entry.export_id for entry in store.stuck(prompt, now)} == {held.export_id}
    store.note_problem([new.export_id], "connection refused")
    assert len(store.stuck(prompt, later)) == 3
    store.act(new.export_id, "void", now, by("Ana"))
    store.note_problem([new.export_id], "connection refused")
    assert len(store.stuck(prompt, later)) == 2, "what was taken back cannot be delivered, and need not"
    assert store.act(new.export_id, "taken", now, RUNS, "WH-1 has it") is True
    assert len(store.stuck(prompt, later)) == 3
    assert store.act(new.export_id, "settle", now, by("Ana")) is True
    assert store.act(new.export_id, "taken", now, RUNS, "WH-1 has it") is False
    assert (len(store.stuck(prompt, later)), store.export(new.export_id).state) == (2, "void")


def test_documents_in_a_state_come_a_page_at_a_time(store: OperationsStore, now: datetime) -> None:
    for minutes in range(3):
        store.enqueue([document(wave=f"2026-05-31-W{minutes}")], now + timedelta(minutes=minutes), "run-1")
    new, sent = Wanted(state="new"), Wanted(state="sent")
    assert store.documents.count(new) == 3
    assert [*store.documents.page(new, 2, 0), *store.documents.page(new, 2, 2)] == store.exports("new")
    assert store.documents.page(new, None) == store.exports("new")
    assert (store.documents.count(sent), store.documents.page(sent, 2, 0)) == (0, [])
    waves = [entry.wave[-2:] for entry in store.documents.page(new, 3, 0, ("wave", False))]
    assert waves == ["W0", "W1", "W2"]


def test_documents_are_found_by_partner_kind_day_and_text_and_what_is_typed_is_text(
    store: OperationsStore, now: datetime
) -> None:
    first, other, later = document(), document("WH-2"), document(wave="2026-06-01-W1")
    store.enqueue([first, other], now, "run-1")
    store.enqueue([later], now + timedelta(days=1), "run-2")
    assert store.documents.kinds() == [("WH-1", "warehouse_order"), ("WH-2", "warehouse_order")]
    for wanted, found in (
        (Wanted(), {first, other, later}),
        (Wanted(partner_id="WH-1"), {first, later}),
        (Wanted(document_type="purchase_order"), set()),
        (Wanted(made_on=now.date()), {first, other}),
        (Wanted(find="06-01-w1"), {later}),
        (Wanted(find=f" {other.export_id[:12].upper()} "), {other}),
        (Wanted(find="#1001", holding=(first.export_id,)), {first}),
        *((Wanted(find=text), set()) for text in ("%", "_", "'; drop table outbox; --")),
    ):
        ids = {one.export_id for one in store.documents.page(wanted, None)}
        assert ids == {one.export_id for one in found}, wanted
        assert store.documents.count(wanted) == len(found)
    for one in (first, later):
        store.act(one.export_id, "hold", now, by("Ana"))
    stuck = store.documents.stuck(Partners(), now, Wanted(made_on=now.date()))
    assert [one.export_id for one in stuck] == [first.export_id]


def test_control_numbers_count_by_partner(store: OperationsStore, now: datetime) -> None:
    store.enqueue([document(), document("WH-2"), document(wave="2026-05-31-W2")], now, "run-1")
    assert sorted((e.partner_id, e.control_number) for e in store.exports()) == [
        ("WH-1", 1), ("WH-1", 2), ("WH-2", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ([], "hold", "held"),
        (["hold"], "release", "new"),
        (["hold"], "void", "void"),
        ([], "void", "void"),
        (["begin", "send"], "acknowledge", "acknowledged"),
        (["begin", "send"], "reject", "rejected"),
        ([], "begin", "unknown"),
        (["begin"], "acknowledge", "acknowledged"),
        (["begin"], "retry", "new"),
        (["begin", "send"], "retry", "new"),
        (["begin", "put_back"], "void", "void"),
        # What is to be sent again its partner may have, and answer.
        (["begin", "send", "retry"], "acknowledge", "acknowledged"),
        (["begin", "send", "retry", "hold"], "reject", "rejected"),
        (["begin"], "send", "sent"),
        (["begin", "send", "reject"], "void", "void"),
        (["begin", "send"], "acknowledge_part", "partial"),
        (["begin", "send", "acknowledge_part"], "settle", "acknowledged"),
        # Its partner has it, whoever handed it over, and says so by telephone.
        (["begin", "send"], "settle", "acknowledged"),
        (["begin"], "settle", "acknowledged"),
        ([], "settle", "acknowledged"),
    ],
)
def test_a_document_goes_from_state_to_state(
    store: OperationsStore, now: datetime, before: list[str], action: str, after: str
) -> None:
    (export_id,) = store.enqueue([document()], now, "run-1")
    for earlier in before:
        assert store.act(export_id, earlier, now, actor_of(earlier))
    assert store.act(export_id, action, now, actor_of(action), "because")
    assert store.export(export_id[:8]).state == after
    assert store.audit_trail(f"export:{export_id}")[0].after == {"state": after, "reason": "because"}


@pytest.mark.parametrize(
    ("before", "action"),
    [
        (["begin", "send"], "hold"), (["begin", "send"], "void"), (["begin", "send", "acknowledge"], "retry"),
        (["begin", "send", "acknowledge"], "reject"), (["void"], "settle"), (["begin", "send"], "taken"),
        (["void"], "send"), ([], "send"), (["begin", "send"], "begin"), (["begin", "send", "reject"], "retry"),
        ([], "acknowledge"), (["hold"], "reject"), (["begin", "put_back"], "acknowledge"),
        *((["begin", "send", "retry", *more], "void") for more in ((), ("hold",))),
        *((["begin", "send", "acknowledge_part"], act) for act in ("void", "retry", "reject")),
    ],
)  # fmt: skip
def test_what_could_ship_twice_or_contradict_the_partner_is_refused(
    store: OperationsStore, now: datetime, before: list[str], action: str
) -> None:
    (export_id,) = store.enqueue([document()], now, "run-1")
    for earlier in before:
        store.act(export_id, earlier, now, actor_of(earlier))
    state = store.export(export_id).state
    with pytest.raises(OutboxRefusal, match=f"is {state}(| and was sent before): {action} needs one that is"):
        store.act(export_id, action, now, actor_of(action))
    assert store.export(export_id).state == state


def test_what_came_to_its_partner_by_another_way_was_sent_and_is_never_sent_again(
    store: OperationsStore, now: datetime
) -> None:
    (export_id,) = store.enqueue([document()], now, "run-1")
    store.act(export_id, "settle", now, by("Ana"), "handed to the driver")
    entry = store.export(export_id)
    assert (entry.sent_at, entry.attempts) == (now, 1)
    for action in ("begin", "retry", "void"):
        with pytest.raises(OutboxRefusal):
            store.act(export_id, action, now, actor_of(action))


def test_an_id_must_be_told_apart(store: OperationsStore, now: datetime) -> None:
    store.enqueue([document(), document("WH-2")], now, "run-1")
    with pytest.raises(KeyError, match="more than one export begins"):
        store.export("")
    with pytest.raises(KeyError, match="no export begins"):
        store.export("%")


def test_an_unknown_export_and_an_unknown_state_are_errors(store: OperationsStore, now: datetime) -> None:
    with pytest.raises(KeyError, match="no export nothing"):
        store.act("nothing", "send", now, RUNS)
    with pytest.raises(ValueError, match="not 'lost'"):
        store.exports("lost")


def test_two_runs_that_enter_the_same_documents_at_once_enter_them_once(url: str, now: datetime) -> None:
    documents = [document(f"WH-{n}") for n in range(20)]

    def enter(run_id: str) -> list[str]:
        with open_operations(url, now) as own:
            return own.enqueue(documents, now, run_id)

    with ThreadPoolExecutor(4) as pool:
        entered = [export_id for ids in pool.map(enter, ["a", "b", "c", "d"]) for export_id in ids]
    assert sorted(entered) == sorted(d.export_id for d in documents)
