"""From the order desk's commands to landed events: the run's own part of `order_events`, before models are built.

Belongs here: the order of these steps, each safe to repeat after a crash. Does not belong here: what comes of a command
(`oms_core.orders.desk_moves`), what events do to a line (dbt).

The log says what has landed of a command, the outbox which documents were not sent, the last build how lines stand. A
run that finds decisions of a run that died before it modelled them leaves commands to the next: it does not know yet
what those decisions promise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from oms_core.contracts.documents import EXPORT_VOIDS, EXPORTS
from oms_core.contracts.landed import ORDER_EVENTS
from oms_core.fulfilment.amending import without
from oms_core.fulfilment.documents import WAREHOUSE_ORDER, parse_document, to_table
from oms_core.orders.desk import Case, DeskLine
from oms_core.orders.desk_moves import DeskEvent, Move, move
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.published.desk_lines import desk_lines
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, select_table
from pipelines.ticket import Ticket

#: The source that these events name.
_ORDER_DESK = "order_desk"
_UNMODELLED = """
    select 1 from raw.run where decisions_load = 0
    union all select 1 from raw.allocations where load_number > (select decisions_load from raw.run)
    union all select 1 from raw.exports where load_number > (select decisions_load from raw.run) limit 1"""
_LANDED = "select event_ref, corrects_ref, event_type, quantity, location_id from raw.order_events where source_id = ?"
_SHORT = """
    select channel_id || ':' || order_ref || ':' || order_line_ref as order_line_id, location_id,
           sum(quantity)::bigint as quantity
    from raw.order_events
    where event_type = 'short_picked' and load_number > (select decisions_load from raw.run) and location_id is not null
    group by all"""
_EXPORTED = "select distinct export_id from raw.exports"
_VOIDED = "select export_id from raw.export_voids"


def land_commands(home: Home, ticket: Ticket) -> int:
    """Land what becomes of the open commands, and documents that replace others; the number of events."""
    with open_operations(home.database_url, now=wall_clock()) as store:
        if _land_replaced(home, store, ticket):
            load(home, ticket.as_of, ticket.run_id)
        cases = sorted(store.desk.open_cases(), key=lambda case: case.command.command_number)
        if not cases or len(select_table(home, _UNMODELLED)):
            return 0
        landed = _land(home, store, ticket, cases)
        _land_replaced(home, store, ticket)
    load(home, ticket.as_of, ticket.run_id)
    return landed


def _land_replaced(home: Home, store: OperationsStore, ticket: Ticket) -> int:
    """Land documents that replace one that was not sent, and which warehouse orders are void; how many of both."""
    orders = store.export_keys([WAREHOUSE_ORDER])
    revised = _new_to(home, _EXPORTED, sorted(key.export_id for key in orders if key.revision > 1))
    voided = _new_to(home, _VOIDED, sorted(key.export_id for key in orders if key.state == "void"))
    log = Log(home.landing)
    for entry in map(store.export, revised):
        document = parse_document(entry.payload.encode(), entry.export_id)
        numbers = {entry.export_id: entry.control_number}
        table = to_table([document], numbers, entry.run_id, ticket.as_of, ticket.business_date)
        land_decision(log, table, EXPORTS.name, ticket.run_id, ticket.as_of)
    if voided:
        table = _voids(voided, ticket)
        land_decision(log, table, EXPORT_VOIDS.name, ticket.run_id, ticket.as_of)
    return len(revised) + len(voided)


def _land(home: Home, store: OperationsStore, ticket: Ticket, cases: Sequence[Case]) -> int:
    found = desk_lines(
        lambda sql, parameters: select_table(home, sql, parameters),
        store.export_states,
        (case.command.order_line_id for case in cases),
    )
    landed, short = _landed(home), _short(home)
    moved: set[str] = set()
    replaced: dict[str, str] = {}
    made: list[tuple[Case, Move]] = []
    for case in cases:
        line = found.get(case.command.order_line_id)
        if line is None or line.order_line_id in moved:
            continue  # one command a run moves units of a line: the next one must see what is left of it
        what = move(case, line, landed[case.command.command_number], short[line.order_line_id])
        if not _cut(store, line, what, replaced):
            continue
        made.append((case, what))
        moved |= {line.order_line_id} if what.moves_units else set()
    rows = [row for case, what in made for row in _rows(case, what.events, ticket)]
    if rows:
        table = pa.Table.from_pylist(rows, ORDER_EVENTS.arrow_schema)
        land_decision(Log(home.landing), table, ORDER_EVENTS.name, ticket.run_id, ticket.as_of)
    for case, what in made:
        store.desk.note(case, what.notes, wall_clock())
    return len(rows)


def _cut(store: OperationsStore, line: DeskLine, what: Move, replaced: dict[str, str]) -> bool:
    """Take the line's units off documents that were not sent. False where one of them has been meanwhile.

    `replaced`: by which document each was replaced in this run, so that two lines of one are both taken off.
    """
    key = (line.channel_id, line.order_ref, line.line_ref)
    for first_id, quantity in what.cuts:
        export_id = replaced.get(first_id, first_id)
        document = parse_document(store.export(export_id).payload.encode(), export_id)
        rest = without(document, key, quantity)
        reason = f"{quantity} units of {line.order_line_id} are not to be shipped"
        if not store.replace_export(export_id, rest, wall_clock(), reason):
            return False
        if rest is not None:
            replaced[first_id] = rest.export_id
    return True


def _landed(home: Home) -> dict[int, list[DeskEvent]]:
    """What has landed of each command, by its number."""
    found: dict[int, list[DeskEvent]] = defaultdict(list)
    for row in select_table(home, _LANDED, [_ORDER_DESK]).to_pylist():
        number, part = _parse(row["event_ref"])
        corrects = _parse(row["corrects_ref"])[1] if row["corrects_ref"] else None
        found[number].append(DeskEvent(part, row["event_type"], row["quantity"], row["location_id"], corrects))
    for events in found.values():
        events.sort(key=lambda event: event.part)
    return found


def _short(home: Home) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in select_table(home, _SHORT).to_pylist():
        found[row["order_line_id"]][row["location_id"]] = row["quantity"]
    return found


def _rows(case: Case, events: Sequence[DeskEvent], ticket: Ticket) -> list[dict[str, object]]:
    command = case.command
    said = case.since[-1] if case.since else command
    # On the data's clock people give commands long after the day that they speak of: they count as of the run.
    at = min(said.given_at, ticket.as_of)
    return [
        {
            "source_id": _ORDER_DESK,
            "event_ref": _ref(command.command_number, event.part),
            "event_type": event.event_type,
            "channel_id": command.channel_id,
            "order_ref": command.order_ref,
            "order_line_ref": command.line_ref,
            "quantity": event.quantity,
            **((command.changes or {}) if event.event_type == "edited" and event.corrects is None else {}),
            "amount_minor": None,
            "location_id": event.location_id,
            "reason": command.reason,
            "corrects_ref": None if event.corrects is None else _ref(command.command_number, event.corrects),
            "effective_at": at,
            "business_date": at.date(),
        }
        for event in events
    ]


def _ref(number: int, part: int) -> str:
    """An event's own number; its text sorts as the numbers do."""
    return f"{number:010d}-{part:04d}"


def _parse(event_ref: str) -> tuple[int, int]:
    number, _, part = event_ref.partition("-")
    return int(number), int(part)


def _new_to(home: Home, landed: str, export_ids: Sequence[str]) -> list[str]:
    """Those of the documents that the query of landed ones does not know; most runs have none to ask about."""
    known = set(select_table(home, landed).column("export_id").to_pylist()) if export_ids else set()
    return [export_id for export_id in export_ids if export_id not in known]


def _voids(export_ids: Sequence[str], ticket: Ticket) -> pa.Table:
    rows = [
        {
            "export_id": export_id,
            "run_id": ticket.run_id,
            "effective_at": ticket.as_of,
            "business_date": ticket.business_date,
        }
        for export_id in export_ids
    ]
    return pa.Table.from_pylist(rows, EXPORT_VOIDS.arrow_schema)
