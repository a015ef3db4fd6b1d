"""The list of published tables, and one of them in full. Belongs here: their look. Does not belong here: what is known
of them (`catalogue`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import streamlit as st

from dashboards.data import catalogue
from dashboards.parts import figures, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Kind, Shown
from dashboards.settings import now
from dashboards.shell import frame
from dashboards.source import Source
from oms_core.contracts import PUBLISHED
from oms_core.contracts.schema import DataType
from oms_core.store.published.derivation import Derivation, Node, read_derivation

TABLES = (
    Shown("table", "Table", width=190),
    Shown("domain", "Of", width=80),
    Shown("grain", "One row", width=420),
    Shown("rows", "Rows", "quantity"),
    Shown("bytes", "Size", "bytes"),
    Shown("columns", "Columns", "quantity"),
    Shown("proofs", "Proofs", "quantity", "Tests that hold on it: nothing is published while one fails."),
)
COLUMNS = (
    Shown("column", "Column", width=170),
    Shown("description", "What it says", width=380),
    Shown("type", "Type", width=80),
    Shown("unit", "Unit", width=90),
    Shown("is_key", "Key", "flag", "Part of what tells rows apart.", width=50),
    Shown("may_be_empty", "May be empty", "flag", width=100),
    Shown("holds", "What it may hold", width=300),
)
PROOFS = (
    Shown("statement", "What must hold", width=560),
    Shown("kind", "If not", width=100),
    Shown("offending_rows", "Broken by", "quantity", "Rows, in this snapshot's run; empty where it only warns."),
    Shown("proof", "Test", width=250),
)


#: How a column of a type is shown.
_KINDS: dict[DataType, Kind] = {
    "string": "text",
    "bigint": "quantity",
    "double": "decimal",
    "boolean": "flag",
    "timestamp": "instant",
    "date": "day",
}


@lru_cache(maxsize=3)
def _derivation(folder: Path) -> Derivation | None:
    """Kept: a snapshot never changes."""
    return read_derivation(folder)


def show(source: Source) -> None:
    """One table where the URL names one, else the list."""
    name = st.query_params.get("table")
    derivation = _derivation(source.snapshot.folder)
    if name:
        _one(source, derivation, name)
    else:
        _list(source, derivation)


def _list(source: Source, derivation: Derivation | None) -> None:
    find = st.text_input("Name, grain, column or meaning", key="find", bind="query-params", placeholder="part of it")
    manifest = source.manifest
    tables = catalogue.tables(manifest, derivation, find)
    if tables.empty:
        st.info("No table speaks of that. Search for less.", icon=":material/search_off:")
        return
    st.caption(
        f"{len(tables)} tables as of {fmt.instant(manifest.as_of)}, published {fmt.age(now() - manifest.published_at)} "
        f"by run {manifest.run_id}. Choose a row to open it."
    )
    chosen = table.show(tables, TABLES, name="tables", key=f"tables-{find}", height="content")
    if chosen is not None:
        frame.open_one({"table": str(tables["table"].iloc[chosen])})
        st.rerun()


def _one(source: Source, derivation: Derivation | None, name: str) -> None:
    frame.way_back("All tables")
    if name not in PUBLISHED:
        st.warning(f"No table is called {fmt.plain(name)}.", icon=":material/search_off:")
        return
    contract = PUBLISHED[name]
    st.subheader(name, anchor=False)
    st.text(f"{contract.grain[:1].upper()}{contract.grain[1:]}. {contract.description}".strip())
    _facts(source, name)
    with st.container(horizontal=True, vertical_alignment="center"):
        ask = {"sql": f"select * from {name} limit 100"}  # noqa: S608 - a name of the contracts
        frame.way_on("Ask it in SQL", "SQL", ask, icon=":material/terminal:")
        _download(source, name)
    columns, made_of, proofs, preview = st.tabs(
        ["Columns", "Where it comes from", "Proofs", "Preview"], key="part", bind="query-params"
    )
    with columns:
        rows = table.narrowed(catalogue.columns(contract), COLUMNS, "column")
        table.show(rows, COLUMNS, name=f"columns-of-{name}", height="content")
    with made_of:
        _lineage(derivation, name)
    with proofs:
        _proofs(source, derivation, name)
    with preview:
        rows = source.frame(catalogue.preview(name))
        shown = [Shown(column.name, column.name, _KINDS[column.dtype]) for column in contract.columns]
        count = source.manifest.rows(name)
        is_all = count <= catalogue.MOST_CSV_ROWS
        st.caption(f"The first {len(rows)} rows by their key. The download has {'all' if is_all else 'these'}.")
        every = lambda: source.fresh(catalogue.every_row(name)) if is_all else rows  # noqa: E731 - made when asked for
        table.show(rows, shown, name=name if is_all else f"first-of-{name}", download=every)


def _download(source: Source, name: str) -> None:
    """The whole table as one file, where that is no more than a browser should be given."""
    manifest = source.manifest
    files = [source.snapshot.folder / f"{file}.parquet" for file in manifest.files.get(name, [])]
    size = sum(manifest.tables[file].bytes for file in manifest.files.get(name, []))
    if size > catalogue.MOST_DOWNLOAD_BYTES:
        st.caption("Too large for a browser: *Connect a tool* says where its files lie.")
        return
    told = "All of it, as published, in one file. As CSV: *Preview*, or `oms query --format csv`."
    table.offer_file("Parquet", lambda: catalogue.whole(files), f"{name}.parquet", key="download-table", tip=told)


def _facts(source: Source, name: str) -> None:
    manifest = source.manifest
    files = manifest.files.get(name, [])
    newest = catalogue.newest(name)
    told = {} if newest is None else {key: value for key, value in source.row(newest).items() if value is not None}
    column, value = next(iter(told.items()), ("", None))
    size = sum(manifest.tables[file].bytes for file in files)
    stated = f"{value:%Y-%m-%d %H:%M} UTC" if hasattr(value, "hour") else f"{value}" if value else fmt.NOTHING
    figures.show(
        (
            Figure("Rows", fmt.quantity(manifest.rows(name)), fmt.counted(len(files), "file")),
            Figure("Size", f"{size / 1e6:,.2f} MB", "Parquet, zstd"),
            Figure("As of", f"{manifest.as_of:%Y-%m-%d}", f"published {fmt.age(now() - manifest.published_at)}"),
            Figure("Newest row", stated[:10], f"by {column}" if column else "it tells no time"),
        ),
        width=222,
    )


def _lineage(derivation: Derivation | None, name: str) -> None:
    if derivation is None or name not in derivation.nodes:
        st.info("This snapshot was published before its lineage was. The next `oms run` publishes it.")
        return
    st.caption("Left to right: what it is made of, two steps back, and what is made of it.")
    st.graphviz_chart(catalogue.neighbourhood(derivation, name), width="stretch", alt=f"What {name} is made of")
    origins, readers = derivation.origins(name), derivation.readers(name)
    for title, nodes in (
        ("Feeds that reach it", [node for node in origins if node.kind == "feed"]),
        ("Landed record types that reach it", [node for node in origins if node.kind == "record type"]),
        ("Who reads it, or what is made of it", readers),
    ):
        st.markdown(f"**{title}**: {_listed(nodes)}")


def _listed(nodes: list[Node]) -> str:
    return ", ".join(f"`{node.name}`" if node.kind != "reader" else fmt.plain(node.name) for node in nodes) or "none"


def _proofs(source: Source, derivation: Derivation | None, name: str) -> None:
    if derivation is None:
        st.info("This snapshot was published before its proofs were. The next `oms run` publishes them.")
        return
    found = catalogue.found_by_the_run(source.manifest.summary)
    proofs = table.narrowed(catalogue.proofs(derivation, name, found), PROOFS, "proof")
    table.show(proofs, PROOFS, name=f"proofs-of-{name}", height="content")
