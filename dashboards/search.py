"""Finding rows in the database, a page at a time: conditions, their parameters, and the page control.

Belongs here: what the searches of several pages share. Does not belong here: any one search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import streamlit as st

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


def page_count(rows: int, page_rows: int = PAGE_ROWS) -> int:
    """Pages that so many rows take; at least one."""
    return max(1, math.ceil(rows / page_rows))


def offset_of(page: int, rows: int, page_rows: int = PAGE_ROWS) -> int:
    """Rows before a page, counted from 1; a page that is not there any more is the last one."""
    return (min(max(page, 1), page_count(rows, page_rows)) - 1) * page_rows


def choose_page(rows: int, name: str) -> int:
    """The page control, in the URL as `name`; returns the rows before the page. Nothing to choose, nothing shown."""
    pages = page_count(rows)
    if pages == 1:
        return 0
    page = int(st.number_input(f"Page, of {pages:,}", 1, pages, 1, key=name, bind="query-params", width=140))
    return offset_of(page, rows)
