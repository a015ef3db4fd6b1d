"""Which of a line's units its locations have been told of, as the desk reads it from the marts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from oms_core.orders.desk import OnDocument, Place
from oms_core.store.published.desk_lines import desk_lines

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """The columns that the desk reads, and one line of six mugs."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("""
            create table fct_order_lines as select 'web:1:1' as order_line_id, 'web:1' as order_id, 'web' as channel_id,
                '1' as order_ref, '1' as line_ref, 'MUG' as sku, 'allocated' as line_state, 6 as qty_ordered,
                0 as qty_fulfilled, 0 as qty_cancelled, 'ship' as fulfilment_method, 'DE' as ship_to_country,
                'north' as ship_to_region;
            create table dim_product as select 'MUG' as sku;
            create table fct_reservations (order_line_id varchar, location_id varchar, qty_pending bigint,
                qty_unreleased bigint);
            create table fct_exports (order_line_id varchar, location_id varchar, export_id varchar, line_number bigint,
                exported_at timestamptz, qty_exported bigint, qty_shipped bigint, answer varchar, is_void boolean)""")
        yield connection


def reserve(marts: duckdb.DuckDBPyConnection, quantity: int, unreleased: int = 0) -> None:
    marts.execute("insert into fct_reservations values ('web:1:1', 'WH', ?, ?)", [quantity, unreleased])


def tell(marts: duckdb.DuckDBPyConnection, export_id: str, hours: int, quantity: int, shipped: int = 0) -> None:
    values = [export_id, AT + timedelta(hours=hours), quantity, shipped]
    marts.execute("insert into fct_exports values ('web:1:1', 'WH', ?, 1, ?, ?, ?, null, false)", values)


def place(marts: duckdb.DuckDBPyConnection, **states: str) -> Place:
    line = desk_lines(
        lambda sql, parameters: marts.execute(sql, parameters).to_arrow_table(), lambda _: states, ["web:1:1"]
    )["web:1:1"]
    (found,) = line.places
    return found


def test_what_waits_for_its_wave_is_told_by_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    reserve(marts, 6, unreleased=6)
    assert place(marts) == Place("WH", 6)
    assert place(marts).qty_untold == 6


def test_one_document_tells_of_what_several_runs_reserved(marts: duckdb.DuckDBPyConnection) -> None:
    reserve(marts, 4)
    reserve(marts, 2)
    tell(marts, "wave", 18, 6)
    assert place(marts) == Place("WH", 6, (OnDocument("wave", 6, "sent"),))
    assert place(marts).qty_told == 6


def test_documents_are_told_in_their_order_with_their_states(marts: duckdb.DuckDBPyConnection) -> None:
    reserve(marts, 7, unreleased=1)
    tell(marts, "at once", 0, 4)
    tell(marts, "wave", 18, 2)
    assert place(marts, wave="new") == Place("WH", 7, (OnDocument("at once", 4, "sent"), OnDocument("wave", 2, "new")))
    assert (place(marts).qty_told, place(marts).qty_untold) == (6, 1)


def test_an_order_that_is_refused_of_a_document_is_not_its_locations(marts: duckdb.DuckDBPyConnection) -> None:
    reserve(marts, 6)
    tell(marts, "at once", 0, 6)
    marts.execute("update fct_exports set answer = 'rejected'")
    refused = place(marts, **{"at once": "partial"})
    assert (refused.documents, refused.qty_untold) == ((OnDocument("at once", 6, "rejected"),), 6)


def test_what_a_document_has_shipped_is_told_no_more(marts: duckdb.DuckDBPyConnection) -> None:
    reserve(marts, 2)
    tell(marts, "at once", 0, 6, shipped=4)
    assert place(marts) == Place("WH", 2, (OnDocument("at once", 2, "sent"),))


def test_a_document_that_was_refused_says_nothing_of_what_was_reserved_since(marts: duckdb.DuckDBPyConnection) -> None:
    tell(marts, "refused", 0, 6)
    reserve(marts, 6, unreleased=6)
    assert place(marts) == Place("WH", 6)
    tell(marts, "again", 1, 6)
    marts.execute("update fct_reservations set qty_unreleased = 0")
    assert place(marts).documents == (OnDocument("again", 6, "sent"),)
