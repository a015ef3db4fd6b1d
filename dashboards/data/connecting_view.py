"""How BI tools read the snapshot. Belongs here: the words and commands; not their reasons (`docs/bi.md`)."""

from __future__ import annotations

import streamlit as st

from dashboards.source import Source
from oms_core.store.published.snapshots import Manifest

_POWER_BI = (
    "Power BI reads Parquet: *Get data*, *Parquet*, and a file of the folder; of a table kept by months, *Folder*. "
    "Excel reads CSV: each table of these pages has one, cells that it would run neutralised; or on the command line:"
)
_FOLDER = (
    "Every completed run publishes the tables as **Parquet**, in a folder of its own that never changes. A tool reads "
    "the folder; nobody who reads can block a run. This snapshot's:"
)
_POINTER = (
    "`published/CURRENT` names the latest. The 14 before it are kept, so read the pointer anew from time to time. "
    "Money is in minor units of the row's `currency`; instants are UTC."
)


def show(source: Source) -> None:
    """Commands that work as they stand, on this snapshot's folder."""
    folder, manifest = str(source.snapshot.folder), source.manifest
    st.markdown(_FOLDER)
    st.code(folder, language=None)
    st.caption(_POINTER)
    st.markdown("**Python**")
    st.code(python_lines(folder, manifest), language="python")
    st.markdown("**DuckDB, and whatever opens a DuckDB file** (DBeaver, Metabase, Superset with their DuckDB drivers)")
    st.caption("A file of views: save this one, then `duckdb -init views.sql quartermaster.duckdb`, or in Python:")
    st.download_button(
        "views.sql",
        data=views_sql(folder, manifest),
        file_name="views.sql",
        mime="application/sql",
        on_click="ignore",
        icon=":material/download:",
    )
    st.code(PYTHON_VIEWS, language="python")
    st.markdown("**Excel, Power BI**")
    st.caption(_POWER_BI)
    st.code(COMMANDS, language="bash")


#: Making the file of views without DuckDB's own program.
PYTHON_VIEWS = """import duckdb
with duckdb.connect("quartermaster.duckdb") as views:
    views.execute(open("views.sql", encoding="utf-8").read())"""
COMMANDS = """oms query --format csv --output stock.csv "select * from fct_inventory_position"
oms query --format parquet --output orders.parquet "select * from fct_orders\""""


def python_lines(folder: str, manifest: Manifest) -> str:
    """Reading a table of one file, and one that may be kept by months."""
    by_month = "/" in manifest.files["fct_order_lines"][0]
    lines = "fct_order_lines/*.parquet" if by_month else "fct_order_lines.parquet"
    return f"""import duckdb
published = {folder!r}
stock = duckdb.read_parquet(f"{{published}}/fct_inventory_position.parquet")
lines = duckdb.read_parquet(f"{{published}}/{lines}")
print(stock.filter("qty_ats = 0").select("sku, location_id, qty_on_hand").limit(5))
print(lines.aggregate("channel_id, count(*) as lines"))

import pandas as pd
frame = pd.read_parquet(f"{{published}}/fct_inventory_position.parquet")"""


def views_sql(folder: str, manifest: Manifest) -> str:
    """One view a table, over its files in the folder."""
    lines = []
    for table, files in manifest.files.items():
        paths = ", ".join("'" + f"{folder}/{name}.parquet".replace("'", "''") + "'" for name in files)
        lines.append(f"create or replace view {table} as from read_parquet([{paths}]);")
    return "\n".join(lines) + "\n"
