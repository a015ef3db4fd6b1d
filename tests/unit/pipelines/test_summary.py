"""Money in a run's summary and in planners' commands: each currency by itself, with its own digits."""

from __future__ import annotations

import duckdb

from pipelines.cli.planning import _as_table
from pipelines.cli.summary import _replenishment, _safety_stock, _sourcing, _stopped
from pipelines.publication.summary import worth

LEVELS = """
    create table levels as select * from (
        values ('JPY', 1500, true), ('EUR', 250, true), ('EUR', 100, true), ('EUR', 7, false), (null, null, true)
    ) as rows(currency, investment_minor, is_current)"""


def test_amounts_of_two_currencies_have_no_sum() -> None:
    with duckdb.connect() as connection:
        connection.execute(LEVELS)
        found = connection.execute(worth("investment_minor", "levels where is_current")).to_arrow_table().to_pylist()
    assert found == [{"currency": "EUR", "minor": 350}, {"currency": "JPY", "minor": 1500}]
    level = {"qty_safety_stock": 9, "service_level_expected": 0.95, "policy_version": 1, "worth": found}
    assert _safety_stock(level).startswith("9 units, EUR 3.50 + JPY 1,500 at cost")
    bought = {"purchases": 2, "transfers": 0, "worth": found}
    assert _replenishment(bought) == "2 purchases proposed, EUR 3.50 + JPY 1,500 at cost; 0 transfers"


def test_a_plan_of_transfers_alone_names_no_price() -> None:
    assert _replenishment({"purchases": 0, "transfers": 3, "worth": []}) == "0 purchases proposed; 3 transfers"


def test_a_cost_has_the_digits_of_its_currency() -> None:
    plan = {"solver": "greedy", "parcels": 2, "gap": None, "greedy_minor": None}
    assert _sourcing({**plan, "cost_minor": 1500, "currency": "JPY"}) == "2 parcels, JPY 1,500 by the rules"
    assert _sourcing({**plan, "cost_minor": 1500, "currency": "KWD"}) == "2 parcels, KWD 1.500 by the rules"


def test_a_back_test_tells_money_with_the_digits_of_its_currency() -> None:
    row = {"scenario": "RS", "metric": "cost_minor", "value": 1500.4, "low": 1000.0, "high": 2000.0}
    (cell,) = filter(None, _as_table([row], "JPY").columns[1].cells)
    assert str(cell).splitlines() == ["1,500 JPY", "[dim]1,000 – 2,000[/dim]"]


def test_a_feed_that_a_held_file_stops_is_told_and_nothing_where_none_is() -> None:
    assert _stopped([]) == []
    ((label, told),) = _stopped([{"stopped_feed": "web", "stopped_by": "[half].csv", "reason_code": "ragged"}])
    assert label == "stopped"
    assert "web by \\[half].csv: `oms quarantine list` says why" in told
