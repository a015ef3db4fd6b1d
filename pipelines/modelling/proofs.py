"""Proofs: the accounting identities of `dbt_project/tests`, as a run found them or tried again on the whole warehouse.

Belongs here: what the last run found, and running the compiled tests. Does not belong here: the identities (SQL).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.home import Home, HomeError
from pipelines.modelling.building import TAGS, compile_proofs, ensure_manifest
from pipelines.modelling.warehouse import select_frame


@dataclass(frozen=True)
class Proof:
    """One identity: its name, what it says, and the last build's result over the rows that it may have changed."""

    name: str
    statement: str
    offending_rows: int
    is_error: bool

    @property
    def holds(self) -> bool:
        return self.offending_rows == 0


def last_proofs(home: Home) -> list[Proof]:
    """The identities as the last build found them, in name order. Raises HomeError before any build."""
    nodes = json.loads(ensure_manifest().read_text(encoding="utf-8"))["nodes"]
    proofs: dict[str, Proof] = {}
    for tag in TAGS:
        path = home.dbt_target / tag / "run_results.json"
        if not path.exists():
            raise HomeError("Nothing has been built here yet: run `oms run` first.")
        for result in json.loads(path.read_text(encoding="utf-8"))["results"]:
            node = nodes.get(result["unique_id"], {})
            if node.get("resource_type") == "test" and "test_metadata" not in node:
                proofs[node["name"]] = _proof(node, result)
    return [proofs[name] for name in sorted(proofs)]


def _proof(node: dict[str, Any], result: dict[str, Any]) -> Proof:
    statement = (node.get("description") or node["name"].replace("_", " ")).strip()
    is_error = str(node["config"].get("severity", "error")).lower() == "error"
    return Proof(node["name"], statement, int(result.get("failures") or 0), is_error)


def try_all(home: Home, limit: int = 20) -> Iterator[tuple[Proof, pd.DataFrame]]:
    """Each proof over all rows of the warehouse as it is now, with at most `limit` rows that offend it."""
    offending = compile_proofs(home)
    for proof in last_proofs(home):
        yield proof, select_frame(home, f"select * from ({offending[proof.name]}) limit {int(limit)}")  # noqa: S608 - our own SQL
