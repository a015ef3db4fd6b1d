"""A trained daily model as bytes, and the name that its training data give it.

Belongs here: what of a model is written, how it is read again, what it was trained on as a hash. Does not belong here:
files (`pipelines.planning`), training (`daily`).

The bytes are skops' (a zip of JSON and arrays): what they may hold is listed, and anything else is refused. They are
data, never a pickle. The same training gives the same model, so a file only saves the time of training it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import skops.io

from forecasting.choice import Choice
from forecasting.daily import DailyModel
from forecasting.levelset import LevelSet
from forecasting.model import BoostedModel, ScaleModel
from forecasting.panel import Panel

#: Counts up whenever the same training data would give another model: features, sampling, trees, spread.
_MODEL_VERSION = 2

#: Of what skops does not trust by itself, what our models are made of.
_TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


class ModelFileError(ValueError):
    """The bytes are no model of this version."""


def training_hash(panel: Panel, horizon: int, seed: int) -> str:
    """SHA-256 of all that a model's training depends on: demand, what was known ahead, horizon, seed, versions."""
    digest = hashlib.sha256()
    settings = (_MODEL_VERSION, version("scikit-learn"), version("numpy"), horizon, seed, str(panel.origin))
    digest.update(repr(settings).encode())
    for part in (panel.qty, panel.starts):
        digest.update(repr(part.shape).encode())
        digest.update(np.ascontiguousarray(part).data)
    for frame in (panel.keys, *panel.known_ahead.felt(panel.keys, panel.origin)):
        ordered = frame.sort_values(list(frame.columns), kind="stable")
        digest.update(pd.util.hash_pandas_object(ordered, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def to_bytes(model: DailyModel, trained_on: str) -> bytes:
    """The model, and the hash of what it was trained on."""
    boosted = model.mean if isinstance(model.mean, BoostedModel) else None
    mean = {"regressor": boosted.regressor, "borders": list(boosted.borders)} if boosted else None
    spread = {field.name: getattr(model.spread, field.name) for field in fields(LevelSet)}
    content = {"trained_on": trained_on, "mean": mean, "spread": spread, "choice": list(model.choice.takes_recent)}
    written: bytes = skops.io.dumps(content)
    return written


def from_bytes(data: bytes, trained_on: str) -> DailyModel:
    """The model. Raises ModelFileError where the bytes are damaged, hold anything else, or are of other training."""
    try:
        content: dict[str, Any] = skops.io.loads(data, trusted=_TRUSTED)
        mean, found = content["mean"], content["trained_on"]
        model = DailyModel(
            BoostedModel(mean["regressor"], tuple(mean["borders"])) if mean else ScaleModel(),
            LevelSet(**content["spread"]),
            Choice(tuple(content["choice"])),
        )
    except Exception as error:  # a damaged archive fails in as many ways as there are libraries below
        raise ModelFileError(f"no model can be read from it: {error}") from error
    if found != trained_on:
        raise ModelFileError(f"it was trained on {found}")
    return model
