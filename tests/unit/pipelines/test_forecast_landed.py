"""What a run takes as demand, what it lands of its forecast, and what a second attempt adds to one that ended early."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import PROFILES, Home, create_home
from pipelines.log import Log
from pipelines.modelling.warehouse import create_raw, load, open_warehouse, select_frame
from pipelines.planning import levels
from pipelines.ticket import Ticket

_TICKET = Ticket("run-1", datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC))
_LANDED = ("demand_repairs", "forecasts", "forecast_accuracy", "forecast_means")
#: Twelve SKUs of 110 days, sold out now and then, as the dbt models would have them.
_MODELS = """
    create table fct_demand_daily as
    select date '2026-05-01' - day::integer as business_date, 'S' || sku as sku, 'W' as location_id,
           (case when day % 9 = 0 then 0 else hash(day * sku) % 4 end)::bigint as qty_demand,
           day % 9 = 0 as is_stocked_out, case when day % 9 = 0 then 1.0 else 0.0 end as stocked_out_share
    from range(110) days(day), range(12) skus(sku);
    create table dim_product as
    select distinct sku, null::varchar as successor_sku, 'A' as abc_class, 'things' as category,
           100::bigint as unit_price_minor, 'EUR' as currency from fct_demand_daily;
    create table dim_location as select 'W' as location_id, 'DE' as country, 'Europe/Berlin' as timezone;
    create table int_order_lines as
    select sku, location_id as demand_location_id, 'web' as channel_id, business_date,
           qty_demand as qty_ordered, 0::bigint as qty_cancelled from fct_demand_daily;
    create table fct_forecast_overrides (override_ref varchar, kind varchar, value double, sku varchar,
        location_id varchar, category varchar, first_date date, last_date date, stated_at timestamptz,
        known_at timestamptz, is_in_force boolean);
    create table fct_planned_events (kind varchar, discount_share double, sku varchar, location_id varchar,
        category varchar, first_date date, last_date date, known_at timestamptz)"""


def _home(folder: Path, profile: str) -> Home:
    made = Home(folder / "home")
    create_home(made, PROFILES[profile], {})
    with open_warehouse(made) as connection:
        create_raw(connection)
        connection.execute(_MODELS)
    return made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return _home(tmp_path, "demo")


def _counts(home: Home) -> dict[str, int]:
    return {name: int(select_frame(home, f"from raw.{name}").shape[0]) for name in _LANDED}


@pytest.mark.parametrize("killed_at", _LANDED)
def test_an_attempt_that_ended_between_its_tables_is_repeated_and_lands_each_once(
    home: Home, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    whole = levels.land_decision

    def fail(log: Log, table: Any, record_type: str, *rest: Any) -> Any:
        if record_type == killed_at:
            raise KeyboardInterrupt
        return whole(log, table, record_type, *rest)

    monkeypatch.setattr(levels, "land_decision", fail)
    with pytest.raises(KeyboardInterrupt):
        levels.forecast_demand(home, _TICKET)
    monkeypatch.setattr(levels, "land_decision", whole)
    # As a repeated run does before it comes to its forecast.
    load(home, _TICKET.as_of, _TICKET.run_id)
    levels.forecast_demand(home, _TICKET)
    assert {name: len(Log(home.landing).of_run("run-1", name)) for name in _LANDED} == dict.fromkeys(_LANDED, 1)
    origins = select_frame(home, "select distinct origin_date from raw.forecast_accuracy where model <> 'demand'")
    assert len(origins) == 3
    assert _counts(home)["forecast_means"] == 12 * home.forecast_horizon_days
    assert levels.forecast_demand(home, _TICKET) == {"rows": 0, "note": "decided before in this run"}


@pytest.mark.parametrize(
    ("profile", "zone", "hour", "is_known"),
    [
        ("empty", "America/Los_Angeles", 5, False),
        ("empty", "America/Los_Angeles", 7, True),
        ("empty", "Europe/Berlin", 5, True),
        ("demo", "America/Los_Angeles", 5, True),
    ],
)
def test_where_the_last_day_still_runs_its_demand_is_unknown(
    tmp_path: Path, profile: str, zone: str, hour: int, is_known: bool
) -> None:
    """At five in the morning (UTC) it is ten in the evening in Los Angeles, and the day's best hours may be to come."""
    home = _home(tmp_path, profile)
    with open_warehouse(home) as connection:
        connection.execute("update dim_location set timezone = ?", [zone])
    demand = levels.known_demand(home, Ticket("run-1", datetime(2026, 5, 2, hour, tzinfo=UTC)))
    days = demand.groupby("business_date")["qty_demand"].agg(lambda day: bool(day.notna().all()))
    assert days.iloc[-1] == is_known
    assert days.iloc[:-1].all()
    assert len(days) == 110


def test_repairs_of_days_before_history_begins_stay_as_they_were_decided(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels.forecast_demand(home, _TICKET)
    before = _counts(home)["demand_repairs"]
    assert before > 0
    # Since the first of March.
    monkeypatch.setattr(Home, "planning_history_days", 40)
    later = Ticket("run-2", _TICKET.as_of + timedelta(seconds=1))
    demand = levels.known_demand(home, later)
    assert demand["business_date"].min() == date(2026, 3, 1)
    levels.forecast_demand(home, later)
    taken_back = select_frame(home, "from raw.demand_repairs where kind = 'none' and demand_date < '2026-03-01'")
    assert taken_back.empty
