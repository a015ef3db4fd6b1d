"""What the published tables are made of, and what reads them: kept beside a snapshot, for people who look a table up.

Belongs here: the graph, its file, walks along it. Does not belong here: making it of dbt's manifest
(`pipelines.modelling.deriving`), the way of one line back to its file (`lineage`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FILE_NAME = "derivation.json"

#: `feed`: what counterparts send; `record type`: what is landed of it, or of our own decisions; `model`: a table made
#: of others; `reader`: who relies on one.
Kind = Literal["feed", "record type", "model", "reader"]


@dataclass(frozen=True, slots=True)
class Node:
    """One thing in the graph, and the names of what it is made of."""

    name: str
    kind: Kind
    description: str
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """A test that holds on tables: `statement` says what; where it does not hold, an error stops the run."""

    name: str
    statement: str
    is_error: bool
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Derivation:
    """The graph of all tables, by name, and the proofs that hold on them."""

    nodes: Mapping[str, Node]
    proofs: tuple[Proof, ...]

    def below(self, name: str) -> list[Node]:
        """What is made of it directly, and who reads it."""
        return [node for node in self.nodes.values() if name in node.made_of]

    def above(self, name: str) -> list[Node]:
        """What it is made of directly."""
        return [self.nodes[one] for one in self.nodes[name].made_of if one in self.nodes] if name in self.nodes else []

    def origins(self, name: str) -> list[Node]:
        """Every record type and feed that it goes back to, by name."""
        found = self._walk(name, self.above)
        return sorted((node for node in found if node.kind in ("record type", "feed")), key=lambda node: node.name)

    def readers(self, name: str) -> list[Node]:
        """Everybody who reads it, or something that is made of it, by name."""
        return sorted((node for node in self._walk(name, self.below) if node.kind == "reader"), key=lambda n: n.name)

    def proofs_of(self, name: str) -> list[Proof]:
        """The proofs that hold on a table."""
        return [proof for proof in self.proofs if name in proof.tables]

    def _walk(self, name: str, step: Callable[[str], Iterable[Node]]) -> Iterable[Node]:
        found: dict[str, Node] = {}
        pending = list(step(name))
        while pending:
            node = pending.pop()
            if node.name not in found:
                found[node.name] = node
                pending.extend(step(node.name))
        return found.values()

    def to_json(self) -> str:
        """The file's content: the same graph is the same text."""
        nodes = [asdict(self.nodes[name]) for name in sorted(self.nodes)]
        proofs = [asdict(proof) for proof in sorted(self.proofs, key=lambda proof: proof.name)]
        return json.dumps({"nodes": nodes, "proofs": proofs}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Derivation:
        """The graph of a file's content."""
        content = json.loads(text)
        nodes = [Node(**node | {"made_of": tuple(node["made_of"])}) for node in content["nodes"]]
        proofs = tuple(Proof(**proof | {"tables": tuple(proof["tables"])}) for proof in content["proofs"])
        return cls({node.name: node for node in nodes}, proofs)


def read_derivation(snapshot_folder: Path) -> Derivation | None:
    """The graph that was published beside a snapshot; None where an earlier version published it."""
    path = snapshot_folder / FILE_NAME
    return Derivation.from_json(path.read_text(encoding="utf-8")) if path.is_file() else None
