"""Source columns under a mapping's rules to canonical records: the heart of every delimited feed.

Belongs here: typing of source columns, exact duplicates, occurrence numbers, rules.
Does not belong here: the wire format (`delimited`, `canonical`), the contract's checks (`emission`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from oms_core.contracts import LANDED
from oms_core.contracts.landed import ORDER_LINES
from oms_core.feeds.chunks import Chunk
from oms_core.feeds.mapping.definition import FeedDefinition, Rule, SourceColumn
from oms_core.feeds.mapping.fields import Batch
from oms_core.feeds.rejections import LEFT_OUT, Bad, OrderKey, Rejection, quoted
from oms_core.feeds.values.checks import FUTURE_ALLOWANCE
from oms_core.feeds.values.coded import Coded
from oms_core.feeds.values.converters import CLEANERS, converter_of
from oms_core.feeds.values.emission import STATEMENTS, build_table, in_file_order, one_a_reason, repeated_keys
from oms_core.feeds.values.seen import SeenKeys


class Mapper:
    """Maps the chunks of one file, in order; keeps hashes of what the file has held, never rows."""

    def __init__(self, definition: FeedDefinition, key: bytes, known_at: datetime | None) -> None:
        self.definition, self.key = definition, key
        self.latest = known_at + FUTURE_ALLOWANCE if known_at else None
        self._records, self._occurrences = SeenKeys(), SeenKeys()
        self._keys: dict[str, SeenKeys] = defaultdict(SeenKeys)
        self._converters = {column.name: _converter(column) for column in definition.columns}

    def map(
        self, row_numbers: np.ndarray, source: Mapping[str, Sequence[str]], ragged: Sequence[Rejection] = ()
    ) -> Chunk:
        """One chunk: `source` holds each column's texts, of len(row_numbers); `ragged` records are none of them."""
        records = len(row_numbers) + len(ragged)
        rejections = list(ragged)
        is_new = self._is_new(source, len(row_numbers))
        duplicates = int((~is_new).sum())
        rows = np.flatnonzero(is_new)
        row_numbers = row_numbers[rows]
        columns = {name: Coded.of(texts).take(rows) for name, texts in source.items()}
        columns = self._typed(columns, row_numbers, rejections)
        tables = self._apply_rules(columns, row_numbers, rejections)
        accepted, superseded = self._check_keys(tables, rejections)
        named = self._with_orders(one_a_reason(rejections), columns, row_numbers)
        return Chunk(accepted, named, records, duplicates, superseded)

    def _is_new(self, source: Mapping[str, Sequence[str]], rows: int) -> np.ndarray:
        if not self.definition.drop_exact_duplicates or not rows:
            return np.ones(rows, dtype=bool)
        records = ["\x1f".join(record) for record in zip(*source.values(), strict=True)]
        return np.asarray(self._records.count_before(records) == 0)

    def _typed(
        self, columns: dict[str, Coded], row_numbers: np.ndarray, rejections: list[Rejection]
    ) -> dict[str, Coded]:
        """Columns of the definition's types. Rejects records with a value of the wrong type; they stay, as Bad."""
        typed: dict[str, Coded] = {}
        for column in self.definition.columns:
            absent = Coded.constant("", len(row_numbers))
            coded = columns.get(column.name, absent).map(self._converters[column.name])
            rejections += [
                Rejection(int(row_numbers[row]), bad.reason_code, bad.reason, column.name)
                for row, bad in coded.bad_rows()
            ]
            typed[column.name] = coded
        if self.definition.occurrence_in:
            typed["occurrence"] = self._occurrence(typed)
        return typed

    def _occurrence(self, typed: Mapping[str, Coded]) -> Coded:
        """How often the record's key has occurred in the file, from 1; duplicates do not count."""
        keys = zip(*(typed[name].to_list() for name in self.definition.occurrence_in), strict=True)
        counts = self._occurrences.count_before(["\x1f".join(map(str, key)) for key in keys])
        return Coded.of([int(count) + 1 for count in counts])

    def _with_orders(
        self, rejections: Sequence[Rejection], columns: Mapping[str, Coded], row_numbers: np.ndarray
    ) -> tuple[Rejection, ...]:
        """The same, with the order of each as the first rule for order lines reads it: what falls under no rule may be
        one, too. A ragged record has no columns, and what the definition leaves out is missed by no order."""
        rule = next((rule for rule in self.definition.rules if rule.target == ORDER_LINES.name), None)
        if rule is None or not rejections:
            return tuple(rejections)
        place_of = {int(number): place for place, number in enumerate(row_numbers)}
        named = [one for one in rejections if one.row_number in place_of and one.reason_code != LEFT_OUT]
        rows = np.array([place_of[one.row_number] for one in named], dtype=np.int64)
        batch = Batch(columns, len(row_numbers), self.key).take(rows)
        read = (rule.fields[name].evaluate(batch).to_list() for name in OrderKey._fields)
        orders = {one: _order_key(*key) for one, key in zip(named, zip(*read, strict=True), strict=True)}
        return tuple(replace(one, order=orders.get(one)) for one in rejections)

    def _apply_rules(
        self, columns: dict[str, Coded], row_numbers: np.ndarray, rejections: list[Rejection]
    ) -> dict[str, list[pa.Table]]:
        tables: dict[str, list[pa.Table]] = defaultdict(list)
        rejected = {rejection.row_number for rejection in rejections}
        is_left = np.array([number not in rejected for number in row_numbers.tolist()], dtype=bool)
        for rule in self.definition.rules:
            rows = np.flatnonzero(is_left)
            if not len(rows):
                return tables
            batch = Batch(columns, len(row_numbers), self.key).take(rows)
            if rule.when is not None:
                chosen = np.flatnonzero(rule.when.mask(batch.columns))
                rows, batch = rows[chosen], batch.take(chosen)
            is_left[rows] = False
            if rule.action != "emit":
                rejections += [_set_aside(rule, int(number)) for number in row_numbers[rows]]
            elif len(rows):
                table, bad = self._emit(rule, batch, row_numbers[rows])
                tables[rule.target].append(table)
                rejections += bad
        rejections += [
            Rejection(int(number), "no_rule", "no rule of the feed's definition covers this record")
            for number in row_numbers[is_left]
        ]
        return tables

    def _emit(self, rule: Rule, batch: Batch, row_numbers: np.ndarray) -> tuple[pa.Table, list[Rejection]]:
        first = {n: rule.fields[n].evaluate(batch) for n in ("currency", "channel_id") if n in rule.fields}
        batch = replace(batch, currency=first.get("currency"), channel_id=first.get("channel_id"))
        evaluated = {name: source.evaluate(batch) for name, source in rule.fields.items()}
        return build_table(LANDED[rule.target], evaluated, row_numbers, self.latest)

    def _check_keys(
        self, tables: Mapping[str, list[pa.Table]], rejections: list[Rejection]
    ) -> tuple[dict[str, pa.Table], int]:
        """The tables without events that contradict an earlier one; and how many statements supersede one."""
        accepted, superseded = {}, 0
        for record_type, parts in sorted(tables.items()):
            contract, table = LANDED[record_type], in_file_order(parts)
            is_repeated = repeated_keys(table, contract, self._keys[record_type])
            if record_type in STATEMENTS:
                superseded += int(is_repeated.sum())
            else:
                what = f"an earlier record of the file has the same {', '.join(contract.key)} and says otherwise"
                numbers = table.column("row_number").to_numpy()[is_repeated]
                rejections += [Rejection(int(number), "conflicting_key", what) for number in numbers]
                table = table.filter(pa.array(~is_repeated))
            if len(table):
                accepted[record_type] = table
        return accepted, superseded


def _order_key(channel_id: Any, order_ref: Any, line_ref: Any) -> OrderKey | None:
    if not all(isinstance(value, str) and value for value in (channel_id, order_ref)):
        return None
    return OrderKey(channel_id, order_ref, line_ref if isinstance(line_ref, str) and line_ref else None)


def _set_aside(rule: Rule, row_number: int) -> Rejection:
    if rule.action == "skip":
        return Rejection(row_number, LEFT_OUT, f"the feed's definition leaves such records out: {rule.target}")
    words = rule.target.replace("_", " ")
    return Rejection(row_number, rule.target, f"the feed's definition sets such records aside: {words}")


def _converter(column: SourceColumn) -> Callable[[str], Any]:
    """From a source text to its typed value, None for a blank, or Bad with a reason that says no personal data."""
    convert = converter_of(column.kind, column.form, column.zone)

    def take(text: str) -> Any:
        for cleaner in column.clean:
            text = CLEANERS[cleaner](text)
        stripped = text.strip()
        if not stripped:
            return Bad("missing_value", f"{column.name} is missing") if column.required else None
        value = text if column.kind == "text" else convert(stripped)
        if column.allowed and text not in column.allowed:
            value = Bad("not_allowed", f"is none of {', '.join(column.allowed)}")
        if not isinstance(value, Bad):
            return value
        shown = column.name if column.personal else f"{column.name} {quoted(text)}"
        return Bad(value.reason_code, f"{shown} {value.reason}")

    return take
