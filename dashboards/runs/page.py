"""The page of runs and data quality. Belongs here: loading and look. Does not belong here: its queries (`queries`)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import charts, frame, search, table
from dashboards import format as fmt
from dashboards.charts import Spec, look, name, number
from dashboards.frame import Opened
from dashboards.runs import queries
from dashboards.source import Source
from dashboards.table import Shown
from oms_core.store.operations import Run
from oms_core.store.snapshots import snapshots

RUNS = (
    Shown("state", "State"),
    Shown("as_of", "As of", "instant"),
    Shown("started_at", "Started", "instant"),
    Shown("seconds", "Took", "seconds"),
    Shown("files", "New files", "quantity"),
    Shown("records", "Records", "quantity"),
    Shown("quarantined", "Quarantined", "quantity"),
    Shown("allocated", "Allocated", "quantity", "Decisions to ship from a location."),
    Shown("backordered", "Backordered", "quantity"),
    Shown("documents", "Documents", "quantity"),
    Shown("snapshot_id", "Snapshot"),
    Shown("run_id", "Run"),
)
PROOFS = (
    Shown("offending_rows", "Broken by", "quantity", "Rows that break it.", width=90),
    Shown("statement", "What must hold", width=560),
    Shown("name", "Proof"),
)
FEEDS = (
    Shown("feed", "Feed"),
    Shown("files", "Files", "quantity"),
    Shown("record_count", "Records", "quantity"),
    Shown("accepted_count", "Accepted", "quantity"),
    Shown("duplicate_count", "Duplicates", "quantity", "Repeat another record of their file exactly."),
    Shown("superseded_count", "Superseded", "quantity", "Replaced by a later record of their file."),
    Shown("quarantined_count", "Quarantined", "quantity", "Set aside with a reason."),
    Shown("size_bytes", "Size", "bytes"),
    Shown("last_known_at", "Last received", "instant"),
)
FILES = (
    Shown("known_at", "Received", "instant"),
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="medium"),
    *FEEDS[2:8],
)
QUARANTINED = (
    Shown("known_at", "Received", "instant"),
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="medium"),
    Shown("row_number", "Row", "quantity"),
    Shown("reason_code", "Rule", "code"),
    Shown("reason", "Why", width="large"),
)
ACCURACY = (
    Shown("segment", "Segment", help="All series, or an ABC class."),
    Shown("model", "Model", "code"),
    Shown("spl", "SPL", "decimal", "Scaled pinball loss over all quantiles; lower is better."),
    Shown("gain", "Below naive", "share", "Share of seasonal naive's loss that the model saves."),
    Shown("wape", "WAPE", "share", "Sum of absolute errors by sum of demand; lower is better."),
    Shown("bias", "Bias", "share", "Sum of errors by sum of demand: above 0 forecasts too much."),
    Shown("coverage_90", "In 90 % band", "share", "Share of days within the band that should hold 90 %."),
)
SNAPSHOTS = (
    Shown("is_current", "Current", "flag"),
    Shown("snapshot_id", "Snapshot"),
    Shown("as_of", "As of", "instant"),
    Shown("published_at", "Published", "instant"),
    Shown("rows", "Rows", "quantity"),
    Shown("bytes", "Size", "bytes"),
    Shown("run_id", "Run"),
)
TABLES = (Shown("table", "Table"), Shown("rows", "Rows", "quantity"), Shown("bytes", "Size", "bytes"))

#: The first two models of a chart; further ones follow in the order of the palette.
MODEL_COLOURS = (charts.GREY, charts.BLUE, charts.ORANGE, charts.GREEN, charts.PURPLE)


def show() -> None:
    """One section at a time: each loads only what it shows."""
    opened = frame.open_page(
        "Runs and data quality", "What ran, what came in, what was set aside, how good forecasts are."
    )
    sections = {
        "Runs": lambda: _runs(opened),
        "What came in": lambda: _received(opened.source),
        "Set aside": lambda: _quarantine(opened.source),
        "Forecasts": lambda: _forecasts(opened.source),
        "Snapshots": lambda: _snapshots(opened),
    }
    chosen = st.segmented_control(
        "Section",
        list(sections),
        default="Runs",
        required=True,
        key="section",
        bind="query-params",
        label_visibility="collapsed",
    )
    sections[chosen or "Runs"]()


def _runs(opened: Opened) -> None:
    store = frame.open_store(opened.settings)
    if store is None:
        return
    runs = store.runs(100)
    if not runs:
        st.info("No run is on record in the operations store yet.", icon=":material/inbox:")
        return
    if runs[0].state == "failed":
        _tell_failure(runs[0])
    table.show(queries.runs_table(runs), RUNS, name="runs")
    # Beside each other where there is room, else one under the other: bars need more than a tablet's third.
    beside = st.container(horizontal=True)
    stages, proofs = beside.container(width=400), beside.container(width=580)
    with stages:
        title = f"Seconds by stage, run of {runs[0].as_of:%d %b %Y}"
        seconds = queries.stages_table(runs[0].stage_seconds)
        st.vega_lite_chart(charts.bars(seconds, "stage", "seconds", title=title, unit="seconds", fmt=",.1f"), alt=title)
    with proofs:
        _proofs(queries.proofs_table(opened.source.manifest.summary))


def _tell_failure(run: Run) -> None:
    failures = run.summary.get("failures") or ["no reason is on record"]
    text = "\n".join(f"- {fmt.plain(str(failure))}" for failure in failures)
    st.error(f"**The latest run failed**, {fmt.instant(run.started_at)}.\n\n{text}", icon=":material/error:")


def _proofs(proofs: pd.DataFrame) -> None:
    broken = int((proofs["offending_rows"] > 0).sum())
    st.markdown(f"**Proofs of the snapshot:** {len(proofs) - broken} of {len(proofs)} hold in every row")
    table.show(proofs, PROOFS, name="proofs", height=390)


def _received(source: Source) -> None:
    feeds = source.frame(queries.FEEDS)
    st.markdown("**By feed.** Records = accepted + duplicates + superseded + quarantined.")
    table.show(feeds, FEEDS, name="feeds")
    feed = _one_of("Feed", feeds["feed"].tolist(), "feed")
    query = queries.files(feed)
    files = source.frame(queries.shown(query))
    st.markdown(f"**Files**, the latest {len(files):,}; the download has all.")
    table.show(files, FILES, name="files", download=lambda: source.fresh(query))


def _quarantine(source: Source) -> None:
    reasons = source.frame(queries.REASONS)
    if reasons.empty:
        st.success("Nothing was set aside: every record received was in order.", icon=":material/check:")
        return
    title = "Records set aside, by rule broken"
    st.vega_lite_chart(charts.bars(reasons, "reason_code", "records", title=title, unit="records"), alt=title)
    left, right = st.columns(2)
    with left:
        feeds = source.frame(queries.FEEDS)
        feed = _one_of("Feed", feeds.loc[feeds["quarantined_count"] > 0, "feed"].tolist(), "feed")
    with right:
        reason = _one_of("Rule", reasons["reason_code"].tolist(), "rule")
    query = queries.quarantined(feed, reason)
    rows = source.frame(queries.shown(query))
    st.caption(f"The latest {len(rows):,}; the download has all. `oms quarantine list` tells of held files too.")
    table.show(rows, QUARANTINED, name="quarantine", download=lambda: source.fresh(query))


def _one_of(label: str, options: list[str], key: str) -> str | None:
    chosen: str | None = st.selectbox(
        label, search.still(options, key), index=None, placeholder="any", key=key, bind="query-params"
    )
    return chosen


def _forecasts(source: Source) -> None:
    accuracy = source.frame(queries.accuracy(source.manifest.run_id))
    if accuracy.empty:
        st.info("No back-test is on record: there is too little demand to test on yet.", icon=":material/inbox:")
        return
    origins = int(accuracy["origins"].max())
    st.caption(f"Back-tested from {fmt.counted(origins, 'past day')}, on demand that the model had not seen.")
    for alarm in source.rows(queries.FORECAST_ALARMS):
        st.warning(_alarm(alarm), icon=":material/trending_down:")
    st.vega_lite_chart(_accuracy_chart(accuracy), alt="Scaled pinball loss by segment and model")
    table.show(queries.accuracy_table(accuracy), ACCURACY, name="forecast-accuracy", height="content")


def _alarm(alarm: dict[str, Any]) -> str:
    value, limit = alarm["value"], alarm["limit_value"]
    told = {
        "challenger": f"the last 91 days would have lost less: {limit:.3f} instead of {value:.3f}",
        "drift": f"{fmt.share(value)} better than seasonal naive; a month ago it was above {fmt.share(limit)}",
        "bias": f"totals were forecast {fmt.share(abs(value))} too {'high' if value > 0 else 'low'}",
        "coverage": f"the 90 % band held {fmt.share(value)} of what came",
    }
    where = "All series" if alarm["segment"] == "all" else f"Class {alarm['segment']}"
    return f"{where}, newest week of back-tests: {told[alarm['kind']]}."


def _accuracy_chart(accuracy: pd.DataFrame) -> Spec:
    losses = accuracy[accuracy["metric"] == "spl"]
    models = sorted(losses["model"].unique(), key=lambda model: (model != "seasonal_naive", model))
    encoding = {
        "x": name("segment", "segment", sort=None, axis={"labelAngle": -30, "labelOverlap": False}),
        "xOffset": name("model", sort=models),
        "y": number("value", "scaled pinball loss"),
        "color": look("model", models, list(MODEL_COLOURS[: len(models)])),
        "tooltip": [name("segment", "Segment"), name("model", "Model"), number("value", "SPL", format=".3f")],
    }
    spec = {"mark": {"type": "bar"}, "encoding": encoding}
    return charts.finished(spec, "Forecast error by segment, lower is better", 300, losses=losses)


def _snapshots(opened: Opened) -> None:
    manifest = opened.source.manifest
    kept = queries.snapshots_table(snapshots(opened.settings.published), manifest.snapshot_id)
    st.markdown("**Snapshots kept.** Each is whole and never changes; these pages read the current one.")
    table.show(kept, SNAPSHOTS, name="snapshots")
    st.markdown("**Tables of the current snapshot**")
    table.show(queries.tables_table(manifest), TABLES, name="tables")


show()
