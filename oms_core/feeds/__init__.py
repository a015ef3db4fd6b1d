"""Feeds: a counterpart's bytes in, canonical records and rejected rows out.

A file goes through it in this order:

1. Its `definition`, read from YAML by `loading`, with `field_specs`, `fields`, `predicates` and `converters`.
2. `screening` of its bytes (`screening_json`), before any parser sees them.
3. `reading` picks the reader: `delimited` text by a mapping (`mapped`), `canonical` columns, `shopify`
   (`shopify_order`), or the package `x12`.
4. Values are looked at once each (`coded`), held against the contract (`checks`) and made canonical (`emission`);
   `personal` data become pseudonyms, what was `seen` before counts once.
5. Out come `chunks`: canonical tables, and `rejections`.

Belongs here: the wire formats, the mappings that describe them, and the screening that precedes them.
Does not belong here: where files lie and what becomes of the records (`pipelines.reception.landing`), gates over
batches.
"""

from oms_core.feeds.chunks import Chunk, Screening, Totals
from oms_core.feeds.definition import ArrivalRule, FeedDefinition, arrival_at
from oms_core.feeds.loading import DefinitionError, load_definition, load_definitions
from oms_core.feeds.personal import customer_key, redact_cards
from oms_core.feeds.reading import read
from oms_core.feeds.rejections import LEFT_OUT, FileRefused, OrderKey, Rejection
from oms_core.feeds.screening import screen

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
