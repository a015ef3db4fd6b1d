"""What starts an allocation run by itself: new files, of orders or supply, and the waves of the rules, each once.

Belongs here: looking, and the key by which one cause starts one run. Does not belong here: the job (`definitions`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import dagster as dg

from oms_core.feeds import load_definitions
from oms_core.files import file_digest
from oms_core.store.published.snapshots import NoSnapshot, Snapshot
from pipelines.home import Home, wall_clock
from pipelines.reception.arrivals import find_arrivals
from pipelines.reception.fetching import fetch_files
from pipelines.reception.originals import list_held

_INTERVAL_SECONDS = 60
#: How often partners' servers are looked at between runs.
_FETCH_SECONDS = 300
#: One partition a wave, named by its instant: each has one run that told its places, and shows whether it could.
WAVES = dg.DynamicPartitionsDefinition(name="waves")
#: A tag of a wave's run: who is told.
PLACES = "oms/places"


def inbox_fingerprint(home: Home) -> str:
    """A hash of the content of every finished file in the inbox that a run would take; empty where there is none. What
    waits behind a held file counts once its feed flows again."""
    stopped = {held.feed for held in list_held(home)}
    arrivals = [
        arrival
        for definition in load_definitions(home.feeds).values()
        if definition.feed not in stopped
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
            return dg.SkipReason(f"No finished file in {home.inbox} that a run would take.")
        return dg.RunRequest(run_key=fingerprint)

    return _sensor("inbox", job, look, "New files, of orders or of supply, start an allocation run.")


def fetch_sensor() -> dg.SensorDefinition:
    """A sensor that fetches what waits at partners into the inbox, where the sensor of the inbox finds it."""

    def look(_: dg.SensorEvaluationContext) -> dg.SkipReason:
        report = fetch_files(Home.locate().require())
        told = [f"{name} could not be reached: {why}" for name, why in report.unreached.items()]
        return dg.SkipReason("; ".join([f"{len(report.fetched)} files fetched", *told]))

    return dg.SensorDefinition(
        name="fetch",
        evaluation_fn=look,
        minimum_interval_seconds=_FETCH_SECONDS,
        description="Fetches what waits at partners (`fetch` in partners.yaml) into the inbox.",
    )


def wave_sensor(job: Any) -> dg.SensorDefinition:
    """A sensor that asks for a run of `job` once a wave of a place has come, its partition; it bears its places."""

    def look(_: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        home = Home.locate().require()
        last = _last_wave(home)
        if last is None:
            return dg.SkipReason("No place has waves: `waves` in sourcing.yaml.")
        instant, places = last
        key = instant.strftime("%Y-%m-%dT%H:%MZ")
        request = dg.RunRequest(run_key=f"wave {key}", partition_key=key, tags={PLACES: ", ".join(places)})
        return dg.SensorResult([request], dynamic_partitions_requests=[WAVES.build_add_request([key])])

    return _sensor("waves", job, look, "A wave of the sourcing rules starts an allocation run, which tells its places.")


def _last_wave(home: Home) -> tuple[datetime, list[str]] | None:
    from oms_core.allocation.stated.tables import read_locations
    from oms_core.allocation.stated.waves import last_wave

    rules = home.sourcing_rules
    if not rules.waves:
        return None
    try:
        with Snapshot.current(home.published) as snapshot:
            places = snapshot.query("select * from dim_location")
            events = snapshot.query("select * from fct_planned_events")
    except NoSnapshot:
        return None
    return last_wave(read_locations(places, events), rules, wall_clock())


def _sensor(name: str, job: Any, look: Callable[..., Any], description: str) -> dg.SensorDefinition:
    return dg.SensorDefinition(
        name=name, job=job, evaluation_fn=look, minimum_interval_seconds=_INTERVAL_SECONDS, description=description
    )
