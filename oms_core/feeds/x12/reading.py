"""An X12 file as a feed: every document in it is a record, accepted or set aside as a whole.

Belongs here: the file's screen, and its chunk. Does not belong here: envelopes (`envelope`), meaning (`documents`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts import LANDED
from oms_core.feeds.chunks import Chunk, Screening
from oms_core.feeds.mapping.definition import FeedDefinition
from oms_core.feeds.rejections import FileRefused, Rejection
from oms_core.feeds.values.checks import FUTURE_ALLOWANCE
from oms_core.feeds.values.coded import Coded
from oms_core.feeds.values.emission import build_table, one_a_reason
from oms_core.feeds.x12.answers import envelope_answers, functional_answer
from oms_core.feeds.x12.documents import answer_rows, document_rows
from oms_core.feeds.x12.elements import DocumentRefused, Row, Source
from oms_core.feeds.x12.envelope import (
    Interchange,
    NotX12Error,
    Transaction,
    delimiters_of,
    from_header,
    read_interchanges,
)
from oms_core.feeds.x12.refusals import told


def screen_x12(path: Path) -> Screening:
    """Count the documents and envelope answers by their first bytes alone."""
    data = from_header(path.read_bytes())
    if not data.startswith(b"ISA"):
        raise FileRefused("not_x12", f"{path.name}: it does not begin with ISA: it is no X12. Ask for it again.")
    try:
        marks = delimiters_of(data.decode("latin-1"))
    except NotX12Error as error:
        raise FileRefused("not_x12", f"{path.name}: {error}. Ask for it again.") from error
    element, terminator = (re.escape(mark.encode("latin-1")) for mark in (marks.element, marks.terminator))
    # Only after a terminator is it a segment's name: ST is a word of N1's, too, and SKUs may end in it.
    names = re.findall(terminator + rb"[\r\n]*(?:ST|TA1)" + element, data)
    return Screening(path.name, len(names))


def read_x12(definition: FeedDefinition, path: Path, known_at: datetime | None) -> Iterator[Chunk]:
    """The file's one chunk. Raises FileRefused where an envelope cannot be trusted: nothing of the file is taken."""
    try:
        interchanges = read_interchanges(path.read_bytes())
    except NotX12Error as error:
        raise FileRefused("not_x12", f"{path.name}: {error}. Ask for it again.") from error
    yield _Reader(definition, known_at).chunk(_trusted(path, interchanges))


def _trusted(path: Path, interchanges: list[Interchange]) -> list[Interchange]:
    """The interchanges. Raises FileRefused where one's envelope contradicts itself, or one number is of two."""
    seen: dict[tuple[str, str], Interchange] = {}
    for one in interchanges:
        _check_hour(path, one)
        if one.errors or any(group.errors for group in one.groups):
            codes = [
                *(told("TA1", code) for code in one.errors),
                *(told("AK9", code) for group in one.groups for code in group.errors),
            ]
            raise FileRefused(
                "wrong_envelope",
                f"{path.name}: interchange {one.control} states other counts or control numbers than it has "
                f"({', '.join(codes)}). Ask for it again.",
            )
        if seen.setdefault((one.sender[1], one.control), one) != one:
            raise FileRefused(
                "doubled_interchange",
                f"{path.name}: two interchanges have the number {one.control}. Ask for both again.",
            )
    return interchanges


def _check_hour(path: Path, interchange: Interchange) -> None:
    try:
        interchange.sent_at  # noqa: B018 - it raises where the header has none
    except NotX12Error as error:
        raise FileRefused("wrong_envelope", f"{path.name}: {error}. Ask for it again.") from error


def _rows_of(source: Source, transaction: Transaction) -> Iterator[Row]:
    """Raises DocumentRefused, or NotX12Error of a 997."""
    if transaction.kind == "997":
        return answer_rows(source, functional_answer(transaction), source.document_ref)
    return document_rows(source, transaction)


class _Reader:
    def __init__(self, definition: FeedDefinition, known_at: datetime | None) -> None:
        self._definition = definition
        self._latest = known_at + FUTURE_ALLOWANCE if known_at else None
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._numbers: dict[str, list[int]] = defaultdict(list)
        self._rejections: list[Rejection] = []
        self._records = self._duplicates = 0

    def chunk(self, interchanges: list[Interchange]) -> Chunk:
        seen: set[Interchange] = set()
        for interchange in interchanges:
            if interchange in seen:
                self._records += interchange.record_count
                self._duplicates += interchange.record_count
            else:
                self._take(interchange)
            seen.add(interchange)
        tables = {}
        for record_type, rows in sorted(self._rows.items()):
            contract = LANDED[record_type]
            columns = {c.name: Coded.of([row.get(c.name) for row in rows]) for c in contract.columns}
            numbers = np.array(self._numbers[record_type], dtype=np.int64)
            tables[record_type], bad = build_table(contract, columns, numbers, self._latest)
            self._rejections += bad
        refused = pa.array(sorted({rejection.row_number for rejection in self._rejections}), pa.int64())
        kept = {name: table.filter(pc.invert(pc.is_in(table["row_number"], refused))) for name, table in tables.items()}
        landed = {name: table for name, table in kept.items() if len(table)}
        return Chunk(landed, one_a_reason(self._rejections), self._records, self._duplicates)

    def _take(self, interchange: Interchange) -> None:
        source = Source(self._definition.constants["partner_id"], interchange)
        try:
            answers = list(envelope_answers(interchange))
        except NotX12Error as error:
            raise FileRefused("wrong_answer", f"{error}. Ask the partner for it again.") from error
        for place, answer in enumerate(answers, start=1):
            self._record(answer_rows(source, answer, f"{interchange.control}-TA1-{place}"))
        for group in interchange.groups:
            for transaction in group.transactions:
                self._document(replace(source, control=transaction.control), transaction)

    def _document(self, source: Source, transaction: Transaction) -> None:
        if transaction.errors:
            reason = "; ".join(told("AK5", code) for code in transaction.errors)
            self._reject("wrong_document", f"document {transaction.control} ({transaction.kind}): {reason}")
            return
        try:
            rows = list(_rows_of(source, transaction))
        except (DocumentRefused, NotX12Error) as error:
            self._reject("unreadable_document", f"document {transaction.control}: {error}")
            return
        self._record(rows)

    def _record(self, rows: Iterable[Row]) -> None:
        self._records += 1
        for record_type, row in rows:
            if record_type not in self._definition.emits:
                self._rejections.append(
                    Rejection(self._records, "not_emitted", f"the feed's definition does not emit {record_type}")
                )
                return
            self._rows[record_type].append(row)
            self._numbers[record_type].append(self._records)

    def _reject(self, code: str, reason: str) -> None:
        self._records += 1
        self._rejections.append(Rejection(self._records, code, reason))
