"""`when:` of a mapping's rules: a closed grammar of questions about a record, no code.

Belongs here: the predicates, their reading from YAML and their evaluation over a chunk.
Does not belong here: what follows from them (`mapped`).

Grammar: `{column: C, equals|in|matches|less_than|greater_than|is_blank: X}`, and `{all: […]}`, `{any: […]}`,
`{not: …}`. `matches` is a regular expression that the whole text must match. A blank value satisfies only
`is_blank: true`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from oms_core.feeds.rejections import SpecError
from oms_core.feeds.values.coded import Coded
from oms_core.feeds.values.converters import NUMBERS


@dataclass(frozen=True)
class Test:
    """One question about one column. `holds` is asked of distinct typed values, never of None or Bad."""

    column: str
    holds: Callable[[Any], bool]
    of_blank: bool = False

    def mask(self, columns: Mapping[str, Coded]) -> np.ndarray:
        return columns[self.column].mask(lambda v: self.of_blank if v is None else self.holds(v))


@dataclass(frozen=True)
class Both:
    """`all` of the parts, or `any` of them."""

    parts: tuple[Predicate, ...]
    combine: Callable[..., Any]

    def mask(self, columns: Mapping[str, Coded]) -> np.ndarray:
        return np.asarray(self.combine([part.mask(columns) for part in self.parts], axis=0))


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Predicate

    def mask(self, columns: Mapping[str, Coded]) -> np.ndarray:
        return np.asarray(np.logical_not(self.part.mask(columns)))


Predicate = Test | Both | Not


def parse_predicate(spec: Any, types: Mapping[str, str]) -> Predicate:
    """A predicate from its YAML. `types`: the type of every source column.

    Raises SpecError with the reason where it is none.
    """
    if not isinstance(spec, dict) or not spec:
        raise SpecError(
            f"{spec!r} is no predicate: write {{column: …, equals: …}}, {{all: […]}}, {{any: […]}}, {{not: …}}"
        )
    if len(spec) == 1:
        ((word, value),) = spec.items()
        if word in ("all", "any") and isinstance(value, list) and value:
            parts = tuple(parse_predicate(part, types) for part in value)
            return Both(parts, np.logical_and.reduce if word == "all" else np.logical_or.reduce)
        if word == "not":
            return Not(parse_predicate(value, types))
    return _parse_test(spec, types)


def _parse_test(spec: dict[str, Any], types: Mapping[str, str]) -> Test:
    column, words = str(spec.get("column")), [word for word in spec if word != "column"]
    if column not in types:
        raise SpecError(f"{column!r} is none of the columns")
    if len(words) != 1:
        raise SpecError(f"the question about {column} must be exactly one of {', '.join(_QUESTIONS)}")
    word, value = words[0], spec[words[0]]
    if word not in _QUESTIONS:
        raise SpecError(f"{word!r} is no question: use one of {', '.join(_QUESTIONS)}")
    return _QUESTIONS[word](column, types[column], value)


def _operand(column: str, kind: str, value: Any) -> Any:
    if kind in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SpecError(f"{column} is a number, {value!r} is not")
        return Decimal(str(value))
    if kind == "flag" and isinstance(value, bool):
        return value
    if kind != "text" or not isinstance(value, str):
        raise SpecError(f"{column} ({kind}) cannot be compared with {value!r}: write texts in quotes")
    return value


def _equals(column: str, kind: str, value: Any) -> Test:
    operand = _operand(column, kind, value)
    return Test(column, lambda v: bool(v == operand))


def _in(column: str, kind: str, value: Any) -> Test:
    if not isinstance(value, list) or not value:
        raise SpecError(f"`in` wants a list of values for {column}")
    operands = frozenset(_operand(column, kind, item) for item in value)
    return Test(column, lambda v: v in operands)


def _matches(column: str, kind: str, value: Any) -> Test:
    if kind != "text" or not isinstance(value, str):
        raise SpecError(f"`matches` wants a text column and a regular expression for {column}")
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise SpecError(f"{value!r} is no regular expression: {error}") from error
    return Test(column, lambda v: pattern.fullmatch(v) is not None)


def _less_than(column: str, kind: str, value: Any) -> Test:
    operand = _number(column, kind, value)
    return Test(column, lambda v: bool(v < operand))


def _greater_than(column: str, kind: str, value: Any) -> Test:
    operand = _number(column, kind, value)
    return Test(column, lambda v: bool(v > operand))


def _number(column: str, kind: str, value: Any) -> Any:
    if kind not in NUMBERS:
        raise SpecError(f"{column} is no number and has no order")
    return _operand(column, kind, value)


def _is_blank(column: str, _: str, value: Any) -> Test:
    if not isinstance(value, bool):
        raise SpecError(f"`is_blank` wants true or false for {column}")
    return Test(column, lambda _value: not value, of_blank=value)


_QUESTIONS: dict[str, Callable[[str, str, Any], Test]] = {
    "equals": _equals,
    "in": _in,
    "matches": _matches,
    "less_than": _less_than,
    "greater_than": _greater_than,
    "is_blank": _is_blank,
}
