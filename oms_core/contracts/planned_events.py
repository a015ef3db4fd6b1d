"""What is planned for coming days: promotions, and days on which a location takes no demand, or sends nothing.

Belongs here: the contract of the feed. Does not belong here: what a forecast makes of it (`forecasting.known_ahead`) or
allocation (`allocation.stated.working_days`).
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts.schema import Condition, Contract, day, instant, number, text

KINDS = ("promotion", "closed", "no_dispatch", "withdrawn")
#: Kinds of a location that does not work.
DAYS_OFF = ("closed", "no_dispatch")


def _is(table: pa.Table, kind: str) -> pa.ChunkedArray:
    return pc.equal(table["kind"], kind)


def _has_no_discount(table: pa.Table) -> pa.ChunkedArray:
    told = pc.fill_null(pc.greater(table["discount_share"], 0.0), False)
    return pc.and_(_is(table, "promotion"), pc.invert(told))


def _covers_all(table: pa.Table) -> pa.ChunkedArray:
    nobody = pc.and_(pc.is_null(table["sku"]), pc.is_null(table["category"]))
    is_off = pc.is_in(table["kind"], pa.array(DAYS_OFF))
    return pc.or_(pc.and_(_is(table, "promotion"), nobody), pc.and_(is_off, pc.is_null(table["location_id"])))


PLANNED_EVENTS = Contract(
    "planned_events",
    "one row a statement of a planned event; the latest of a reference is in force",
    ("event_ref",),
    (
        text("event_ref", "The planner's own name for it: stated again, it replaces what it said before."),
        text(
            "kind",
            "`promotion`: sold at a discount; `closed`: a location takes no demand and sends nothing; `no_dispatch`: "
            "it sends nothing, and takes demand all the same; `withdrawn`: not to be after all.",
            allowed=KINDS,
        ),
        number(
            "discount_share",
            "Of a promotion: the planned part of the price that is let off, which says how strong it is.",
            minimum=0.0,
            maximum=1.0,
            required=False,
        ),
        text("sku", "SKU that it covers; empty for all of the category.", required=False),
        text("location_id", "Location that it covers; empty for all.", required=False),
        text("category", "Category of products that it covers; empty for all.", required=False),
        day("first_date", "First day that it covers."),
        day("last_date", "Last day that it covers."),
        text("name", "Name for people.", required=False),
        instant("effective_at", "When it was said."),
        day("business_date", "Calendar day of `effective_at` in the source's own zone."),
    ),
    conditions=(
        Condition(
            "ends_before_it_begins",
            "the last day that an event covers is not before its first",
            lambda table: pc.less(table["last_date"], table["first_date"]),
        ),
        Condition(
            "promotion_without_discount", "a promotion says which part of the price it lets off", _has_no_discount
        ),
        Condition("event_without_scope", "a promotion names its SKU or category, a day off its location", _covers_all),
    ),
)
