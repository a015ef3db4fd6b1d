"""One source text to one typed value, or the reason why not.

Belongs here: numbers, instants, days and flags as counterparts write them; cleaning of texts.
Does not belong here: columns and rows (`mapped`), bounds and allowed values (`checks`).

Strict on purpose: "1,234.5", "1e3" and times without offset have more than one reading, and are refused unless the
column's `format` says which is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from oms_core.feeds.rejections import Bad

Convert = Callable[[str], Any]
_Day = TypeVar("_Day", bound=date)

#: 6.0 and 6.00, but not 1.000: that is a thousand where a point parts thousands.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?:\.(?!000\Z)0+)?")
_NO_FRACTION = re.compile(r"\.0+\Z")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: How numbers may be written, by example: what parts their thousands, and what their fraction.
NUMBER_FORMATS = {
    "1234.56": ("", "."), "1,234.56": (",", "."), "1'234.56": ("'", "."),
    "1234,56": ("", ","), "1.234,56": (".", ","), "1 234,56": (" ", ","),
}  # fmt: skip
NUMBERS = ("integer", "decimal", "number")
#: Blanks that do not break, and a typesetter's apostrophe, between thousands.
_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2019": "'"})
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2200


def to_integer(text: str) -> int | Bad:
    """A whole number; "6.0" is one; "6.5", "1e3" and "1.000" are not."""
    if not _INTEGER.fullmatch(text):
        return Bad("not_an_integer", "is no whole number")
    return int(text.partition(".")[0])


def _to_decimal(text: str) -> Decimal | Bad:
    """A decimal number with a point, no thousands separators, no exponent."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else Bad("not_a_number", "is no decimal number like 12.50")


def _to_float(text: str) -> float | Bad:
    """A finite figure that is no money."""
    value = _to_decimal(text)
    return value if isinstance(value, Bad) else float(value)


def _to_flag(text: str) -> bool | Bad:
    """true/false, yes/no or 1/0."""
    return _FLAGS.get(text.lower(), Bad("not_a_flag", "is neither true nor false"))


def _to_day(text: str) -> date | Bad:
    """A calendar day, YYYY-MM-DD."""
    try:
        return _in_range(date.fromisoformat(text)) if _DAY.fullmatch(text) else _NO_DAY
    except ValueError:
        return _NO_DAY


def to_instant(text: str) -> datetime | Bad:
    """An ISO 8601 instant with its offset; aware, in the source's own offset, so that its day can be told."""
    try:
        instant = datetime.fromisoformat(text)
        instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return _NO_INSTANT
    if instant.tzinfo is None:
        return Bad("no_offset", "has no UTC offset: its instant cannot be told")
    return _in_range(instant)


def local_instant(form: str, zone: str) -> Convert:
    """A converter of clock times written in `form` (strptime) in an IANA zone.

    An hour that the clock skips is refused; of an hour that it shows twice, the first is meant (fold 0).
    """
    place = ZoneInfo(zone)

    def convert(text: str) -> datetime | Bad:
        try:
            clock = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is attached in the next lines
        except ValueError:
            return Bad("not_an_instant", f"is no time written as {form}")
        instant = clock.replace(tzinfo=place)
        if instant.astimezone(UTC).astimezone(place).replace(tzinfo=None) != clock:
            return Bad("skipped_hour", f"falls into an hour that clocks in {zone} skip")
        return _in_range(instant)

    return convert


def _local_day(form: str) -> Convert:
    """A converter of calendar days written in `form` (strptime)."""

    def convert(text: str) -> date | Bad:
        try:
            return _in_range(datetime.strptime(text, form).date())  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return Bad("not_a_day", f"is no day written as {form}")

    return convert


def _number_as(form: str, convert: Convert) -> Convert:
    """A converter of numbers written like `form`, one of NUMBER_FORMATS; thousands may be parted, and then all are."""
    thousands, point = NUMBER_FORMATS[form]
    parted = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    written = re.compile(rf"[+-]?(?:{parted}[0-9]*)(?:{re.escape(point)}[0-9]*)?")

    def take(text: str) -> Any:
        text = text.translate(_PLAIN)
        if not written.fullmatch(text):
            return Bad("not_a_number", f"is no number written as {form}")
        plain = (text.replace(thousands, "") if thousands else text).replace(point, ".")
        return convert(_NO_FRACTION.sub("", plain))

    return take


def _in_range(value: _Day) -> _Day | Bad:
    is_plausible = _EARLIEST_YEAR <= value.year <= _LATEST_YEAR
    return value if is_plausible else Bad("out_of_range", f"is not between {_EARLIEST_YEAR} and {_LATEST_YEAR}")


_NO_DAY = Bad("not_a_day", "is no day like 2026-11-20")
_NO_INSTANT = Bad("not_an_instant", "is no instant like 2026-11-20T14:05:00+01:00")

CLEANERS: dict[str, Callable[[str], str]] = {
    "strip": str.strip,
    "upper": str.upper,
    "lower": str.lower,
    "collapse_blanks": lambda text: " ".join(text.split()),
    # 17850.0 is how pandas writes an integer column that has gaps.
    "whole_number": lambda text: text[:-2] if re.fullmatch(r"[0-9]+\.0", text) else text,
}

CONVERTERS: dict[str, Convert] = {
    "text": lambda text: text,
    "integer": to_integer,
    "decimal": _to_decimal,
    "number": _to_float,
    "flag": _to_flag,
    "day": _to_day,
    "instant": to_instant,
}


def converter_of(kind: str, form: str | None, zone: str | None) -> Convert:
    """The converter of a column's type, of texts written in its `format` where it has one."""
    if form is None:
        return CONVERTERS[kind]
    if kind in NUMBERS:
        return _number_as(form, CONVERTERS[kind])
    return _local_day(form) if zone is None else local_instant(form, zone)
