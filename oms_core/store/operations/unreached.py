"""Partners whose files could not be fetched at the last look: since when, and why, read from the audit trail.

Belongs here: what of it is noted, and who is out of reach now. Does not belong here: fetching.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oms_core.fulfilment.partners import Partners
from oms_core.store.operations.audit import Trail

_FAILED, _AGAIN = "partner.not_fetched", "partner.fetched_again"


@dataclass(frozen=True, slots=True)
class Unreached:
    """A partner out of reach, since the first look that failed; `reason`: of the last one."""

    partner_id: str
    since: datetime
    reason: str


def find_unreached(trail: Trail, partners: Partners) -> list[Unreached]:
    """Those from whom files are to be fetched and cannot be, by name."""
    last: dict[str, Unreached] = {}
    for act in sorted((*trail.of_action(_FAILED), *trail.of_action(_AGAIN)), key=lambda act: act.id):
        partner_id = act.subject.removeprefix("partner:")
        before = last.pop(partner_id, None)
        if act.action == _FAILED:
            since = before.since if before else act.at
            last[partner_id] = Unreached(partner_id, since, str((act.after or {}).get("reason")))
    fetched_from = {name for name, profile in partners.profiles.items() if profile.fetch is not None}
    return [last[name] for name in sorted(last.keys() & fetched_from)]


def note_look(trail: Trail, before: Unreached | None, partner_id: str, reason: str | None, now: datetime) -> None:
    """Enter what came of a look at a partner's place, where it is news; `reason`: why it failed, if it did; `before`:
    as it was found before."""
    subject = f"partner:{partner_id}"
    if reason is None and before is not None:
        trail.note(_AGAIN, subject, now, {"failed_since": f"{before.since:%Y-%m-%d %H:%M} UTC"})
    elif reason is not None and (before is None or before.reason != reason):
        trail.note(_FAILED, subject, now, {"reason": reason})
