"""The page of runs and data quality. Belongs here: its sections, forecasts, snapshots. Does not belong here: its
queries (`queries`), runs (`run_view`), what came in (`received_view`)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import charts, table
from dashboards.parts import format as fmt
from dashboards.parts.charts import Spec, look, name, number
from dashboards.parts.table import Shown
from dashboards.runs import queries, received_view, run_view
from dashboards.shell import frame
from dashboards.shell.frame import Opened
from dashboards.source import Source
from oms_core.store.published.snapshots import snapshots

_ACCURACY = (
    Shown("segment", "Segment", help="All series, or an ABC class."),
    Shown("model", "Model", "code"),
    Shown("spl", "SPL", "decimal", "Scaled pinball loss over all quantiles; lower is better."),
    Shown("gain", "Below naive", "share", "Share of seasonal naive's loss that the model saves."),
    Shown("wape", "WAPE", "share", "Sum of absolute errors by sum of demand; lower is better."),
    Shown("bias", "Bias", "share", "Sum of errors by sum of demand: above 0 forecasts too much."),
    Shown("coverage_90", "In 90 % band", "share", "Share of days within the band that should hold 90 %."),
)
_SNAPSHOTS = (
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
_MODEL_COLOURS = (charts.GREY, charts.BLUE, charts.ORANGE, charts.GREEN, charts.PURPLE)


def show() -> None:
    """One section at a time: each loads only what it shows."""
    opened = frame.open_page(
        "Runs and data quality", "What ran, what came in, what was set aside, how good forecasts are."
    )
    received_view.narrow()
    sections = {
        "Runs": lambda: run_view.show(opened),
        "What came in": lambda: received_view.received(opened.source),
        "Set aside": lambda: received_view.set_aside(opened),
        "Forecasts": lambda: _forecasts(opened.source),
        "Snapshots": lambda: _snapshots(opened),
    }
    sections[frame.choose_view("Section", list(sections), key="section")]()


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
    rows = queries.accuracy_table(accuracy)
    rows = table.narrowed(rows.assign(segment=rows["segment"].map(queries.segment)), _ACCURACY, "series")
    table.show(rows, _ACCURACY, name="forecast-accuracy", height="content")


def _alarm(alarm: dict[str, Any]) -> str:
    value, limit = alarm["value"], alarm["limit_value"]
    told = {
        "challenger": f"the last 91 days would have lost less: {limit:.3f} instead of {value:.3f}",
        "drift": f"{fmt.share(value)} better than seasonal naive; a month ago it was above {fmt.share(limit)}",
        "bias": f"totals were forecast {fmt.share(abs(value))} too {'high' if value > 0 else 'low'}",
        "coverage": f"the 90 % band held {fmt.share(value)} of what came",
    }
    if alarm["kind"] == "silence":
        days = fmt.counted(int(value), "day")
        return (
            f"{alarm['segment']}: nothing was sold on {days} of the last 28, which is taken as unknown, not as nothing."
        )
    where = "All series" if alarm["segment"] == "all" else f"Class {alarm['segment']}"
    return f"{where}, newest week of back-tests: {told[alarm['kind']]}."


def _accuracy_chart(accuracy: pd.DataFrame) -> Spec:
    losses = accuracy[accuracy["metric"] == "spl"]
    models = sorted(losses["model"].unique(), key=lambda model: (model != "seasonal_naive", model))
    losses = losses.assign(model=losses["model"].map(fmt.code), segment=losses["segment"].map(queries.segment))
    models = [fmt.code(model) for model in models]
    encoding = {
        "x": name("segment", "", sort=None, axis={"labelAngle": -30, "labelOverlap": False}),
        "xOffset": name("model", sort=models),
        "y": number("value", "scaled pinball loss"),
        "color": look("model", models, list(_MODEL_COLOURS[: len(models)])),
        "tooltip": [name("segment", "Segment"), name("model", "Model"), number("value", "SPL", format=".3f")],
    }
    spec = {"mark": {"type": "bar"}, "encoding": encoding}
    title = "Forecast error (scaled pinball loss) by segment and model: lower is better"
    return charts.finished(spec, title, 300, losses=losses)


def _snapshots(opened: Opened) -> None:
    manifest = opened.source.manifest
    kept = queries.snapshots_table(snapshots(opened.settings.published), manifest.snapshot_id)
    st.markdown("**Snapshots kept.** Each is whole and never changes; these pages read the current one.")
    kept = table.narrowed(kept, _SNAPSHOTS, "snapshot")
    table.show(kept, _SNAPSHOTS, name="snapshots", height=table.tall(kept, 420))
    st.markdown("**Tables of the current snapshot**")
    tables = table.narrowed(queries.tables_table(manifest), TABLES, "table")
    table.show(tables, TABLES, name="tables", height=table.tall(tables, 420))


show()
