"""A home's X12 partners, played by the twin: what lies in their folders of the outbox is answered into the inbox.

Belongs here: where the partner reads and writes. Does not belong here: what it says (`oms_core.twin.trading`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from oms_core.feeds import load_definitions
from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.fulfilment.names import safe_name
from oms_core.twin.trading import Habits, Reply, replies
from pipelines.home import Home, HomeError


def play_partner(home: Home, partner_id: str, habits: Habits, today: date) -> list[Path]:
    """Write the partner's answers that are due by `today` into its feed's inbox, each once; their paths.

    Raises HomeError where no feed reads the partner's X12.
    """
    feeds = [
        name
        for name, definition in load_definitions(home.feeds).items()
        if definition.format == "x12" and definition.constants["partner_id"] == partner_id
    ]
    if not feeds:
        name = safe_name(partner_id.lower().replace("-", "_"))
        raise HomeError(
            f"No feed reads the X12 of {partner_id}. Write {home.feeds / name}_x12.yaml, with "
            f"format: x12 and constants: {{partner_id: {partner_id}}}, as docs/warehouses.md shows."
        )
    said = home.twin / "trading" / safe_name(partner_id)
    said.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted((home.outbox / safe_name(partner_id)).glob("[!a]*.x12")):
        for reply in _due(path, habits, today):
            mark, target = said / reply.name, home.inbox / feeds[0] / reply.name
            if not mark.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(reply.data)
                mark.touch()
                written.append(target)
    return written


def _due(document: Path, habits: Habits, today: date) -> Iterator[Reply]:
    """The partner's replies to a document that are due by `today`."""
    for interchange in read_interchanges(document.read_bytes()):
        age_days = (today - interchange.sent_at.date()).days
        yield from (reply for reply in replies(interchange, habits) if reply.after_days <= age_days)
