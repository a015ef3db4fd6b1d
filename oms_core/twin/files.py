"""Files as counterparts leave them: streamed day by day under a `.part` name, renamed when whole.

Belongs here: open files of a period, their names, and the dirt that is made of files and rows.
Does not belong here: what the records say. Memory holds one day's records, whatever the history.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from oms_core.twin.book import SHOPIFY, DayBook, LateFile, Row
from oms_core.twin.dirt import GOOD_ROWS_PER_BAD, ROWS_PER_REPEAT, is_due, spoil_order, spoil_row
from oms_core.twin.state import NetworkState
from oms_core.twin.wire import CSV_FEEDS, FILE_STEMS

_RESENT_EVERY_DAYS = 13
_RESENT_FEEDS = ("shopify_orders", "pos_sales", "marketplace_orders", "stock_counts")


class Sink:
    """One file being written. `count` is the number of records in it, the header not counted."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.count = path, 0
        self._part = path.with_name(path.name + ".part")
        self._handle: IO[str] = self._part.open("w", encoding="utf-8", newline="")

    def write(self, text: str, records: int) -> None:
        self._handle.write(text)
        self.count += records

    @property
    def handle(self) -> IO[str]:
        """The open file, for a writer of its own."""
        return self._handle

    def close(self) -> None:
        """Finish the file: from now on it is there, whole."""
        self._handle.close()
        self._part.replace(self.path)


class CsvSink(Sink):
    """A CSV file with a header."""

    def __init__(self, path: Path, columns: Sequence[str], delimiter: str = ",") -> None:
        super().__init__(path)
        self._writer = csv.writer(self.handle, delimiter=delimiter, lineterminator="\n")
        self._writer.writerow(columns)

    def append(self, rows: Sequence[Any]) -> None:
        self._writer.writerows(rows)
        self.count += len(rows)


class OrdersSink(Sink):
    """Shopify's `{"orders": [...]}`, an order a line."""

    def append(self, orders: Sequence[Any]) -> None:
        for order in orders:
            text = json.dumps(order, ensure_ascii=False, separators=(",", ":"))
            self.write(('{"orders":[\n' if self.count == 0 else ",\n") + text, 1)

    def close(self) -> None:
        self.write("\n]}\n" if self.count else '{"orders":[]}\n', 0)
        super().close()


def _open_sink(inbox: Path, feed: str, suffix: str) -> CsvSink | OrdersSink:
    """Begin the file of a feed; `suffix` ends its name and holds the day of its arrival."""
    stem = FILE_STEMS[feed]
    if feed == SHOPIFY:
        return OrdersSink(inbox / feed / f"{stem}_{suffix}.json")
    _, columns, delimiter = CSV_FEEDS[feed]
    return CsvSink(inbox / feed / f"{stem}_{suffix}.csv", columns, delimiter)


class PeriodFiles:
    """The files of one period, one a feed, and the list of the dirt in them."""

    def __init__(self, inbox: Path, period: str, *, has_dirt: bool, resent_key: int) -> None:
        self._inbox, self._period, self._has_dirt, self._resent_key = inbox, period, has_dirt, resent_key
        self._sinks: dict[str, CsvSink | OrdersSink] = {}
        self.dirt: list[dict[str, Any]] = []
        self.file_count = 0

    def write(self, state: NetworkState, book: DayBook) -> None:
        """Append a day."""
        for feed in sorted(book.rows):
            if book.rows[feed]:
                self._write_rows(state, book, feed, book.rows[feed])
        if book.shopify:
            self._write_orders(state, book)
        for late in book.late:
            self._write_late(book, late)
        for entry in book.dirt:
            self.dirt.append(entry)

    def _sink(self, feed: str) -> CsvSink | OrdersSink:
        if feed not in self._sinks:
            self._sinks[feed] = _open_sink(self._inbox, feed, self._period)
        return self._sinks[feed]

    def _write_rows(self, state: NetworkState, book: DayBook, feed: str, rows: list[Row]) -> None:
        sink = self._sink(feed)
        sink.append(rows)
        if self._has_dirt and is_due(state, f"rows {feed}", len(rows), GOOD_ROWS_PER_BAD):
            spoilt = spoil_row(state, feed, rows[-1])
            if spoilt is not None:
                sink.append([spoilt[1]])
                self._note("bad_row", book, feed, sink, fault=spoilt[0])
        if self._has_dirt and is_due(state, f"repeat {feed}", len(rows), ROWS_PER_REPEAT):
            sink.append([rows[0]])
            self._note("repeated_row", book, feed, sink)

    def _write_orders(self, state: NetworkState, book: DayBook) -> None:
        sink = self._sink(SHOPIFY)
        sink.append(book.shopify)
        if self._has_dirt and is_due(state, "rows orders", len(book.shopify), GOOD_ROWS_PER_BAD):
            fault, order = spoil_order(state, book.shopify[-1])
            sink.append([order])
            self._note("bad_row", book, SHOPIFY, sink, fault=fault)
        if self._has_dirt and is_due(state, "repeat orders", len(book.shopify), ROWS_PER_REPEAT):
            sink.append([book.shopify[0]])
            self._note("repeated_row", book, SHOPIFY, sink)

    def _note(self, kind: str, book: DayBook, feed: str, sink: Sink, **facts: Any) -> None:
        where = {"feed": feed, "file": sink.path.name, "record_number": sink.count}
        self.dirt.append({"kind": kind, **where, "business_day": book.clock.iso, **facts})

    def _write_late(self, book: DayBook, late: LateFile) -> None:
        sink = _open_sink(self._inbox, late.feed, f"{late.business_day}_late_{book.clock.iso}")
        sink.append(late.records)
        sink.close()
        self.file_count += 1
        facts = {"feed": late.feed, "file": sink.path.name, "records": sink.count}
        self.dirt.append({"kind": "late_file", **facts, "business_day": late.business_day, "arrives": book.clock.iso})

    def close(self) -> None:
        """Finish all files of the period; one feed's may be delivered a second time under another name."""
        for feed, sink in self._sinks.items():
            sink.close()
            self.file_count += 1
            if self._has_dirt and feed in _RESENT_FEEDS:
                self._resend(feed, sink)
        self._sinks = {}

    def _resend(self, feed: str, sink: Sink) -> None:
        if (self._resent_key + 3 * _RESENT_FEEDS.index(feed)) % _RESENT_EVERY_DAYS:
            return
        copy = sink.path.with_name(f"{FILE_STEMS[feed]}_again_{self._period}{sink.path.suffix}")
        part = copy.with_name(copy.name + ".part")
        shutil.copyfile(sink.path, part)
        part.replace(copy)
        self.file_count += 1
        self.dirt.append({"kind": "repeated_file", "feed": feed, "file": copy.name, "copy_of": sink.path.name})
