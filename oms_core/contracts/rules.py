"""The rules of availability: what may be promised, and what is held back from it, as planners state them.

Belongs here: the kinds of rules with their subject, unit and bounds, and their contract.
Does not belong here: what follows from a rule (`oms_core.inventory`, dbt's `rule_value`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts.schema import Condition, Contract, day, instant, number, text


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of rule: what its value means, its bounds, and what it may be narrowed to.

    `about` names the column without which the rule says nothing; `by` those that may narrow it.
    """

    meaning: str
    minimum: float
    maximum: float
    by: tuple[str, ...]
    about: str = ""


_PLACE = ("sku", "location_id")
_SOLD_AHEAD = ("sku", "supplier_id", "channel_id")
RULE_KINDS = {
    "supply_confidence": RuleKind(
        "probability that supply is there on the day it is promised for", 0.5, 0.999, ("supplier_id",)
    ),
    "channel_share": RuleKind(
        "share of what a location may sell that only this channel may take", 0, 1, _PLACE, about="channel_id"
    ),
    "channel_units": RuleKind(
        "units a location keeps for this channel from the rule's day on; what it takes is subtracted, what comes back "
        "to it is added",
        0,
        1_000_000,
        _PLACE,
        about="channel_id",
    ),
    "kept_back_share": RuleKind(
        "share of a location's safety stock that orders may not take, kept for who walks in; without a rule 1 in a "
        "store, 0 elsewhere",
        0,
        1,
        ("location_id",),
    ),
    "stale_days": RuleKind(
        "days without a word from a location after which its stock is in doubt", 1, 365, ("location_id",)
    ),
    "failing_share": RuleKind(
        "share of refused records in the latest file of a location's feed from which its stock is in doubt; of a held "
        "file all are",
        0.000001,
        1,
        ("location_id",),
    ),
    "doubt_share": RuleKind(
        "share of on hand that is held back while a location's stock is in doubt; 1 holds all of it",
        0,
        1,
        ("location_id",),
    ),
    "count_tolerance": RuleKind(
        "units by which a count may differ from the ledger; beyond them it is held for review", 0, 1_000_000, _PLACE
    ),
    "inspect_returns": RuleKind(
        "1: what comes back to a location that does not say its disposition lies blocked until the location says what "
        "became of it; 0: it is for sale",
        0,
        1,
        _PLACE,
    ),
    "clearing_days": RuleKind(
        "days after which what has left one account and not come to the next (in transit, blocked, held counts, to "
        "ship, due of suppliers) needs somebody",
        0,
        365,
        ("location_id",),
    ),
    "reservation_days": RuleKind(
        "days after which a reservation that its location has not shipped expires", 1, 365, ("location_id",)
    ),
    "order_patience_days": RuleKind(
        "days after its expected date until which a purchase order or transfer of ours counts as coming though nobody "
        "else has spoken of it",
        0,
        365,
        ("supplier_id",),
    ),
    "supply_patience_days": RuleKind(
        "days after its expected date, or after its supplier last stated it where that is later, until which a "
        "purchase order's open line counts as coming",
        0,
        1095,
        ("supplier_id",),
    ),
    "pre_sell_share": RuleKind(
        "share of a purchase order's line that may be sold before it is here, to orders placed from the rule's day on",
        0,
        1,
        _SOLD_AHEAD,
    ),
    "pre_sell_units": RuleKind(
        "units of a purchase order's line that may be sold before it is here, where they are more than the share",
        0,
        1_000_000,
        _SOLD_AHEAD,
    ),
    "oversell_units": RuleKind(
        "units by which a location may promise and ship beyond what lies there for sale: its stock may be below 0 by "
        "as many",
        0,
        1_000_000,
        _PLACE,
    ),
    "duplicate_hours": RuleKind(
        "hours within which a new order of the same customer, goods and amounts as another one is held until somebody "
        "releases it; 0 looks for none",
        0,
        720,
        (),
        about="channel_id",
    ),
    "peg_lock_days": RuleKind(
        "days before its supply is due in which a peg stays with its order line", 0, 365, ("location_id",)
    ),
}
_SCOPES = ("supplier_id", "channel_id", "location_id", "sku")


def _is_out_of_bounds(table: pa.Table) -> pa.ChunkedArray:
    limits = [(name, kind.minimum, kind.maximum) for name, kind in RULE_KINDS.items()]
    return _any(
        pc.and_(pc.equal(table["rule"], name), pc.or_(pc.less(table["value"], low), pc.greater(table["value"], high)))
        for name, low, high in limits
    )


def _lacks_its_subject(table: pa.Table) -> pa.ChunkedArray:
    subjects = [(name, kind.about) for name, kind in RULE_KINDS.items() if kind.about]
    return _any(pc.and_(pc.equal(table["rule"], name), pc.is_null(table[about])) for name, about in subjects)


def _is_narrowed_in_vain(table: pa.Table) -> pa.ChunkedArray:
    return _any(
        pc.and_(pc.equal(table["rule"], name), pc.is_valid(table[scope]))
        for name, kind in RULE_KINDS.items()
        for scope in _SCOPES
        if scope not in (*kind.by, kind.about)
    )


def _any(masks: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    return reduce(pc.or_, masks)


AVAILABILITY_RULES = Contract(
    "availability_rules",
    "one row a statement of a rule of what may be promised; the latest of a scope counts, the narrowest scope wins: "
    "a SKU's before a location's or supplier's before a channel's before that for all",
    ("rule", *_SCOPES),
    (
        text(
            "rule",
            "; ".join(f"`{name}`: {kind.meaning}" for name, kind in RULE_KINDS.items()) + ".",
            allowed=tuple(RULE_KINDS),
        ),
        text("supplier_id", "Supplier that it covers; empty for all.", required=False),
        text("channel_id", "Channel that it is about, or covers; empty for all.", required=False),
        text("location_id", "Location that it covers; empty for all.", required=False),
        text("sku", "SKU that it covers; empty for all.", required=False),
        number("value", "The rule's figure.", minimum=0, maximum=1_000_000),
        instant("effective_at", "When it was true in the world."),
        day(
            "business_date",
            "Calendar day of `effective_at` in the source's own zone: the first on which it is in force.",
        ),
    ),
    conditions=(
        Condition("rule_out_of_bounds", "the rule's value is outside its bounds", _is_out_of_bounds),
        Condition("rule_without_subject", "the rule says nothing without its channel_id", _lacks_its_subject),
        Condition("rule_narrowed_in_vain", "the rule cannot be narrowed to what it names", _is_narrowed_in_vain),
    ),
)
