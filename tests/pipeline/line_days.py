"""Four days of order lines: one home, five runs, two of them on the first day; each SKU is a story of its own.

Lamps and vases are sold ahead of purchase orders. Chairs become stools, jars are to be picked up elsewhere. Boxes lie
where few parcels are made in a day, trays where nothing is sent for days.

Belongs here: what happens, and how each run left it. Does not belong here: assertions (`test_line_days`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from oms_core.store.published.snapshots import Snapshot
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.fulfilment.ground import read_problem
from pipelines.fulfilment.pegging import peg_waiting_lines
from pipelines.home import PROFILES, Home, create_home
from pipelines.modelling.warehouse import load
from pipelines.ticket import Ticket, ticket_of
from tests.pipeline.hands import AT, decide, land

_RULES = "parcels_per_day: {NEAR: 3, FAR: 0}\nlate_day_minor: 1000\n"
#: Where there are so many units of what; the nearest first.
_STOCK = {
    "WH": {"CHAIR": 5, "STOOL": 5, "JAR": 5}, "NEAR": {"BOX": 50}, "FAR": {"BOX": 50}, "SHUT": {"TRAY": 50},
    "OPEN": {"TRAY": 50}, "ST-1": {"JAR": 5}, "ST-2": {"JAR": 5},
}  # fmt: skip
_FAR_AWAY = ("FAR", "OPEN")


@dataclass(frozen=True)
class Ran:
    """What a run left: its snapshot; how many lines wait, are promised, are pre-sold; whose the vases' lines are."""

    snapshot: Path
    pegged: dict[str, int]
    groups: dict[str, str | None]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with Snapshot.open(self.snapshot) as snapshot:
            return [tuple(row.values()) for row in snapshot.query(query).to_pylist()]


class Days(NamedTuple):
    """The home, and its runs."""

    home: Home
    morning: Ran
    afternoon: Ran
    second: Ran
    third: Ran
    fourth: Ran


def live(home: Home) -> Days:
    create_home(home, PROFILES["demo"], {})
    home.sourcing_rules_path.write_text(_RULES, encoding="utf-8")
    _begin(home)
    morning = _run(home, "morning", is_proven=False)
    _box(home, 0, "c", "d")
    afternoon = _run(home, "afternoon")
    _supply_moves(home)
    _lines_change(home)
    _box(home, 1, "e")
    second = _run(home, "second")
    _comes(home, 2, "LAMP", 7)
    _comes(home, 2, "VASE", 6)
    _order(home, 2, "fourth", 1)
    third = _run(home, "third")
    _order(home, 3, "held", 3, sku="VASE")
    return Days(home, morning, afternoon, second, third, _run(home, "fourth"))


def _run(home: Home, process_id: str, *, is_proven: bool = True) -> Ran:
    """What of a run concerns order lines."""
    pegged: dict[str, int] = {}

    def peg(home: Home, ticket: Ticket) -> None:
        pegged.update(peg_waiting_lines(home, ticket))

    ticket = ticket_of(home, process_id)
    load(home, ticket.as_of, ticket.run_id)
    published = decide(home, ticket, allocate_open_lines, peg, is_proven=is_proven)
    groups = {line.order_ref: line.customer_group for line in read_problem(home).lines if line.sku == "VASE"}
    return Ran(home.published / published.snapshot_id, pegged, groups)


def _tell(home: Home, day: int, record_type: str, **values: Any) -> None:
    """Land one row that is true on a day."""
    land(home, record_type, values, at=AT + timedelta(days=day))


def _order(
    home: Home, day: int, ref: str, quantity: int, status: str = "open", sku: str = "LAMP", **values: Any
) -> None:
    asked = {"sku": sku, "quantity": quantity, "line_status": status, "currency": "EUR", "unit_price_minor": 900}
    goes = {"ship_to_country": "DE", "ship_to_region": "north", "fulfilment_method": "ship"}
    key = {"channel_id": "web", "order_ref": ref, "line_ref": "1"}
    _tell(home, day, "order_lines", **key | asked | goes | values)


def _box(home: Home, day: int, *refs: str) -> None:
    for ref in refs:
        _order(home, day, ref, 1, sku="BOX")


def _supply(home: Home, day: int, sku: str, supplier_id: str, due: int) -> None:
    _tell(home, day, "purchase_orders", po_ref=f"P-{sku}", line_ref="1", supplier_id=supplier_id, sku=sku,
          location_id="WH", quantity=10, currency="EUR", status="open",
          expected_date=(AT + timedelta(days=due)).date())  # fmt: skip


def _comes(home: Home, day: int, sku: str, quantity: int) -> None:
    _tell(home, day, "stock_movements", movement_ref=f"R-{sku}", line_ref="1", kind="receipt", po_ref=f"P-{sku}",
          sku=sku, location_id="WH", quantity=quantity)  # fmt: skip


def _begin(home: Home) -> None:
    for rank, (name, stock) in enumerate(_STOCK.items(), start=1):
        is_store, region = name.startswith("ST-"), "south" if name in _FAR_AWAY else "north"
        _tell(home, 0, "locations", location_id=name, name=name, kind="store" if is_store else "warehouse",
              timezone="UTC", region=region, country="DE", ships_orders=not is_store, sourcing_rank=rank)  # fmt: skip
        for sku, quantity in stock.items():
            _tell(home, 0, "stock_movements", movement_ref=f"{name}-{sku}", line_ref="1", kind="receipt", sku=sku,
                  location_id=name, quantity=quantity)  # fmt: skip
    for priority, channel in ((1, "web"), (2, "market")):
        _tell(home, 0, "channels", channel_id=channel, name=channel, kind="web", currency="EUR", priority=priority)
    for sku in sorted({sku for stock in _STOCK.values() for sku in stock}):
        _tell(home, 0, "products", sku=sku, description=sku, currency="EUR", pack_quantity=1, is_active=True)
    _sell_ahead(home)
    _order(home, 0, "seat", 3, sku="CHAIR")
    _order(home, 0, "odd", 3, sku="ODD")
    for ref, quantity in (("moves", 1), ("sent", 2), ("stays", 1)):
        _order(home, 0, ref, quantity, sku="JAR", fulfilment_method="pickup", location_id="ST-1")
    _box(home, 0, "a", "b")
    _tell(home, 0, "planned_events", event_ref="stocktaking", kind="no_dispatch", location_id="SHUT",
          first_date=date(2026, 6, 1), last_date=date(2026, 6, 3))  # fmt: skip
    _order(home, 0, "dated", 1, sku="TRAY", promised_date=date(2026, 6, 3))


def _sell_ahead(home: Home) -> None:
    """Seven of each are ordered and none is here; the web may sell half of what comes ahead, the marketplace three."""
    for sku, supplier_id in (("LAMP", "S1"), ("VASE", "S2")):
        _tell(home, 0, "products", sku=sku, description=sku, currency="EUR", pack_quantity=1, is_active=True,
              supplier_id=supplier_id, unit_cost_minor=250, unit_price_minor=900)  # fmt: skip
        _tell(home, 0, "suppliers", supplier_id=supplier_id, name=supplier_id, lead_time_days=14, review_period_days=7)
        _tell(home, 0, "availability_rules", rule="pre_sell_share", supplier_id=supplier_id, channel_id="web",
              value=0.5)  # fmt: skip
        _tell(home, 0, "availability_rules", rule="pre_sell_units", sku=sku, channel_id="market", value=3.0)
        _supply(home, 0, sku, supplier_id, due=14)
    _order(home, 0, "first", 3)
    _order(home, 0, "second", 4)
    _order(home, 0, "held", 3, sku="VASE")
    _order(home, 0, "waits", 4, sku="VASE")


def _supply_moves(home: Home) -> None:
    _supply(home, 1, "LAMP", "S1", due=20)
    _tell(home, 1, "availability_rules", rule="pre_sell_share", supplier_id="S1", channel_id="web", value=0.8)
    _order(home, 1, "third", 2)
    _order(home, 1, "held", 3, sku="VASE", status="held")
    _order(home, 1, "trade", 9, sku="VASE", customer_group="trade")


def _lines_change(home: Home) -> None:
    """The channel states lines anew: another SKU, a quantity, where the jars are to be picked up or sent."""
    _order(home, 1, "seat", 3, sku="STOOL")
    _order(home, 1, "odd", 2, sku="ODD")
    _order(home, 1, "moves", 1, sku="JAR", fulfilment_method="pickup", location_id="ST-2")
    _order(home, 1, "sent", 2, sku="JAR")
    _order(home, 1, "stays", 1, sku="JAR", fulfilment_method="reserve", location_id="ST-1")
