"""The ledger of one SKU at one location: its postings, and its balance on either time axis.

Belongs here: queries over `fct_inventory_postings`. Does not belong here: the position made of it
(`position_queries`), any look.

Nothing that is posted ever changes: a correction is another posting, known later. So what was known at an instant is
the sum of the postings that had happened and were known by then, and what was true then that of all that had happened.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dashboards.search import PAGE_ROWS
from dashboards.source import Query
from oms_core.inventory.ledger import HELD_ACCOUNTS

_OF_SERIES = f"sku = ? and location_id = ? and account in {HELD_ACCOUNTS}"
#: What balances are made of. Only these columns: the ledger is the longest table there is.
_MOVED = f"""
    select quantity, effective_at, greatest(effective_at, known_at) as believed_at
    from fct_inventory_postings where {_OF_SERIES}"""  # noqa: S608 - our own texts
_SHOWN = """
    posting_id, effective_at, movement_kind, quantity, known_at, row_number, feed, file_sha256, order_line_id, po_ref,
    reason"""
_LATEST_FIRST = "order by effective_at desc, known_at desc, posting_id desc"


def _posted(columns: str) -> str:
    """Postings with the file of each, and the balance after it in the order in which things happened."""
    return f"""
    select posting.*, file.file_name, coalesce(order_line_id, po_ref, reason) as reference,
           greatest(effective_at, posting.known_at) as believed_at,
           sum(quantity) over (order by effective_at, posting.known_at, posting_id)::bigint as qty_balance
    from (select {columns} from fct_inventory_postings where {_OF_SERIES}) as posting
    left join (select feed, file_sha256, any_value(file_name) as file_name from rpt_feed_files group by all) as file
        using (feed, file_sha256)"""  # noqa: S608 - our own texts


def postings(sku: str, location_id: str) -> Query:
    """All postings, the latest first, each with the balance after it in the order in which things happened."""
    return Query(f"{_posted('*')} {_LATEST_FIRST}", (sku, location_id))


def postings_page(sku: str, location_id: str, offset: int) -> Query:
    """One page of them, with the columns that are shown."""
    return Query(f"{_posted(_SHOWN)} {_LATEST_FIRST} limit {PAGE_ROWS} offset ?", (sku, location_id, offset))


def balances(sku: str, location_id: str, instant: datetime, as_of: datetime) -> Query:
    """What we knew of an instant at it, what was true at it by all we know, and what is true at the snapshot's.

    `qty_late`: true then and not known yet; `qty_since`: moved since then; `posting_count`: all there are.
    """
    moved = _MOVED.replace("sku = ?", "sku = $3").replace("location_id = ?", "location_id = $4")
    return Query(
        f"""
    select coalesce(sum(quantity) filter (believed_at <= $1), 0)::bigint as qty_known,
           coalesce(sum(quantity) filter (effective_at <= $1), 0)::bigint as qty_true,
           coalesce(sum(quantity) filter (effective_at <= $2), 0)::bigint as qty_now,
           qty_true - qty_known as qty_late, qty_now - qty_true as qty_since,
           count(*) filter (effective_at <= $1 and believed_at > $1)::bigint as late_count,
           count(*) filter (effective_at > $1 and effective_at <= $2)::bigint as since_count,
           count(*)::bigint as posting_count
    from ({moved})""",  # noqa: S608 - our own texts
        (instant, as_of, sku, location_id),
    )


def late(sku: str, location_id: str, instant: datetime) -> Query:
    """Postings that had happened by an instant and became known after it: they are the difference of the two axes."""
    return Query(
        f"select * from ({_posted(_SHOWN)}) where effective_at <= ? and believed_at > ? {_LATEST_FIRST}",  # noqa: S608
        (sku, location_id, instant, instant),
    )


def both_axes(sku: str, location_id: str, as_of: date, days: int) -> Query:
    """At the end of each day, UTC: what was true by all we know, and what we knew of it on that day."""
    return Query(
        f"""
    with days as (select range::date as day from range(?::timestamp, ?::timestamp, interval 1 day))
    select day as business_date,
           coalesce(sum(quantity) filter (effective_at < (day + 1)), 0)::bigint as qty_true,
           coalesce(sum(quantity) filter (believed_at < (day + 1)), 0)::bigint as qty_known
    from days cross join ({_MOVED}) group by day order by day""",  # noqa: S608 - our own texts
        (as_of - timedelta(days=days - 1), as_of + timedelta(days=1), sku, location_id),
    )
