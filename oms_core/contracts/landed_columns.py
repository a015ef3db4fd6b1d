"""Columns and bounds that record types of counterparts have in common.

Belongs here: what more than one contract of `landed` or `masters` has. Does not belong here: the contracts.
"""

from __future__ import annotations

from oms_core.contracts.schema import day, instant, text

#: Bounds beyond which a figure is a mistake rather than business: a typing error must not drain a ledger.
MAX_QUANTITY = 1_000_000
MAX_UNIT_PRICE_MINOR = 100_000_000
#: Of a whole line: what the largest costs at the highest price. A thousand times as many lines still have a sum.
MAX_AMOUNT_MINOR = MAX_QUANTITY * MAX_UNIT_PRICE_MINOR
AMOUNT = {"minimum": 0, "maximum": MAX_AMOUNT_MINOR}
SIGNED_AMOUNT = {"minimum": -MAX_AMOUNT_MINOR, "maximum": MAX_AMOUNT_MINOR}

EFFECTIVE = (
    instant("effective_at", "When it was true in the world."),
    day("business_date", "Calendar day of `effective_at` in the source's own zone."),
)
CURRENCY = text("currency", "ISO 4217 code.")
CUSTOMER = text(
    "customer_key",
    "Pseudonym of the customer: keyed hash of the channel's own id; empty for a guest.",
    required=False,
    personal=True,
)
