"""A small raw warehouse, made by hand from the contracts, and dbt run over it as the pipelines run it.

Belongs here: the builder of `raw.*` tables, the warehouses that most tests read, the dbt call.
Does not belong here: assertions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from oms_core.contracts import PUBLISHED
from oms_core.contracts.properties import landed_contracts
from pipelines.home import Home
from pipelines.modelling.building import PROJECT, TAGS, build
from pipelines.modelling.warehouse import kept_open, let_go, open_warehouse
from tests.dbt import late_news, story

CONTRACTS = {contract.name: contract for contract in landed_contracts()}
DAY_ONE = date(2026, 3, 1)

_ZERO = {"string": "", "bigint": 0, "double": 0.0, "boolean": False}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "order_lines": {
        "channel_id": "web", "line_ref": "1", "sku": "A", "quantity": 10, "unit_price_minor": 250, "currency": "EUR",
        "customer_key": "ada", "ship_to_country": "DE", "ship_to_region": "north", "fulfilment_method": "ship",
        "line_status": "open",
    },
    "order_adjustments": {
        "channel_id": "web", "line_ref": "1", "sku": "A", "kind": "cancelled", "currency": "EUR", "customer_key": "ada",
    },
    "order_charges": {"channel_id": "web", "line_ref": "c1", "charge_code": "POST", "currency": "EUR"},
    "stock_movements": {"line_ref": "1", "sku": "A", "location_id": "WH1"},
    "stock_counts": {"sku": "A", "location_id": "WH1"},
    "purchase_orders": {
        "line_ref": "1", "supplier_id": "S1", "sku": "A", "location_id": "WH1", "currency": "EUR", "status": "open",
    },
    "supplier_confirmations": {
        "supplier_id": "S1", "line_ref": "ref", "part_number": 1, "expected_date": None, "shipped_date": None,
    },
    "products": {"supplier_id": "S1", "currency": "EUR", "pack_quantity": 1, "is_active": True, "unit_cost_minor": 100},
    "allocations": {"channel_id": "web", "line_ref": "1", "sku": "A", "priority": 1, "decision_rank": 1},
    "pegs": {
        "channel_id": "web", "line_ref": "1", "sku": "A", "supply_type": "purchase_order", "location_id": "WH1",
        "is_locked": False,
    },
    "safety_stock": {
        "policy_version": 1, "currency": "EUR", "service_level_target": 0.95, "review_period_days": 7,
        "protection_days": 21, "service_level_expected": 0.95,
    },
    "supply_orders": {
        "line_number": 1, "line_ref": "ref", "status": "open", "document_type": "purchase_order", "partner_id": "S1",
        "location_id": "WH1", "currency": "EUR",
    },
    "exports": {"channel_id": "web", "line_ref": "1", "sku": "A", "document_type": "warehouse_order", "revision": 1},
}  # fmt: skip

Once = Callable[[str, Callable[[Path], None]], Path]


def at(day: int, hour: int = 12) -> datetime:
    """An instant on the story's n-th day, counted from 0."""
    return datetime(DAY_ONE.year, DAY_ONE.month, DAY_ONE.day, hour, tzinfo=UTC) + timedelta(days=day)


def on(day: int) -> date:
    """The story's n-th business day, counted from 0."""
    return DAY_ONE + timedelta(days=day)


@dataclass
class RawRows:
    """Rows of `raw.*` by record type; every row gets its own lineage, under the batch's name and its load's number."""

    batch: str
    load_number: int
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, record_type: str, day: int, hour: int = 12, known: datetime | None = None, **values: Any) -> None:
        """Add one row effective on a day; `known` defaults to the end of that day."""
        contract, instant = CONTRACTS[record_type], at(day, hour)
        row: dict[str, Any] = {}
        for column in contract.columns:
            row[column.name] = _ZERO.get(column.dtype) if column.required else None
            if not column.required:
                continue
            if column.dtype == "timestamp":
                row[column.name] = instant
            elif column.dtype == "date":
                row[column.name] = instant.date()
        rows = self.rows.setdefault(record_type, [])
        file = f"{self.batch}-{record_type}-{len(rows):04d}"
        lineage = {"feed": "story", "file_sha256": file, "row_number": len(rows) + 1, "known_at": known or at(day, 23)}
        lineage["load_number"] = self.load_number
        rows.append({**row, **_DEFAULTS.get(record_type, {}), **lineage, **values})

    def write(self, path: Path) -> None:
        """Create or append to the raw tables of a warehouse, as the loader does; empty tables exist too."""
        with duckdb.connect(str(path)) as connection:
            connection.execute("set TimeZone = 'UTC'; create schema if not exists raw")
            for name, contract in CONTRACTS.items():
                batch = pa.Table.from_pylist(self.rows.get(name, []), schema=_nullable(contract.arrow_schema))
                connection.register("batch", batch)
                connection.execute(f"create table if not exists raw.{name} as select * from batch limit 0")
                connection.execute(f"insert into raw.{name} select * from batch")
                connection.unregister("batch")


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(f.name, f.type) for f in schema])


@dataclass(frozen=True)
class Dbt:
    """dbt over one warehouse, as the pipelines call it: in their process for it, warm from build to build."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return Home(self.folder).warehouse

    def build(self, as_of: date, *, last_load: int, built_load: int = 0, tag: str) -> None:
        """One of a run's two builds, after loads up to `built_load` have been built. Raises BuildError."""
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute("delete from raw.run")
            # The decisions' build comes after the ground's.
            ground_load = last_load if tag == "decisions" else built_load
            connection.execute(
                "insert into raw.run values (?, ?, ?, ?, ?, null, ?)",
                [as_of, tag, last_load, ground_load, built_load, as_of],
            )
        # The story leaves lines undecided on purpose: no allocation run belongs to it.
        build(Home(self.folder), tag, unproven=("every_line_is_decided",))

    def test_units(self) -> str:
        """dbt's own unit tests, by its own command and on a project parsed anew; what dbt said.

        Raises AssertionError with dbt's output where one fails, or the project uses what dbt is to give up.
        """
        let_go(Home(self.folder))
        command = [str(Path(sys.executable).with_name("dbt")), "test", "--select", "test_type:unit"]
        command += [
            "--vars",
            "{as_of_date: '2026-03-10'}",
            "--project-dir",
            str(PROJECT),
            "--profiles-dir",
            str(PROJECT),
        ]
        command += ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
        command += ["--warn-error-options", '{"error": ["Deprecations"]}']
        environment = {**os.environ, "OMS_WAREHOUSE": str(self.warehouse), "DO_NOT_TRACK": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query as dicts."""
        with open_warehouse(Home(self.folder)) as connection:
            return connection.execute(query).to_arrow_table().to_pylist()  # type: ignore[no-any-return]

    def marts_unlike(self, other: Dbt) -> dict[str, list[dict[str, Any]]]:
        """Published marts whose rows are not the other warehouse's, with those that only one of the two has."""
        unlike = {}
        with open_warehouse(Home(self.folder)) as ours, open_warehouse(Home(other.folder)) as theirs:
            for mart in PUBLISHED:
                query = f"select * from {mart} order by all"
                one, two = (connection.execute(query).to_arrow_table() for connection in (ours, theirs))
                if not one.equals(two):
                    rows = one.to_pylist(), two.to_pylist()
                    unlike[mart] = [row for n in (0, 1) for row in rows[n] if row not in rows[1 - n]]
        return unlike

    def row(self, query: str) -> dict[str, Any]:
        """The only row of a query."""
        found = self.rows(query)
        assert len(found) == 1, found
        return found[0]


def master_data(raw: RawRows) -> None:
    """Two warehouses, a store, three channels, two SKUs of one supplier."""
    for rank, (name, kind, region) in enumerate(
        [("WH1", "warehouse", "north"), ("WH2", "warehouse", "south"), ("ST1", "store", "north")], start=1
    ):
        raw.add("locations", 0, 0, location_id=name, name=name, kind=kind, country="DE", region=region,
                timezone="Europe/Berlin", ships_orders=True, sourcing_rank=rank)  # fmt: skip
    for priority, (name, kind) in enumerate([("web", "web"), ("retail", "web"), ("pos", "pos")], start=1):
        raw.add("channels", 0, 0, channel_id=name, name=name, kind=kind, currency="EUR", priority=priority)
    raw.add("suppliers", 0, 0, supplier_id="S1", name="Supplier", lead_time_days=14, review_period_days=7)
    for sku in ("A", "B"):
        raw.add("products", 0, 0, sku=sku, description=sku, category="things", unit_price_minor=250)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of all warehouses of the session."""
    folder = tmp_path_factory.mktemp("dbt")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _write(dbt: Dbt, batch: str, *chapters: Any) -> None:
    raw = RawRows(batch, load_number={"first": 1, "late": 2}[batch])
    for chapter in chapters:
        chapter(raw)
    raw.write(dbt.warehouse)


@pytest.fixture(scope="session")
def workplace(workshop: Path) -> Callable[[str], Dbt]:
    """dbt over a new, empty warehouse of a name."""
    return lambda name: _workplace(workshop, name)


@pytest.fixture(scope="session")
def new_batch() -> Callable[[str, int], RawRows]:
    """Rows of a batch, by its name and its load's number."""
    return RawRows


@pytest.fixture(scope="session")
def masters() -> Callable[[RawRows], None]:
    """Adds the story's locations, channels, suppliers and products to a batch."""
    return master_data


def _workplace(workshop: Path, name: str) -> Dbt:
    folder = workshop / name
    folder.mkdir()
    return Dbt(folder)


@pytest.fixture(scope="session")
def made(workshop: Path, made_once: Once) -> Iterator[Callable[[str, Callable[[Dbt], None]], Dbt]]:
    """A copy of a warehouse of a name and of its last builds' SQL, which one worker makes for all: DuckDB lets one
    process open it. It stays open between the questions that tests ask: each opening reads the catalogue."""
    with ExitStack() as copies:

        def copy(name: str, make: Callable[[Dbt], None]) -> Dbt:
            dbt = _workplace(workshop, name)
            first = Dbt(made_once(name, lambda folder: make(Dbt(folder))))
            shutil.copyfile(first.warehouse, dbt.warehouse)
            shutil.copytree(Home(first.folder).dbt_target, Home(dbt.folder).dbt_target)
            copies.enter_context(kept_open(Home(dbt.folder)))
            return dbt

        yield copy


@pytest.fixture(scope="session")
def told(made: Callable[[str, Callable[[Dbt], None]], Dbt]) -> Dbt:
    """The first ten days, built in a run's two calls."""

    def make(dbt: Dbt) -> None:
        _write(dbt, "first", master_data, story.tell)
        _build(dbt, on(9), last_load=1)

    return made("told", make)


@pytest.fixture(scope="session")
def retold(made: Callable[[str, Callable[[Dbt], None]], Dbt], told: Dbt) -> Dbt:
    """The same warehouse after the late news: only what they touch is stated anew, in a run's two calls."""

    def make(dbt: Dbt) -> None:
        shutil.copyfile(told.warehouse, dbt.warehouse)
        _write(dbt, "late", late_news.tell)
        _build(dbt, on(12), last_load=2, built_load=1)

    return made("retold", make)


@pytest.fixture(scope="session")
def afresh(made: Callable[[str, Callable[[Dbt], None]], Dbt]) -> Dbt:
    """All that is known by the last day, built into an empty warehouse in a run's two calls."""

    def make(dbt: Dbt) -> None:
        _write(dbt, "first", master_data, story.tell)
        _write(dbt, "late", late_news.tell)
        _build(dbt, on(12), last_load=2)

    return made("afresh", make)


def _build(dbt: Dbt, as_of: date, **loads: int) -> None:
    for tag in TAGS:
        dbt.build(as_of, tag=tag, **loads)
