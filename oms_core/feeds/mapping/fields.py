"""How a canonical column comes out of a source record: the right-hand sides of a mapping's `fields`.

Belongs here: the few kinds of source, and their evaluation over a chunk.
Does not belong here: their reading from YAML (`definition`), the checks of what comes out (`checks`).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from oms_core.feeds.rejections import Bad, quoted
from oms_core.feeds.values.coded import Coded, combine
from oms_core.feeds.values.personal import customer_key
from oms_core.money import EXACT, AmountRefused, Rounding, to_minor


@dataclass(frozen=True)
class Batch:
    """Records under one rule: their typed source columns (with `occurrence`, where asked for) and the secret.

    `currency` and `channel_id` are the canonical columns of that name, for amounts and pseudonyms.
    """

    columns: Mapping[str, Coded]
    rows: int
    key: bytes = field(repr=False)
    currency: Coded | None = None
    channel_id: Coded | None = None

    def take(self, rows: np.ndarray) -> Batch:
        return Batch({name: c.take(rows) for name, c in self.columns.items()}, len(rows), self.key)


@dataclass(frozen=True)
class FromColumn:
    """A source column, perhaps with its sign turned, its values translated, or a value for blanks."""

    column: str
    negate: bool = False
    absolute: bool = False
    default: Any = None
    translation: Mapping[str, Any] | None = None

    def evaluate(self, batch: Batch) -> Coded:
        coded = batch.columns[self.column].map(self._one)
        if self.default is None:
            return coded
        return Coded([self.default if v is None else v for v in coded.values], coded.codes)

    def _one(self, value: Any) -> Any:
        if self.translation is not None:
            if value in self.translation:
                return self.translation[value]
            return Bad("unknown_value", f"{self.column} {quoted(value)} is none of {', '.join(self.translation)}")
        value = abs(value) if self.absolute else value
        return -value if self.negate else value


@dataclass(frozen=True)
class Constant:
    """The same value for every record."""

    value: Any

    def evaluate(self, batch: Batch) -> Coded:
        return Coded.constant(self.value, batch.rows)


@dataclass(frozen=True)
class Template:
    """Columns (and `occurrence`) joined by text: "{StockCode}-{occurrence}"."""

    template: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names. Raises ValueError where it is no such template."""
        parts = list(string.Formatter().parse(self.template))
        if any(form or conversion for _, _, form, conversion in parts):
            raise ValueError("a column's name stands alone between its braces")
        return tuple(name for _, name, _, _ in parts if name is not None)

    def evaluate(self, batch: Batch) -> Coded:
        texts = [text for text, _, _, _ in string.Formatter().parse(self.template)]
        named = [name for _, name, _, _ in string.Formatter().parse(self.template)]

        def join(*values: Any) -> str:
            rest = iter(values)
            return "".join(t + ("" if n is None else _blank(next(rest))) for t, n in zip(texts, named, strict=True))

        return combine(join, *(batch.columns[name] for name in self.columns))


def _blank(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class MinorUnits:
    """A decimal amount in the record's currency as minor units, perhaps times a quantity."""

    column: str
    times: str | None = None
    negate: bool = False
    rounding: Rounding = "exact"

    def evaluate(self, batch: Batch) -> Coded:
        if batch.currency is None:
            raise ValueError(f"{self.column}: an amount needs the record's currency first")
        factors = [batch.columns[name] for name in (self.column, self.times) if name is not None]
        return combine(self._one, batch.currency, *factors)

    def _one(self, currency: str | None, *factors: Decimal | None) -> Any:
        if currency is None or any(factor is None for factor in factors):
            return None
        amount = Decimal(-1 if self.negate else 1)
        for factor in factors:
            amount = EXACT.multiply(amount, factor)  # type: ignore[arg-type]
        try:
            return to_minor(amount, currency, self.rounding)
        except AmountRefused as error:
            return Bad(error.reason_code, f"{self.column} {quoted(factors[0])}: {error}")


@dataclass(frozen=True)
class CustomerKey:
    """The pseudonym of the customer whom a (personal) column names."""

    column: str

    def evaluate(self, batch: Batch) -> Coded:
        if batch.channel_id is None:
            raise ValueError(f"{self.column}: a pseudonym needs the record's channel first")
        return combine(
            lambda channel, ref: None if ref is None or channel is None else customer_key(batch.key, channel, ref),
            batch.channel_id,
            batch.columns[self.column],
        )


@dataclass(frozen=True)
class DayOf:
    """The calendar day of an instant, in the offset in which the source wrote it."""

    column: str

    def evaluate(self, batch: Batch) -> Coded:
        return batch.columns[self.column].map(lambda instant: instant.date())


FieldSource = FromColumn | Constant | Template | MinorUnits | CustomerKey | DayOf
