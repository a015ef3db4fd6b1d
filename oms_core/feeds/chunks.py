"""What reading a file yields: canonical tables and rejections, a chunk at a time, and their sums.

Belongs here: the shapes that cross the room's border, and the proof that no record was lost.
Does not belong here: how they come about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from oms_core.feeds.rejections import FileRefused, Rejection


@dataclass(frozen=True)
class Screening:
    """What the byte-level look found. `record_count` is independent of any parser; headers are not counted."""

    file_name: str
    record_count: int


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of a file.

    accepted: tables by record type: the contract's columns and `row_number` (int64), in the file's order.
    rejections: at most one a record and reason code.
    records: source records; each is accepted, duplicate, superseded or quarantined.
    duplicates: records that repeat an earlier one of the file in every column; not landed.
    superseded: records of this chunk that state anew what an earlier record of the file stated, counted here for
        the earlier one, which they supersede. Both are landed: the log keeps what was said, the marts take the last.
    """

    accepted: Mapping[str, pa.Table]
    rejections: tuple[Rejection, ...] = ()
    records: int = 0
    duplicates: int = 0
    superseded: int = 0

    @property
    def quarantined(self) -> int:
        """Records that were set aside."""
        return len({rejection.row_number for rejection in self.rejections})


@dataclass(frozen=True)
class Totals:
    """Source records of a whole file by outcome: records = accepted + duplicates + superseded + quarantined."""

    records: int = 0
    duplicates: int = 0
    superseded: int = 0
    quarantined: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.records - self.duplicates - self.superseded - self.quarantined

    @classmethod
    def of(cls, chunks: Iterable[Chunk]) -> Totals:
        """The sum over a file's chunks. `rows` are landed rows by record type."""
        total = cls()
        for chunk in chunks:
            total = total.plus(chunk)
        return total

    def plus(self, chunk: Chunk) -> Totals:
        rows = {name: len(table) for name, table in chunk.accepted.items()}
        return Totals(
            self.records + chunk.records,
            self.duplicates + chunk.duplicates,
            self.superseded + chunk.superseded,
            self.quarantined + chunk.quarantined,
            {name: self.rows.get(name, 0) + rows.get(name, 0) for name in sorted({*self.rows, *rows})},
        )

    def check(self, screening: Screening) -> None:
        """Raise FileRefused where the parser saw another number of records than the bytes hold."""
        if self.records != screening.record_count:
            raise FileRefused(
                "count_mismatch",
                f"{screening.file_name}: its bytes hold {screening.record_count:,} records, {self.records:,} were "
                "read. Its quoting or nesting has two readings: ask for the file again.",
            )
