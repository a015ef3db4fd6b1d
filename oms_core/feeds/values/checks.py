"""What a contract demands of a value: present, of its kind, in its bounds, among the allowed, not from the future.

Belongs here: the one check of a canonical value, whatever wire format it came in.
Does not belong here: conversion of source texts (`converters`), checks over many rows (gates, dbt tests).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from oms_core.contracts import Column, Contract
from oms_core.feeds.rejections import Bad, quoted
from oms_core.feeds.values.personal import redact_cards
from oms_core.money import MINOR_UNITS

#: Texts written for people: cleaned, never refused. All other texts are identifiers and must be clean.
_FREE_TEXT = frozenset({"description", "reason", "status_reason", "name", "category"})
_IDENTIFIER_CHARACTERS = 200
#: What stands before a colon in `order_line_id`: with a colon of its own, two lines could have one id.
_BEFORE_A_COLON = frozenset({"channel_id", "order_ref"})
#: Clocks and zones differ; a day more than that is a mistake.
FUTURE_ALLOWANCE = timedelta(days=1)
#: When something was true, or was said: never after we heard of it. A statement from the future would stand for ever.
_HEARD_OF = frozenset({"effective_at", "updated_at"})
#: What happens, rather than what is: every day since the first of it is in the calendar. Years too many are a mistake;
#: 1970-01-01 is what many systems write for an instant that they do not know.
_HAPPENS = frozenset(
    {"order_lines", "order_adjustments", "order_events", "order_charges", "stock_movements", "stock_counts"}
)
_HISTORY = timedelta(days=20 * 365)


def earliest_of(contract: Contract, latest: datetime | None) -> datetime | None:
    """The instant before which a record's `effective_at` is a mistake, or None."""
    return latest - _HISTORY if latest is not None and contract.name in _HAPPENS else None


def check_value(column: Column, value: Any, latest: datetime | None, earliest: datetime | None) -> Any:
    """The value as it may be landed, or Bad. `latest`, `earliest`: the instants between which a record is true."""
    if value is None or value == "":
        return _missing(column)
    if column.dtype == "string":
        return _check_text(column, value)
    if column.name in _HEARD_OF and latest is not None and value > latest:
        return Bad("future_date", f"{column.name} {value.isoformat()} is later than the file's arrival allows")
    if column.name == "effective_at" and earliest is not None and value < earliest:
        years = _HISTORY.days // 365
        return Bad("too_old", f"{column.name} {value.isoformat()} is more than {years} years before the file's arrival")
    return _check_bounds(column, value) if column.dtype in ("bigint", "double") else value


def _missing(column: Column) -> Bad | None:
    return Bad("missing_value", f"{column.name} is missing") if column.required else None


def _check_bounds(column: Column, value: Any) -> Any:
    below = column.minimum is not None and value < column.minimum
    above = column.maximum is not None and value > column.maximum
    if not below and not above:
        return value if abs(value) < 2**63 or column.dtype != "bigint" else Bad("out_of_range", "too large")
    limit = f"at least {column.minimum:,}" if below else f"at most {column.maximum:,}"
    return Bad("out_of_range", f"{column.name} is {value:,} and must be {limit}")


def _check_text(column: Column, value: str) -> str | Bad | None:
    if column.name in _FREE_TEXT:
        return redact_cards(_without_controls(value)) or _missing(column)
    if column.allowed:
        return value if value in column.allowed else _bad_text(column, value, "not_allowed", _none_of(column))
    return _check_identifier(column, value.strip())


def _check_identifier(column: Column, value: str) -> str | Bad | None:
    """An identifier without blanks around it: they are nobody's name, and to the eye the same SKU twice."""
    if not value:
        return _missing(column)
    if column.name in _NAMES:
        is_known, code, what = _NAMES[column.name]
        return value if is_known(value) else _bad_text(column, value, code, what)
    if len(value) > _IDENTIFIER_CHARACTERS:
        return _bad_text(column, value, "too_long", f"has more than {_IDENTIFIER_CHARACTERS} characters")
    if ":" in value and column.name in _BEFORE_A_COLON:
        return _bad_text(column, value, "holds_colon", "holds a colon, which parts order and line in our ids")
    if not value.isprintable() and any(unicodedata.category(character) in _UNSEEN for character in value):
        return _bad_text(column, value, "control_character", "holds a character that cannot be seen")
    return value


@cache
def _zones() -> frozenset[str]:
    """The IANA zones; `localtime` is the machine's own, which is nobody's."""
    return frozenset(available_timezones() - {"localtime"})


_CURRENCY: tuple[Callable[[str], bool], str, str] = (
    MINOR_UNITS.__contains__, "unknown_currency", "is no currency known here (ISO 4217, capitals)",
)  # fmt: skip
#: Identifiers that others have given out: who is to know them, and what is said of one that is none.
_NAMES: dict[str, tuple[Callable[[str], bool], str, str]] = {
    "currency": _CURRENCY,
    "min_order_currency": _CURRENCY,
    "timezone": (lambda name: name in _zones(), "unknown_zone", "is no IANA time zone like Europe/Berlin"),
}
#: Control characters, halves of characters, and what has no width: a joiner pasted with a SKU makes it another one.
_UNSEEN = ("Cc", "Cs", "Cf")


def _none_of(column: Column) -> str:
    return f"is none of {', '.join(column.allowed)}"


def _bad_text(column: Column, value: str, code: str, what: str) -> Bad:
    shown = column.name if column.personal else f"{column.name} {quoted(value)}"
    return Bad(code, f"{shown} {what}")


def _without_controls(text: str) -> str:
    if text.isprintable():
        return text.strip()
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).strip()
