"""Feeds that a bad file stops, as each run finds them, landed: what a run decides while one is stopped, it decides for
that reason, and a rebuild has to know it.

Belongs here: the shape in which that enters the log. Does not belong here: holding a file (`pipelines.reception`), what
is doubted for it (the models).
"""

from __future__ import annotations

from oms_core.contracts.decision_columns import DECIDED_AT, RUN_ID
from oms_core.contracts.schema import Contract, text

FEED_STOPS = Contract(
    "feed_stops",
    "one row a word on whether a feed is stopped; the latest is in force",
    ("stopped_feed", "run_id"),
    (
        text("stopped_feed", "Feed that it is about."),
        text(
            "state",
            "`stopped`: a file is held, and the feed's later files wait behind it; `flowing`: none is any more.",
            allowed=("stopped", "flowing"),
        ),
        text("stopped_by", "Name of the file that stops it; empty where none does.", required=False),
        text("stopped_by_sha256", "Hash of that file.", required=False),
        text("reason_code", "Why that file is held.", required=False),
        RUN_ID,
        *DECIDED_AT,
    ),
)
