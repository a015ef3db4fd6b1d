"""The vocabulary in which contracts are written: a typed column and a table of them.

Belongs here: the dataclasses and their translation to Arrow.
Does not belong here: any actual table (see `landed`, `decisions`, `marts`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

DataType = Literal["string", "bigint", "double", "boolean", "timestamp", "date"]

_ARROW: dict[DataType, pa.DataType] = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    # Every instant is UTC and aware; the source's own calendar day is kept beside it as `business_date`.
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


@dataclass(frozen=True)
class Column:
    """One column: its type, its unit, and what a value may be.

    `minimum` and `maximum` are inclusive and in the column's own unit. `personal` marks personal data,
    which is pseudonymised before landing and never logged.
    """

    name: str
    dtype: DataType
    description: str
    required: bool = True
    unit: str = ""
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    personal: bool = False
    references: str = ""

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type in which landing and snapshots hold this column."""
        return _ARROW[self.dtype]


@dataclass(frozen=True)
class Condition:
    """What the columns of one row must keep together; a landed row that breaks it is quarantined with the reason.

    `is_broken` gives a boolean for every row of a table of the contract's columns; null counts as kept.
    """

    reason_code: str
    reason: str
    is_broken: Callable[[pa.Table], pa.ChunkedArray]


@dataclass(frozen=True)
class Contract:
    """One table: its grain in words, the key that proves it, and its columns in order.

    `by_month`: published as one file a month of `business_date`, so that publishing costs what has changed.
    `looked_up_by`: columns by which readers look its rows up, where that is not the key: published files are laid in
    their order, so that such a look reads a part of each.
    `key_within`: of a row, in whose numbering its key counts (a movement of a transfer bears its sender's number),
    where its columns do not say so by themselves.
    `days_kept`: for a table of which only the latest runs' rows are read: how many days of them the warehouse keeps;
    0: all. Landing has all.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str = ""
    by_month: bool = False
    looked_up_by: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    key_within: Callable[[pa.Table], pa.ChunkedArray] | None = None
    days_kept: int = 0
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({column.name: column for column in self.columns})
        if len(self._by_name) != len(self.columns):
            raise ValueError(f"{self.name}: a column name occurs twice")
        missing = [name for name in self.laid_by if name not in self._by_name]
        if missing:
            raise ValueError(f"{self.name}: key columns {missing} are not columns")

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def laid_by(self) -> tuple[str, ...]:
        """The order of its rows in published files: no two rows are equal in it."""
        return tuple(dict.fromkeys((*self.looked_up_by, *self.key)))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in contract order."""
        return tuple(self._by_name)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema, in contract order, with nullability from `required`."""
        return pa.schema([pa.field(c.name, c.arrow_type, nullable=not c.required) for c in self.columns])


def text(name: str, description: str, **options: object) -> Column:
    """A string column."""
    return Column(name, "string", description, **options)  # type: ignore[arg-type]


def integer(name: str, description: str, **options: object) -> Column:
    """A 64-bit integer column."""
    return Column(name, "bigint", description, **options)  # type: ignore[arg-type]


def quantity(name: str, description: str, **options: object) -> Column:
    """A quantity in the SKU's base unit, never negative unless `minimum` says otherwise."""
    return Column(name, "bigint", description, **{"unit": "base units", "minimum": 0, **options})  # type: ignore[arg-type]


def signed_quantity(name: str, description: str, **options: object) -> Column:
    """A quantity in the SKU's base unit that may be negative."""
    return Column(name, "bigint", description, **{"unit": "base units", **options})  # type: ignore[arg-type]


def money(name: str, description: str, **options: object) -> Column:
    """An amount in integer minor units of the row's `currency`."""
    return Column(name, "bigint", description, **{"unit": "minor units", **options})  # type: ignore[arg-type]


def number(name: str, description: str, **options: object) -> Column:
    """A double-precision figure: a rate, a mean, a statistic; never money."""
    return Column(name, "double", description, **options)  # type: ignore[arg-type]


def flag(name: str, description: str, **options: object) -> Column:
    """A boolean column."""
    return Column(name, "boolean", description, **options)  # type: ignore[arg-type]


def instant(name: str, description: str, **options: object) -> Column:
    """An aware UTC instant."""
    return Column(name, "timestamp", description, **{"unit": "UTC", **options})  # type: ignore[arg-type]


def day(name: str, description: str, **options: object) -> Column:
    """A calendar day: a business day of the place the row belongs to."""
    return Column(name, "date", description, **options)  # type: ignore[arg-type]
