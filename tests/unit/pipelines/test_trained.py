"""The trained model is kept from one training day to the next, and nothing depends on its file."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting import KnownAhead
from pipelines.planning.trained import KeptModels, Trained

_FIRST = date(2026, 1, 1)
_DAYS = 150


def _demand() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    days = pd.date_range(str(_FIRST), periods=_DAYS)
    frames = [
        pd.DataFrame(
            {"business_date": days, "sku": f"S{n}", "location_id": "W", "qty_demand": rng.poisson(1 + n, _DAYS)}
        )
        for n in range(6)
    ]
    return pd.concat(frames, ignore_index=True).assign(location_id="W", is_stocked_out=False)


def _on(folder: Path, day: date, demand: pd.DataFrame, retrain_days: int = 7) -> Trained:
    known = demand[demand["business_date"] <= pd.Timestamp(day)]
    # Days as the warehouse gives them.
    known = known.assign(business_date=known["business_date"].dt.date)
    return _models(folder, known, retrain_days).at(day)


def _models(folder: Path, demand: pd.DataFrame, retrain_days: int = 7) -> KeptModels:
    return KeptModels(folder, demand, horizon=14, known_ahead=KnownAhead.nothing(), retrain_days=retrain_days)


def test_it_is_trained_once_a_week_and_read_on_the_days_between(tmp_path: Path) -> None:
    demand, start = _demand(), _FIRST + timedelta(days=120)
    found = [_on(tmp_path, start + timedelta(days=n), demand) for n in range(14)]
    trained = [n for n, one in enumerate(found) if one.is_new]
    assert len(trained) in (2, 3)
    assert {later - earlier for earlier, later in pairwise(trained[1:])} <= {7}
    assert all(one.day <= start + timedelta(days=n) < one.day + timedelta(days=7) for n, one in enumerate(found))
    used = found[-1].training_hash
    (tmp_path / f"{used}.7.part").touch()  # of a run that was killed
    tonight = _models(tmp_path, demand)
    assert not tonight.at(start + timedelta(days=13)).is_new
    tonight.forget_others()
    assert [file.name for file in tmp_path.iterdir()] == [f"{used}.skops"]


def test_a_back_tests_origin_has_the_model_that_its_own_night_had(tmp_path: Path) -> None:
    """Though it is read from demand that has gone on since, in which a series has begun: so it is trained in one of
    seven nights."""
    demand, origin = _demand(), _FIRST + timedelta(days=100)
    later = demand[demand["sku"] == "S0"].assign(sku="NEW")
    demand = pd.concat([demand, later[later["business_date"] > pd.Timestamp(origin)]], ignore_index=True)
    then = _on(tmp_path, origin, demand)
    again = _models(tmp_path, demand).at(origin)
    assert (again.training_hash, again.is_new) == (then.training_hash, False)


def test_restated_demand_a_lost_file_and_a_damaged_one_train_it_anew(tmp_path: Path) -> None:
    demand, day = _demand(), _FIRST + timedelta(days=130)
    first = _on(tmp_path, day, demand)
    assert not _on(tmp_path, day, demand).is_new
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:500])
    mended = _on(tmp_path, day, demand)
    assert mended.is_new
    assert mended.training_hash == first.training_hash
    demand.loc[3, "qty_demand"] += 1
    restated = _on(tmp_path, day, demand)
    assert restated.is_new
    assert restated.training_hash != first.training_hash


def test_a_young_home_trains_every_day(tmp_path: Path) -> None:
    demand = _demand()
    assert all(_on(tmp_path, _FIRST + timedelta(days=n), demand).day == _FIRST + timedelta(days=n) for n in (0, 5, 40))
