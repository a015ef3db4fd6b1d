"""From open lines to documents on the partners' shelves: read, decide, land, send.

Belongs here: the order of these steps, each safe to repeat after a crash. Does not belong here: the decision
(`oms_core.allocation`), the document (`oms_core.fulfilment`), the outbox's states (`oms_core.store`).
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime

import pyarrow as pa

from oms_core.allocation.costs import Terms
from oms_core.allocation.decisions import to_table as decisions_table
from oms_core.allocation.problem import Problem
from oms_core.allocation.rules import Rules
from oms_core.allocation.scarcity import scarcity
from oms_core.allocation.sourcing import Allocation, allocate
from oms_core.contracts.decisions import ALLOCATION_RUNS, ALLOCATIONS
from oms_core.fulfilment.documents import Document, build_documents, parse_document
from oms_core.fulfilment.documents import to_table as documents_table
from oms_core.fulfilment.outbox import write_document
from oms_core.inventory.availability import supply
from oms_core.replenishment.distribution import DemandGrid
from oms_core.store.operations import OperationsStore, open_operations
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.ticket import Ticket
from pipelines.warehouse import load, select_frame, select_table

_LEVELS = """
    select sku, location_id, qty_safety_stock from raw.safety_stock
    where run_id = (select run_id from raw.safety_stock order by known_at desc, run_id limit 1)"""
#: What places hold beyond what they have promised, and what a unit of it earns, where their demand is forecast.
_PLACES = """
    select balance.sku, balance.location_id, balance.qty_on_hand - balance.qty_reserved as qty_free,
           product.unit_price_minor - product.unit_cost_minor as margin_minor
    from int_stock_balance balance join dim_product product using (sku)
    where exists (
        from raw.interval_demand demand
        where demand.run_id = $run_id and demand.sku = balance.sku and demand.location_id = balance.location_id
    )
    order by balance.sku, balance.location_id"""
_GRID = "select sku, location_id, probability, qty_demand from raw.interval_demand where run_id = $run_id"
_LAST_FORECAST = "select run_id from raw.interval_demand order by known_at desc, run_id limit 1"
_LINES_BY_DECISION = """
    select decision, count(*)::bigint as lines from raw.allocations
    where run_id = ? group by decision order by decision"""
_UNEXPORTED = """
    select run_id, effective_at, business_date from raw.allocations
    where decision = 'allocated' and run_id not in (select run_id from raw.exports)
    group by all order by effective_at, run_id"""
_EXPORTED_WAVES = "select distinct location_id, wave from raw.exports where run_id <> ?"


def allocate_open_lines(home: Home, ticket: Ticket) -> dict[str, int]:
    """Decide every open line once a run and land that; lines by decision. A repeated run decides nothing anew."""
    if not Log(home.landing).of_run(ticket.run_id, ALLOCATIONS.name):
        rules = home.sourcing_rules
        problem = _problem(home)
        found = allocate(problem, Terms(rules, ticket.as_of, _scarcity(home)), _until(rules.seconds))
        table = decisions_table(found.decisions, ticket.run_id, ticket.as_of, ticket.business_date)
        land_decision(
            Log(home.landing),
            _run_table(problem, rules, found, ticket),
            ALLOCATION_RUNS.name,
            ticket.run_id,
            ticket.as_of,
        )
        land_decision(Log(home.landing), table, ALLOCATIONS.name, ticket.run_id, ticket.as_of)
    load(home, ticket.as_of, ticket.run_id)
    frame = select_frame(home, _LINES_BY_DECISION, [ticket.run_id])
    return dict(zip(frame["decision"], frame["lines"].astype(int), strict=True))


def _problem(home: Home) -> Problem:
    balance = select_frame(home, "select * from int_stock_balance")
    return Problem.from_tables(
        lines=select_table(home, "select * from int_open_order_lines"),
        supply=supply(balance, select_frame(home, _LEVELS)),
        locations=select_table(home, "select * from dim_location"),
        known_skus=select_frame(home, "select sku from dim_product")["sku"],
        segments=select_table(home, "select * from int_channel_segments"),
        expiring=select_table(home, "select * from int_expiring_reservations"),
    )


def _until(seconds: int) -> Callable[[], bool]:
    """Says no once so many seconds of the machine's clock have gone by."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def _scarcity(home: Home) -> dict[tuple[str, str], float]:
    latest = select_table(home, _LAST_FORECAST).to_pylist()
    if not latest:
        return {}
    grid = DemandGrid.from_frame(select_frame(home, _GRID, latest[0]))
    return scarcity(select_frame(home, _PLACES, latest[0]), grid)


def _run_table(problem: Problem, rules: Rules, found: Allocation, ticket: Ticket) -> pa.Table:
    row = {
        "run_id": ticket.run_id,
        "rules_id": rules.rules_id,
        "rules": rules.text,
        "solver": rules.solver,
        "orders": len({(line.channel_id, line.order_ref) for line in problem.lines}),
        "lines": len(problem.lines),
        "parcels": found.parcels,
        "cost_minor": round(found.cost_minor),
        "bound_minor": None if found.bound_minor is None else math.floor(found.bound_minor),
        "greedy_minor": None if found.greedy_minor is None else round(found.greedy_minor),
        "currency": rules.currency,
        "effective_at": ticket.as_of,
        "business_date": ticket.business_date,
    }
    return pa.Table.from_pylist([row], schema=ALLOCATION_RUNS.arrow_schema)


def export_documents(home: Home, ticket: Ticket) -> list[Document]:
    """Turn allocations that have no document yet into documents, enqueue, deliver and land them; the documents.

    These are the run's own, and those of earlier runs that died between deciding and landing their documents. Ids
    follow from content: however often and wherever it is interrupted, each is enqueued, written and landed once.
    """
    written: list[Document] = []
    with open_operations(home.database_url, now=wall_clock()) as store:
        for run_id, effective_at, business_date in _unexported(home):
            run = Ticket(run_id, effective_at)
            documents = _documents(home, run, store)
            store.enqueue(documents, now=wall_clock(), run_id=run_id)
            deliver_pending(home, store)
            table = documents_table(documents, run_id, effective_at, business_date)
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


def deliver_pending(home: Home, store: OperationsStore) -> int:
    """Drop every document that was not sent yet into its partner's folder; the number delivered."""
    pending = store.pending()
    for entry in pending:
        write_document(home.outbox, parse_document(entry.payload.encode(), entry.export_id))
        store.mark_sent(entry.export_id, now=wall_clock())
    return len(pending)
