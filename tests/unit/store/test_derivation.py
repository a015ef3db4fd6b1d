"""The graph of what tables are made of: walks along it, and its file."""

from __future__ import annotations

from pathlib import Path

from oms_core.store.published.derivation import FILE_NAME, Derivation, Node, Proof, read_derivation

GRAPH = Derivation(
    {
        node.name: node
        for node in (
            Node("inbox/web", "feed", "Files."),
            Node("raw.lines", "record type", "Lines.", ("inbox/web",)),
            Node("stg_lines", "model", "Lines, stated last.", ("raw.lines",)),
            Node("fct_lines", "model", "Lines.", ("stg_lines",)),
            Node("fct_orders", "model", "Orders.", ("fct_lines", "gone")),
            Node("Pages", "reader", "People.", ("fct_orders",)),
        )
    },
    (Proof("sums", "An order is its lines.", True, ("fct_lines", "fct_orders")),),
)


def test_a_table_goes_back_to_feeds_and_forth_to_readers() -> None:
    assert [node.name for node in GRAPH.origins("fct_orders")] == ["inbox/web", "raw.lines"]
    assert [node.name for node in GRAPH.readers("raw.lines")] == ["Pages"]
    assert [node.name for node in GRAPH.above("fct_orders")] == ["fct_lines"]
    assert [node.name for node in GRAPH.below("fct_lines")] == ["fct_orders"]
    assert GRAPH.above("nowhere") == GRAPH.below("nowhere") == GRAPH.origins("nowhere") == []


def test_a_proof_holds_on_each_of_its_tables() -> None:
    assert [proof.name for proof in GRAPH.proofs_of("fct_lines")] == ["sums"]
    assert GRAPH.proofs_of("stg_lines") == []


def test_the_graph_comes_back_from_its_file_and_an_earlier_snapshot_has_none(tmp_path: Path) -> None:
    assert read_derivation(tmp_path) is None
    (tmp_path / FILE_NAME).write_text(GRAPH.to_json(), encoding="utf-8")
    assert read_derivation(tmp_path) == GRAPH
    assert Derivation.from_json(GRAPH.to_json()).to_json() == GRAPH.to_json()
