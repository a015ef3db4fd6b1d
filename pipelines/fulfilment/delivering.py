"""Delivering: every document that waits goes to its partner, exactly once, whatever happens on the way.

Belongs here: the order of handing over and noting it. Does not belong here: the ways (`oms_core.fulfilment.delivery`),
what the outbox allows (`oms_core.store.operations.outbox`), building documents (`exporting`).

The outbox notes that an attempt begins before the partner can see anything, and that it ended after. What a crash, a
time-out or a lost connection leaves between the two is settled as the partner's way allows, never by a guess.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing

from oms_core.fulfilment.delivery.opening import open_transport
from oms_core.fulfilment.delivery.transport import FateUnknown, NotDelivered, OutgoingFile, Refused, Transport
from oms_core.fulfilment.documents import parse_document
from oms_core.fulfilment.names import safe_name
from oms_core.fulfilment.partners import Partner
from oms_core.fulfilment.rendering import render
from oms_core.store.operations import RUNS, Actor, OperationsStore, OutboxEntry, OutboxRefusal, system
from pipelines.home import Home, wall_clock
from pipelines.turn import in_turn

_MERE_COPY = "this home is a copy: settle what its partner has already, then `oms restored` sends the others"


def deliver_pending(home: Home, store: OperationsStore) -> int:
    """Settle documents of unknown fate and deliver the new ones, partner by partner; the number delivered.

    A partner that cannot be reached keeps its own documents waiting and nobody else's; `problem` says why. From a mere
    copy nothing goes: the home itself, or what became of it, may have sent the same, or something else by that number.
    """
    if home.is_mere_copy:
        store.note_problem([key.export_id for key in store.export_keys(states=("new",))], _MERE_COPY)
        return 0
    partners, delivered = home.partners, 0
    with in_turn(home.root / "delivery.lock"):
        waiting = [*reversed(store.exports("unknown")), *reversed(store.exports("new"))]
        for partner_id in dict.fromkeys(entry.partner_id for entry in waiting):
            entries = [entry for entry in waiting if entry.partner_id == partner_id]
            delivered += _deliver_to(home, partners.of(partner_id), entries, store)
    return delivered


def transport_of(home: Home, partner_id: str, partner: Partner) -> Transport:
    """The partner's way of delivery. Raises NotDelivered where a secret that it needs is not set."""
    return open_transport(partner.route, home.outbox / safe_name(partner_id), os.environ.get)


def _deliver_to(home: Home, partner: Partner, entries: Sequence[OutboxEntry], store: OperationsStore) -> int:
    try:
        with closing(transport_of(home, entries[0].partner_id, partner)) as transport:
            return _deliver_all(transport, partner, entries, store)
    except NotDelivered as error:
        store.note_problem([one.export_id for one in entries if one.state == "new"], str(error))
        return 0


def _deliver_all(transport: Transport, partner: Partner, entries: Sequence[OutboxEntry], store: OperationsStore) -> int:
    """Deliver until the partner cannot be reached; the number delivered."""
    delivered = 0
    for place, entry in enumerate(entries):
        try:
            delivered += _deliver(transport, partner, entry, store)
        except FateUnknown as error:
            store.note_problem([entry.export_id], str(error))
            if entry.state == "new":
                break
        except NotDelivered as error:
            store.note_problem([one.export_id for one in entries[place:] if one.state == "new"], str(error))
            break
    return delivered


def _deliver(transport: Transport, partner: Partner, entry: OutboxEntry, store: OperationsStore) -> bool:
    """Whether the partner has the document now. Raises NotDelivered, FateUnknown."""
    try:
        files = render(parse_document(entry.payload.encode(), entry.export_id), partner, entry.control_number)
    except ValueError as error:
        # A form of the partner cannot say what the document says; the others go on.
        if entry.state == "new":
            store.act(entry.export_id, "hold", wall_clock(), RUNS, str(error))
        store.note_problem([entry.export_id], str(error))
        return False
    try:
        if entry.state == "unknown":
            _settle(transport, files)
        elif not _hand_over(transport, entry, files, store):
            return False
    except Refused as error:
        _note(store, entry, "reject", system(entry.partner_id), str(error))
        return False
    return _note(store, entry, "send", RUNS)


def _note(store: OperationsStore, entry: OutboxEntry, action: str, actor: Actor, reason: str = "") -> bool:
    """Note an act in the outbox. False where its state does not allow it any more: while the document was handed over,
    its partner may have answered, or somebody have taken it back."""
    try:
        return store.act(entry.export_id, action, wall_clock(), actor, reason)
    except OutboxRefusal:
        if action == "send" and store.export(entry.export_id).state == "void":
            has_it = f"{entry.partner_id} has it: it was handed over by then"
            store.act(entry.export_id, "taken", wall_clock(), actor, has_it)
        return False


def _settle(transport: Transport, files: Sequence[OutgoingFile]) -> None:
    for file in files:
        transport.settle(file)


def _hand_over(transport: Transport, entry: OutboxEntry, files: Sequence[OutgoingFile], store: OperationsStore) -> bool:
    """Whether it was ours to hand over: to begin is to claim it, and somebody may have begun or held it meanwhile."""
    for file in files:
        transport.prepare(file)
    try:
        if not store.act(entry.export_id, "begin", wall_clock(), RUNS):
            return False
    except OutboxRefusal:
        return False
    for place, file in enumerate(files):
        try:
            transport.commit(file)
        except NotDelivered as error:
            if place:
                # The files before this one are there: only settling knows how to go on.
                raise FateUnknown(str(error)) from error
            store.act(entry.export_id, "put_back", wall_clock(), RUNS, str(error))
            raise
    return True
