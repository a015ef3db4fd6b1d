"""The ledger of one SKU at one location: its postings, and its balance on either time axis.

Belongs here: the query over `fct_inventory_postings`, which is asked once a position, and what is reckoned of its
answer. Does not belong here: the position made of it (`position_queries`), any look.

Nothing that is posted ever changes: a correction is another posting, known later. So what was known at an instant is
the sum of the postings that had happened and were known by then, and what was true then that of all that had happened.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from dashboards.source import Query
from oms_core.inventory.ledger import HELD_ACCOUNTS

#: What is shown, and reckoned with. Only these columns: the ledger is the longest table there is.
_SHOWN = """
    posting_id, effective_at, movement_kind, quantity, known_at, row_number, feed, file_sha256, order_line_id, po_ref,
    reason"""


def postings(sku: str, location_id: str, columns: str = _SHOWN) -> Query:
    """All postings, the latest first, with the file of each, from when on it was both true and known (`believed_at`),
    and the balance after it in the order in which things happened."""
    return Query(
        f"""
    select posting.*, file.file_name, coalesce(order_line_id, po_ref, reason) as reference,
           greatest(effective_at, posting.known_at) as believed_at,
           sum(quantity) over (order by effective_at, posting.known_at, posting_id)::bigint as qty_balance
    from (select {columns} from fct_inventory_postings
          where sku = ? and location_id = ? and account in {HELD_ACCOUNTS}) as posting
    left join (select feed, file_sha256, any_value(file_name) as file_name from rpt_feed_files group by all) as file
        using (feed, file_sha256)
    order by effective_at desc, known_at desc, posting_id desc""",  # noqa: S608 - our own texts
        (sku, location_id),
    )


def balances(rows: pd.DataFrame, instant: datetime, as_of: datetime) -> dict[str, int]:
    """What we knew of an instant at it, what was true at it by all we know, and what is true at the snapshot's.

    `qty_late`: true then and not known yet; `qty_since`: moved since then; each with how many postings that is.
    """
    happened, is_now = rows["effective_at"] <= instant, rows["effective_at"] <= as_of
    late, since = happened & (rows["believed_at"] > instant), is_now & ~happened
    sums = {"true": happened, "known": happened & ~late, "now": is_now, "late": late, "since": since}
    return {
        **{f"qty_{name}": int(rows.loc[which, "quantity"].sum()) for name, which in sums.items()},
        "late_count": int(late.sum()),
        "since_count": int(since.sum()),
    }


def late(rows: pd.DataFrame, instant: datetime) -> pd.DataFrame:
    """Postings that had happened by an instant and became known after it: they are the difference of the two axes."""
    return rows[(rows["effective_at"] <= instant) & (rows["believed_at"] > instant)]


def both_axes(rows: pd.DataFrame, as_of: date, days: int) -> pd.DataFrame:
    """At the end of each day, UTC: what was true by all we know, and what we knew of it on that day."""
    shown = pd.date_range(as_of - timedelta(days=days - 1), as_of, tz="UTC")
    return pd.DataFrame(
        {
            "business_date": shown.date,
            "qty_true": _balance_before(rows, "effective_at", shown + timedelta(days=1)),
            "qty_known": _balance_before(rows, "believed_at", shown + timedelta(days=1)),
        }
    )


def _balance_before(rows: pd.DataFrame, axis: str, ends: pd.DatetimeIndex) -> np.ndarray:
    """The sum of what lies before each instant of an axis."""
    in_order = rows.sort_values(axis)
    sums = np.concatenate([[0], np.cumsum(in_order["quantity"].to_numpy(dtype="int64"))])
    found: np.ndarray = sums[pd.DatetimeIndex(in_order[axis]).searchsorted(ends, side="left")]
    return found
