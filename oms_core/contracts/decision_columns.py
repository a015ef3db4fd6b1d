"""Columns that several landed decisions share, said once.

Belongs here: groups of columns of `decisions` and `documents`. Does not belong here: any actual contract.
"""

from __future__ import annotations

from oms_core.contracts.schema import day, instant, text

DECIDED_AT = (
    instant("effective_at", "The run's `as_of`."),
    day("business_date", "Calendar day of the run."),
)
RUN_ID = text("run_id", "Run that decided: hash of landing, policies and `as_of`.")
ORDER_LINE = (
    text("channel_id", "Channel of the order."),
    text("order_ref", "The channel's order number."),
    text("line_ref", "The channel's line id."),
    text("sku", "What was ordered."),
)
