"""Feeds that a held file stops: every run lands which, as far as that has changed.

Belongs here: landing it, and reading what is in force. Does not belong here: holding a file (`landing`, `originals`),
what is doubted while a feed is stopped (the models).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from oms_core.contracts.stops import FEED_STOPS
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, select_table
from pipelines.reception.originals import list_held

#: What the warehouse knows: one row a feed that is stopped.
STOPPED = """
    select stopped_feed, stopped_by, stopped_by_sha256, reason_code from raw.feed_stops
    qualify row_number() over (partition by stopped_feed order by known_at desc, effective_at desc, run_id desc) = 1
        and state = 'stopped'
    order by stopped_feed"""


def land_stops(home: Home, as_of: datetime, run_id: str) -> int:
    """Land, as a run's word, of each feed that has come to a stop, or by another file than before, or flows again, that
    it does; how many these are."""
    before = {row["stopped_feed"]: row for row in select_table(home, STOPPED).to_pylist()}
    # Of several files of a feed the first stops it: the others would be held behind it, too.
    now: dict[str, dict[str, Any]] = {}
    for held in list_held(home):
        stop = {"stopped_by": held.file_name, "stopped_by_sha256": held.file_sha256, "reason_code": held.reason_code}
        now.setdefault(held.feed, {"stopped_feed": held.feed, **stop})
    flowing = [{"stopped_feed": feed, "state": "flowing"} for feed in sorted(before.keys() - now.keys())]
    stopped = [{**stop, "state": "stopped"} for feed, stop in now.items() if stop != before.get(feed)]
    of_run = {"run_id": run_id, "effective_at": as_of, "business_date": as_of.date()}
    rows = [{**row, **of_run} for row in (*stopped, *flowing)]
    if rows:
        table = pa.Table.from_pylist(rows, FEED_STOPS.arrow_schema)
        land_decision(Log(home.landing), table, FEED_STOPS.name, run_id, as_of)
        load(home, as_of, run_id)
    return len(rows)
