"""The real demand that forecasts and safety stock are measured on, and the environment of the anchors.

Belongs here: reading a panel as the demand mart has it, with what was planned of it, and asking the anchors. Does not
belong here: figures.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import holidays
import numpy as np
import pandas as pd

from benchmarks.measure import ROOT, oms, run
from forecasting.known_ahead import PROMOTION, KnownAhead
from forecasting.panel import Panel, build_panel
from oms_core.arrays import Floats
from oms_core.store.published.snapshots import Snapshot

_ANCHORS = ROOT / ".venv-anchors" / "bin" / "python"
_DEMAND = "select business_date, sku, location_id, qty_demand, is_stocked_out from fct_demand_daily"

#: The grocer sells 68,509 products, most of them a few times a year: those sold on most days are kept.
_CHOSEN_COUNT = 2_500

#: How long before its first day a mailer is known: a grocer fills its mailer weeks ahead.
_MAILERS_KNOWN_DAYS = 28


def online_retail_source() -> Path:
    """The folder with a file a trading day. Raises FileNotFoundError where the shared data is missing."""
    source = Path(os.environ.get("OMS_SHARED_DATA", ROOT.parent / "shared" / "data")) / "online_retail" / "by_day"
    if not source.is_dir():
        raise FileNotFoundError(f"{source} is missing: set OMS_SHARED_DATA")
    return source


def panels(chosen_up_to: str = "2017-10-01") -> dict[str, Panel]:
    """Both panels to their last day: UCI Online Retail (every SKU, after the main job), and Complete Journey, told of
    its mailers and of public holidays as a home is (`planned_events`). Of what Online Retail planned nothing is known.

    Complete Journey's products are those sold on most days up to `chosen_up_to`: no later than the first day that a
    figure is measured from, or they are chosen by what is to be forecast.
    """
    return {"online_retail": _online_retail(), "complete_journey": _complete_journey(chosen_up_to)}


@cache
def _online_retail() -> Panel:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        oms(home, "init", "--profile", "online-retail")
        oms(home, "ingest", str(online_retail_source()))
        oms(home, "run")
        with Snapshot.current(home / "published") as snapshot:
            demand = snapshot.query(_DEMAND).to_pandas()
    return build_panel(demand, demand["business_date"].max())


@cache
def _complete_journey(chosen_up_to: str) -> Panel:
    sold = _sold()
    before = sold[sold["business_date"] <= pd.Timestamp(chosen_up_to)]
    days = before.groupby("sku").size().sort_values(ascending=False, kind="stable")
    chosen = sold[sold["sku"].isin(days.index[:_CHOSEN_COUNT])]
    demand = chosen.assign(sku=chosen["sku"].astype("str"), location_id="all", is_stocked_out=False)
    days = demand["business_date"]
    return build_panel(demand, pd.Timestamp(days.max()), KnownAhead(_mailers(), public_holidays("US", "all", days)))


@cache
def _sold() -> pd.DataFrame:
    return pd.DataFrame(ask("complete_journey"))


def public_holidays(country: str, location_id: str, days: pd.Series) -> pd.DataFrame:
    """A country's public holidays in the years of `days`, as `KnownAhead` has them."""
    years = range(days.min().year, days.max().year + 1)
    found = pd.to_datetime(sorted(holidays.country_holidays(country, years=years)))
    return pd.DataFrame({"location_id": location_id, "holiday_date": found})


@cache
def _mailers() -> pd.DataFrame:
    """Complete Journey's mailers as promotions of a week: how strong, the share of sales in the stores that mail."""
    told = pd.DataFrame(ask("complete_journey_mailers"))
    first = pd.to_datetime(told["first_date"])
    return pd.DataFrame(
        {
            "kind": PROMOTION,
            "value": told["share"],
            "sku": told["sku"].astype("str"),
            "location_id": "all",
            "first_date": first,
            "last_date": first + pd.Timedelta(days=6),
            "known_date": first - pd.Timedelta(days=_MAILERS_KNOWN_DAYS),
        }
    )


def ask(what: str, **given: Floats | np.ndarray) -> dict[str, np.ndarray]:
    """The answer of one anchor (a function of `benchmarks/anchors.py`) to the given arrays."""
    if not _ANCHORS.exists():
        raise FileNotFoundError(f"{_ANCHORS} is missing: `make bench` makes it")
    with TemporaryDirectory() as folder:
        question, answer = Path(folder) / "given.npz", Path(folder) / "answer.npz"
        np.savez(question, allow_pickle=False, **given)
        run([str(_ANCHORS), str(ROOT / "benchmarks" / "anchors.py"), what, str(answer), str(question)])
        return dict(np.load(answer))
