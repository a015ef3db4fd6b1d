"""Levels as cells to type into: each change goes into the draft at once, as one from a sheet that came back.

Belongs here: the grid's look, and from what was typed to a sheet's cells. Does not belong here: what a sheet's cells
ask for and why some are refused (`sheet`), the list around it (`levels_view`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import format as fmt
from dashboards.parts import table
from dashboards.parts.table import Shown
from dashboards.safety_stock import drafts
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.change_view import MEASURES
from dashboards.safety_stock.sheet import KEY, MEASURE, TARGET, Cells, Reading, read, sheet
from oms_core.store.operations import Policy, changed_rules

#: What is typed most; the other terms of a rule have their controls and the sheet.
_TYPED = (TARGET, MEASURE, "lead_time_days_set", "qty_minimum")
#: What is shown beside the cells, and cannot be typed into.
_BESIDE = ("lead_time_days_mean", "qty_safety_stock", "policy_scope")
_HEADINGS = {
    "sku": "SKU",
    "location_id": "Location",
    "description": "Product",
    "lead_time_days_mean": "Mean lead time, days",
    "qty_safety_stock": "Safety stock",
    "policy_scope": "Target set by",
    TARGET: "Target, %",
    MEASURE: "Measures",
    "lead_time_days_set": "Lead time, days",
    "qty_minimum": "Minimum, units",
}
_GRID = "cells-grid"
_REFUSALS = (
    Shown("series", "Row", width="medium"),
    Shown("column", "Column"),
    Shown("value", "Typed"),
    Shown("reason", "Why it is not taken", width="large"),
)


@dataclass(frozen=True)
class _Grid:
    """The grid of some rows, and what was refused of what was typed into it last.

    What is typed stays in a grid until its rows change. So what is refused would be shown as if it were taken, and be
    asked for again with the next cell: after a refusal there is another grid, by its number.
    """

    rows: str
    number: int = 0
    refused: pd.DataFrame | None = None

    @property
    def key(self) -> str:
        return f"{self.rows}-{self.number}"


def _grid_of(rows: str) -> _Grid:
    kept = st.session_state.get(_GRID)
    return kept if isinstance(kept, _Grid) and kept.rows == rows else _Grid(rows)


def show(levels: pd.DataFrame, policy: Policy, rows: str) -> None:
    """The page's rows to type into; `rows` differs where others are shown."""
    draft = drafts.of(policy)
    if draft.base.version != policy.version:
        st.warning(f"Version {policy.version} was saved meanwhile: settle it in the draft first.")
        return
    rules = changed_rules(policy.by_scope, draft.changes)
    grid, shown = _grid_of(rows), editable(sheet(levels, rules))
    st.caption(
        "Type into a cell: it goes into the draft. Empty: as observed, or as a wider rule says. "
        "*Order by* orders all levels; a head, only the rows shown."
    )
    st.data_editor(
        shown,
        key=grid.key,
        column_config={name: _config(name) for name in shown.columns},
        disabled=[name for name in shown.columns if name not in _TYPED],
        hide_index=True,
        height=430,
        num_rows="fixed",
        placeholder="",
        on_change=_take,
        args=(levels, policy, grid),
    )
    if grid.refused is not None:
        told = f"{fmt.counted(len(grid.refused), 'cell')} not taken: what is in force stays."
        st.warning(told, icon=":material/block:")
        table.show(grid.refused, _REFUSALS, name="cells-refused", height="content")


def editable(sheet_rows: pd.DataFrame) -> pd.DataFrame:
    """A sheet's rows as the grid shows them: targets in percent, and only what helps to type."""
    rows = sheet_rows[[*KEY, "description", *_TYPED, *_BESIDE]]
    scopes = [pol.scope_name(pol.scope_of(name)) for name in rows["policy_scope"]]
    return rows.assign(service_level_target=rows[TARGET] * 100, policy_scope=scopes).reset_index(drop=True)


def cells_of(shown: pd.DataFrame, typed: Mapping[int, Mapping[str, Any]]) -> Cells:
    """The rows that were typed into as a sheet: what was typed by row and column, and all else as it is shown."""
    rows = []
    for number, changed in sorted(typed.items()):
        values: dict[str, Any] = {name: shown[name].iloc[int(number)] for name in (*KEY, *_TYPED)}
        values |= changed
        rows.append(tuple(_text(name, values[name]) for name in (*KEY, *_TYPED)))
    return Cells((*KEY, *_TYPED), rows)


def _text(name: str, value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if name == TARGET:
        return f"{round(float(value), 4):g}%"
    # All its digits: fewer would be another number than is in force, and a change that nobody typed.
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)


def _take(levels: pd.DataFrame, policy: Policy, grid: _Grid) -> None:
    """The command: what differs from what is in force goes into the draft, what cannot be is told."""
    state: Any = st.session_state[grid.key]
    rules = changed_rules(policy.by_scope, drafts.of(policy).changes)
    cells = cells_of(editable(sheet(levels, rules)), state["edited_rows"])
    found = read(cells, levels, rules)
    drafts.add(policy, found.edits)
    refused = _refusals(cells, found) if found.refusals else None
    st.session_state[_GRID] = _Grid(grid.rows, grid.number + bool(found.refusals), refused)


def _refusals(cells: Cells, found: Reading) -> pd.DataFrame:
    """What is refused, by the series it is about."""
    rows = [
        {
            "series": " at ".join(cells.rows[one.row - 2][: len(KEY)]),
            "column": _HEADINGS.get(one.column, one.column),
            "value": one.value,
            "reason": one.reason,
        }
        for one in found.refusals
    ]
    return pd.DataFrame(rows, columns=[column.name for column in _REFUSALS])


def _config(name: str) -> Any:
    heading = _HEADINGS.get(name, name.removesuffix("_set").replace("_", " ").capitalize())
    if name == MEASURE:
        return st.column_config.SelectboxColumn(
            heading, options=list(MEASURES), format_func=MEASURES.__getitem__, required=True
        )
    if name == TARGET:
        return st.column_config.NumberColumn(heading, format="%.2f")
    if name in _TYPED or name in ("lead_time_days_mean", "qty_safety_stock"):
        return st.column_config.NumberColumn(heading, format="%.1f" if name == "lead_time_days_mean" else None)
    return st.column_config.TextColumn(heading, width=140 if name == "description" else None)
