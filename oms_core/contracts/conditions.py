"""What the columns of one landed row must keep together.

Belongs here: conditions on whole rows, most of them so that a movement can be posted twice to a sum of zero.
Does not belong here: what a single value may be (`schema.Column`), what many rows say together (dbt tests).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts.schema import Condition

_TRANSFERS = pa.array(["transfer_out", "transfer_in"])
_WITHIN = pa.array(["block", "unblock"])


def _is_transfer(table: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["kind"], value_set=_TRANSFERS)


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
