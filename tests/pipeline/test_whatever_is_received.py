"""Whatever a contract lets in: no run stops, nothing is lost in silence, a rebuild says the same.

Rows are drawn at random from the contracts, of each record type that counterparts send; most of them refer to what
there is, some to what there is not.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from oms_core.contracts import RECEIVED, Column, Contract
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.fulfilment.exporting import export_documents
from pipelines.fulfilment.pegging import peg_waiting_lines
from pipelines.home import PROFILES, Home, create_home
from pipelines.modelling.proofs import last_proofs
from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
from pipelines.modelling.warehouse import load
from pipelines.planning.levels import forecast_demand, land_policies, set_safety_stock
from pipelines.planning.replenishing import propose_replenishment
from pipelines.reception.inbox import receive
from pipelines.reception.landing import LandingReport
from pipelines.ticket import ticket_of
from tests.pipeline.hands import AT, decide, land

SEED, ROWS = 7, 60
_SKUS, _PLACES, _CHANNELS = ("MUG", "CUP", "JAR"), ("WH", "ST"), ("web", "shop")
#: What a text may be, by its column; any other is one of a few words, so that keys meet.
_TEXTS = {
    "sku": (*_SKUS, *_SKUS, "UNKNOWN"),
    "supersedes_sku": (*_SKUS, "UNKNOWN"),
    "substitute_sku": (*_SKUS, "UNKNOWN"),
    "location_id": (*_PLACES, *_PLACES, "NOWHERE"),
    "counterparty_location_id": (*_PLACES, "NOWHERE"),
    "replenished_from": (*_PLACES, "NOWHERE"),
    "channel_id": (*_CHANNELS, *_CHANNELS, "nobody"),
    "supplier_id": ("SUP", "SUP", "NOBODY"),
    "order_ref": tuple(f"O{number}" for number in range(9)),
    "currency": ("EUR", "EUR", "EUR", "GBP", "JPY", "XXX", "€"),
    "timezone": ("UTC", "Europe/Berlin", "Pacific/Auckland", "Mars/Olympus"),
    "country": ("DE", "AT", "XX"),
    "ship_to_country": ("DE", "AT", "XX"),
}
_WORDS = ("1", "2", "north", "x", "Ω", "a:b", "'; drop table raw.products; --", " ")


@dataclass
class Lived:
    """A home, and what its runs reported."""

    home: Home
    reports: list[LandingReport] = field(default_factory=list)
    differing: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Two days of rows at random after a month of order, each with a whole run, and a proven rebuild."""
    lived = Lived(Home(tmp_path_factory.mktemp("received") / "home"))
    home, draw = lived.home, random.Random(SEED)
    _begin(home)
    for day in range(2):
        now = AT + timedelta(days=day)
        for contract in RECEIVED:
            rows = [_row(draw, contract, now) for _ in range(ROWS)]
            _write(home.inbox / contract.name / f"{contract.name}_{now:%Y-%m-%d}.csv", contract, rows)
        lived.reports.append(_run(home, now, f"day {day}"))
    # It raises where an identity is broken.
    rebuild_warehouse(home)
    lived.differing = compare_with_snapshot(home)
    return lived


def _begin(home: Home) -> None:
    create_home(home, PROFILES["demo"], {})
    for contract in RECEIVED:
        feed = {"feed": contract.name, "format": "auto", "emits": [contract.name], "arrival": {"at": "23:30"}}
        (home.feeds / f"{contract.name}.yaml").write_text(yaml.safe_dump(feed | {"maximum_rejected_share": 1.0}))
    product = {
        "supplier_id": "SUP",
        "currency": "EUR",
        "unit_cost_minor": 250,
        "unit_price_minor": 900,
        "is_active": True,
    }
    land(home, "products", *(product | {"sku": sku, "description": sku, "pack_quantity": 6} for sku in _SKUS))
    place = {"timezone": "UTC", "region": "north", "country": "DE", "ships_orders": True, "kind": "warehouse"}
    land(home, "locations", *(
        place | {"location_id": name, "name": name, "sourcing_rank": rank} for rank, name in enumerate(_PLACES, start=1)
    ))  # fmt: skip
    channel = {"kind": "web", "currency": "EUR", "priority": 1}
    land(home, "channels", *(channel | {"channel_id": name, "name": name} for name in _CHANNELS))
    for day in range(30):
        at = AT - timedelta(days=30 - day)
        line = {"channel_id": "web", "order_ref": f"before-{day}", "currency": "EUR", "line_status": "open",
                "quantity": 2, "fulfilment_method": "ship", "unit_price_minor": 900}  # fmt: skip
        land(home, "order_lines", *(line | {"line_ref": sku, "sku": sku} for sku in _SKUS), at=at)


def _row(draw: random.Random, contract: Contract, now: datetime) -> dict[str, str]:
    return {column.name: _value(draw, column, now) for column in contract.columns}


def _value(draw: random.Random, column: Column, now: datetime) -> str:
    if not column.required and draw.random() < 0.4:
        return ""
    if column.allowed:
        return draw.choice(column.allowed)
    if column.dtype in ("timestamp", "date"):
        hours = draw.choice([0, 0, 0, 0, -1, -30, -24 * 20, -24 * 400, -24 * 9000, 26, 24 * 90, 24 * 36500])
        at = now + timedelta(hours=hours)
        return at.isoformat() if column.dtype == "timestamp" else at.date().isoformat()
    if column.dtype == "boolean":
        return draw.choice(["true", "false"])
    if column.dtype in ("bigint", "double"):
        low, high = (
            (-9 if column.minimum is None else column.minimum),
            (9**9 if column.maximum is None else column.maximum),
        )
        figure = draw.choice([low, high, *(max(low, min(high, at)) for at in (0, 1, 1, 2, 3, 5, 12))])
        return str(int(figure)) if column.dtype == "bigint" else str(float(figure))
    return draw.choice(_TEXTS.get(column.name, _WORDS))


def _write(path: Path, contract: Contract, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, contract.names)
        writer.writeheader()
        writer.writerows(rows)


def _run(home: Home, now: datetime, process_id: str) -> LandingReport:
    """A run's steps, in their order."""
    report = receive(home, now)
    ticket = ticket_of(home, process_id)
    land_policies(home, ticket)
    load(home, ticket.as_of, ticket.run_id)
    decide(home, ticket, forecast_demand, set_safety_stock, allocate_open_lines, peg_waiting_lines, export_documents,
           propose_replenishment)  # fmt: skip
    return report


def test_a_rebuild_from_the_log_proves_every_identity_and_says_the_same(lived: Lived) -> None:
    assert lived.differing == {}
    assert [one.name for one in last_proofs(lived.home) if one.is_error and not one.holds] == []


def test_every_record_is_accounted_for(lived: Lived) -> None:
    assert [held for report in lived.reports for held in report.held] == []
    landed = [unit for report in lived.reports for unit in report.landed]
    assert len(landed) == 2 * len(RECEIVED)
    for unit in landed:
        names = ("accepted", "duplicate", "superseded", "quarantined")
        assert unit.counts["record_count"] == sum(unit.counts[f"{name}_count"] for name in names) == ROWS


def test_of_every_record_type_some_rows_come_in_and_some_stay_out(lived: Lived) -> None:
    """Else it would not be drawn what is to be tried."""
    for contract in RECEIVED:
        units = [unit for report in lived.reports for unit in report.landed if unit.feed == contract.name]
        assert sum(unit.counts["accepted_count"] for unit in units) > 0, contract.name
        assert sum(unit.counts["quarantined_count"] for unit in units) > 0, contract.name
