"""What tests of runs do by hand: landing rows, a run of some steps, opening the operations store, letting a step die.

Belongs here: what several files do alike. Does not belong here: homes and what happens in them (each file's story).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from oms_core.contracts import LANDED
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.published.snapshots import Manifest
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.building import build
from pipelines.modelling.warehouse import kept_open, note_run
from pipelines.publication.publishing import publish
from pipelines.ticket import Ticket

#: When everything is true that says nothing else.
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
_ZERO = {"string": "", "bigint": 0, "double": 0.0, "boolean": False, "timestamp": AT, "date": AT.date()}


class Died(BaseException):
    """The process ended here."""


def land(home: Home, record_type: str, *rows: dict[str, Any], at: datetime = AT, run_id: str = "") -> None:
    """Land rows that are true, stated and known at an instant; what a row does not say is empty or missing."""
    contract = LANDED[record_type]
    blank = {column.name: _ZERO[column.dtype] if column.required else None for column in contract.columns}
    stated = {"effective_at": at, "business_date": at.date(), "updated_at": at}
    blank |= {name: value for name, value in stated.items() if name in contract.names}
    table = pa.Table.from_pylist([blank | row for row in rows], contract.arrow_schema)
    land_decision(Log(home.landing), table, record_type, run_id, at)


def decide(home: Home, ticket: Ticket, *steps: Callable[[Home, Ticket], object], is_proven: bool = False) -> Manifest:
    """A run of some steps, once what they go by is loaded: the ground is built, each decides, all is published."""
    with kept_open(home):
        note_run(home, ticket.business_date, "ground")
        build(home, "ground", is_proven=is_proven)
        for step in steps:
            step(home, ticket)
        note_run(home, ticket.business_date, "decisions")
        build(home, "decisions", is_proven=is_proven)
        return publish(home, ticket.run_id, ticket.as_of, ticket.as_of, {})


def opened(home: Home) -> OperationsStore:
    return open_operations(home.database_url, now=AT)


def dying(function: Callable[..., Any], at: int, when: str) -> Callable[..., Any]:
    """The function, whose n-th call ends the process, before or after it has done its work."""
    calls = 0

    def mortal(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and when == "before":
            raise Died
        done = function(*arguments, **named)
        if calls == at:
            raise Died
        return done

    return mortal
