"""A list of order lines, ordered in the database and a page at a time; a chosen row opens its order.

Belongs here: what the lists of this page share. Does not belong here: which lines (`queries`), their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from dashboards import search, table
from dashboards.source import Query, Source
from dashboards.table import Shown


def show(
    source: Source, lines: Query, count: int, columns: tuple[Shown, ...], orders: Mapping[str, str], ties: str, *,
    name: str, height: int, prefix: str = "", worded: Callable[[pd.DataFrame], pd.DataFrame] = lambda lines: lines,
) -> None:  # fmt: skip
    """The `count` lines of a query. `orders`, `ties`: as of `search.choose_order`; `prefix`: of both controls' keys in
    the URL; `worded`: puts codes of the lines shown into words."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = search.choose_order(columns, orders, ties, key=f"{prefix}sort", page=f"{prefix}page")
        offset = search.choose_page(count, f"{prefix}page")
    whole = search.in_order(lines, order.sql)
    shown = source.frame(search.page_of(whole, offset))
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    # Other rows are another grid: a chosen row is not carried over to them.
    key = f"{name}-{hash((source.snapshot.snapshot_id, whole, offset))}"
    chosen = table.show(worded(shown), columns, name=name, download=every, key=key, height=height, order=order)
    if chosen is not None:
        st.switch_page("orders/page.py", query_params={"order": str(shown["order_id"].iloc[chosen])})
