"""The round trip through a spreadsheet: the workbook to download, and what an upload asks for. Belongs here: its look.

Does not belong here: the sheet's columns and cells (`sheet`), its files (`sheet_files`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from dashboards.parts import format as fmt
from dashboards.parts import table
from dashboards.parts.table import Shown
from dashboards.safety_stock import drafts
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.assortment import assortment_of
from dashboards.safety_stock.drafts import Draft
from dashboards.safety_stock.policy import Rules
from dashboards.safety_stock.sheet import EDITABLE, Reading, read, refusal_table
from dashboards.safety_stock.sheet_files import MOST_BYTES, read_file, to_xlsx
from dashboards.source import Source
from oms_core.store.operations import Policy, changed_rules

_REFUSED = (
    Shown("row", "Row", "quantity", "As the spreadsheet counts; the header is row 1.", width="small"),
    Shown("column", "Column"),
    Shown("value", "Value"),
    Shown("reason", "Why it is not taken", width="large"),
)
_REFUSED_SHOWN = 500
_UPLOADS = "sheet-uploads"
_EDIT = ", ".join(f"`{name}`" for name in EDITABLE)
_HOW = (
    f"Download the list of *Levels* as CSV or Excel, edit the columns {_EDIT}, and bring it back. What differs from "
    "what is in force becomes a change of that row; an emptied cell takes the row's own away. Rows and columns that "
    "you do not need can be deleted, but for `sku` and `location_id`."
)


def offer_workbook(make: Callable[[], pd.DataFrame]) -> None:
    """A button that makes the workbook when it is pressed."""
    told = "To edit and bring back in the draft, as the CSV; cells that a spreadsheet would run are neutralised."
    table.offer_file("Excel", lambda: to_xlsx(make()), "safety-stock.xlsx", key="download-workbook", tip=told)


def show_upload(source: Source, policy: Policy, draft: Draft) -> None:
    """The upload, what of it is refused and why, and the rest for the draft."""
    # Told to the server: a word above it, such as what came of a command, would close it.
    with st.expander(
        "From a spreadsheet", icon=":material/upload_file:", key="sheet", on_change="rerun", bind="query-params"
    ):
        st.markdown(_HOW)
        # A new key after each that was taken: the control is empty again.
        number = st.session_state.get(_UPLOADS, 0)
        file = st.file_uploader("CSV or Excel", type=["csv", "xlsx"], key=f"sheet-{number}",
                                max_upload_size=MOST_BYTES // 1024**2)  # fmt: skip
        if file is None:
            return
        rules = changed_rules(policy.by_scope, draft.changes)
        reading = _read(source, file.name, file.getvalue(), rules)
        _show_reading(policy, draft, reading)


def _show_reading(policy: Policy, draft: Draft, reading: Reading) -> None:
    changes = pol.with_edits(policy, draft.changes, reading.edits)
    differing = len({edit.scope for edit in reading.edits})
    told = (
        f"{fmt.counted(reading.row_count, 'row')} read, {differing:,} of them ask for something else than is in force"
    )
    refused = reading.refusals
    if refused:
        rows, are = refusal_table(refused), "are" if len(refused) > 1 else "is"
        st.warning(f"{told}. **{fmt.counted(len(refused), 'thing')} {are} not taken:**", icon=":material/rule:")
        shown = table.narrowed(rows, _REFUSED, "refused")[:_REFUSED_SHOWN]
        table.show(shown, _REFUSED, name="refused", download=lambda: rows, height=table.tall(shown, 270))
    else:
        st.success(f"{told}; all of it can be taken.", icon=":material/rule:")
    st.button(
        f"Put {fmt.counted(differing, 'row')} into the draft" if differing else "Nothing to put into the draft",
        type="primary",
        disabled=changes == draft.changes,
        on_click=_take,
        args=(policy, reading),
        key="sheet-take",
    )


def _take(policy: Policy, reading: Reading) -> None:
    drafts.add(policy, reading.edits)
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1


def _read(source: Source, name: str, content: bytes, rules: Rules) -> Reading:
    asked = hashlib.sha256(repr(sorted(rules.items())).encode() + content).hexdigest()
    return _cached(source, name, content, rules, asked, source.snapshot.snapshot_id)


def _reading_of(
    _source: Source,
    _name: str,
    _content: bytes,
    _rules: Mapping,  # type: ignore[type-arg]
    asked: str,  # noqa: ARG001 - the cache's key, with the snapshot's id
    snapshot_id: str,  # noqa: ARG001
) -> Reading:
    return read(read_file(_name, _content), assortment_of(_source).levels, _rules)


_cached: Callable[[Source, str, bytes, Rules, str, str], Reading] = st.cache_data(
    max_entries=5, show_spinner="Reading the sheet …"
)(_reading_of)
