"""Finding rows in the database, in order and a page at a time: conditions, their parameters, and the two controls.

Belongs here: what the searches of several pages share. Does not belong here: any one search.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from dashboards.parts.table import Order, Shown
from dashboards.source import Query

PAGE_ROWS = 50


@dataclass(frozen=True)
class Conditions:
    """Conditions that all hold, with the parameters of their `?` in order. Their text is never a user's."""

    texts: tuple[str, ...] = ()
    parameters: tuple[object, ...] = ()

    def also(self, text: str, *parameters: object) -> Conditions:
        """These and one more."""
        return replace(self, texts=(*self.texts, text), parameters=(*self.parameters, *parameters))

    @property
    def where(self) -> str:
        """The WHERE clause; empty without a condition."""
        return f"where {' and '.join(self.texts)}" if self.texts else ""


def still(options: Iterable[str], key: str) -> list[str]:
    """A filter's options, and what it is set to, or the address names, where a later run knows nothing of that: nothing
    is found then. Without it the filter would be dropped, and a bookmark of one supplier be about all of them."""
    known = [str(one) for one in options]
    asked = st.session_state.get(key) or st.query_params.get(key)
    return known if asked is None or asked in known else [*known, str(asked)]


def choose_code(
    label: str,
    words: Mapping[str, str],
    *,
    key: str,
    placeholder: str = "any",
    width: int | Literal["stretch"] = 210,
) -> str | None:
    """A filter by one of our codes, None for any: here and in the address in words, but an address may have the code.

    `words`: by code.
    """
    codes = {told: code for code, told in words.items()}
    asked = str(st.session_state.get(key) or st.query_params.get(key))
    if words.get(asked, asked) != asked:
        st.session_state[key] = words[asked]
    found = st.selectbox(
        label, still(codes, key), index=None, placeholder=placeholder, key=key, bind="query-params", width=width
    )
    return None if found is None else codes.get(found, found)


def orders(columns: Iterable[Shown], named: Mapping[str, str], ties: str) -> dict[str, str]:
    """What a list can be ordered by, as SQL: what its page names, then each column either way, what is missing last."""
    either = {
        name: f'"{column.name}"{" desc" if name == falling else ""} nulls last, {ties}'
        for column in columns
        for falling in [Order.names(column.heading)[1]]
        for name in Order.names(column.heading)
    }
    return {**named, **either}


def choose_order(
    columns: Iterable[Shown], named: Mapping[str, str], ties: str, *, key: str = "sort", page: str = "page",
    opens: bool = True,
) -> Order:  # fmt: skip
    """The order control, in the URL as `key`; the heads of the list's table set it as well. The first is the default.

    `columns`: those by which the database can order. `ties`: what orders equal rows, so that pages do not overlap.
    `page`: the key of the list's page control, for another order begins at its first page; `opens`: whether a row of
    the list can be chosen.
    """
    shown = tuple(columns)
    choices = orders(shown, named, ties)
    chosen = st.selectbox(
        "Order by", list(choices), key=key, bind="query-params", width=260, help=_ORDER_HELP,
        on_change=lambda: st.session_state.update({page: 1}),
    )  # fmt: skip
    return Order(key, page, chosen, choices[chosen], {column.name: column for column in shown}, opens)


_ORDER_HELP = "All rows that are found, not only this page's. A click on a column's head does the same."


def in_order(rows: Query, order: str) -> Query:
    """The rows of a query in the order that one of our texts names."""
    return Query(f"select * from ({rows.sql}) order by {order}", rows.parameters)  # noqa: S608 - our own texts


def page_of(rows: Query, offset: int) -> Query:
    """One page of them."""
    return Query(f"{rows.sql} limit {PAGE_ROWS} offset ?", (*rows.parameters, offset))


def page_count(rows: int) -> int:
    """Pages that so many rows take; at least one."""
    return max(1, math.ceil(rows / PAGE_ROWS))


def offset_of(page: int, rows: int) -> int:
    """Rows before a page, counted from 1; a page that is not there any more is the last one."""
    return (min(max(page, 1), page_count(rows)) - 1) * PAGE_ROWS


def choose_page(rows: int, name: str) -> int:
    """The page control, in the URL as `name`; returns the rows before the page. Nothing to choose, nothing shown."""
    pages = page_count(rows)
    if pages == 1:
        return 0
    # Without a value, which is 1: whoever orders the list anew sets the key.
    page = int(st.number_input(f"Page, of {pages:,}", 1, pages, key=name, bind="query-params", width=140))
    return offset_of(page, rows)
