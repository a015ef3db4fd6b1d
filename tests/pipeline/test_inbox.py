"""How files come into the inbox: each to its feed, and none to where nobody reads it unheard."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oms_core.feeds import load_definitions
from pipelines.doctor import examine
from pipelines.home import PROFILES, Home, HomeError, create_home
from pipelines.reception.arrivals import find_unread
from pipelines.reception.inbox import choose_feed, copy_into_inbox
from pipelines.reception.landing import land_inbox
from pipelines.status import read_status
from tests.commands import call

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SHOP = Path(__file__).parents[2] / "oms_core" / "feeds" / "definitions" / "demo" / "pos_sales.yaml"


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    """A home whose one channel is a shop's till."""
    made = Home(tmp_path / "home")
    create_home(made, PROFILES["empty"], {})
    (made.feeds / "pos_sales.yaml").write_bytes(SHOP.read_bytes())
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("name", "feed"),
    [
        ("products_2026-05-30.csv", "products"),
        ("stock_counts.csv", "stock_counts"),
        ("stock_counts_north_2026-05-30.csv", "stock_counts_north"),
        ("channelside_2026-05-30.csv", "pos_sales"),
        ("2026-05-30.csv", "pos_sales"),
    ],
)
def test_a_file_goes_to_the_feed_after_which_it_is_named_else_to_the_one_channel(
    shop: Home, name: str, feed: str
) -> None:
    counts = (shop.feeds / "stock_counts.yaml").read_text().replace("feed: stock_counts", "feed: stock_counts_north")
    (shop.feeds / "stock_counts_north.yaml").write_text(counts)
    definitions = load_definitions(shop.feeds)
    assert choose_feed(definitions, name, None) == feed
    assert choose_feed(definitions, name, "lead_times") == "lead_times"


def test_a_folder_is_copied_to_all_its_feeds_or_to_none(shop: Home, folder: Path) -> None:
    (folder / "products_2026-05-30.csv").write_text("sku\n")
    (folder / "2026-05-30.csv").write_text("receipt_no\n")
    copied = copy_into_inbox(shop, folder, None)
    assert [path.parent.name for path in copied] == ["pos_sales", "products"]
    (shop.feeds / "pos_sales.yaml").unlink()
    (folder / "2026-05-29.csv").write_text("receipt_no\n")
    with pytest.raises(HomeError, match="Whose file is 2026-05-29"):
        copy_into_inbox(shop, folder, None)
    assert not list(shop.inbox.glob("*/2026-05-29.csv"))


def test_who_brings_a_bad_file_is_told_which_records_and_what_waits_behind_it(shop: Home, till_rows: Callable) -> None:  # type: ignore[type-arg]
    files = till_rows("2026-05-30", "much"), till_rows("2026-05-31", "1")
    done = call(shop.root, "ingest", str(files[0].parent))
    assert done.code == 1
    assert "2 of 2 records are bad" in done.err
    assert "Bad: record 1: " in done.err
    assert "much" in done.err
    assert "Waiting behind it in the inbox: 1 file." in done.err
    assert "twin" not in done.out
    assert "Bad: record 1: " in call(shop.root, "quarantine", "list").out


def test_what_was_set_aside_is_read_again_by_its_hash(shop: Home, till_rows: Callable) -> None:  # type: ignore[type-arg]
    call(shop.root, "ingest", str(till_rows("2026-05-30", "1.000")))
    (held,) = json.loads(call(shop.root, "quarantine", "list", "--json").out)["held"]
    again = "quarantine", "again", held["file_sha256"][:12]
    assert "waits in the inbox again" in call(shop.root, *again).out
    feed = shop.feeds / "pos_sales.yaml"
    feed.write_text(feed.read_text().replace("maximum_rejected_share: 0.05", "maximum_rejected_share: 1"))
    land_inbox(shop, NOW)
    stays = call(shop.root, *again)
    assert (stays.code, stays.out.count("still set aside: record")) == (1, 2)
    thousands = 'qty: {type: integer, format: "1.234,56"}'
    feed.write_text(feed.read_text().replace("qty: {type: integer}", thousands))
    assert "2 of 2 records landed" in call(shop.root, *again).out


def test_a_file_that_no_feed_reads_is_told_of(shop: Home) -> None:
    (shop.inbox / "possales").mkdir()
    (shop.inbox / "possales" / "2026-05-30.csv").write_text("receipt_no\n")
    (shop.inbox / "2026-05-31.csv").write_text("receipt_no\n")
    (shop.inbox / "products" / "products_2026-05-31.csv.part").write_text("sku\n")
    assert land_inbox(shop, NOW).landed == []
    assert [str(path.relative_to(shop.inbox)) for path in find_unread(shop)] == [
        "2026-05-31.csv",
        "possales/2026-05-30.csv",
    ]
    assert read_status(shop, NOW)["files_unread"] == 2
    (told,) = [finding for finding in examine(shop) if "feed's folder" in finding.statement]
    assert (told.is_error, len(told.offending)) == (False, 2)


@pytest.fixture
def till_rows(folder: Path) -> Callable[[str, str], Path]:
    def write(day: str, quantity: str) -> Path:
        header = "receipt_no,line_no,store_id,sold_at,sku,qty,unit_price,discount,tax,currency,customer_card"
        path = folder / f"pos_sales_{day}.csv"
        rows = [f"R1,{line},S01,{day}T10:00:00+02:00,A,{quantity},9.99,0.00,0.00,EUR," for line in (1, 2)]
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write
