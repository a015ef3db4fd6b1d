"""The planted dirt seen through the real feeds: every bad row is set aside, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from oms_core import feeds
from oms_core.twin import read_dirt
from oms_core.twin.wire import FILE_STEMS

DEFINITIONS = Path(feeds.__file__).parent / "definitions"


def _definition(feed: str) -> feeds.FeedDefinition:
    paths = [path for folder in ("demo", "canonical") for path in (DEFINITIONS / folder).glob(f"{feed}.yaml")]
    return feeds.load_definition(paths[0])


@pytest.mark.parametrize("feed", sorted(FILE_STEMS))
def test_the_feeds_reject_exactly_the_rows_that_were_planted(history, feed):
    dirt = read_dirt(history.truth_dir)
    copies = {d["file"]: d["copy_of"] for d in dirt if d["kind"] == "repeated_file"}
    planted = {(d["file"], d["record_number"]) for d in dirt if d["kind"] == "bad_row" and d["feed"] == feed}
    definition, rejected = _definition(feed), set()
    for path in sorted((history.inbox / feed).iterdir()):
        chunks = list(feeds.read(definition, path, key=b"a key of thirty-two bytes or more"))
        found = {rejection.row_number for chunk in chunks for rejection in chunk.rejections}
        assert len(found) <= definition.maximum_rejected_share * feeds.Totals.of(chunks).records
        rejected |= {(copies.get(path.name, path.name), number) for number in found}
    assert rejected == planted


def test_order_references_of_shipments_are_those_that_the_feeds_read(history, read_rows):
    known = set()
    for feed in ("shopify_orders", "marketplace_orders"):
        for path in sorted((history.inbox / feed).iterdir()):
            for chunk in feeds.read(_definition(feed), path, key=b"a key of thirty-two bytes or more"):
                table = chunk.accepted.get("order_lines")
                if table is not None:
                    columns = [table[name].to_pylist() for name in ("channel_id", "order_ref", "line_ref", "sku")]
                    known |= set(zip(*columns, strict=True))
    shipments = [row for row in read_rows(history.inbox, "stock_movements") if row["kind"] == "shipment"]
    assert {(r["channel_id"], r["order_ref"], r["order_line_ref"], r["sku"]) for r in shipments} <= known
