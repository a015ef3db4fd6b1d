"""Waiting for a process of its own: how long it has taken, what it does, and the button that ends it.

Belongs here: that look. Does not belong here: the process (`oms_core.store.questions.errands`), what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboards.parts import format as fmt
from oms_core.store.questions.errands import Errand

_POLL_SECONDS = 0.1


def await_end(errand: Errand, *, key: str, on_cancel: Callable[..., None], args: tuple[Any, ...] = ()) -> None:
    """Wait until it has ended. Whatever else the reader does ends this script at the next word that it writes, and the
    errand with it."""
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        told = st.empty()
        st.button("Cancel", icon=":material/stop:", key=key, on_click=on_cancel, args=args)
    try:
        while not errand.wait(_POLL_SECONDS):
            told.caption(_told(errand))
    finally:
        errand.cancel()
        place.empty()


def _told(errand: Errand) -> str:
    if not errand.is_running:
        return "Waiting for others to end"
    word = errand.last_word or "running"
    return f"{fmt.plain(word[:1].upper() + word[1:])}, {errand.seconds:.0f} s"
