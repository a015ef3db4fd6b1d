"""Feed definitions from YAML, checked whole before any file is read.

Belongs here: reading and refusing; every refusal names the file, the key and the reason.
Does not belong here: what a definition is (`definition`), what a mapping's `fields` may be (`field_specs`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from oms_core.contracts import LANDED, RECEIVED
from oms_core.feeds.mapping.definition import (
    DEFAULT_MAXIMUM_BYTES,
    DEFAULT_MAXIMUM_FIELD_BYTES,
    ENCODINGS,
    FORMATS,
    ArrivalRule,
    FeedDefinition,
    Rule,
    SourceColumn,
)
from oms_core.feeds.mapping.field_specs import not_quoted, parse_fields
from oms_core.feeds.mapping.predicates import parse_predicate
from oms_core.feeds.rejections import SpecError
from oms_core.feeds.values.converters import CLEANERS, CONVERTERS, NUMBER_FORMATS, NUMBERS
from oms_core.yaml_reading import read_yaml

_RECORD_TYPES = tuple(contract.name for contract in RECEIVED)
_KEYS = (
    *("feed", "format", "emits", "arrival", "maximum_rejected_share", "maximum_bytes", "maximum_field_bytes"),
    *("encoding", "delimiter", "constants", "columns", "ignore_columns", "extra_columns", "occurrence_in"),
    *("drop_exact_duplicates", "shared", "rules"),
)
_COLUMN_KEYS = ("type", "required", "personal", "clean", "allowed", "format", "zone", "may_be_absent")
_COLUMN_TYPES: dict[str, type] = {
    **dict.fromkeys(("required", "personal", "may_be_absent"), bool),
    **dict.fromkeys(("clean", "allowed"), list),
}
_RULE_KEYS = ("when", "emit", "quarantine", "skip", "fields")
_DEFAULT_PATTERN = r"\d{4}-\d{2}-\d{2}"
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_REASON_CODE = re.compile(r"[a-z][a-z0-9_]*")


#: What formats whose files do not say whose they are need to be told, by format.
_CONSTANT = {"shopify": "channel_id", "x12": "partner_id"}


class DefinitionError(ValueError):
    """A definition that cannot be used; the message names file, key and reason."""


def load_definitions(folder: Path) -> dict[str, FeedDefinition]:
    """Every `*.yaml` of a folder, by feed. Raises DefinitionError."""
    return {path.stem: load_definition(path) for path in sorted(Path(folder).glob("*.yaml"))}


def load_definition(path: Path) -> FeedDefinition:
    """One definition; its file is named after its feed. Raises DefinitionError."""
    try:
        spec = read_yaml(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path}: it is no YAML: {error}") from error
    return _Reader(Path(path), spec).definition()


class _Reader:
    """Reads one file's keys and puts file and key before every complaint."""

    def __init__(self, path: Path, spec: Any) -> None:
        self.path = path
        self.spec: dict[str, Any] = spec if isinstance(spec, dict) else self._refuse("*", "a definition is a mapping")

    def definition(self) -> FeedDefinition:
        self._known("*", self.spec, _KEYS)
        columns = tuple(self._column(name, spec) for name, spec in self._get("columns", dict, {}).items())
        is_csv = self._choice("format", FORMATS) == "csv"
        if is_csv != bool(columns and self.spec.get("rules")):
            self._refuse("columns", "`columns` and `rules` belong to format csv, and to it only")
        occurrence_in = self._column_names("occurrence_in", columns)
        # Documents of an X12 file stand each for itself, and its sender is told which were set aside.
        most_rejected = 1.0 if self.spec["format"] == "x12" else 0.05
        return FeedDefinition(
            feed=self._feed(),
            format=self._choice("format", FORMATS),  # type: ignore[arg-type]
            emits=self._emits(),
            arrival=self._arrival(),
            maximum_rejected_share=self._number("maximum_rejected_share", most_rejected, 0, 1),
            maximum_bytes=int(self._number("maximum_bytes", DEFAULT_MAXIMUM_BYTES, 1, 10**13)),
            maximum_field_bytes=int(self._number("maximum_field_bytes", DEFAULT_MAXIMUM_FIELD_BYTES, 1, 10**8)),
            encoding=self._choice("encoding", ENCODINGS, "utf-8"),
            delimiter=self._delimiter(),
            constants=self._constants(),
            columns=columns,
            ignore_columns=frozenset(map(str, self._get("ignore_columns", list, []))),
            ignores_extra_columns=self._choice("extra_columns", ("refuse", "ignore"), "refuse") == "ignore",
            occurrence_in=occurrence_in,
            drop_exact_duplicates=self._get("drop_exact_duplicates", bool, True),
            rules=tuple(self._rule(i, rule, columns, bool(occurrence_in)) for i, rule in self._rules()),
        )

    def _feed(self) -> str:
        feed = self._get("feed", str)
        if feed != self.path.stem:
            self._refuse("feed", f"{feed!r} must be the file's own name, {self.path.stem!r}")
        return str(feed)

    def _emits(self) -> tuple[str, ...]:
        emits = self._get("emits", list)
        unknown = [name for name in emits if name not in _RECORD_TYPES]
        if unknown or not emits:
            self._refuse("emits", f"{unknown or 'nothing'} is no record type; there are {', '.join(_RECORD_TYPES)}")
        if self.spec["format"] not in ("csv", *_CONSTANT) and len(emits) != 1:
            self._refuse("emits", "a canonical feed has exactly one record type")
        return tuple(emits)

    def _constants(self) -> dict[str, str]:
        constants = self._get("constants", dict, {})
        wanted = _CONSTANT.get(str(self.spec.get("format")))
        if wanted and not isinstance(constants.get(wanted), str):
            self._refuse("constants", f"a feed of this format needs `constants: {{{wanted}: …}}`")
        if constants and not wanted:
            self._refuse("constants", "only shopify and x12 have them; a mapping writes {constant: …} in its fields")
        return {str(name): str(value) for name, value in constants.items()}

    def _arrival(self) -> ArrivalRule | None:
        spec = self._get("arrival", dict, {})
        self._known("arrival", spec, ("pattern", "at"))
        if not spec:
            return None
        at = str(spec.get("at"))
        # Without quotes YAML reads 23:30 as the number 1410.
        if not _CLOCK.fullmatch(at):
            self._refuse("arrival.at", 'a time in UTC, in quotes: at: "23:30"')
        pattern = str(spec.get("pattern", _DEFAULT_PATTERN))
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            self._refuse("arrival.pattern", f"no regular expression: {error}")
        if groups > 1:
            self._refuse("arrival.pattern", "at most one group, the date")
        return ArrivalRule(pattern, time.fromisoformat(at))

    def _delimiter(self) -> str:
        delimiter = self._get("delimiter", str, ",")
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
            self._refuse("delimiter", "exactly one ASCII character, no quote and no line end")
        return str(delimiter)

    def _column(self, name: str, spec: Any) -> SourceColumn:
        key = f"columns.{name}"
        self._texts(key, [name])
        if not isinstance(spec, dict):
            self._refuse(key, "a mapping like {type: text}")
        self._known(key, spec, _COLUMN_KEYS)
        for word, wanted in _COLUMN_TYPES.items():
            if not isinstance(spec.get(word, wanted()), wanted):
                self._refuse(f"{key}.{word}", f"{spec[word]!r} is no {wanted.__name__}")
        self._texts(f"{key}.allowed", spec.get("allowed", ()))
        kind, form, zone = spec.get("type"), spec.get("format"), spec.get("zone")
        if kind not in CONVERTERS:
            self._refuse(f"{key}.type", f"{kind!r} is none of {', '.join(CONVERTERS)}")
        unknown = [word for word in spec.get("clean", ()) if word not in CLEANERS]
        if unknown:
            self._refuse(f"{key}.clean", f"{unknown} is none of {', '.join(CLEANERS)}")
        self._written_as(key, kind, form, zone)
        return SourceColumn(
            name=str(name), kind=kind, required=spec.get("required", True), personal=spec.get("personal", False),
            clean=tuple(spec.get("clean", ())), allowed=tuple(spec.get("allowed", ())), form=form, zone=zone,
            may_be_absent=spec.get("may_be_absent", False),
        )  # fmt: skip

    def _texts(self, key: str, values: Iterable[Any]) -> None:
        for value in values:
            if not isinstance(value, str):
                self._refuse(key, not_quoted(value))

    def _written_as(self, key: str, kind: str, form: Any, zone: Any) -> None:
        if kind == "instant" and (form is None) != (zone is None):
            self._refuse(f"{key}.format", "of an instant, `format` and `zone` go together")
        if kind != "instant" and zone is not None:
            self._refuse(f"{key}.zone", "only an instant has a zone")
        if kind in NUMBERS and form is not None and form not in NUMBER_FORMATS:
            self._refuse(f"{key}.format", f"{form!r} is none of {', '.join(NUMBER_FORMATS)}, in quotes")
        if form is not None and not (kind in (*NUMBERS, "day", "instant") and isinstance(form, str)):
            self._refuse(f"{key}.format", "a text, of a number, a day or an instant")
        if zone is not None:
            self._zone(f"{key}.zone", zone)

    def _zone(self, key: str, zone: str) -> None:
        try:
            ZoneInfo(str(zone))
        except (ZoneInfoNotFoundError, ValueError):
            self._refuse(key, f"{zone!r} is no IANA zone like Europe/London")

    def _rules(self) -> list[tuple[int, Any]]:
        return list(enumerate(self._get("rules", list, []), start=1))

    def _rule(self, number: int, spec: Any, columns: tuple[SourceColumn, ...], has_occurrence: bool) -> Rule:
        key = f"rules[{number}]"
        if not isinstance(spec, dict):
            self._refuse(key, "a mapping with `when` and one of emit, quarantine, skip")
        self._known(key, spec, _RULE_KEYS)
        actions = [word for word in ("emit", "quarantine", "skip") if word in spec]
        if len(actions) != 1:
            self._refuse(key, "exactly one of emit, quarantine, skip")
        action, target = actions[0], str(spec[actions[0]])
        types = {column.name: column.kind for column in columns}
        when = None
        if "when" in spec:
            when = self._saying(f"{key}.when", lambda: parse_predicate(spec["when"], types))
        fields: Mapping[str, Any] = {}
        if action == "emit":
            if target not in self._get("emits", list):
                self._refuse(f"{key}.emit", f"{target!r} is not among the feed's `emits`")
            own, shared = dict(spec.get("fields") or {}), self._get("shared", dict, {})
            fields = self._saying(
                f"{key}.fields", lambda: parse_fields(LANDED[target], own, shared, columns, has_occurrence)
            )
        elif not _REASON_CODE.fullmatch(target):
            self._refuse(f"{key}.{action}", f"{target!r} is no reason code like negative_quantity")
        return Rule(when, action, target, fields)  # type: ignore[arg-type]

    def _column_names(self, key: str, columns: tuple[SourceColumn, ...]) -> tuple[str, ...]:
        names, known = self._get(key, list, []), {column.name for column in columns}
        unknown = [name for name in names if name not in known]
        if unknown:
            self._refuse(key, f"{unknown} is none of the columns")
        return tuple(names)

    def _saying(self, key: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except SpecError as error:
            self._refuse(key, str(error))

    def _choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.spec.get(key, default)
        if value not in allowed:
            self._refuse(key, f"{value!r} is none of {', '.join(allowed)}")
        return str(value)

    def _number(self, key: str, default: float, lowest: float, highest: float) -> float:
        value = self.spec.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            self._refuse(key, f"{value!r} is no number from {lowest} to {highest}")
        return float(value)

    def _get(self, key: str, kind: type, default: Any = None) -> Any:
        value = self.spec.get(key, default)
        return value if isinstance(value, kind) else self._refuse(key, f"{value!r} is no {kind.__name__}")

    def _known(self, key: str, spec: dict[str, Any], known: tuple[str, ...]) -> None:
        unknown = [str(word) for word in spec if word not in known]
        if unknown:
            self._refuse(key, f"unknown key {', '.join(unknown)}; known are {', '.join(known)}")

    def _refuse(self, key: str, reason: str) -> Any:
        raise DefinitionError(f"{self.path}: {key}: {reason}")
