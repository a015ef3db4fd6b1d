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
    integer(
        "release_transfers",
        "1: ordinary transfers to it are accepted by rule; 0: a person accepts each.",
        minimum=0,
        maximum=1,
        required=False,
    ),
    money(
        "release_order_minor",
        "Value of a purchase order up to which a rule accepts it, in the series' currency; 0: a person does.",
        **_AMOUNT,
    ),
    number(
        "release_weeks",
        "Most weeks of demand that a rule accepts as the quantity of a purchase.",
        unit="weeks",
        minimum=0,
        maximum=260,
        required=False,
    ),
)
#: Where places are planned together; empty where a place stands on its own.
NETWORK = (
    text("replenished_from", "Location that replenishes it; empty: its supplier does.", required=False),
    number("demand_correlation", "Of weekly demand between the places of its tree, pooled over SKUs.", required=False),
    integer(
        "service_time_days",
        "Days within which it serves the places that it replenishes; 0 where it serves customers.",
        unit="days",
        minimum=0,
        required=False,
    ),
    number(
        "qty_demand_std",
        "Standard deviation of the interval's demand that a place covers for those that it replenishes, and itself.",
        unit="base units",
        minimum=0,
        required=False,
    ),
)
