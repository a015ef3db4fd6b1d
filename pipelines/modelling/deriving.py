"""What each published table is made of: dbt's manifest and the home's feeds as one graph.

Belongs here: reading dbt's manifest. Does not belong here: the graph itself (`oms_core.store.published.derivation`),
publishing it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from oms_core.feeds import load_definitions
from oms_core.store.published.derivation import Derivation, Node, Proof
from pipelines.home import Home
from pipelines.modelling.building import ensure_manifest

#: What a build is told of itself: nearly every model reads it, and no row comes from it.
_OF_THE_BUILD = "run"


def read_graph(home: Home) -> Derivation:
    """The graph of the project as it is, with the home's own feeds."""
    manifest = json.loads(ensure_manifest().read_text(encoding="utf-8"))
    return graph_of(manifest, {name: one.emits for name, one in load_definitions(home.feeds).items()})


def graph_of(manifest: Mapping[str, Any], feeds: Mapping[str, tuple[str, ...]]) -> Derivation:
    """The graph of a manifest. `feeds`: the record types that each feed emits."""
    nodes = [*_feeds(feeds), *_record_types(manifest, feeds), *_models(manifest), *_readers(manifest)]
    return Derivation({node.name: node for node in nodes}, tuple(_proofs(manifest)))


def _feeds(feeds: Mapping[str, tuple[str, ...]]) -> Iterator[Node]:
    for name, emits in feeds.items():
        yield Node(f"inbox/{name}", "feed", f"Files that hold {', '.join(emits).replace('_', ' ')}.")


def _record_types(manifest: Mapping[str, Any], feeds: Mapping[str, tuple[str, ...]]) -> Iterator[Node]:
    """What is landed. `earlier` names a table of `raw` once more, for the order of a run: for a reader both are one."""
    for source in manifest["sources"].values():
        if source["source_name"] == "raw" and source["name"] != _OF_THE_BUILD:
            emitters = tuple(f"inbox/{name}" for name, emits in feeds.items() if source["name"] in emits)
            yield Node(_name(source), "record type", source["description"], emitters)


def _models(manifest: Mapping[str, Any]) -> Iterator[Node]:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            yield Node(_name(node), "model", node["description"], tuple(_parents(manifest, node)))


def _readers(manifest: Mapping[str, Any]) -> Iterator[Node]:
    for exposure in manifest["exposures"].values():
        description = exposure["description"].strip()
        yield Node(exposure["label"], "reader", description, tuple(_parents(manifest, exposure)))


def _proofs(manifest: Mapping[str, Any]) -> Iterator[Proof]:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            is_error = str(node["config"].get("severity", "error")).lower() == "error"
            # A reference's target is named by the test as well; it states something of the other table only.
            attached = node.get("attached_node")
            tables = [_name(manifest["nodes"][attached])] if attached else _parents(manifest, node)
            yield Proof(node["name"], _statement(node), is_error, tuple(tables))


def _statement(node: Mapping[str, Any]) -> str:
    metadata = node.get("test_metadata")
    if not metadata:
        return str(node["description"].strip() or node["name"].replace("_", " "))
    return _SAID[metadata["name"]](metadata["kwargs"])


def _said_of_contract(arguments: Mapping[str, Any]) -> str:
    said = [
        (f"No two rows have the same {', '.join(arguments['key'])}.", True),
        (f"Only allowed values occur in {', '.join(arguments.get('values', ()))}.", "values" in arguments),
        (f"Every figure is within its bounds: {', '.join(arguments.get('bounds', ()))}.", "bounds" in arguments),
    ]
    return " ".join(sentence for sentence, is_said in said if is_said)


def _said_of_reference(arguments: Mapping[str, Any]) -> str:
    table = arguments["to"].removeprefix("ref('").removesuffix("')")
    return f"Every {arguments['column']} is one of {table}.{arguments['field']}."


#: What a generic test of ours states of its table's rows, by its name.
_SAID = {"keeps_contract": _said_of_contract, "known_reference": _said_of_reference}


def _parents(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    known = {**manifest["nodes"], **manifest["sources"]}
    names = {_name(known[one]) for one in node["depends_on"]["nodes"] if one in known}
    return sorted(names - {f"raw.{_OF_THE_BUILD}"})


def _name(node: Mapping[str, Any]) -> str:
    return f"raw.{node['name']}" if node["resource_type"] == "source" else str(node["name"])
