"""Feeds: a counterpart's bytes in, canonical records and rejected rows out.

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
