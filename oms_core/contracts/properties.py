"""dbt's properties, written from the contracts: one YAML text a mart, and one for the landed sources.

Belongs here: pure functions from a contract to a mapping and to YAML text, and the command that writes the files
(`python -m oms_core.contracts.properties dbt_project`; with `--check` it says which are not as it would write them).
Does not belong here: SQL, hand-written tests, anything that a contract does not say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from oms_core.contracts import LANDED, LINEAGE, MARTS
from oms_core.contracts.schema import Column, Contract, DataType, day, instant, integer, text

HEADER = "# Generated from oms_core/contracts by `python -m oms_core.contracts.properties dbt_project`; do not edit.\n"

#: dbt compares declared with actual types by the engine's own spelling, here DuckDB's.
_SQL_TYPES: dict[DataType, str] = {
    "string": "varchar",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamp with time zone",
    "date": "date",
}

_FILE = (
    text("feed", "Feed that delivered it."),
    text("file_sha256", "SHA-256 of the file's bytes."),
    text("file_name", "The file's name when it came: data, never a path."),
)
#: Kept by landing beside the record types: what arrived, and what was set aside.
FEED_FILES = Contract(
    "feed_files",
    "one row a landed file",
    ("feed", "file_sha256"),
    (
        *_FILE,
        instant("known_at", "The file's arrival."),
        integer("size_bytes", "Size.", unit="bytes"),
        integer("record_count", "Records that the byte-level screen counted."),
        integer("accepted_count", "Records landed."),
        integer("duplicate_count", "Records that repeat another of the file exactly."),
        integer("superseded_count", "Records replaced by a later one of the same file."),
        integer("quarantined_count", "Records set aside with a reason."),
    ),
)
LOAD_NUMBER = integer(
    "load_number", "Load that appended the row to the warehouse, counted from 1; rows keep its order."
)
RUN = Contract(
    "run",
    "one row: what the run that builds takes as today, and which loads the builds have modelled",
    ("as_of_date",),
    (
        day("as_of_date", "Last business day known."),
        text("building", "The build that runs: `ground` or `decisions`."),
        integer("last_load", "Number of the latest load."),
        integer("ground_load", "Last load that the ground's tables reflect; 0 before the first build."),
        integer("decisions_load", "Last load that the tables which follow from decisions reflect."),
        text("published_id", "The snapshot that readers were given last.", required=False),
        day("changed_from", "First business day of which a table may have changed since then."),
    ),
)
QUARANTINE = Contract(
    "quarantine",
    "one row a record set aside and the rule it broke",
    ("feed", "file_sha256", "row_number", "reason_code"),
    (
        *_FILE,
        integer("row_number", "1-based number of the source record in the file."),
        text("reason_code", "Which rule it broke."),
        text("reason", "The rule in words."),
        instant("known_at", "The file's arrival."),
    ),
)


def mart_properties(contract: Contract) -> dict[str, Any]:
    """The `models:` entry of one mart: enforced columns, and the tests that its contract implies."""
    return {
        "name": contract.name,
        "description": _sentence(contract),
        "config": {"contract": {"enforced": True}},
        "columns": [_column(column, constrained=True) for column in contract.columns],
        "data_tests": list(_tests(contract)),
    }


def source_properties(contracts: Iterable[Contract]) -> list[dict[str, Any]]:
    """The `sources:` entries: everything landed, and once more what only earlier runs have decided.

    `earlier.allocations` is the same table as `raw.allocations`, and so is `earlier.exports`: two names keep this run's
    decisions out of the lineage of what they were decided from.
    """
    tables = {contract.name: _source_table(contract) for contract in contracts}
    return [
        {
            "name": "raw",
            "schema": "raw",
            "description": "What is landed and known by the run's `as_of`, one table a record type.",
            "tables": list(tables.values()),
        },
        {
            "name": "earlier",
            "schema": "raw",
            "description": "What earlier runs decided: the same tables, read before this run decides.",
            "tables": [tables[name] for name in ("allocations", "exports")],
        },
    ]


def landed_contracts() -> list[Contract]:
    """Contracts of the tables of schema `raw`, lineage columns included."""
    landed = [
        Contract(c.name, c.grain, c.key, (*c.columns, *LINEAGE, LOAD_NUMBER), c.description) for c in LANDED.values()
    ]
    return [*landed, FEED_FILES, QUARANTINE, RUN]


def render(properties: Mapping[str, Any]) -> str:
    """YAML text of one properties file, under a line that says where it comes from."""
    body = yaml.safe_dump(
        {"version": 2, **properties}, sort_keys=False, width=118, allow_unicode=True, default_flow_style=False
    )
    return HEADER + body


def property_files() -> dict[str, str]:
    """Every generated file: path inside the dbt project to text."""
    files = {"models/staging/sources.yml": render({"sources": source_properties(landed_contracts())})}
    for domain, contracts in MARTS.items():
        for contract in contracts:
            path = f"models/marts/{domain}/{contract.name}.yml"
            files[path] = render({"models": [mart_properties(contract)]})
    return files


def _sentence(contract: Contract) -> str:
    grain = f"{contract.grain[0].upper()}{contract.grain[1:]}."
    return f"{grain} {contract.description}".strip()


def _column(column: Column, *, constrained: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "data_type": _SQL_TYPES[column.dtype],
        "description": column.description,
    }
    if constrained and column.required:
        described["constraints"] = [{"type": "not_null"}]
    meta = {"unit": column.unit} if column.unit else {}
    if meta or column.personal:
        described["config"] = {"meta": {**meta, **({"personal": True} if column.personal else {})}}
    return described


def _source_table(contract: Contract) -> dict[str, Any]:
    columns = [_column(column, constrained=False) for column in contract.columns]
    return {"name": contract.name, "description": _sentence(contract), "columns": columns}


def _tests(contract: Contract) -> Iterable[dict[str, Any]]:
    """One test of all that the contract says of the mart by itself, and one a reference. `required` is a constraint."""
    arguments: dict[str, Any] = {"key": list(contract.key)}
    if allowed := {column.name: list(column.allowed) for column in contract.columns if column.allowed}:
        arguments["values"] = allowed
    if bounds := {column.name: _bounds(column) for column in contract.columns if _bounds(column)}:
        arguments["bounds"] = bounds
    yield _test("keeps_contract", f"{contract.name}_keeps_its_contract", arguments, "error")
    for column in contract.columns:
        if column.references:
            table, _, field = column.references.partition(".")
            arguments = {"column": column.name, "to": f"ref('{table}')", "field": field}
            # A fact may arrive before the thing it names: seen, but no reason to hold everything else back.
            yield _test("known_reference", f"{contract.name}_{column.name}_known", arguments, "warn")


def _test(kind: str, name: str, arguments: dict[str, Any], severity: str) -> dict[str, Any]:
    return {kind: {"name": name, "arguments": arguments, "config": {"severity": severity}}}


def _bounds(column: Column) -> dict[str, float]:
    stated = {"minimum": column.minimum, "maximum": column.maximum}
    return {name: value for name, value in stated.items() if value is not None}


def write(project: Path) -> list[Path]:
    """Write every generated file below a dbt project's folder; returns what was written."""
    written = []
    for relative, content in property_files().items():
        path = project / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def outdated(project: Path) -> list[str]:
    """Generated files that are missing below a dbt project's folder, or not what the contracts say."""

    def is_as_written(path: str, content: str) -> bool:
        file = project / path
        return file.exists() and file.read_text(encoding="utf-8") == content

    return [path for path, content in property_files().items() if not is_as_written(path, content)]


def main(arguments: list[str]) -> None:
    """Write the files, or with `--check` end with what is outdated."""
    projects = [argument for argument in arguments if argument != "--check"]
    project = Path(projects[0] if projects else "dbt_project")
    if len(projects) == len(arguments):
        write(project)
    elif files := outdated(project):
        raise SystemExit(f"Not as the contracts say, `make contracts` writes them anew: {', '.join(files)}")


if __name__ == "__main__":
    main(sys.argv[1:])
