"""A feed's definition: what its files look like, and what their records mean. Data, not code.

Belongs here: the dataclasses, and the arrival that a file's name tells.
Does not belong here: their reading from YAML (`loading`), their use (`reading`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Literal

from oms_core.feeds.mapping.fields import FieldSource
from oms_core.feeds.mapping.predicates import Predicate

Format = Literal["csv", "shopify", "x12", "canonical_csv", "canonical_parquet", "auto"]
FORMATS: tuple[str, ...] = ("csv", "shopify", "x12", "canonical_csv", "canonical_parquet", "auto")
ENCODINGS = ("utf-8", "latin-1", "cp1252")
DEFAULT_MAXIMUM_BYTES = 2_000_000_000
DEFAULT_MAXIMUM_FIELD_BYTES = 1_000_000


@dataclass(frozen=True)
class ArrivalRule:
    """When a file came, as its name tells: the last YYYY-MM-DD that `pattern` finds, at `at` UTC."""

    pattern: str
    at: time


@dataclass(frozen=True)
class SourceColumn:
    """One column of the wire format. A `personal` one may only become a pseudonym, and is never quoted."""

    name: str
    kind: str
    required: bool = True
    personal: bool = False
    clean: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    form: str | None = None
    zone: str | None = None
    may_be_absent: bool = False


@dataclass(frozen=True)
class Rule:
    """What becomes of a record for which `when` holds (None: always): emitted as a type, quarantined or skipped."""

    when: Predicate | None
    action: Literal["emit", "quarantine", "skip"]
    target: str
    fields: Mapping[str, FieldSource] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedDefinition:
    """One feed. Sizes are in bytes; `maximum_rejected_share` is the share of records beyond which a file is held."""

    feed: str
    format: Format
    emits: tuple[str, ...]
    arrival: ArrivalRule | None = None
    maximum_rejected_share: float = 0.05
    maximum_bytes: int = DEFAULT_MAXIMUM_BYTES
    maximum_field_bytes: int = DEFAULT_MAXIMUM_FIELD_BYTES
    encoding: str = "utf-8"
    delimiter: str = ","
    constants: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[SourceColumn, ...] = ()
    ignore_columns: frozenset[str] = frozenset()
    ignores_extra_columns: bool = False
    occurrence_in: tuple[str, ...] = ()
    drop_exact_duplicates: bool = True
    rules: tuple[Rule, ...] = ()


def arrival_at(definition: FeedDefinition, file_name: str) -> datetime | None:
    """The arrival (UTC) that a file's name tells, or None where the definition or the name tells none."""
    if definition.arrival is None:
        return None
    for found in reversed(re.findall(definition.arrival.pattern, file_name)):
        try:
            return datetime.combine(date.fromisoformat(found), definition.arrival.at, UTC)
        except ValueError:
            continue
    return None
