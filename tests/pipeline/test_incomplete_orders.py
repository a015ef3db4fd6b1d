"""An order of which a record was set aside is held until that record has come, or until the desk lets it go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from pipelines.fulfilment.holding import hold_orders
from pipelines.home import Home
from pipelines.modelling.warehouse import load, select_table
from pipelines.reception.landing import land_inbox
from pipelines.reception.rereading import SetAside, find_set_aside, read_again
from pipelines.ticket import ticket_of
from tests.pipeline.hands import land

HEADER = (
    "order_id;item_id;status;purchased_at;sku;title;quantity;item_price;promo_discount;item_tax;currency;buyer_id;"
    "ship_country;ship_region;last_change_at"
)
AT = datetime(2026, 5, 30, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
#: The last word on each line of the orders here, by `ORDER/LINE`.
_WORDS = """
    select order_ref || '/' || order_line_ref as line, max_by(event_type, (effective_at, event_type)) as word
    from raw.order_events group by all order by all"""


def record(order: str, item: str, quantity: str = "2", **values: str) -> str:
    cells = {"order_id": order, "item_id": item, "status": "new", "purchased_at": "2026-05-30T09:00:00+02:00",
             "sku": "SKU-1", "quantity": quantity, "item_price": "9.99", "promo_discount": "0.00", "item_tax": "0.00",
             "currency": "EUR", "last_change_at": "2026-05-30T09:00:00+02:00"} | values  # fmt: skip
    return ";".join(cells.get(name, "") for name in HEADER.split(";"))


#: Enough good orders for a bad record or two to be no pattern.
OTHERS = tuple(record(f"OTHER-{number}", f"I-{number}") for number in range(60))
BROKEN = record("BROKEN", "B-2", "two")


def receive(home: Home, day: str, *records: str) -> str:
    """Land a file of the marketplace and let a run look at it; the file's hash."""
    path = home.inbox / "marketplace_orders" / f"marketplace_{day}.csv"
    path.write_text("\n".join((HEADER, *records)) + "\n", encoding="utf-8")
    (unit,) = land_inbox(home, NOW).landed
    look(home, day)
    return unit.file_sha256


def look(home: Home, run: str) -> int:
    ticket = ticket_of(home, run)
    load(home, ticket.as_of, ticket.run_id)
    return hold_orders(home, ticket)


def words(home: Home) -> dict[str, str]:
    return {row["line"]: row["word"] for row in select_table(home, _WORDS).to_pylist()}


def test_the_rest_of_an_order_waits_for_the_line_that_could_not_be_read(home: Home) -> None:
    receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"), BROKEN, record("BROKEN", "B-3"))
    assert words(home) == {"BROKEN/B-1": "held", "BROKEN/B-3": "held"}
    (told,) = select_table(home, "select distinct reason, source_id from raw.order_events").to_pylist()
    assert told["reason"] == (
        "incomplete order: record 62 of marketplace_2026-05-30.csv is of this order, and was set aside"
    )
    assert look(home, "again") == 0


def test_an_order_of_two_files_is_held_as_one(home: Home) -> None:
    receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"))
    assert words(home) == {}
    receive(home, "2026-05-31", *OTHERS, BROKEN)
    assert words(home) == {"BROKEN/B-1": "held"}


def test_the_hold_ends_once_the_line_is_sent_again(home: Home) -> None:
    receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"), BROKEN)
    receive(home, "2026-05-31", record("BROKEN", "B-1"), *OTHERS)
    assert words(home) == {"BROKEN/B-1": "held"}, "another line of the order is not the one that is missed"
    receive(home, "2026-06-01", record("BROKEN", "B-2"), *OTHERS)
    assert words(home) == {"BROKEN/B-1": "hold_released"}
    assert look(home, "again") == 0


def test_the_hold_ends_once_the_record_is_read_again_by_a_mended_definition(home: Home) -> None:
    digest = receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"), BROKEN)
    path = home.feeds / "marketplace_orders.yaml"
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    definition["rules"][0]["fields"]["quantity"] = {"constant": 2}
    definition["columns"]["quantity"]["type"] = "text"
    path.write_text(yaml.safe_dump(definition), encoding="utf-8")
    aside = find_set_aside(home, digest[:12])
    assert isinstance(aside, SetAside)
    read_again(home, aside, NOW)
    look(home, "again")
    assert words(home) == {"BROKEN/B-1": "hold_released"}


def test_a_record_whose_line_cannot_be_told_is_replaced_by_any_line_that_its_order_did_not_have(home: Home) -> None:
    receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"), record("BROKEN", ""))
    assert words(home) == {"BROKEN/B-1": "held"}
    receive(home, "2026-05-31", *OTHERS, record("BROKEN", "B-2"))
    assert words(home) == {"BROKEN/B-1": "hold_released"}


@pytest.mark.parametrize("kind", ["held", "hold_released"])
def test_what_the_desk_says_of_the_line_stands(home: Home, kind: str) -> None:
    receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"), BROKEN)
    desk = {"source_id": "order_desk", "event_ref": "1", "event_type": kind, "channel_id": "marketplace",
            "order_ref": "BROKEN", "order_line_ref": "B-1", "quantity": 2}  # fmt: skip
    land(home, "order_events", desk, at=AT + timedelta(hours=20))
    assert look(home, "after the desk") == 0
    receive(home, "2026-06-01", record("BROKEN", "B-2"), *OTHERS)
    assert words(home) == {"BROKEN/B-1": kind}


def test_nothing_is_held_of_what_has_left_or_is_cancelled(home: Home) -> None:
    left = {"movement_ref": "S-1", "line_ref": "1", "kind": "shipment", "sku": "SKU-1", "location_id": "WH-1",
            "quantity": 2, "channel_id": "marketplace", "order_ref": "BROKEN", "order_line_ref": "B-1"}  # fmt: skip
    land(home, "stock_movements", left, at=AT)
    receive(home, "2026-05-30", *OTHERS, record("BROKEN", "B-1"), record("BROKEN", "B-4", status="cancelled"), BROKEN)
    assert words(home) == {}
