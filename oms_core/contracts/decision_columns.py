"""Columns that several landed decisions share, said once.

Belongs here: groups of columns of `decisions` and `documents`. Does not belong here: any actual contract.
"""

from __future__ import annotations

from typing import Any

from oms_core.contracts.schema import day, instant, integer, money, number, text

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

_AMOUNT: dict[str, Any] = {"minimum": 0, "maximum": 100_000_000, "required": False}
_DAYS: dict[str, Any] = {"unit": "days", "maximum": 365, "required": False}
_SHARE: dict[str, Any] = {"unit": "share", "required": False}
#: What a rule may set besides target, lead time and minimum; each empty where it is not set there.
POLICY_TERMS = (
    integer("review_period_days", "Days between reviews, instead of the supplier's.", minimum=1, **_DAYS),
    money("order_cost_minor", "Cost of an order, in the series' currency.", **_AMOUNT),
    number("holding_share", "Cost of holding a unit for a year, of its cost.", minimum=0.01, maximum=5, **_SHARE),
    money("transfer_cost_minor", "Cost of a transfer as a whole, in the series' currency.", **_AMOUNT),
    number("transfer_cost_share", "Cost of moving a unit, of its price.", minimum=0, maximum=1, **_SHARE),
    integer("transfer_days", "Days that a transfer to it takes.", minimum=0, **_DAYS),
    integer(
        "network_planning",
        "1: planned together with the place that replenishes it; 0: each place on its own.",
        minimum=0,
        maximum=1,
        required=False,
    ),
)
