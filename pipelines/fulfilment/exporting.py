"""From decisions to documents on the partners' shelves: what is due, build, enter into the outbox, deliver, land.

Belongs here: the order of these steps, each safe to repeat after a crash. Does not belong here: the document
(`oms_core.fulfilment`), the outbox's states (`oms_core.store`), the decisions (`allocating`), the way to the partners
(`delivering`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from oms_core.contracts.documents import EXPORTS
from oms_core.fulfilment.documents import WAREHOUSE_ORDER, Document, build_documents, parse_document, to_table
from oms_core.store.operations import OperationsStore, OutboxRefusal, open_operations, system
from pipelines.fulfilment.delivering import deliver_pending
from pipelines.fulfilment.ground import PROMISES
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.modelling.landed_rows import first_stated
from pipelines.modelling.warehouse import load, select_frame, select_table
from pipelines.ticket import Ticket

#: Units that are promised to locations, due, and in no document yet: those of earlier runs and of this one. A line that
#: is held by now is left out until it is released; where an order ships whole, so is all of its order.
_DUE = f"""
    with units as (
        select channel_id, order_ref, line_ref, sku, location_id, qty_unreleased as quantity, release_due_at
        from int_earlier_unreleased
        union all
        select channel_id, order_ref, line_ref, sku, location_id, quantity, release_due_at from ({PROMISES})
        where load_number > (select max(ground_load) from raw.run)
    )
    select channel_id, order_ref, line_ref, sku, location_id, sum(quantity)::bigint as quantity,
           'allocated' as decision
    from units
    where (release_due_at is null or release_due_at <= $as_of)
      and (channel_id, order_ref, line_ref) not in (
          select (channel_id, order_ref, line_ref) from int_order_lines where is_held)
      and (channel_id, order_ref) not in (
          select (channel_id, order_ref) from int_order_lines
          where is_held and qty_rest > 0 and channel_id in (select unnest($ship_complete)))
    group by all having sum(quantity) > 0"""  # noqa: S608 - our own texts
_DUE_AT = """
    select channel_id, order_ref, line_ref, location_id, max(release_due_at) as release_due_at from raw.allocations
    where decision = 'allocated' and release_due_at is not null and order_ref in (select unnest($orders))
    group by all"""
_ANSWERS = f"""
    with stated as (
        select * from raw.acknowledgements qualify {first_stated("partner_id, acknowledgement_ref")})
    select partner_id, document_ref, status, reason, effective_at, known_at from stated
    where split_part(document_ref, '/', 1) in (select unnest($refs))
    order by known_at, effective_at, acknowledgement_ref"""  # noqa: S608 - our own texts
_REFUSES_ORDERS = "select 1 from raw.acknowledgements where status = 'rejected' and document_ref like '%/%' limit 1"
_EXPORTED_WAVES = "select distinct location_id, wave from raw.exports where starts_with(wave, ?)"
_RUNS = "select run_id from raw.allocation_runs union select run_id from raw.allocations"


def export_documents(home: Home, ticket: Ticket) -> tuple[Document, ...]:
    """Tell locations what has been promised to them and is due, as documents: enqueue, deliver and land them.

    However often and wherever it is interrupted, each document is enqueued, written and landed once: what is in the
    outbox when a run dies is landed by the next one before it decides anything (`land_left_behind`).
    """
    with open_operations(home.database_url, now=wall_clock()) as store:
        note_answers(home, store)
        documents = _due_documents(home, ticket, store)
        if documents:
            store.enqueue(documents, now=wall_clock(), run_id=ticket.run_id)
            deliver_pending(home, store)
            _land(home, ticket, store, ticket, documents)
        deliver_pending(home, store)
    return documents


def land_left_behind(home: Home, ticket: Ticket) -> int:
    """Land documents of this landing's runs that are in the outbox only, as somebody may have them; their number."""
    with open_operations(home.database_url, now=wall_clock()) as store:
        runs = set(select_frame(home, _RUNS)["run_id"])
        landed = set(select_frame(home, "select distinct export_id from raw.exports")["export_id"])
        left: dict[str, list[Document]] = defaultdict(list)
        for key in store.export_keys([WAREHOUSE_ORDER]):
            if key.run_id in runs and key.export_id not in landed:
                entry = store.export(key.export_id)
                left[key.run_id].append(parse_document(entry.payload.encode(), key.export_id))
        for run_id, documents in left.items():
            _land(home, ticket, store, Ticket(run_id, documents[0].created_at), documents)
    return sum(map(len, left.values()))


def _land(home: Home, ticket: Ticket, store: OperationsStore, run: Ticket, documents: Sequence[Document]) -> None:
    """Land the documents of `run`, known from `ticket` on."""
    keys = store.export_keys(wave=run.business_date.isoformat())
    numbers = {key.export_id: key.control_number for key in keys}
    orders = sorted({line.order_ref for document in documents for line in document.lines})
    rows = select_table(home, _DUE_AT, {"orders": orders}).to_pylist()
    due = {(r["channel_id"], r["order_ref"], r["line_ref"], r["location_id"]): r["release_due_at"] for r in rows}
    table = to_table(documents, numbers, run.run_id, run.as_of, run.business_date, due)
    land_decision(Log(home.landing), table, EXPORTS.name, run.run_id, ticket.as_of)
    load(home, ticket.as_of, ticket.run_id)


def _due_documents(home: Home, run: Ticket, store: OperationsStore) -> tuple[Document, ...]:
    products = select_frame(home, "select sku, description from dim_product")
    return build_documents(
        select_table(home, _DUE, {"as_of": run.as_of, "ship_complete": sorted(home.sourcing_rules.ship_complete)}),
        descriptions=dict(zip(products["sku"], products["description"], strict=True)),
        wave_numbers=_next_waves(home, run, store),
        created_at=run.as_of,
        business_date=run.business_date,
    )


def _next_waves(home: Home, run: Ticket, store: OperationsStore) -> dict[str, int]:
    """A location's next wave of the day, after those that are landed or only in the outbox as yet."""
    day = run.business_date.isoformat()
    waves = {(row["location_id"], row["wave"]) for row in select_table(home, _EXPORTED_WAVES, [day]).to_pylist()}
    waves |= {(key.location_id, key.wave) for key in store.export_keys(wave=day)}
    counts = Counter(location for location, _ in waves)
    return {location: count + 1 for location, count in counts.items()}


def note_answers(home: Home, store: OperationsStore) -> int:
    """Tell the outbox what partners have answered, by export id or control number; how many it did not know yet."""
    # Documents that were accepted are looked at again only if some partner refuses single orders.
    refusing = ("acknowledged", "partial") if select_table(home, _REFUSES_ORDERS).num_rows else ()
    waiting = {
        (key.partner_id, ref): key.export_id
        for key in store.export_keys(states=("sent", "unknown", "new", "held", "void", *refusing))
        if key.attempts
        for ref in (key.export_id, str(key.control_number))
    }
    refs = [ref for _, ref in waiting]
    said: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for answer in select_table(home, _ANSWERS, {"refs": refs}).to_pylist() if refs else ():
        document_ref, _, place = answer["document_ref"].partition("/")
        export_id = waiting.get((answer["partner_id"], document_ref))
        if export_id is not None:
            said[export_id].append({**answer, "place": place, "reason": answer["reason"] or ""})
    decided = _instants_of_runs(home) if said else {}
    return sum(_note(store, decided, export_id, answers) for export_id, answers in said.items())


def _instants_of_runs(home: Home) -> dict[str, datetime]:
    """When each run decided: whatever comes after it is known later, whatever day its name bears."""
    landed = sorted((unit.known_at, unit.run_id) for unit in Log(home.landing).units if unit.run_id)
    return {run_id: known_at for known_at, run_id in reversed(landed)}


def _note(
    store: OperationsStore, decided: Mapping[str, datetime], export_id: str, answers: Sequence[Mapping[str, Any]]
) -> bool:
    entry = store.export(export_id)
    document = parse_document(entry.payload.encode(), export_id)
    # An answer that was known before the document's run is to another document: the number was not given yet.
    since = decided.get(entry.run_id, document.created_at)
    action, reason = _heard([one for one in answers if one["known_at"] > since], document)
    if entry.state == "void":
        said = ": ".join(filter(None, (f"{entry.partner_id} has taken it, though it was taken back", reason)))
        action, reason = ("taken" if action.startswith("acknowledge") else ""), said
    if not action or (entry.state in ("acknowledged", "partial") and action != "acknowledge_part"):
        return False
    try:
        return store.act(export_id, action, wall_clock(), system(answers[0]["partner_id"]), reason)
    except OutboxRefusal:
        return False  # meanwhile somebody has taken it back


def _heard(answers: Sequence[Mapping[str, Any]], document: Document) -> tuple[str, str]:
    """The act that a partner's answers to a document (the earliest first) amount to, and the reason, which names the
    orders that it refuses.

    The act is empty where no answer is to the whole document and no order of it is refused. An order may be refused
    even after the whole was accepted.
    """
    whole = next((one for one in answers if not one["place"]), None)
    refused = [one for one in answers if one["place"] and one["status"] == "rejected"]
    if refused and (whole is None or whole["status"] == "accepted"):
        orders = {str(place): lines[0] for place, lines in enumerate(document.orders, start=1)}
        names = {place: f"{line.channel_id}:{line.order_ref}" for place, line in orders.items()}
        words = (f"{names.get(one['place'], 'some order')}: {one['reason']}" for one in refused)
        return "acknowledge_part", "refused " + "; ".join(words)
    if whole is None:
        return "", ""
    return ("acknowledge" if whole["status"] == "accepted" else "reject"), whole["reason"]
