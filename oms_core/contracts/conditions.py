"""What the columns of one landed row must keep together.

Belongs here: conditions on whole rows, most of them so that a movement can be posted twice to a sum of zero.
Does not belong here: what a single value may be (`schema.Column`), what many rows say together (dbt tests).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts.schema import Condition, Contract

_TRANSFERS = pa.array(["transfer_out", "transfer_in"])
_WITHIN = pa.array(["block", "unblock"])


def _is_transfer(table: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["kind"], value_set=_TRANSFERS)


def numbered_by(table: pa.Table) -> pa.ChunkedArray:
    """Whose number a movement bears: what arrives of a transfer its sender's, anything else the location's own."""
    is_senders = pc.equal(table["kind"], "transfer_in")
    return pc.if_else(is_senders, table["counterparty_location_id"], table["location_id"])


MOVEMENT_CONDITIONS = (
    Condition(
        "nothing_moved",
        "a movement of 0 moves nothing: state the quantity that moved",
        lambda table: pc.equal(table["quantity"], 0),
    ),
    Condition(
        "negative_movement",
        "only an adjustment carries its sign: what goes back is a movement of its own kind, or an adjustment",
        lambda table: pc.and_(pc.less(table["quantity"], 0), pc.not_equal(table["kind"], "adjustment")),
    ),
    Condition(
        "transfer_without_other_end",
        "a transfer has another end: without counterparty_location_id the goods would stay in transit for ever",
        lambda table: pc.and_(_is_transfer(table), pc.is_null(table["counterparty_location_id"])),
    ),
    Condition(
        "transfer_to_itself",
        "a transfer's other end is another location: to move nothing is no transfer",
        lambda table: pc.and_(_is_transfer(table), pc.equal(table["counterparty_location_id"], table["location_id"])),
    ),
    Condition(
        "disposition_of_a_block",
        "a block or unblock moves goods between the two dispositions: it has none of its own",
        lambda table: pc.and_(pc.is_in(table["kind"], value_set=_WITHIN), pc.is_valid(table["disposition"])),
    ),
    Condition(
        "serial_of_many",
        "a serial number is one unit's: state a movement of 1 for each",
        lambda table: pc.and_(pc.is_valid(table["serial_ref"]), pc.not_equal(pc.abs(table["quantity"]), 1)),
    ),
)

#: No planned lead time is longer (`suppliers`); one typing error in a year would order for decades.
MAX_LEAD_TIME_DAYS = 730


def _lead_time(table: pa.Table) -> pa.ChunkedArray:
    return pc.days_between(table["ordered_date"], table["received_date"])


DELIVERY_CONDITIONS = (
    Condition(
        "received_before_ordered",
        "what is delivered was ordered before: received_date is earlier than ordered_date",
        lambda table: pc.less(_lead_time(table), 0),
    ),
    Condition(
        "implausible_lead_time",
        f"more than {MAX_LEAD_TIME_DAYS} days from ordered_date to received_date are a typing error",
        lambda table: pc.greater(_lead_time(table), MAX_LEAD_TIME_DAYS),
    ),
)

#: Zones differ by less than a day from UTC, and a shop's day may end after midnight. A day that lies elsewhere would be
#: in none of the ledger's days, or in a year that nobody meant.
_DAY_OF_ITS_INSTANT = Condition(
    "day_of_another_time",
    "business_date is the calendar day of effective_at: they are more than a day apart",
    lambda table: pc.greater(
        pc.abs(pc.days_between(table["effective_at"].cast(pa.date32()), table["business_date"])), 1
    ),
)


def row_conditions(contract: Contract) -> tuple[Condition, ...]:
    """What a row of the contract keeps to: the contract's own conditions, and that its day is that of its instant."""
    is_dated = "effective_at" in contract and "business_date" in contract
    return (_DAY_OF_ITS_INSTANT, *contract.conditions) if is_dated else contract.conditions


def event_conditions(ours: Sequence[str]) -> tuple[Condition, ...]:
    """What an event of a file keeps to; `ours`: what only our own order desk states, which lands without a file."""
    return (
        Condition(
            "corrects_itself",
            "an event replaces an earlier one, not itself: corrects_ref is its own event_ref",
            lambda table: pc.equal(table["corrects_ref"], table["event_ref"]),
        ),
        Condition(
            "order_of_no_exchange",
            "only what is exchanged has another order sent for it: exchange_order_ref stands with `exchanged`",
            lambda table: pc.and_(
                pc.is_valid(table["exchange_order_ref"]), pc.not_equal(table["event_type"], "exchanged")
            ),
        ),
        Condition(
            "order_desks_word",
            f"{', '.join(ours)} are the order desk's words (`oms orders`): a channel holds or cancels in order_lines "
            "or order_adjustments, a location says short_picked",
            lambda table: pc.is_in(table["event_type"], value_set=pa.array(ours)),
        ),
    )
