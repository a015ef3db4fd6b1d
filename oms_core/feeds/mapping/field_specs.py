"""`fields:` of a mapping's rules, from YAML, held against the contract they must fill.

Belongs here: reading one field's source and refusing what does not fit the contract.
Does not belong here: evaluation (`fields`).

A source is a column's name, or one of `{constant: …}`, `{column: …, negate, abs, default, map}`,
`{template: "{A}-{occurrence}"}`, `{minor_units: …, times, negate, rounding}`, `{customer: …}`, `{day_of: …}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oms_core.contracts import Column, Contract
from oms_core.feeds.mapping.definition import SourceColumn
from oms_core.feeds.mapping.fields import Constant, CustomerKey, DayOf, FieldSource, FromColumn, MinorUnits, Template
from oms_core.feeds.rejections import SpecError

#: The source type that a contract's type is filled from.
KIND_OF = {
    "string": "text",
    "bigint": "integer",
    "double": "number",
    "boolean": "flag",
    "timestamp": "instant",
    "date": "day",
}
_CONSTANT_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "bigint": int,
    "double": (int, float),
    "boolean": bool,
}

Columns = Mapping[str, SourceColumn]


def parse_fields(
    contract: Contract,
    own: Mapping[str, Any],
    shared: Mapping[str, Any],
    columns: tuple[SourceColumn, ...],
    has_occurrence: bool,
) -> dict[str, FieldSource]:
    """A rule's fields for a contract: its own, and those of `shared` that the contract has.

    Raises SpecError naming the field where one is unknown, missing, or of the wrong kind.
    """
    known = {column.name: column for column in columns}
    if has_occurrence:
        known["occurrence"] = SourceColumn("occurrence", "integer")
    unknown = [name for name in own if name not in contract]
    if unknown:
        raise SpecError(f"{', '.join(unknown)}: not in contract {contract.name} ({', '.join(contract.names)})")
    specs = {name: own.get(name, shared.get(name)) for name in contract.names if name in own or name in shared}
    missing = [column.name for column in contract.columns if column.required and column.name not in specs]
    if missing:
        raise SpecError(f"contract {contract.name} also requires {', '.join(missing)}")
    return {name: _parse_field(contract[name], spec, known) for name, spec in specs.items()}


def not_quoted(value: Any) -> str:
    """The complaint about a word that YAML reads as something else than was written: No as false, 007 as 7."""
    return f"YAML reads it as {value!r}, which is no text: put it in quotes, as it stands in the file"


def _parse_field(column: Column, spec: Any, known: Columns) -> FieldSource:
    if isinstance(spec, str):
        spec = {"column": spec}
    if isinstance(spec, bool):
        raise SpecError(f"{column.name}: {not_quoted(spec)}")
    if not isinstance(spec, dict):
        raise SpecError(f"{column.name}: {spec!r} is no source; a constant is written {{constant: {spec!r}}}")
    words = [word for word in _PARSERS if word in spec]
    if len(words) != 1:
        raise SpecError(f"{column.name}: exactly one of {', '.join(_PARSERS)}")
    parser, options = _PARSERS[words[0]]
    unknown = [str(word) for word in spec if word != words[0] and word not in options]
    if unknown:
        raise SpecError(f"{column.name}: {words[0]} does not know {', '.join(unknown)}")
    return parser(column, spec, known)


def _source(column: Column, name: Any, known: Columns, *kinds: str, personal: bool = False) -> str:
    if name not in known:
        raise SpecError(f"{column.name}: {name!r} is none of the columns")
    if known[name].personal and not personal:
        raise SpecError(f"{column.name}: {name} is personal and may only be a {{customer: {name}}}")
    if kinds and known[name].kind not in kinds:
        raise SpecError(f"{column.name}: {name} is {known[name].kind}, {' or '.join(kinds)} is wanted")
    return str(name)


def _column(column: Column, spec: dict[str, Any], known: Columns) -> FromColumn:
    kind = KIND_OF[column.dtype]
    if column.unit == "minor units":
        # Only the canonical format has amounts in minor units already; a mapping converts them.
        raise SpecError(f"{column.name}: an amount is written {{minor_units: {spec['column']}}}")
    if column.personal:
        raise SpecError(f"{column.name}: personal, written {{customer: {spec['column']}}}")
    name = _source(column, spec["column"], known, kind)
    negate, absolute = spec.get("negate", False), spec.get("abs", False)
    if (negate or absolute) and kind not in ("integer", "number"):
        raise SpecError(f"{column.name}: only a number has a sign")
    if "default" in spec:
        _check_constant(column, spec["default"])
    if "map" in spec and not (isinstance(spec["map"], dict) and kind == "text"):
        raise SpecError(f"{column.name}: `map` translates texts: {{map: {{new: open}}}}")
    for text, value in spec.get("map", {}).items():
        if not isinstance(text, str):
            raise SpecError(f"{column.name}: map: {not_quoted(text)}")
        _check_constant(column, value)
    return FromColumn(name, negate, absolute, spec.get("default"), spec.get("map"))


def _constant(column: Column, spec: dict[str, Any], _: Columns) -> Constant:
    _check_constant(column, spec["constant"])
    return Constant(spec["constant"])


def _check_constant(column: Column, value: Any) -> None:
    if value is None and not column.required:
        return
    wanted = _CONSTANT_TYPES.get(column.dtype)
    if wanted is None or not isinstance(value, wanted) or (isinstance(value, bool) and column.dtype != "boolean"):
        raise SpecError(f"{column.name}: {value!r} is no {column.dtype}")
    if column.allowed and value not in column.allowed:
        raise SpecError(f"{column.name}: {value!r} is none of {', '.join(column.allowed)}")


def _template(column: Column, spec: dict[str, Any], known: Columns) -> Template:
    try:
        template = Template(str(spec["template"]))
        names = template.columns
    except ValueError as error:
        raise SpecError(f"{column.name}: {spec['template']!r} is no template: {error}") from error
    for name in names:
        _source(column, name, known, "text", "integer")
    if column.dtype != "string" or not names:
        raise SpecError(f"{column.name}: a template makes a text from at least one column")
    return template


def _minor_units(column: Column, spec: dict[str, Any], known: Columns) -> MinorUnits:
    if column.unit != "minor units":
        raise SpecError(f"{column.name}: no amount of money")
    amount = _source(column, spec["minor_units"], known, "decimal")
    times = _source(column, spec["times"], known, "integer", "decimal") if "times" in spec else None
    rounding = spec.get("rounding", "exact")
    if rounding not in ("exact", "half_up"):
        raise SpecError(f"{column.name}: rounding is exact or half_up")
    return MinorUnits(amount, times, spec.get("negate", False), rounding)


def _customer(column: Column, spec: dict[str, Any], known: Columns) -> CustomerKey:
    if not column.personal:
        raise SpecError(f"{column.name}: no pseudonym belongs there")
    return CustomerKey(_source(column, spec["customer"], known, "text", personal=True))


def _day_of(column: Column, spec: dict[str, Any], known: Columns) -> DayOf:
    if column.dtype != "date":
        raise SpecError(f"{column.name}: no calendar day")
    return DayOf(_source(column, spec["day_of"], known, "instant"))


_PARSERS: dict[str, tuple[Callable[[Column, dict[str, Any], Columns], FieldSource], tuple[str, ...]]] = {
    "constant": (_constant, ()),
    "column": (_column, ("negate", "abs", "default", "map")),
    "template": (_template, ()),
    "minor_units": (_minor_units, ("times", "negate", "rounding")),
    "customer": (_customer, ()),
    "day_of": (_day_of, ()),
}
