"""Feeds: a counterpart's bytes in, canonical records and rejected rows out.

A file goes through it in this order:

1. `mapping` has its definition: what its files look like, what their records mean. Data (`definitions/`), not code.
2. `screening` of its bytes (`screening_json`), before any parser sees them.
3. `reading` picks the reader: `delimited` text, `canonical` columns, or the packages `shopify` and `x12`.
4. `values` are typed, held against the contract and made canonical.
5. Out come `chunks`: canonical tables, and `rejections`.

Belongs here: the wire formats, the mappings that describe them, and the screening that precedes them.
Does not belong here: where files lie and what becomes of the records (`pipelines.reception.landing`), gates over
batches.
"""

from oms_core.feeds.chunks import Chunk, Screening, Totals
from oms_core.feeds.mapping.definition import ArrivalRule, FeedDefinition, arrival_at
from oms_core.feeds.mapping.loading import DefinitionError, load_definition, load_definitions
from oms_core.feeds.reading import read
from oms_core.feeds.rejections import LEFT_OUT, FileRefused, OrderKey, Rejection
from oms_core.feeds.screening import screen
from oms_core.feeds.values.personal import customer_key, redact_cards

__all__ = [
    "LEFT_OUT",
    "ArrivalRule",
    "Chunk",
    "DefinitionError",
    "FeedDefinition",
    "FileRefused",
    "OrderKey",
    "Rejection",
    "Screening",
    "Totals",
    "arrival_at",
    "customer_key",
    "load_definition",
    "load_definitions",
    "read",
    "redact_cards",
    "screen",
]
