"""A file in, its canonical records and rejected rows out: the choice of the reader, and the final count.

Belongs here: what every format has in common. Does not belong here: the formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from oms_core.feeds.canonical import implied_mapping, read_parquet
from oms_core.feeds.chunks import Chunk, Screening, Totals
from oms_core.feeds.delimited import read_delimited
from oms_core.feeds.mapping.definition import FeedDefinition, arrival_at
from oms_core.feeds.mapping.mapped import Mapper
from oms_core.feeds.screening import is_parquet, screen
from oms_core.feeds.shopify.reading import read_shopify
from oms_core.feeds.x12.reading import read_x12

_DEFAULT_CHUNK_RECORDS = 50_000


def read(
    definition: FeedDefinition,
    path: Path,
    *,
    key: bytes,
    known_at: datetime | None = None,
    screening: Screening | None = None,
    chunk_records: int = _DEFAULT_CHUNK_RECORDS,
) -> Iterator[Chunk]:
    """Read one file, a chunk at a time; memory grows with the chunk, not with the file.

    `key`: the secret of the customers' pseudonyms. `known_at`: the file's arrival (UTC), by default what its name
    tells; records from more than a day later are rejected. `screening`: what `screen` found, where the caller has
    looked already; without it the file is screened here, so that no parser ever sees an unscreened file.

    Raises FileRefused for what is wrong with the file as a whole; at the latest, after the last chunk, where the
    records read are not as many as the screen counted. Take nothing of a file before all its chunks came.
    """
    path = Path(path)
    if screening is None:
        screening = screen(definition, path)
    total = Totals()
    for chunk in _chunks(definition, path, key, known_at or arrival_at(definition, path.name), chunk_records):
        total = total.plus(chunk)
        yield chunk
    total.check(screening)


def _chunks(
    definition: FeedDefinition, path: Path, key: bytes, known_at: datetime | None, chunk_records: int
) -> Iterator[Chunk]:
    if definition.format == "shopify":
        return read_shopify(definition, path, key, known_at, chunk_records)
    if definition.format == "x12":
        return read_x12(definition, path, known_at)
    if definition.format == "csv":
        return read_delimited(definition, path, Mapper(definition, key, known_at), chunk_records)
    mapping = implied_mapping(definition)
    reader = read_parquet if is_parquet(definition, path) else read_delimited
    return reader(mapping, path, Mapper(mapping, key, known_at), chunk_records)
