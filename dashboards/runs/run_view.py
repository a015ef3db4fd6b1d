"""Runs: their list, and one of them: what it made, why it failed, how long its stages took, what it proved.

Belongs here: their look. Does not belong here: the frames (`queries`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import charts, figures, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.runs import queries
from dashboards.shell import frame
from dashboards.shell.frame import Opened
from oms_core.store.operations import Run
from oms_core.store.operations.runs import BROKEN, STATES
from oms_core.store.running import latest_runs

RUNS = (
    Shown("state", "State"),
    Shown("as_of", "As of", "instant"),
    Shown("started_at", "Started", "instant"),
    Shown("seconds", "Took", "seconds"),
    Shown("files", "New files", "quantity"),
    Shown("records", "Records", "quantity"),
    Shown("quarantined", "Set aside", "quantity"),
    Shown("allocated", "Allocated", "quantity", "Decisions to ship from a location."),
    Shown("backordered", "Backordered", "quantity"),
    Shown("documents", "Documents", "quantity"),
    Shown("snapshot_id", "Snapshot", width=170),
    Shown("run_id", "Run", width=140),
)
PROOFS = (
    Shown("offending_rows", "Broken by", "quantity", "Rows that break it.", width=90),
    Shown("statement", "What must hold", width=560),
    Shown("name", "Proof"),
)
#: Runs that are listed; all are in the operations store.
_LISTED = 400
#: Figures of one run, by the column of the list.
_FIGURES = {column.name: column.heading for column in RUNS if column.kind == "quantity"} | {"held": "Held"}


def show(opened: Opened) -> None:
    """One run where the URL names one, else the list and what the latest run did."""
    store = frame.open_store(opened.settings)
    if store is None:
        return
    runs = latest_runs(store, opened.settings.home, _LISTED)
    asked = st.query_params.get("run")
    if asked:
        _one(asked, next((run for run in runs if run.run_id == asked), None))
    elif not runs:
        st.info("No run is on record in the operations store yet.", icon=":material/inbox:")
    else:
        # One under way has nothing to tell yet, and hides nothing.
        latest = next((run for run in runs if run.state != "running"), runs[0])
        if latest.state in BROKEN:
            frame.tell_failure(latest, f"The latest run {latest.state}")
        _list(queries.runs_table(runs))
        _stages_and_proofs(latest, opened.source.manifest.summary)


def _list(runs: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        find = str(
            st.text_input("Find", key="find", placeholder="day, run or snapshot", width=220, bind="query-params")
        )
        state = st.selectbox(
            "State", STATES, index=None, placeholder="any", key="state", bind="query-params", width=150
        )
    found = queries.found_runs(runs, find, state)
    if found.empty:
        st.info("No run is like that.", icon=":material/search_off:")
        return
    st.caption(f"{fmt.counted(len(found), 'run')}, the latest first. Choose a row to open it.")
    key = f"runs-{hash((find, state, len(runs)))}"
    chosen = table.show(found, RUNS, name="runs", key=key, height=table.tall(found, 390))
    if chosen is not None:
        frame.open_one({"run": str(found["run_id"].iloc[chosen])})
        st.rerun()


def _one(run_id: str, run: Run | None) -> None:
    frame.way_back("All runs")
    if run is None:
        st.warning(f"No run {fmt.plain(run_id)} is among the last {_LISTED}.", icon=":material/search_off:")
        return
    row = queries.runs_table([run]).astype(object).iloc[0]
    took = "" if pd.isna(row["seconds"]) else f", took {row['seconds']:,.1f} s"
    as_of = f" as of {fmt.instant(run.as_of)}" if run.as_of else ""
    st.subheader(f"Run{as_of}: {run.state}", anchor=False)
    nothing = "has published nothing yet" if run.state == "running" else "published nothing"
    published = f"published `{run.snapshot_id}`" if run.snapshot_id else nothing
    st.caption(f"Started {fmt.instant(run.started_at)}{took} · {published} · run `{run.run_id}`")
    if run.state in BROKEN:
        frame.tell_failure(run, f"It {run.state}")
    if stopped := run.summary.get("stopped"):
        told = "; ".join(f"{fmt.plain(one['stopped_feed'])} by {fmt.plain(one['stopped_by'])}" for one in stopped)
        st.warning(f"**Feeds that a held file stopped**: {told}. All others went on.", icon=":material/block:")
    if stopped or run.state in BROKEN:
        st.page_link(
            "runs/page.py", label="Files that stop their feed, and what was set aside",
            icon=":material/arrow_forward:", query_params={"section": "Set aside"},
        )  # fmt: skip
    known = {name: heading for name, heading in _FIGURES.items() if not pd.isna(row[name])}
    figures.show((Figure(heading, fmt.quantity(row[name])) for name, heading in known.items()), width=130)
    if "allocated" in known and run.as_of is not None:
        st.page_link(
            "allocation/page.py", label="What it decided, and why", icon=":material/arrow_forward:",
            query_params={"run": fmt.run(run.as_of, run.run_id)},
        )  # fmt: skip
    _stages_and_proofs(run, run.summary)


def _stages_and_proofs(run: Run, summary: Mapping[str, Any]) -> None:
    # Beside each other where there is room, else one under the other: bars need more than a tablet's third.
    beside = st.container(horizontal=True)
    stages, proofs = beside.container(width=400), beside.container(width=580)
    with stages:
        title = f"Seconds by stage, run of {run.as_of or run.started_at:%d %b %Y}"
        seconds = queries.stages_table(run.stage_seconds)
        if seconds.empty:
            st.caption("No stage of it has ended.")
        else:
            drawn = charts.bars(seconds, "stage", "seconds", title=title, unit="seconds", fmt=",.1f")
            st.vega_lite_chart(drawn, alt=title)
    with proofs:
        _proofs(queries.proofs_table(summary))


def _proofs(proofs: pd.DataFrame) -> None:
    if proofs.empty:
        st.caption("No proof of it has been made.")
        return
    broken = int((proofs["offending_rows"] > 0).sum())
    st.markdown(f"**Proofs:** {len(proofs) - broken} of {len(proofs)} hold in every row")
    table.show(table.narrowed(proofs, PROOFS, "proof"), PROOFS, name="proofs", height=350)
