"""What a contract demands of a value: present, of its kind, in its bounds, among the allowed, not from the future.

Belongs here: the one check of a canonical value, whatever wire format it came in.
Does not belong here: conversion of source texts (`converters`), checks over many rows (gates, dbt tests).
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from oms_core.contracts import Column
from oms_core.feeds.personal import redact_cards
from oms_core.feeds.rejections import Bad, quoted

#: Texts written for people: cleaned, never refused. All other texts are identifiers and must be clean.
FREE_TEXT = frozenset({"description", "reason", "status_reason", "name", "category"})
IDENTIFIER_CHARACTERS = 200
#: What stands before a colon in `order_line_id`: with a colon of its own, two lines could have one id.
BEFORE_A_COLON = frozenset({"channel_id", "order_ref"})
#: Clocks and zones differ; a day more than that is a mistake.
FUTURE_ALLOWANCE = timedelta(days=1)


def check_value(column: Column, value: Any, latest: datetime | None = None) -> Any:
    """The value as it may be landed, or Bad. `latest`: the instant after which `effective_at` is a mistake."""
    if value is None or value == "":
        return Bad("missing_value", f"{column.name} is missing") if column.required else None
    if column.dtype == "string":
        return _check_text(column, value)
    if column.name == "effective_at" and latest is not None and value > latest:
        return Bad("future_date", f"{column.name} {value.isoformat()} is later than the file's arrival allows")
    return _check_bounds(column, value) if column.dtype in ("bigint", "double") else value


def _check_bounds(column: Column, value: Any) -> Any:
    below = column.minimum is not None and value < column.minimum
    above = column.maximum is not None and value > column.maximum
    if not below and not above:
        return value if abs(value) < 2**63 or column.dtype != "bigint" else Bad("out_of_range", "too large")
    limit = f"at least {column.minimum:,}" if below else f"at most {column.maximum:,}"
    return Bad("out_of_range", f"{column.name} is {value:,} and must be {limit}")


def _check_text(column: Column, value: str) -> str | Bad | None:
    if column.name in FREE_TEXT:
        return redact_cards(_without_controls(value)) or (
            Bad("missing_value", f"{column.name} is missing") if column.required else None
        )
    if column.allowed:
        return value if value in column.allowed else _bad_text(column, value, "not_allowed", _none_of(column))
    if len(value) > IDENTIFIER_CHARACTERS:
        return _bad_text(column, value, "too_long", f"has more than {IDENTIFIER_CHARACTERS} characters")
    if ":" in value and column.name in BEFORE_A_COLON:
        return _bad_text(column, value, "holds_colon", "holds a colon, which parts order and line in our ids")
    if not value.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        return _bad_text(column, value, "control_character", "holds a control character")
    return value


def _none_of(column: Column) -> str:
    return f"is none of {', '.join(column.allowed)}"


def _bad_text(column: Column, value: str, code: str, what: str) -> Bad:
    shown = column.name if column.personal else f"{column.name} {quoted(value)}"
    return Bad(code, f"{shown} {what}")


def _without_controls(text: str) -> str:
    if text.isprintable():
        return text.strip()
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).strip()
