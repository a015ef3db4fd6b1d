"""What is known of the published tables, as frames: their list, their columns, the proofs that hold on them.

Belongs here: pure functions from contracts, manifest and derivation. Does not belong here: their look.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from dashboards.source import Query
from oms_core.contracts import MARTS, PUBLISHED, Column, Contract
from oms_core.store.published.derivation import Derivation, Node
from oms_core.store.published.snapshots import Manifest

_PREVIEW_ROWS = 50
#: What a browser is given at most: of a table as Parquet, and as CSV, which a spreadsheet opens.
MOST_DOWNLOAD_BYTES, MOST_CSV_ROWS = 200_000_000, 200_000
_DOMAINS = {contract.name: domain for domain, contracts in MARTS.items() for contract in contracts}


def tables(manifest: Manifest, derivation: Derivation | None, find: str = "") -> pd.DataFrame:
    """One row a published table whose name, grain or columns hold the text: domain, grain, rows, bytes, proofs."""
    wanted = find.strip().lower()
    rows = [
        {
            "table": name,
            "domain": _DOMAINS[name],
            "grain": contract.grain,
            "rows": manifest.rows(name),
            "bytes": sum(manifest.tables[file].bytes for file in manifest.files[name]),
            "columns": len(contract.columns),
            "proofs": len(derivation.proofs_of(name)) if derivation else None,
        }
        for name, contract in PUBLISHED.items()
        if name in manifest.files and _speaks_of(contract, wanted)
    ]
    columns = ["table", "domain", "grain", "rows", "bytes", "columns", "proofs"]
    return pd.DataFrame(rows, columns=columns)


def _speaks_of(contract: Contract, wanted: str) -> bool:
    told = [contract.name, contract.grain, contract.description, *contract.names]
    told += [column.description for column in contract.columns]
    return not wanted or any(wanted in text.lower() for text in told)


def columns(contract: Contract) -> pd.DataFrame:
    """One row a column: name, type, unit, whether it is part of the key, may be empty, what it may hold, meaning."""
    return pd.DataFrame(
        [
            {
                "column": column.name,
                "type": column.dtype,
                "unit": column.unit,
                "is_key": column.name in contract.key,
                "may_be_empty": not column.required,
                "holds": _holds(column),
                "description": column.description + (" Personal, as a pseudonym." if column.personal else ""),
            }
            for column in contract.columns
        ]
    )


def _holds(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    if column.references:
        return f"one of {column.references}"
    bounds = [
        f"{sign} {bound:g}" for sign, bound in (("≥", column.minimum), ("≤", column.maximum)) if bound is not None
    ]
    return ", ".join(bounds)


def proofs(derivation: Derivation, name: str, found: Mapping[str, int]) -> pd.DataFrame:
    """One row a proof that holds on a table: what it states, and what the snapshot's run found, where it says so.

    `found`: by proof, the rows that break it. A test that is none of them has passed or warned, or nothing would be
    published.
    """
    rows = [
        {
            "proof": proof.name,
            "statement": proof.statement,
            "kind": "stops the run" if proof.is_error else "warns",
            "offending_rows": found.get(proof.name, 0 if proof.is_error else None),
        }
        for proof in derivation.proofs_of(name)
    ]
    return pd.DataFrame(rows, columns=["proof", "statement", "kind", "offending_rows"]).astype(
        {"offending_rows": "Int64"}
    )


def found_by_the_run(summary: Mapping[str, Any]) -> dict[str, int]:
    """Rows that break each proof, as the snapshot's run told."""
    return {proof["name"]: int(proof["offending_rows"]) for proof in summary.get("proofs", ())}


def every_row(name: str) -> Query:
    """All rows of a table, as its files lay them."""
    order = ", ".join(PUBLISHED[name].laid_by)
    return Query(f"select * from {name} order by {order}")  # noqa: S608 - names of the contracts


def preview(name: str) -> Query:
    """The first of them."""
    return Query(f"{every_row(name).sql} limit {_PREVIEW_ROWS}")


def whole(files: Sequence[Path]) -> bytes:
    """A table's files as one of Parquet, a row group at a time."""
    if len(files) == 1:
        return files[0].read_bytes()
    written = io.BytesIO()
    with pq.ParquetWriter(written, pq.read_schema(files[0]), compression="zstd") as writer:
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches():
                writer.write_batch(batch)
    return written.getvalue()


def newest(name: str) -> Query | None:
    """The newest instant or day that a table's rows tell, in each of its columns that say when; None without any."""
    names = [c for c in ("known_at", "business_date", "as_of_date", "effective_at") if c in PUBLISHED[name]]
    chosen = ", ".join(f"max({column}) as {column}" for column in names)
    return Query(f"select {chosen} from {name}") if names else None  # noqa: S608 - names of the contracts


def neighbourhood(derivation: Derivation, name: str) -> str:
    """The way to a table in the dot language, two steps back, and what is made of it. Names are ours, never data's."""
    above, below = derivation.above(name), derivation.below(name)
    further = [node for one in above for node in derivation.above(one.name)]
    nodes = {node.name: node for node in (derivation.nodes[name], *above, *below, *further)}
    to = {(parent, child.name) for child in (derivation.nodes[name], *above) for parent in child.made_of}
    edges = sorted(edge for edge in to | {(name, node.name) for node in below} if edge[0] in nodes)
    drawn = [_drawn(node, node.name == name) for node in nodes.values()]
    drawn += [f"{_quoted(parent)} -> {_quoted(child)};" for parent, child in edges]
    look = 'rankdir=LR; node [fontname="sans-serif", fontsize=11, style=filled]; edge [color="#8A97A3"];'
    return "digraph {" + look + " ".join(drawn) + "}"


_LOOKS = {"feed": ("folder", "#F3E3B8"), "record type": ("cylinder", "#DDE9F1"), "model": ("box", "#FFFFFF")}
_READER = ("oval", "#DFF1EA")


def _drawn(node: Node, is_asked: bool) -> str:
    shape, fill = _LOOKS.get(node.kind, _READER)
    pen = 'penwidth=3, color="#0072B2"' if is_asked else 'color="#8A97A3"'
    return f'{_quoted(node.name)} [shape={shape}, fillcolor="{fill}", {pen}];'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
