"""Columns that several marts share, said once.

Belongs here: columns and groups of columns, and what makes a mart of them.
Does not belong here: any actual table.
"""

from __future__ import annotations

from oms_core.contracts.schema import Column, Contract, instant, integer, number, text

SKU = text("sku", "Stock-keeping unit.")
LOCATION = text("location_id", "Location (node).")
CURRENCY = text("currency", "ISO 4217 code.")
STOCKED_OUT_SHARE = number(
    "stocked_out_share", "Share of the location's calendar day with nothing on hand.", minimum=0.0, maximum=1.0
)
KNOWN = instant("known_at", "When we learnt it.")
ORIGIN = (
    text("feed", "Feed that delivered the row behind it."),
    text("file_sha256", "File that held that row."),
    integer("row_number", "Record number in that file."),
)
LINE = (
    text("order_line_id", "`channel_id:order_ref:line_ref`."),
    text("order_id", "`channel_id:order_ref`."),
)


def mart(
    name: str,
    grain: str,
    key: tuple[str, ...],
    *columns: Column,
    by_month: bool = False,
    looked_up_by: tuple[str, ...] = (),
) -> Contract:
    """A mart of these columns, in this order."""
    return Contract(name, grain, key, columns, by_month=by_month, looked_up_by=looked_up_by)
