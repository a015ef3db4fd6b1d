"""The trained demand models, kept in the home from one training day to the next: the one in use, and those that the
back-test's origins had.

Belongs here: when it is trained, and its file. Does not belong here: training (`forecasting`).

A model is a function of its training data, and its file is named by their hash: deleted, or of data that were restated
since, it is trained again, and says the same.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from forecasting import KnownAhead
from forecasting.daily import DailyModel, train
from forecasting.model_file import ModelFileError, from_bytes, to_bytes, training_hash
from forecasting.panel import build_panel

_SEED = 0

#: With less history than this before a training day, a home trains anew each day (days).
_LEAST_HISTORY = timedelta(days=56)


@dataclass(frozen=True)
class Trained:
    """A model, the last day that it has seen, the hash of its training data, and whether it was trained just now."""

    model: DailyModel
    day: date
    training_hash: str
    is_new: bool


@dataclass
class KeptModels:
    """The models in `folder`, seen from one night's demand; `used` are those that it asked for.

    A back-test's origin has its own night's. It is trained in one of seven nights; in the others an origin costs 0.4 s
    of a processor and not 4.2 (the demo).
    """

    folder: Path
    demand: pd.DataFrame
    horizon: int
    known_ahead: KnownAhead
    retrain_days: int
    used: list[Trained] = field(default_factory=list)

    def at(self, today: date) -> Trained:
        """The model of the latest training day up to `today`: read where it is kept, else trained and kept."""
        day = _training_day(self.demand, today, self.retrain_days)
        panel = build_panel(self.demand, day, self.known_ahead)
        wanted = training_hash(panel, self.horizon, _SEED)
        file = self.folder / f"{wanted}.skops"
        kept = _read(file, wanted)
        model = kept or train(panel, horizon=self.horizon, seed=_SEED)
        if kept is None:
            _keep(file, to_bytes(model, wanted))
        found = Trained(model, day, wanted, is_new=kept is None)
        self.used.append(found)
        return found

    def forget_others(self) -> None:
        """Delete the files of models that this night did not use, and what a killed run left half written."""
        used = {f"{one.training_hash}.skops" for one in self.used}
        for file in self.folder.iterdir():
            if file.name not in used:
                file.unlink()


def _training_day(demand: pd.DataFrame, today: date, retrain_days: int) -> date:
    """Every so many days counted from the calendar's beginning, so that it does not depend on which days had a run."""
    day = today - timedelta(days=today.toordinal() % retrain_days)
    return day if pd.Timestamp(demand["business_date"].min()) <= pd.Timestamp(day - _LEAST_HISTORY) else today


def _read(file: Path, trained_on: str) -> DailyModel | None:
    """The kept model; none where there is none, or where its file is damaged and so worth as much as none."""
    try:
        return from_bytes(file.read_bytes(), trained_on)
    except (FileNotFoundError, ModelFileError):
        return None


def _keep(file: Path, data: bytes) -> None:
    """Write the file whole or not at all. Two threads may train the same model at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{threading.get_ident()}.part")
    part.write_bytes(data)
    part.replace(file)
