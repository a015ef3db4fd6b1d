"""Headline figures in a row that wraps where the window is narrow, as on a tablet.

Belongs here: their common look. Does not belong here: any figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

#: Pixels of a figure with a short line under it: five of them fit a laptop's window.
_WIDTH = 187


@dataclass(frozen=True)
class Figure:
    """A figure, and a line under it, if any, that explains it and is no rise or fall."""

    label: str
    value: str
    note: str | None = None
    help: str | None = None


def show(figures: Iterable[Figure], width: int = _WIDTH) -> None:
    """Render them, each so many pixels wide, as many to a line as there is room for."""
    with st.container(horizontal=True):
        for one in figures:
            st.metric(
                one.label,
                one.value,
                one.note,
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=one.help,
                width=width,
            )
