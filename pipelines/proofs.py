"""Proofs: the accounting identities of `dbt_project/tests`, as a run found them or tried again on the warehouse.

Belongs here: finding the compiled tests and running them. Does not belong here: the identities themselves (SQL).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.home import Home, HomeError
from pipelines.modelling import TAGS, ensure_manifest
from pipelines.warehouse import select_frame


@dataclass(frozen=True)
class Proof:
    """One identity: its name, what it says, the SQL that selects the rows that offend it, and its last result."""

    name: str
    statement: str
    offending_sql: str
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
    return Proof(node["name"], statement, result.get("compiled_code") or "", int(result.get("failures") or 0), is_error)


def try_again(home: Home, proof: Proof, limit: int = 20) -> pd.DataFrame:
    """The rows that offend a proof in the warehouse as it is now, at most `limit`."""
    return select_frame(home, f"select * from ({proof.offending_sql}) limit {int(limit)}")  # noqa: S608 - our own compiled SQL
