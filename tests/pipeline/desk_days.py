"""Three days of the order desk: one home, six runs; each order is a story of its own.

WH-1 cannot be reached, so that its documents are not sent; WH-2 has got its own; somebody holds WH-3's; WH-4, which
alone has cups, is told in waves from the second run on.

Belongs here: what happens, and how each run left it. Does not belong here: assertions (`test_order_desk`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oms_core.orders.desk import Ask, DeskLine
from oms_core.store.operations import at_the_machine as by
from oms_core.store.published.desk_lines import desk_lines
from oms_core.store.published.snapshots import Snapshot
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.fulfilment.exporting import export_documents
from pipelines.fulfilment.holding import hold_orders
from pipelines.fulfilment.order_desk import land_commands
from pipelines.home import PROFILES, Home, create_home
from pipelines.modelling.warehouse import load
from pipelines.ticket import Ticket, ticket_of
from tests.pipeline.hands import AT, decide, land, opened

#: The secret that WH-1's server wants is not set.
_UNREACHED = """\
partners:
  WH-1: {deliver: {by: sftp, host: sftp.wh-1.example, user: us, folder: /in, host_key: ssh-ed25519 AAAA,
         password_env: OMS_TEST_NO_SUCH_SECRET}}
"""
#: Orders of one line of six mugs, by the location that their channel chose; the stories below are about them.
_ORDERS = {
    "hold": "WH-1", "part": "WH-1", "whole": "WH-1", "second-thoughts": "WH-1", "kept": "WH-3",
    "agrees": "WH-2", "short": "WH-2", "ships": "WH-2", "silent": "WH-2", "away": "WH-2", "there": "WH-1",
    "moves": "WH-1", "fewer": "WH-1", "more": "WH-1", "no-more": "WH-1",
}  # fmt: skip
#: What is asked for after the first run: kind, order, and what else is said.
_COMMANDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("hold", "hold", {}),
    ("hold", "lamp", {}),
    ("cancel", "part", {"quantity": 2}),
    ("cancel", "whole", {}),
    ("cancel", "kept", {"quantity": 2}),
    ("cancel", "agrees", {"quantity": 2}),
    ("cancel", "short", {"quantity": 2}),
    ("cancel", "ships", {}),
    ("cancel", "silent", {}),
    ("resource", "away", {"barred_location_ids": ("WH-1",)}),
    ("resource", "there", {"to_location_id": "WH-2"}),
    ("edit", "moves", {"changes": {"ship_to_region": "south"}}),
    ("edit", "fewer", {"changes": {"qty_ordered": 4}}),
    ("edit", "more", {"changes": {"qty_ordered": 9}}),
    ("edit", "no-more", {"changes": {"qty_ordered": 9}}),
)


def receive(home: Home) -> None:
    """Three warehouses with plenty of mugs, one with four cups; nobody has a lamp."""
    product = {"currency": "EUR", "pack_quantity": 1, "is_active": True, "unit_cost_minor": 250,
               "unit_price_minor": 900}  # fmt: skip
    land(home, "products", *(product | {"sku": sku, "description": sku} for sku in ("MUG", "CUP", "LAMP")))
    names = ("WH-1", "WH-2", "WH-3", "WH-4")
    places = [{"location_id": name, "name": name, "kind": "warehouse", "timezone": "UTC", "region": "north",
               "country": "DE", "ships_orders": True, "sourcing_rank": rank}
              for rank, name in enumerate(names, start=1)]  # fmt: skip
    land(home, "locations", *places)
    land(home, "channels", {"channel_id": "web", "name": "Web", "kind": "web", "currency": "EUR", "priority": 1})
    opening = {"line_ref": "1", "kind": "opening", "sku": "MUG", "quantity": 100}
    land(home, "stock_movements",
         *(opening | {"movement_ref": f"open-{name}", "location_id": name} for name in names[:3]))  # fmt: skip
    _cups_come(home, "at once", 1, 4)
    land(home, "order_lines", *(order(ref, location_id=place) for ref, place in _ORDERS.items()),
         order("lamp", "LAMP"), order("free"), order("both", "CUP"),
         *(order(ref, location_id="WH-3", customer_key="ada") for ref in ("twice", "twice-again")))  # fmt: skip
    land(home, "availability_rules", {"rule": "duplicate_hours", "channel_id": "web", "value": 24.0})


def _cups_come(home: Home, ref: str, hours: int, quantity: int) -> None:
    came = {"movement_ref": ref, "line_ref": "1", "kind": "receipt", "sku": "CUP", "location_id": "WH-4"}
    land(home, "stock_movements", came | {"quantity": quantity}, at=AT + timedelta(hours=hours))


def order(order_ref: str, sku: str = "MUG", status: str = "open", **values: Any) -> dict[str, Any]:
    return {"channel_id": "web", "order_ref": order_ref, "line_ref": "1", "sku": sku, "quantity": 6, "currency": "EUR",
            "ship_to_country": "DE", "ship_to_region": "north", "fulfilment_method": "ship", "line_status": status,
            "unit_price_minor": 900, **values}  # fmt: skip


def run(home: Home, process_id: str, *, is_proven: bool = False) -> Ticket:
    """What of a run concerns orders, in its order."""
    ticket = ticket_of(home, process_id)
    load(home, ticket.as_of, ticket.run_id)
    hold_orders(home, ticket)
    land_commands(home, ticket)
    decide(home, ticket, allocate_open_lines, export_documents, is_proven=is_proven)
    return ticket


def lines(home: Home) -> dict[str, DeskLine]:
    """The lines as published, by their orders' numbers."""
    with Snapshot.current(home.published) as snapshot, opened(home) as store:
        ids = snapshot.query("select order_line_id from fct_order_lines").column(0).to_pylist()
        return {one.order_ref: one for one in desk_lines(snapshot.query, store.export_states, ids).values()}


def give(home: Home, kind: str, order_ref: str, **what: Any) -> None:
    with opened(home) as store:
        assert store.desk.command([Ask(kind, lines(home)[order_ref], **what)], by("Ada"), "rang", AT).refused == ()


def answer(home: Home, kind: str, order_ref: str) -> None:
    with opened(home) as store:
        number = store.desk.cases(f"web:{order_ref}")[0].command.command_number
        assert store.desk.answer([number], kind, by("Bo"), "Jo agrees", AT).refused == ()


@dataclass
class Told:
    """How a run left things, by order: units by state, what its documents ask for by location, its command's state."""

    units: dict[str, dict[str, int]]
    asked_for: dict[str, dict[str, int]]
    states: dict[str, str]
    exports: list[tuple[str, int, str]] = field(default_factory=list)


def told(home: Home) -> Told:
    names = ("cancelled", "held", "fulfilled", "allocated", "backordered", "open")
    columns = ", ".join(f"qty_{name} as {name}" for name in names)
    with Snapshot.current(home.published) as snapshot:
        rows = snapshot.query(f"select order_ref, {columns} from fct_order_lines").to_pylist()
    units = {row.pop("order_ref"): {name: quantity for name, quantity in row.items() if quantity} for row in rows}
    asked_for: dict[str, dict[str, int]] = {}
    with opened(home) as store:
        entries = sorted(store.exports(), key=lambda entry: (entry.location_id, entry.revision, entry.wave))
        for entry in entries:
            for line in json.loads(entry.payload)["lines"] if entry.state != "void" else ():
                places = asked_for.setdefault(line["order_ref"], {})
                places[entry.location_id] = places.get(entry.location_id, 0) + line["quantity"]
        states = {case.command.order_ref: case.state for case in reversed(store.desk.cases())}
    return Told(units, asked_for, states, [(entry.location_id, entry.revision, entry.state) for entry in entries])


def begin(home: Home) -> None:
    """Its first run, and WH-3's document held."""
    create_home(home, PROFILES["demo"], {})
    held = "  WH-3: {deliver: {by: sftp, host: sftp.wh-3.example, user: us, folder: /in, host_key: ssh-ed25519 AAAA, "
    text = _UNREACHED + held + "password_env: OMS_TEST_NO_SUCH_SECRET}}\n"
    (home.root / "partners.yaml").write_text(text, encoding="utf-8")
    receive(home)
    run(home, "first")
    with opened(home) as store:
        (entry,) = (one for one in store.exports() if one.location_id == "WH-3")
        store.act(entry.export_id, "hold", AT, by("Ada"), "a strike")


@dataclass
class Days:
    """A home, and how its runs left it: the four that the mugs' stories are of, and two between them for the cups."""

    home: Home
    after: list[Told] = field(default_factory=list)
    after_cancelling: Told | None = None
    after_taking_back: Told | None = None
    regions: list[str] = field(default_factory=list)


def region(home: Home) -> str:
    """Where the order that moves is sent."""
    with Snapshot.current(home.published) as snapshot:
        (row,) = snapshot.query("select ship_to_region from fct_order_lines where order_ref = 'moves'").to_pylist()
    return str(row["ship_to_region"])


def go_on(home: Home) -> Days:
    """Five more runs, and what comes between them."""
    lived = Days(home, [told(home)])
    for kind, ref, what in _COMMANDS:
        give(home, kind, ref, **what)
    give(home, "cancel", "second-thoughts")
    answer(home, "undo", "second-thoughts")
    rules = home.root / "sourcing.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("waves: {}", "waves: {WH-4: {at: ['06:00']}}"), encoding="utf-8")
    _cups_come(home, "with waves", 2, 2)
    run(home, "second")
    lived.after.append(told(home))
    give(home, "cancel", "both", quantity=2)
    _cups_come(home, "cancelled", 3, 1)
    run(home, "second, cancelled")
    lived.after_cancelling = told(home)
    lived.regions.append(region(home))
    for kind, ref in (("agree", "agrees"), ("agree", "away"), ("undo", "whole"), ("undo", "moves"),
                      ("undo", "no-more")):  # fmt: skip
        answer(home, kind, ref)
    give(home, "release", "hold")
    give(home, "release", "twice-again")
    _news(home, AT + timedelta(days=1))
    _cups_come(home, "its wave", 20, 1)
    run(home, "third", is_proven=True)
    lived.regions.append(region(home))
    lived.after.append(told(home))
    answer(home, "undo", "both")
    _cups_come(home, "taken back", 21, 1)
    run(home, "third, taken back")
    lived.after_taking_back = told(home)
    give(home, "release", "lamp")
    land(home, "order_lines", order("later"), at=AT + timedelta(days=2))
    _cups_come(home, "the next wave", 44, 1)
    run(home, "fourth", is_proven=True)
    lived.after.append(told(home))
    return lived


def _news(home: Home, at: datetime) -> None:
    """The channel states the lamp anew and credits what we cancelled; WH-2 picks one short, and ships another."""
    land(home, "order_lines", order("lamp", "LAMP"), order("fewer", quantity=5, location_id="WH-1"), at=at)
    named = {"channel_id": "web", "order_line_ref": "1"}
    credit = {"adjustment_ref": "c1", "line_ref": "1", "kind": "cancelled", "order_ref": "part", "sku": "MUG",
              "quantity": 2, "currency": "EUR"}  # fmt: skip
    land(home, "order_adjustments", named | credit, at=at)
    event = {"source_id": "WH-2", "event_ref": "short", "event_type": "short_picked", "order_ref": "short",
             "quantity": 2, "location_id": "WH-2"}  # fmt: skip
    land(home, "order_events", named | event, at=at)
    moved = {"movement_ref": "s1", "line_ref": "1", "kind": "shipment", "sku": "MUG", "location_id": "WH-2",
             "quantity": 6, "order_ref": "ships"}  # fmt: skip
    land(home, "stock_movements", named | moved, at=at)
