"""dbt's manifest and the home's feeds become one graph."""

from __future__ import annotations

from typing import Any

from pipelines.modelling.deriving import graph_of


def _test(name: str, nodes: list[str], **more: Any) -> dict[str, Any]:
    base = {"resource_type": "test", "name": name, "description": "", "config": {"severity": "error"}}
    return {**base, "depends_on": {"nodes": nodes}, **more}


MODEL, SOURCE = "model.q.fct_orders", "source.q.raw.order_lines"
MANIFEST: dict[str, Any] = {
    "sources": {
        SOURCE: {"resource_type": "source", "source_name": "raw", "name": "order_lines", "description": "Lines."},
        "source.q.earlier.allocations": {
            "resource_type": "source",
            "source_name": "earlier",
            "name": "allocations",
            "description": "Once more.",
        },
    },
    "nodes": {
        MODEL: {
            "resource_type": "model",
            "name": "fct_orders",
            "description": "One row an order.",
            "depends_on": {"nodes": [SOURCE, "source.q.earlier.allocations"]},
        },
        "model.q.dim_channel": {
            "resource_type": "model",
            "name": "dim_channel",
            "description": "",
            "depends_on": {"nodes": []},
        },
        "test.q.key": _test(
            "fct_orders_keeps_its_contract",
            [MODEL],
            attached_node=MODEL,
            test_metadata={
                "name": "keeps_contract",
                "kwargs": {"key": ["order_id", "day"], "bounds": {"line_count": {"minimum": 1}}},
            },
        ),
        "test.q.channel": _test(
            "fct_orders_channel_known",
            [MODEL, "model.q.dim_channel"],
            attached_node=MODEL,
            config={"severity": "warn"},
            test_metadata={
                "name": "known_reference",
                "kwargs": {"column": "channel_id", "to": "ref('dim_channel')", "field": "channel_id"},
            },
        ),
        "test.q.sum": _test("orders_are_their_lines", [MODEL], description="An order is its lines.\n"),
    },
    "exposures": {"e": {"label": "Pages", "description": " Who looks. ", "depends_on": {"nodes": [MODEL]}}},
}
GRAPH = graph_of(MANIFEST, {"web_orders": ("order_lines", "order_charges"), "products": ("products",)})


def test_a_table_goes_back_to_the_feeds_that_emit_its_record_types() -> None:
    assert [node.name for node in GRAPH.origins("fct_orders")] == ["inbox/web_orders", "raw.order_lines"]
    assert GRAPH.nodes["inbox/web_orders"].description == "Files that hold order lines, order charges."


def test_a_record_type_that_is_read_under_two_names_is_one() -> None:
    assert GRAPH.nodes["fct_orders"].made_of == ("raw.allocations", "raw.order_lines")


def test_readers_are_named_for_people() -> None:
    assert [(node.name, node.description) for node in GRAPH.readers("raw.order_lines")] == [("Pages", "Who looks.")]


def test_every_proof_says_what_it_states_and_whether_it_stops_a_run() -> None:
    proofs = {proof.name: (proof.statement, proof.is_error, proof.tables) for proof in GRAPH.proofs}
    assert proofs == {
        "fct_orders_keeps_its_contract": (
            "No two rows have the same order_id, day. Every figure is within its bounds: line_count.",
            True,
            ("fct_orders",),
        ),
        "fct_orders_channel_known": ("Every channel_id is one of dim_channel.channel_id.", False, ("fct_orders",)),
        "orders_are_their_lines": ("An order is its lines.", True, ("fct_orders",)),
    }
