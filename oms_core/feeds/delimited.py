"""Delimited text (CSV and its kin): bytes to columns of texts, by header name.

Belongs here: header, ragged records, chunks. Does not belong here: types and meaning (`mapped`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from oms_core.feeds.chunks import Chunk
from oms_core.feeds.mapping.definition import FeedDefinition
from oms_core.feeds.mapping.mapped import Mapper
from oms_core.feeds.rejections import FileRefused, Rejection, quoted


def read_delimited(definition: FeedDefinition, path: Path, mapper: Mapper, chunk_records: int) -> Iterator[Chunk]:
    """The file's chunks. Raises FileRefused for its header; ragged records are rejected one by one."""
    csv.field_size_limit(max(csv.field_size_limit(), definition.maximum_field_bytes))
    encoding = "utf-8-sig" if definition.encoding == "utf-8" else definition.encoding
    with path.open(encoding=encoding, newline="") as file:
        # A blank line is no record: the csv module gives it as an empty list.
        records = (record for record in csv.reader(file, delimiter=definition.delimiter) if record)
        header = check_header(definition, path.name, next(records, []))
        first = 1
        while batch := list(islice(records, chunk_records)):
            yield _map_records(definition, mapper, header, batch, first)
            first += len(batch)


def check_header(definition: FeedDefinition, file_name: str, header: Sequence[str]) -> list[str]:
    """The header's names, blanks around them removed. Order is free; names are not.

    Raises FileRefused for a missing, unknown or repeated column, naming it.
    """
    names = [name.strip() for name in header]
    expected = {column.name for column in definition.columns}
    required = [column.name for column in definition.columns if not column.may_be_absent]
    repeated = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in required if name not in names]
    unknown = [name for name in names if name not in expected and name not in definition.ignore_columns]
    if repeated:
        raise _refused("repeated_columns", file_name, f"has {_listed(repeated)} more than once. Ask for each once")
    if missing:
        found = f" It has {_listed(unknown)}, which the feed does not know." if unknown else ""
        remedy = _other_delimiter(header) or "Ask for the missing, or correct `columns` in the definition"
        raise _refused("missing_columns", file_name, f"lacks {_listed(missing)}.{found} {remedy}")
    if unknown and not definition.ignores_extra_columns:
        remedy = "Add them to `columns` or to `ignore_columns` in the definition"
        found = f"has {_listed(unknown)}, which feed {definition.feed} does not know."
        raise _refused("unknown_columns", file_name, f"{found} {remedy}")
    return names


def _other_delimiter(header: Sequence[str]) -> str:
    """What to do about a header that is one name, parted by what spreadsheets of other countries part columns by."""
    mark = next((mark for mark in ";\t|," if len(header) == 1 and mark in header[0]), None)
    if mark is None:
        return ""
    shown = json.dumps(mark)
    return f"It seems to be parted by {shown}: say `delimiter: {shown}` in the definition, or ask for commas"


def _refused(code: str, file_name: str, text: str) -> FileRefused:
    return FileRefused(code, f"{file_name}: the header {text}.")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name) for name in names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"


def _map_records(
    definition: FeedDefinition, mapper: Mapper, header: list[str], batch: list[list[str]], first: int
) -> Chunk:
    wanted = {column.name for column in definition.columns}
    ragged = [
        Rejection(first + i, "ragged_row", f"it has {len(record)} fields, the header has {len(header)}")
        for i, record in enumerate(batch)
        if len(record) != len(header)
    ]
    uneven = {rejection.row_number for rejection in ragged}
    good = [record for i, record in enumerate(batch, start=first) if i not in uneven] if uneven else batch
    numbers = np.array([i for i in range(first, first + len(batch)) if i not in uneven], dtype=np.int64)
    by_position = list(zip(*good, strict=True)) if good else [()] * len(header)
    source = {name: column for name, column in zip(header, by_position, strict=True) if name in wanted}
    return mapper.map(numbers, source, ragged)
