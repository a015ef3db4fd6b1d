"""From decisions to documents on the partners' shelves: build, enter into the outbox, deliver, land.

Belongs here: the order of these steps, each safe to repeat after a crash. Does not belong here: the document
(`oms_core.fulfilment`), the outbox's states (`oms_core.store`), the decisions (`allocating`), the way to the partners
(`delivering`).
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from oms_core.contracts.decisions import ALLOCATIONS
from oms_core.fulfilment.documents import Document, build_documents, to_table
from oms_core.store.operations import OperationsStore, open_operations
from pipelines.answering import answer_partners
from pipelines.delivering import deliver_pending
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.ticket import Ticket
from pipelines.warehouse import load, select_frame, select_table

_UNEXPORTED = """
    select run_id, effective_at, business_date from raw.allocations
    where decision = 'allocated' and run_id not in (select run_id from raw.exports)
    group by all order by effective_at, run_id"""
_ANSWERS = """
    select partner_id, document_ref, status, reason from raw.acknowledgements
    order by effective_at, known_at, acknowledgement_ref"""
_EXPORTED_WAVES = "select distinct location_id, wave from raw.exports where run_id <> ?"


def export_documents(home: Home, ticket: Ticket) -> list[Document]:
    """Turn allocations that have no document yet into documents, enqueue, deliver and land them; the documents.

    These are the run's own, and those of earlier runs that died between deciding and landing their documents. Ids
    follow from content: however often and wherever it is interrupted, each is enqueued, written and landed once.
    """
    written: list[Document] = []
    with open_operations(home.database_url, now=wall_clock()) as store:
        note_answers(home, store)
        answer_partners(home, store)
        for run_id, effective_at, business_date in _unexported(home):
            run = Ticket(run_id, effective_at)
            documents = _documents(home, run, store)
            store.enqueue(documents, now=wall_clock(), run_id=run_id)
            deliver_pending(home, store)
            numbers = {entry.export_id: entry.control_number for entry in store.exports()}
            table = to_table(documents, numbers, run_id, effective_at, business_date)
            land_decision(Log(home.landing), table, "exports", run_id, ticket.as_of)
            written += documents
            load(home, ticket.as_of, ticket.run_id)
        deliver_pending(home, store)
    return written


def _unexported(home: Home) -> list[tuple[str, datetime, date]]:
    """Runs with allocations and without documents, the earliest first: run id, `as_of`, business day."""
    rows = select_table(home, _UNEXPORTED).to_pylist()
    return [(row["run_id"], row["effective_at"], row["business_date"]) for row in rows]


def _documents(home: Home, run: Ticket, store: OperationsStore) -> tuple[Document, ...]:
    names = ", ".join(ALLOCATIONS.names)
    chosen = f"select {names} from raw.allocations where run_id = ?"  # noqa: S608 - names from the contract
    products = select_frame(home, "select sku, description from dim_product")
    return build_documents(
        select_table(home, chosen, [run.run_id]),
        descriptions=dict(zip(products["sku"], products["description"], strict=True)),
        wave_numbers=_next_waves(home, run, store),
        created_at=run.as_of,
        business_date=run.business_date,
    )


def _next_waves(home: Home, run: Ticket, store: OperationsStore) -> dict[str, int]:
    """A location's next wave of the day, after those of other runs, landed or only in the outbox as yet."""
    landed = select_table(home, _EXPORTED_WAVES, [run.run_id]).to_pylist()
    waves = {(row["location_id"], row["wave"]) for row in landed}
    waves |= {(entry.location_id, entry.wave) for entry in store.exports() if entry.run_id != run.run_id}
    day = run.business_date.isoformat()
    counts = Counter(location for location, wave in waves if wave.startswith(day))
    return {location: count + 1 for location, count in counts.items()}


def note_answers(home: Home, store: OperationsStore) -> int:
    """Tell the outbox what partners have answered, by export id or control number; how many it did not know yet."""
    waiting = {
        (entry.partner_id, ref): entry.export_id
        for state in ("sent", "unknown")
        for entry in store.exports(state)
        for ref in (entry.export_id, str(entry.control_number))
    }
    noted = 0
    for answer in select_table(home, _ANSWERS).to_pylist() if waiting else ():
        export_id = waiting.get((answer["partner_id"], answer["document_ref"]))
        if export_id is None or store.export(export_id).state not in ("sent", "unknown"):
            continue
        action = "acknowledge" if answer["status"] == "accepted" else "reject"
        store.act(export_id, action, wall_clock(), answer["partner_id"], answer["reason"] or "")
        noted += 1
    return noted
