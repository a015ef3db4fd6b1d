"""What planners say of coming demand: their overrides of the forecast.

Belongs here: the contract of the feed. Does not belong here: what an override does to a forecast
(`forecasting.overrides`).
"""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts.schema import Condition, Contract, day, instant, number, text

KINDS = ("multiply", "add", "set", "withdrawn")


def _is(table: pa.Table, *kinds: str) -> pa.ChunkedArray:
    return pc.is_in(table["kind"], value_set=pa.array(kinds))


def _covers_no_sku(table: pa.Table) -> pa.ChunkedArray:
    return pc.and_(_is(table, "add", "set"), pc.is_null(table["sku"]))


def _covers_all(table: pa.Table) -> pa.ChunkedArray:
    scopes = [pc.is_null(table[name]) for name in ("sku", "location_id", "category")]
    return pc.and_(_is(table, "multiply"), reduce(pc.and_, [*scopes, pc.is_null(table["event"])]))


FORECAST_OVERRIDES = Contract(
    "forecast_overrides",
    "one row a statement of an override of the forecast; the latest of a reference is in force",
    ("override_ref",),
    (
        text("override_ref", "The planner's own name for it: stated again, it replaces what it said before."),
        text(
            "kind",
            "`multiply`: times the value; `add`: so many units a day more, or less; `set`: so many units a day; "
            "`withdrawn`: no longer.",
            allowed=KINDS,
        ),
        number("value", "The factor, or units a day of each series covered.", minimum=-1_000_000, maximum=1_000_000),
        text("sku", "SKU that it covers; empty for all.", required=False),
        text("location_id", "Location that it covers; empty for all.", required=False),
        text("category", "Category of products that it covers; empty for all.", required=False),
        day("first_date", "First day that it covers."),
        day("last_date", "Last day that it covers."),
        text("event", "What happens then (a promotion, a holiday), where it is for an event.", required=False),
        text("author", "Who says so.", personal=True),
        text("reason", "Why."),
        instant("effective_at", "When it was said."),
        day("business_date", "Calendar day of `effective_at` in the source's own zone."),
    ),
    conditions=(
        Condition(
            "ends_before_it_begins",
            "the last day that an override covers is not before its first",
            lambda table: pc.less(table["last_date"], table["first_date"]),
        ),
        Condition(
            "negative_demand",
            "demand cannot be set to less than nothing, nor multiplied by it",
            lambda table: pc.and_(_is(table, "multiply", "set"), pc.less(table["value"], 0)),
        ),
        Condition("override_without_sku", "units are added or set for one SKU: name it", _covers_no_sku),
        Condition(
            "override_without_scope",
            "an override names the SKU, the location, the category or the event that it is for",
            _covers_all,
        ),
    ),
)
