"""A held file stops its feed, and nothing else: what a run lands of that, and what it looks at no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.home import Home
from pipelines.log import Log
from pipelines.modelling.warehouse import load, select_table
from pipelines.reception.landing import land_inbox
from pipelines.reception.originals import discard_held
from pipelines.reception.stops import STOPPED, land_stops
from pipelines.sensors import inbox_fingerprint
from pipelines.ticket import Ticket, ticket_of
from tests.pipeline.conftest import NOW

BAD = [("R1", "SKU-1", "x", "1.00")] * 3


def run(home: Home, process_id: str) -> Ticket:
    """As far as the raw tables."""
    land_inbox(home, NOW)
    ticket = ticket_of(home, process_id)
    load(home, ticket.as_of, ticket.run_id)
    land_stops(home, ticket.as_of, ticket.run_id)
    return ticket


def stopped(home: Home) -> list[tuple[str, str]]:
    rows = select_table(home, STOPPED).to_pylist()
    return [(row["stopped_feed"], row["stopped_by"]) for row in rows]


def words(home: Home) -> int:
    return sum("feed_stops" in unit.tables for unit in Log(home.landing).units)


def test_a_run_says_once_that_a_feed_is_stopped_and_once_that_it_flows_again(
    home: Home, till: Callable[..., Path]
) -> None:
    till("2026-05-29", [("R0", "SKU-1", "1", "1.00")])
    till("2026-05-30", BAD)
    first = run(home, "p-1")
    assert stopped(home) == [("pos_sales", "pos_sales_2026-05-30.csv")]
    assert run(home, "p-2").run_id == first.run_id
    assert words(home) == 1
    (held,) = land_inbox(home, NOW).held
    discard_held(home, held.file_sha256)
    till("2026-05-31", BAD)
    other = run(home, "p-3")
    assert other.run_id != first.run_id, "what it decides on is not the same"
    assert stopped(home) == [("pos_sales", "pos_sales_2026-05-31.csv")]
    (held,) = land_inbox(home, NOW).held
    discard_held(home, held.file_sha256)
    assert run(home, "p-4").run_id not in (first.run_id, other.run_id)
    assert stopped(home) == []
    assert words(home) == 3


def test_files_behind_a_held_one_start_no_run_until_their_feed_flows(home: Home, till: Callable[..., Path]) -> None:
    till("2026-05-30", BAD)
    till("2026-05-31", [("R2", "SKU-1", "1", "1.00")])
    assert inbox_fingerprint(home)
    (held,) = land_inbox(home, NOW).held
    assert not inbox_fingerprint(home)
    discard_held(home, held.file_sha256)
    assert inbox_fingerprint(home)
