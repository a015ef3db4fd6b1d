"""A list of the snapshot's rows, ordered in the database and a page at a time.

Belongs here: what such lists share: order, page, table, download. Does not belong here: which rows, what opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboards.parts import search, table
from dashboards.parts.table import Shown
from dashboards.source import Query, Source


def show(
    source: Source, rows: Query, count: int, columns: tuple[Shown, ...], orders: Mapping[str, str], ties: str, *,
    name: str, height: int | Literal["content"] | None = None, prefix: str = "", opens: bool = True,
    worded: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
) -> dict[str, Any] | None:  # fmt: skip
    """The `count` rows of a query; the row chosen. `orders`, `ties`: as of `search.choose_order`; `prefix`: of both
    controls' keys in the URL; `opens`: whether a row can be chosen; `worded`: puts what is shown into words."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = search.choose_order(columns, orders, ties, key=f"{prefix}sort", page=f"{prefix}page", opens=opens)
        offset = search.choose_page(count, f"{prefix}page")
    whole = search.in_order(rows, order.sql)
    shown = source.frame(search.page_of(whole, offset))
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    # Other rows are another grid: a chosen row is not carried over to them.
    key = f"{name}-{hash((source.snapshot.snapshot_id, whole, offset))}"
    chosen = table.show(
        worded(shown), columns, name=name, download=every, key=key, height=height or table.tall(shown), order=order,
    )  # fmt: skip
    return None if chosen is None else {str(column): value for column, value in shown.iloc[chosen].items()}


def open_order(row: Mapping[Any, Any] | None) -> None:
    """The page of the order that a chosen row is of."""
    if row is not None:
        st.switch_page("orders/page.py", query_params={"order": str(row["order_id"])})
