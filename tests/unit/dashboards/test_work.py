"""What needs a person: which feed is late, which line on time in full, what of documents and runs somebody must see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dashboards.source import Query, as_frame
from dashboards.today import queries, work
from dashboards.today.worklists import WORKLISTS
from oms_core.fulfilment.partners import read_partners
from oms_core.store.held import Held, held_files
from oms_core.store.operations import OutboxEntry, Run
from oms_core.store.operations.unreached import Unreached

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def ask(database: duckdb.DuckDBPyConnection, query: Query) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = database.execute(query.sql, list(query.parameters)).to_arrow_table().to_pylist()
    return rows


def test_a_feed_is_late_when_it_is_silent_for_twice_as_long_as_usual(database: duckdb.DuckDBPyConnection) -> None:
    late_feeds = next(one for one in WORKLISTS if one.name == "late_feeds")
    database.execute("create table rpt_feed_files (feed varchar, known_at timestamptz)")
    silent = {"daily_on_time": (1, 0), "daily_late": (1, 3), "weekly_on_time": (7, 13), "weekly_late": (7, 15)}
    for feed, (every, days) in silent.items():
        for number in range(6):
            at = NOW - timedelta(days=days + every * number)
            # Two files of one day are one sign of life.
            database.executemany("insert into rpt_feed_files values (?, ?)", [[feed, at], [feed, at]])
    database.execute("insert into rpt_feed_files values ('once', ?)", [NOW - timedelta(days=500)])
    total, *found = ask(database, work.ask(late_feeds, TODAY))
    assert [(row["feed"], row["age_days"], row["usual_days"]) for row in found] == [
        ("daily_late", 3, 1.0),
        ("weekly_late", 15, 7.0),
    ]
    assert (total["items"], total["age_days"], total["value_minor"]) == (2, 15, None)


def _served(database: duckdb.DuckDBPyConnection, *rows: tuple[date, int, int, int, int]) -> None:
    """Days of two channels: units wanted, ready, lines due, on time in full."""
    database.execute("""create table rpt_fulfilment (
        business_date date, qty_wanted bigint, qty_ready bigint, lines_due bigint, lines_otif bigint)""")
    database.executemany("insert into rpt_fulfilment values (?, ?, ?, ?, ?)", [list(row) for row in rows])


def _shipped(database: duckdb.DuckDBPyConnection, *hours: tuple[datetime, float, str]) -> None:
    database.execute("""create table fct_order_lines (
        shipped_at timestamptz, hours_to_ship double, fulfilment_method varchar, qty_ordered bigint,
        qty_cancelled bigint)""")
    database.executemany("insert into fct_order_lines values (?, ?, ?, 1, 0)", [list(row) for row in hours])


def served(database: duckdb.DuckDBPyConnection) -> tuple[pd.DataFrame, pd.DataFrame]:
    asked = (queries.served_by_day(NOW), queries.cycle_times(NOW))
    days, cycles = (as_frame(database.execute(one.sql, list(one.parameters)).to_arrow_table()) for one in asked)
    return days, cycles


def test_service_is_of_all_channels_and_days_of_its_span(database: duckdb.DuckDBPyConnection) -> None:
    day = TODAY - timedelta(days=5)
    _served(
        database, (day, 18, 12, 4, 1), (day, 1, 1, 1, 1), (TODAY, 1, 1, 0, 0), (TODAY + timedelta(days=1), 9, 0, 9, 0)
    )
    placed = NOW - timedelta(days=5)
    left = [(placed + timedelta(hours=hours), float(hours), "ship") for hours in (10, 20, 60, 60)]
    _shipped(database, *left, (placed, 0.0, "carry_out"))
    row = queries.service(*served(database), TODAY, 0)
    assert row["otif"] == pytest.approx(2 / 5)
    assert row["fill_rate"] == pytest.approx(14 / 20)
    assert row["hours_to_ship"] == pytest.approx(40)
    # Nothing was ordered in the four weeks before.
    assert set(queries.service(*served(database), TODAY, 1).values()) == {None}


def test_weeks_end_with_the_as_of_day_and_are_whole(database: duckdb.DuckDBPyConnection) -> None:
    _served(database, *((TODAY - timedelta(days=ago), 1, 1, 1, 1) for ago in (0, 6, 7, 13, 14)))
    _shipped(database, (NOW, 0.0, "carry_out"))
    rows = queries.service_by_week(*served(database), TODAY, 2).to_dict("records")
    assert [row["business_date"] for row in rows] == [date(2026, 5, 25), date(2026, 6, 1)]
    assert [row["otif"] for row in rows] == [100.0, 100.0]


ENTRY = OutboxEntry(
    "9d3fd4af" * 8, "WH-1", "WH-1", "2026-05-31-W1", "warehouse_order", 1, "{}", "s", "held", 0, NOW, None, "run", 7, 1,
    None, None, None,
)  # fmt: skip


PARTNERS = read_partners("partners: {WH-1: {answers_within_hours: 24}}")


def test_a_stuck_document_says_for_how_long_and_why() -> None:
    overdue = replace(ENTRY, state="sent", sent_at=NOW - timedelta(days=3))
    rejected = replace(ENTRY, state="rejected", answer="unknown SKU", created_at=NOW - timedelta(days=1))
    found = work.stuck_documents([overdue, rejected, ENTRY], PARTNERS, NOW)
    assert found.told == "3 documents, the oldest 3 days"
    assert list(found.worst["state"]) == ["overdue", "rejected", "held"]
    assert list(found.worst["why"]) == [
        "the partner has not answered in its time", "unknown SKU", "somebody holds it"
    ]  # fmt: skip
    assert work.stuck_documents([], PARTNERS, NOW).count == 0


def test_a_file_that_stops_its_feed_comes_with_the_command_that_lets_it_go_on(tmp_path: Path) -> None:
    held = Held("web_orders", "orders.csv", "0123456789abcdef", "bad_header", "the column qty is missing")
    note = tmp_path / "web_orders" / "held" / "0123456789abcdef.json"
    note.parent.mkdir(parents=True)
    note.write_text(held.to_json(), encoding="utf-8")
    found = work.held_files(held_files(tmp_path))
    assert found.told == "1 file"
    assert found.worst["command"].iloc[0] == "oms quarantine discard 0123456789ab"
    assert work.held_files(held_files(tmp_path / "nothing")).count == 0


def test_a_partner_out_of_reach_says_since_when_and_why() -> None:
    found = work.unreached_partners([Unreached("WH-1", NOW - timedelta(days=2), "no such folder: /out")], NOW)
    assert found.told == "1 partner, the oldest 2 days"
    assert list(found.worst["reason"]) == ["no such folder: /out"]
    assert work.unreached_partners([], NOW).count == 0


def test_a_failed_run_or_a_long_silence_is_work_and_a_good_run_is_none() -> None:
    failed = Run("r", NOW, NOW, "failed", NOW, summary={"failures": ["a gate", "a proof"]})
    assert list(work.failing_runs([failed], NOW, NOW).worst["why"]) == ["a gate; a proof"]
    assert list(work.failing_runs([replace(failed, summary={})], NOW, NOW).worst["why"]) == ["no reason is on record"]
    silent = work.failing_runs([], NOW - timedelta(days=3), NOW)
    assert silent.worst["why"].iloc[0].startswith("nothing was published for 3 days")
    under_way = Run("process", None, NOW)
    assert list(work.failing_runs([under_way, replace(failed, state="died")], NOW, NOW).worst["run_id"]) == ["r"]
    assert work.failing_runs([under_way, replace(failed, state="succeeded")], NOW, NOW).count == 0
    assert work.failing_runs([replace(failed, state="succeeded")], NOW - timedelta(hours=30), NOW).count == 0


def test_every_list_says_how_urgent_it_is() -> None:
    works = [replace(work.stuck_documents([], PARTNERS, NOW), kind=one) for one in WORKLISTS]
    names = [one.kind.name for one in work.by_urgency(works)]
    assert names[:4] == [
        "late_feeds",
        "late_backorders",
        "unsupplied",
        "at_risk",
    ]
    assert len(names) == len(WORKLISTS)
