"""Reading again what a definition had set aside: each record landed once, as if it came when it could be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from oms_core.store.held import Held
from pipelines.home import Home, HomeError
from pipelines.log import Log, Unit
from pipelines.modelling.warehouse import load
from pipelines.reception.landing import land_inbox
from pipelines.reception.originals import list_held, release_held
from pipelines.reception.rereading import SetAside, find_set_aside, read_again

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
GOOD = [(f"R{n}", "SKU-1", "2", "9.99") for n in range(50)]
COMMA = ("R99", "SKU-1", "1", "1'200.50")
Till = Callable[..., Path]


def mend(home: Home, column: str, **changes: Any) -> None:
    path = home.feeds / "pos_sales.yaml"
    definition = yaml.safe_load(path.read_text())
    definition["columns"][column] |= changes
    path.write_text(yaml.safe_dump(definition))


def rows_of(home: Home, unit: Unit) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(Log(home.landing).path(unit, "order_lines")).to_pylist()
    return rows


def set_aside(home: Home, unit: Unit) -> SetAside:
    found = find_set_aside(home, unit.file_sha256[:12])
    assert isinstance(found, SetAside)
    return found


def test_records_that_the_mended_definition_takes_are_landed_alone_and_once(home: Home, till: Till) -> None:
    till("2026-05-30", [*GOOD, COMMA, ("R100", "SKU-1", "many", "1.00")])
    (first,) = land_inbox(home, NOW).landed
    mend(home, "unit_price", format="1'234.56")
    reading = read_again(home, set_aside(home, first), LATER)
    assert reading.unit is not None
    (row,) = rows_of(home, reading.unit)
    assert (row["order_ref"], row["row_number"], row["unit_price_minor"]) == ("R99", 51, 120050)
    assert [rejection.row_number for rejection in reading.still_bad] == [52]
    assert reading.unit.file_name == first.file_name
    again = read_again(home, set_aside(home, first), LATER)
    assert (again.unit, again.is_new) == (reading.unit, False)
    assert len(Log(home.landing).units) == 2


def test_what_is_read_again_is_known_after_what_was_seen(home: Home, till: Till) -> None:
    till("2026-05-31", [*GOOD, COMMA])
    (first,) = land_inbox(home, NOW).landed
    load(home, NOW, "a run")
    mend(home, "unit_price", format="1'234.56")
    reading = read_again(home, set_aside(home, first), LATER)
    assert reading.unit is not None
    assert reading.unit.known_at > first.known_at
    assert {row["known_at"] for row in rows_of(home, reading.unit)} == {reading.unit.known_at}


def test_nothing_is_landed_where_all_stays_bad_or_the_original_is_gone(home: Home, till: Till) -> None:
    till("2026-05-30", [*GOOD, COMMA])
    (first,) = land_inbox(home, NOW).landed
    assert read_again(home, set_aside(home, first), LATER).unit is None
    for original in (home.received / "pos_sales").iterdir():
        original.unlink()
    with pytest.raises(HomeError, match="is not there any more"):
        read_again(home, set_aside(home, first), LATER)
    assert len(Log(home.landing).units) == 1


def test_a_held_file_is_landed_once_its_definition_is_mended(home: Home, till: Till) -> None:
    till("2026-05-30", [COMMA] * 1 + [("R98", "SKU-1", "1", "2'000.00")])
    (held,) = land_inbox(home, NOW).held
    mend(home, "unit_price", format="1'234.56")
    found = find_set_aside(home, held.file_sha256[:12])
    assert isinstance(found, Held)
    release_held(home, found)
    assert list_held(home) == []
    assert land_inbox(home, LATER).count("accepted_count") == 2


def test_a_held_file_does_not_take_the_place_of_another_of_its_name(home: Home, till: Till) -> None:
    till("2026-05-30", [COMMA] * 2)
    (held,) = land_inbox(home, NOW).held
    till("2026-05-30", GOOD)
    with pytest.raises(HomeError, match=r"Another pos_sales_2026-05-30.csv waits"):
        release_held(home, held)
    assert list_held(home) == [held]
    with pytest.raises(HomeError, match="Nothing that was set aside"):
        find_set_aside(home, "xyz")


def test_records_that_a_definition_leaves_out_hold_no_file(home: Home, till: Till) -> None:
    path = home.feeds / "pos_sales.yaml"
    definition = yaml.safe_load(path.read_text())
    definition["rules"].insert(0, {"when": {"column": "sku", "equals": "SKU-9"}, "skip": "sold_by_another"})
    path.write_text(yaml.safe_dump(definition))
    till("2026-05-30", [*GOOD[:5], *[(f"S{n}", "SKU-9", "1", "1.00") for n in range(50)]])
    report = land_inbox(home, NOW)
    assert (report.held, report.count("accepted_count"), report.count("quarantined_count")) == ([], 5, 50)
    till("2026-05-31", [*GOOD[:3], *[("R1", "SKU-1", "x", "1.00")] * 2, ("S1", "SKU-9", "1", "1.00")])
    (held,) = land_inbox(home, NOW).held
    assert "2 of 5 records are bad" in held.reason
    assert "another" not in held.reason
