"""What planning takes as demand: of SKUs that replace others, and of series that nobody has asked for yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import duckdb
import pandas as pd
import pytest

from pipelines.planning.demand import DEMAND, DEMAND_AND_LAUNCHES, OVERRIDES, history_from
from pipelines.planning.known_ahead import known_ahead
from pipelines.ticket import Ticket, last_whole_day

_SINCE, _TODAY = date(2026, 3, 1), date(2026, 3, 5)


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create table dim_product as from (values
            ('OLD', 'NEW', 'garden'), ('NEW', null, 'garden'), ('X', null, 'toys')) t(sku, successor_sku, category);
        create table fct_demand_daily as from (values
            (date '2026-03-01', 'OLD', 'W', 5::bigint, false, 0.0), (date '2026-03-02', 'OLD', 'W', 0, true, 1.0),
            (date '2026-03-02', 'NEW', 'W', 2, false, 0.25), (date '2026-03-03', 'NEW', 'W', 0, true, 1.0),
            (date '2026-03-03', 'OLD', 'W', 1, true, 0.5), (date '2026-03-01', 'X', 'W', 7, false, 0.0)
        ) t(business_date, sku, location_id, qty_demand, is_stocked_out, stocked_out_share);
        create table fct_forecast_overrides as
        select *, true as is_in_force, date '2026-03-06' as first_date, date '2026-03-09' as last_date,
               timestamptz '2026-03-01 10:00:00+00' as stated_at, timestamptz '2026-03-02 10:00:00+00' as known_at
        from (values ('one', 'set', 3.0, 'LAUNCH', 'W', null), ('class', 'multiply', 2.0, null, null, 'garden'),
                     ('gone', 'withdrawn', 2.0, 'X', null, null), ('former', 'add', 1.0, 'OLD', 'W', null))
             t(override_ref, kind, value, sku, location_id, category);
        create table dim_location as from (values ('W', 'GB'), ('V', 'nowhere')) t(location_id, country);
        create table fct_planned_events as
        select *, date '2026-03-06' as first_date, date '2026-03-09' as last_date,
               timestamptz '2026-03-02 10:00:00+00' as known_at
        from (values ('promotion', 0.2, null, null, 'toys'), ('promotion', 0.3, 'OLD', null, null),
                     ('closed', null, null, 'W', null), ('withdrawn', 0.9, 'X', null, null))
             t(kind, discount_share, sku, location_id, category)""")
    return connection


def test_the_successor_inherits_demand_and_is_out_only_where_neither_could_be_had(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert warehouse.execute(f"from ({DEMAND}) order by all", {"since": _SINCE}).fetchall() == [
        (date(2026, 3, 1), "NEW", "W", 5, False, 0.0),
        (date(2026, 3, 1), "X", "W", 7, False, 0.0),
        (date(2026, 3, 2), "NEW", "W", 2, False, 0.25),
        (date(2026, 3, 3), "NEW", "W", 1, True, 0.5),
    ]


def test_a_launch_that_an_override_names_has_a_day_without_demand(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(DEMAND_AND_LAUNCHES, {"since": _SINCE, "until": _TODAY}).fetchall()
    assert [row for row in rows if row[1] == "LAUNCH"] == [(_TODAY, "LAUNCH", "W", 0, False, 0.0)]
    assert len(rows) == 5


def test_a_day_that_still_runs_is_no_day_of_demand(warehouse: duckdb.DuckDBPyConnection) -> None:
    run = Ticket("run", datetime(2026, 3, 3, 5, tzinfo=UTC))
    rows = warehouse.execute(DEMAND_AND_LAUNCHES, {"since": _SINCE, "until": run.last_whole_day}).fetchall()
    assert max(row[0] for row in rows) == date(2026, 3, 2)
    assert [row for row in rows if row[1] == "LAUNCH"] == [(date(2026, 3, 2), "LAUNCH", "W", 0, False, 0.0)]


def test_what_was_asked_before_history_begins_is_not_read(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(DEMAND_AND_LAUNCHES, {"since": date(2026, 3, 2), "until": _TODAY}).fetchall()
    assert min(row[0] for row in rows) == date(2026, 3, 2)


def test_history_begins_with_a_month() -> None:
    begins = {history_from(_TODAY + timedelta(days=day), 1096) for day in range(26)}
    assert begins == {date(2023, 3, 1)}


def test_a_day_is_whole_with_its_last_second() -> None:
    last_second = datetime(2026, 3, 3, 23, 59, 59, tzinfo=UTC)
    for as_of in (last_second, last_second + timedelta(microseconds=3)):
        assert last_whole_day(as_of) == as_of.date()
    assert last_whole_day(last_second - timedelta(seconds=1)) == date(2026, 3, 2)


def test_an_override_covers_every_series_of_its_scope(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(f"select override_ref, sku, location_id from ({OVERRIDES}) order by all").fetchall()
    assert found == [("class", "NEW", "W"), ("former", "NEW", "W"), ("one", "LAUNCH", "W")]


def test_planned_events_cover_the_series_of_their_scope_and_holidays_are_the_country_s(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    ahead = known_ahead(lambda query: warehouse.execute(query).df(), date(2026, 3, 1), _TODAY)
    found = ahead.events[["kind", "value", "sku"]].sort_values(["kind", "value"]).itertuples(index=False)
    assert list(map(tuple, found)) == [("closed", 1.0, "NEW"), ("promotion", 0.3, "NEW")]
    assert set(ahead.holidays["location_id"]) == {"W"}
    assert {pd.Timestamp("2026-04-03"), pd.Timestamp("2026-05-25")} <= set(ahead.holidays["holiday_date"])


def test_a_run_knows_what_was_planned_by_now_and_its_back_test_what_was_by_then(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """A run on the wall clock forecasts from yesterday: what was said today is no news of tomorrow."""
    warehouse.execute(
        "update fct_planned_events set known_at = timestamptz '2026-03-06 01:00:00+00' where kind = 'closed'"
    )
    ahead = known_ahead(lambda query: warehouse.execute(query).df(), date(2026, 3, 1), _TODAY)
    known = ahead.events.groupby("kind")["known_date"].agg(set).to_dict()
    assert known == {"closed": {pd.Timestamp(_TODAY)}, "promotion": {pd.Timestamp("2026-03-02")}}
