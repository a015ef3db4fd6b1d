"""The control of one term of planning. Belongs here: its look, from the term's own words and bounds.

Does not belong here: which terms there are (`oms_core.replenishment.policy.terms`), what an edit does (`policy`).
"""

from __future__ import annotations

import streamlit as st

from oms_core.contracts.decisions import POLICIES
from oms_core.replenishment.policy.terms import Term

_WIDTH = 190


def ask(term: Term, value: float | None, *, key: str, label: str | None = None) -> float | int | None:
    """What is given for the term; None where nothing is, so that wider rules say. `label` empty: the term's is near."""
    name = term.label if label is None else label or "Value"
    if term.choices:
        options = range(len(term.choices))
        chosen: int | None = st.selectbox(
            name, options, index=None if value is None else int(value), placeholder=term.empty, key=key,
            format_func=term.choices.__getitem__, help=term.help, width=_WIDTH,
        )  # fmt: skip
        return chosen
    bounds = POLICIES[term.name]
    kind = int if term.is_whole else float
    low, high = kind(bounds.minimum or 0), kind(bounds.maximum or 0)
    is_share = bounds.unit == "share"
    found: float | int | None = st.number_input(
        name, low, high, None if value is None else kind(value), kind(0.01 if is_share else 1),
        format="%.4g" if is_share else None, placeholder=term.empty, key=key, help=term.help, width=_WIDTH,
    )  # fmt: skip
    return found
