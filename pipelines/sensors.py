"""The inbox sensor: new files start an allocation run, each set of files once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import dagster as dg

from oms_core.feeds import load_definitions
from pipelines.home import Home, wall_clock
from pipelines.landing import file_digest, find_arrivals

INTERVAL_SECONDS = 60


def inbox_fingerprint(home: Home) -> str:
    """A hash of the content of every finished file in the inbox; empty where there is none."""
    arrivals = [
        arrival
        for definition in load_definitions(home.feeds).values()
        for arrival in find_arrivals(home, definition, wall_clock())
    ]
    digests = sorted(f"{arrival.feed}/{file_digest(arrival.path)}" for arrival in arrivals)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest() if digests else ""


def inbox_sensor(job: Any) -> dg.SensorDefinition:
    """A sensor that asks for a run of `job` when files have come. The run key is the content's hash, so that looking
    twice at the same files, or restarting the sensor, starts one run."""

    def look(_: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        home = Home.locate().require()
        fingerprint = inbox_fingerprint(home)
        if not fingerprint:
            return dg.SkipReason(f"No finished file in {home.inbox}.")
        return dg.RunRequest(run_key=fingerprint)

    evaluation: Callable[..., Any] = look
    return dg.SensorDefinition(
        name="inbox", job=job, evaluation_fn=evaluation, minimum_interval_seconds=INTERVAL_SECONDS, description=__doc__
    )
