"""A trained model as data."""

from __future__ import annotations

import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecasting import KnownAhead, forecast
from forecasting.daily import DailyModel, train
from forecasting.features import summarise
from forecasting.model_file import ModelFileError, from_bytes, to_bytes, training_hash
from forecasting.panel import build_panel


@pytest.fixture(scope="module")
def last(demand: pd.DataFrame) -> date:
    found: date = demand["business_date"].max().date()
    return found


@pytest.fixture(scope="module")
def model(demand: pd.DataFrame, last: date) -> DailyModel:
    return train(build_panel(demand, last), horizon=28, seed=0)


def test_a_model_read_again_says_the_same_to_the_byte(demand: pd.DataFrame, last: date, model: DailyModel) -> None:
    again = from_bytes(to_bytes(model, "hash"), "hash")
    history = summarise(build_panel(demand, last))
    levels = np.array([0.05, 0.5, 0.95])
    said = [one.predict(history, 199, 28, levels) for one in (model, again)]
    for ours, theirs in zip(*said, strict=True):
        assert ours.tobytes() == theirs.tobytes()
    assert again.names(history, 199).tolist() == model.names(history, 199).tolist()


def test_a_forecast_of_a_model_trained_the_same_day_is_the_forecast(
    demand: pd.DataFrame, last: date, model: DailyModel
) -> None:
    kept = forecast(demand, origin=last, model=from_bytes(to_bytes(model, "hash"), "hash"))
    pd.testing.assert_frame_equal(kept.frame, forecast(demand, origin=last).frame)


def test_the_fallback_of_too_little_history_is_kept_too() -> None:
    one_day = {"business_date": pd.Timestamp("2025-01-01"), "sku": ["A"], "location_id": "W", "qty_demand": 3.0}
    panel = build_panel(pd.DataFrame(one_day).assign(is_stocked_out=False), "2025-01-01")
    assert from_bytes(to_bytes(train(panel, horizon=28, seed=0), "h"), "h").name == "recent_mean"


class _Harm:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("harm",))


def test_what_is_no_model_of_ours_is_refused(model: DailyModel) -> None:
    whole = to_bytes(model, "hash")
    with pytest.raises(ModelFileError, match="trained on hash"):
        from_bytes(whole, "another")
    for damaged in (b"", whole[:1000], pickle.dumps(_Harm())):
        with pytest.raises(ModelFileError, match="no model can be read"):
            from_bytes(damaged, "hash")


def test_the_hash_is_of_all_that_training_depends_on(demand: pd.DataFrame, last: date) -> None:
    def of(frame: pd.DataFrame, horizon: int = 28, seed: int = 0, known: KnownAhead | None = None) -> str:
        return training_hash(build_panel(frame, last, known), horizon, seed)

    plain, changed = of(demand), demand.copy()
    changed.loc[7, "qty_demand"] += 1
    holiday = pd.DataFrame({"location_id": ["WH1"], "holiday_date": [pd.Timestamp("2025-05-01")]})
    others = {
        of(changed),
        of(demand, horizon=14),
        of(demand, seed=1),
        of(demand.assign(location_id="WH2")),
        of(demand, known=KnownAhead(KnownAhead.nothing().events, holiday)),
    }
    assert len(others | {plain}) == 6
    assert of(demand.sample(frac=1, random_state=2)) == plain
