"""The canonical format: CSV or Parquet whose columns are the contract's own.

Belongs here: the mapping that a contract implies, and the reading of Parquet.
Does not belong here: delimited text (`delimited`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oms_core.contracts import LANDED, Column, Contract
from oms_core.feeds.chunks import Chunk
from oms_core.feeds.delimited import check_header
from oms_core.feeds.mapping.definition import FeedDefinition, Rule, SourceColumn
from oms_core.feeds.mapping.field_specs import KIND_OF
from oms_core.feeds.mapping.fields import CustomerKey, FieldSource, FromColumn
from oms_core.feeds.mapping.mapped import Mapper
from oms_core.feeds.rejections import FileRefused


def implied_mapping(definition: FeedDefinition) -> FeedDefinition:
    """The definition with the columns and the one rule that its record type's contract implies.

    Optional columns may be absent. A customer column holds the channel's own reference: it is pseudonymised
    here like everywhere.
    """
    contract = LANDED[definition.emits[0]]
    fields: dict[str, FieldSource] = {c.name: _field(contract, c) for c in contract.columns}
    columns = tuple(
        SourceColumn(c.name, KIND_OF[c.dtype], c.required, c.personal, may_be_absent=not c.required)
        for c in contract.columns
    )
    return replace(definition, columns=columns, rules=(Rule(None, "emit", contract.name, fields),))


def _field(contract: Contract, column: Column) -> FieldSource:
    is_pseudonym = column.personal and "channel_id" in contract
    return CustomerKey(column.name) if is_pseudonym else FromColumn(column.name)


def read_parquet(definition: FeedDefinition, path: Path, mapper: Mapper, chunk_records: int) -> Iterator[Chunk]:
    """A Parquet file's chunks, through the same texts as CSV: one set of rules for both.

    Raises FileRefused for unknown or missing columns, and for types that have no text (lists, structs).
    """
    try:
        with pq.ParquetFile(path) as file:
            header = check_header(definition, path.name, file.schema_arrow.names)
            wanted = [column.name for column in definition.columns if column.name in header]
            first = 1
            for batch in file.iter_batches(chunk_records, columns=wanted):
                numbers = np.arange(first, first + batch.num_rows, dtype=np.int64)
                yield mapper.map(numbers, {name: _texts(batch.column(name)) for name in wanted})
                first += batch.num_rows
    except pa.ArrowException as error:
        message = f"{path.name}: it cannot be read ({str(error)[:200]}). Ask for it again."
        raise FileRefused("not_parquet", message) from error


def _texts(column: pa.Array) -> list[str]:
    return [text or "" for text in column.cast(pa.string()).to_pylist()]
