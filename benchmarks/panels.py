"""The real demand that forecasts and safety stock are measured on, and the environment of the anchors.

Belongs here: reading a panel as the demand mart has it, and asking the anchors. Does not belong here: figures.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.measure import ROOT, oms, run
from forecasting.arrays import Floats
from forecasting.panel import Panel, build_panel
from oms_core.store.snapshots import Snapshot

_ANCHORS = ROOT / ".venv-anchors" / "bin" / "python"
_DEMAND = "select business_date, sku, location_id, qty_demand, is_stocked_out from fct_demand_daily"

#: The grocer sells 68,509 products, most of them a few times a year: those sold on most days up to here are kept.
_CHOSEN_UP_TO = "2017-10-01"
_CHOSEN_COUNT = 2_500


def online_retail_source() -> Path:
    """The folder with a file a trading day. Raises FileNotFoundError where the shared data is missing."""
    source = Path(os.environ.get("OMS_SHARED_DATA", ROOT.parent / "shared" / "data")) / "online_retail" / "by_day"
    if not source.is_dir():
        raise FileNotFoundError(f"{source} is missing: set OMS_SHARED_DATA")
    return source


@cache
def panels() -> dict[str, Panel]:
    """Both panels to their last day: UCI Online Retail (every SKU, after the main job), and Complete Journey."""
    return {"online_retail": _online_retail(), "complete_journey": _complete_journey()}


def _online_retail() -> Panel:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        oms(home, "init", "--profile", "online-retail")
        oms(home, "ingest", str(online_retail_source()))
        oms(home, "run")
        with Snapshot.current(home / "published") as snapshot:
            demand = snapshot.query(_DEMAND).to_pandas()
    return build_panel(demand, demand["business_date"].max())


def _complete_journey() -> Panel:
    sold = pd.DataFrame(ask("complete_journey"))
    before = sold[sold["business_date"] <= pd.Timestamp(_CHOSEN_UP_TO)]
    days = before.groupby("sku").size().sort_values(ascending=False, kind="stable")
    chosen = sold[sold["sku"].isin(days.index[:_CHOSEN_COUNT])]
    demand = chosen.assign(sku=chosen["sku"].astype("str"), location_id="all", is_stocked_out=False)
    return build_panel(demand, demand["business_date"].max())


def ask(what: str, **given: Floats | np.ndarray) -> dict[str, np.ndarray]:
    """The answer of one anchor (a function of `benchmarks/anchors.py`) to the given arrays."""
    if not _ANCHORS.exists():
        raise FileNotFoundError(f"{_ANCHORS} is missing: `make bench` makes it")
    with TemporaryDirectory() as folder:
        question, answer = Path(folder) / "given.npz", Path(folder) / "answer.npz"
        np.savez(question, **given)
        run([str(_ANCHORS), str(ROOT / "benchmarks" / "anchors.py"), what, str(answer), str(question)])
        return dict(np.load(answer))
