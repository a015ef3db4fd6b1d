"""A channel states a line anew after it was allocated, with another SKU or from elsewhere: what was promised ends."""

from __future__ import annotations

from pathlib import Path

from pipelines.home import PROFILES, Home, create_home
from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
from tests.pipeline.test_pre_selling import order, rows, run, tell

_RESERVED = "select sku, qty_pending, reservation_state from fct_reservations order by sku"
_POSITION = "select sku, qty_reserved, qty_ats from fct_inventory_position order by sku"
_HELD = "select order_id, waits_for, hold_reason from fct_order_lines where qty_held > 0"


def test_what_was_promised_of_another_sku_is_free_again_and_the_line_gets_what_it_asks_for(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create_home(home, PROFILES["demo"], {})
    tell(home, 0, "locations", location_id="WH", name="WH", kind="warehouse", timezone="UTC", region="north",
         country="DE", ships_orders=True, sourcing_rank=1)  # fmt: skip
    tell(home, 0, "channels", channel_id="web", name="web", kind="web", currency="EUR", priority=1)
    for sku in ("LAMP", "SHADE"):
        tell(home, 0, "products", sku=sku, description=sku, currency="EUR", pack_quantity=1, is_active=True)
        tell(home, 0, "stock_movements", movement_ref=sku, line_ref="1", kind="receipt", sku=sku, location_id="WH",
             quantity=5)  # fmt: skip
    order(home, 0, "first", 3)
    order(home, 0, "odd", 3, sku="ODD")
    run(home, "placed", is_proven=False)
    assert rows(home, _RESERVED) == [("LAMP", 3, "pending")]
    assert rows(home, _HELD) == [("web:odd", "product", "ODD is not in the product feed: 3 units wait for it.")]
    order(home, 1, "first", 3, sku="SHADE")
    order(home, 1, "odd", 2, sku="ODD")
    run(home, "changed", is_proven=True)
    assert rows(home, _RESERVED) == [("LAMP", 0, "expired"), ("SHADE", 3, "pending")]
    assert rows(home, _POSITION) == [("LAMP", 0, 5), ("SHADE", 3, 2)]
    assert rows(home, "select sku, qty_allocated from fct_order_lines where qty_held = 0") == [("SHADE", 3)]
    assert rows(home, _HELD) == [("web:odd", "product", "ODD is not in the product feed: 2 units wait for it.")]
    rebuild_warehouse(home)
    assert compare_with_snapshot(home) == {}


def test_who_is_to_come_elsewhere_finds_it_there_and_not_where_he_was_to_come_before(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create_home(home, PROFILES["demo"], {})
    tell(home, 0, "channels", channel_id="web", name="web", kind="web", currency="EUR", priority=1)
    tell(home, 0, "products", sku="LAMP", description="Lamp", currency="EUR", pack_quantity=1, is_active=True)
    for kind, name in (("store", "ST-1"), ("store", "ST-2"), ("warehouse", "WH")):
        tell(home, 0, "locations", location_id=name, name=name, kind=kind, timezone="UTC", region="north",
             country="DE", ships_orders=kind == "warehouse", sourcing_rank=1)  # fmt: skip
        tell(home, 0, "stock_movements", movement_ref=name, line_ref="1", kind="receipt", sku="LAMP",
             location_id=name, quantity=5)  # fmt: skip
    order(home, 0, "moves", 1, fulfilment_method="pickup", location_id="ST-1")
    order(home, 0, "sent", 2, fulfilment_method="pickup", location_id="ST-1")
    order(home, 0, "stays", 1, fulfilment_method="pickup", location_id="ST-1")
    run(home, "placed", is_proven=False)
    order(home, 1, "moves", 1, fulfilment_method="pickup", location_id="ST-2")
    order(home, 1, "sent", 2)
    order(home, 1, "stays", 1, fulfilment_method="reserve", location_id="ST-1")
    run(home, "changed", is_proven=True)
    reserved = """
        select order_id, location_id, qty_pending, reservation_state
        from fct_reservations order by order_id, location_id"""
    assert rows(home, reserved) == [
        ("web:moves", "ST-1", 0, "expired"), ("web:moves", "ST-2", 1, "pending"), ("web:sent", "ST-1", 0, "expired"),
        ("web:sent", "WH", 2, "pending"), ("web:stays", "ST-1", 1, "pending"),
    ]  # fmt: skip
    free = "select location_id, qty_ats from fct_inventory_position order by location_id"
    assert rows(home, free) == [("ST-1", 4), ("ST-2", 4), ("WH", 3)]
