"""What a place makes in a day, over the runs of one: what the log says that it was told of counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipelines.home import PROFILES, Home, create_home
from tests.pipeline.test_pre_selling import order, rows, run, tell

_SENT = "select location_id, count(*) from fct_allocations group by location_id order by location_id"
_WAITING = "select order_id, reason_code from fct_backorders order by order_id"


def _home(folder: Path, rules: str) -> Home:
    home = Home(folder / "home")
    create_home(home, PROFILES["demo"], {})
    home.sourcing_rules_path.write_text(rules)
    for rank, name in enumerate(("NEAR", "FAR"), start=1):
        tell(home, 0, "locations", location_id=name, name=name, kind="warehouse", timezone="UTC", country="DE",
             region="north" if rank == 1 else "south", ships_orders=True, sourcing_rank=rank)  # fmt: skip
        tell(home, 0, "stock_movements", movement_ref=name, line_ref="1", kind="receipt", sku="LAMP",
             location_id=name, quantity=50)  # fmt: skip
    tell(home, 0, "channels", channel_id="web", name="web", kind="web", currency="EUR", priority=1)
    tell(home, 0, "products", sku="LAMP", description="Lamp", currency="EUR", pack_quantity=1, is_active=True)
    return home


def test_two_runs_on_a_day_do_not_double_what_a_place_makes(tmp_path: Path) -> None:
    home = _home(tmp_path, "parcels_per_day: {NEAR: 3, FAR: 0}")
    order(home, 0, "a", 1)
    order(home, 0, "b", 1)
    run(home, "morning", is_proven=False)
    assert rows(home, _SENT) == [("NEAR", 2)]
    order(home, 0, "c", 1)
    order(home, 0, "d", 1)
    run(home, "afternoon", is_proven=True)
    assert rows(home, _SENT) == [("NEAR", 3)]
    assert rows(home, _WAITING) == [("web:d", "no_parcel_left")]
    order(home, 1, "e", 1)
    run(home, "tomorrow", is_proven=True)
    assert rows(home, _SENT) == [("NEAR", 5)]


def test_a_place_that_sends_nothing_for_days_keeps_nobody_waiting(tmp_path: Path) -> None:
    home = _home(tmp_path, "late_day_minor: 1000")
    off = {"kind": "no_dispatch", "location_id": "NEAR", "first_date": date(2026, 6, 1), "last_date": date(2026, 6, 3)}
    tell(home, 0, "planned_events", event_ref="stocktaking", **off)
    order(home, 0, "a", 1, promised_date=date(2026, 6, 3))
    run(home, "closed", is_proven=False)
    assert rows(home, _SENT) == [("FAR", 1)]
    assert rows(home, "select kind from fct_planned_events") == [("no_dispatch",)]
