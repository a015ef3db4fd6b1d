"""The ticket of a run: its `as_of` and its id, the same for every step however many processes take part.

Belongs here: how a run's time is found and its id derived. Does not belong here: what the run does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from oms_core.store.held import held_files
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.operations.outbox_lists import Wanted
from pipelines.home import Home, HomeError, wall_clock
from pipelines.log import Log, Unit
from pipelines.modelling.warehouse import seen_until

_NEXT_SECOND = timedelta(seconds=1)
#: By how much a machine's clock may fall behind what its home has seen, as one does that is set right, and runs go on.
_CLOCK_SLACK = timedelta(days=1)


@dataclass(frozen=True)
class Ticket:
    """`run_id` is a hash of everything received by `as_of`, of what is held, of the policy and the sourcing rules in
    force, of what people have accepted of earlier proposals and of what they have commanded of orders: the same input,
    the same id. Making one brings into force what is approved and due by its day."""

    run_id: str
    as_of: datetime

    @property
    def business_date(self) -> date:
        return self.as_of.date()

    @property
    def last_whole_day(self) -> date:
        """The last day of which all demand can be known: yesterday on the wall clock, today on the data's clock."""
        return last_whole_day(self.as_of)


def last_whole_day(as_of: datetime) -> date:
    """The last day (UTC) that has ended by an instant; a day ends with its last second."""
    return (as_of + _NEXT_SECOND).date() - timedelta(days=1)


def ticket_of(home: Home, process_id: str, until: date | None = None) -> Ticket:
    """The ticket of a Dagster run, written when first asked for. `process_id` is Dagster's id of the run."""
    path = home.scratch / "tickets" / f"{process_id}.json"
    if not path.exists():
        _write(path, _new_ticket(home, until))
    content = json.loads(path.read_text(encoding="utf-8"))
    return Ticket(content["run_id"], datetime.fromisoformat(content["as_of"]))


def _write(path: Path, ticket: Ticket) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"run_id": ticket.run_id, "as_of": ticket.as_of.isoformat()}), encoding="utf-8")
    part.replace(path)


def refuse_earlier(home: Home, day: date | None) -> None:
    """Raises HomeError where the home has been run to a later day already: its warehouse knows what came since, so that
    a run of `day` would publish more than was known then. `day` None: now, by the home's clock."""
    seen = seen_until(home)
    if day is None and seen is not None and home.config["clock"] == "wall" and seen - wall_clock() > _CLOCK_SLACK:
        raise HomeError(
            f"The machine's clock says {wall_clock():%Y-%m-%d %H:%M} UTC, and the home has been run to "
            f"{seen:%Y-%m-%d %H:%M}. Set the clock right; if it was wrong when the home ran, restore an "
            "earlier backup."
        )
    if day is not None and seen is not None and day < seen.date():
        raise HomeError(
            f"The home has been run to {seen:%Y-%m-%d} already, and does not go back to {day}. "
            f"What was known then: `oms query --as-of {day}`."
        )


def _new_ticket(home: Home, until: date | None) -> Ticket:
    refuse_earlier(home, until)
    as_of, units = find_as_of(home, until), Log(home.landing).units
    received = sorted(f"{u.feed}/{u.file_sha256}" for u in units if not u.run_id and u.known_at <= as_of)
    with open_operations(home.database_url, now=wall_clock()) as store:
        _require_its_store(units, store)
        store.apply_due_policies(as_of.date(), wall_clock())
        version, accepted, commanded = (
            store.policy_in_force(as_of.date()).version, store.acceptance_fingerprint(), store.desk.last_spoken()
        )  # fmt: skip
    # As they are written: what cannot be followed fails where it is followed, in a run that has an id.
    rules = home.sourcing_rules_path.read_text(encoding="utf-8") if home.sourcing_rules_path.exists() else ""
    held = sorted(f"{held.feed}/{held.file_sha256}" for held in held_files(home.quarantine))
    stood_on = [as_of.isoformat(), version, rules, received, accepted, commanded, *held]
    run_id = hashlib.sha256(json.dumps(stood_on).encode()).hexdigest()[:16]
    return Ticket(run_id, _after_others(run_id, as_of, units))


def _require_its_store(units: Iterable[Unit], store: OperationsStore) -> None:
    """Raises HomeError where the log has policies or documents that the operations store never had: it is another
    home's, or a new one, and a run would follow its targets and number documents anew."""
    landed = {unit.run_id for unit in units if "policies" in unit.tables}
    has_documents = any("exports" in unit.tables for unit in units)
    lacks = landed - {f"version-{policy.version}" for policy in store.policy_history()}
    if lacks or (has_documents and not store.documents.count(Wanted())):
        raise HomeError(
            "The operations store is not the one that this home's log was written with: it lacks "
            f"{'policy ' + min(lacks) if lacks else 'every document'}. Name that in OMS_DATABASE_URL, or restore it."
        )


def _after_others(run_id: str, as_of: datetime, units: Iterable[Unit]) -> datetime:
    """The instant, or the next microsecond at which no other run has decided.

    On the data's clock two runs of a day would have one instant, for example before and after a change of policy, and
    nothing would say which of them decided last. A run that is repeated keeps the instant that it had.
    """
    end = as_of + _NEXT_SECOND
    decided = {u.run_id: u.known_at for u in units if _is_of_run(u) and as_of <= u.known_at < end}
    if run_id in decided:
        return decided[run_id]
    return max((instant + timedelta(microseconds=1) for instant in decided.values()), default=as_of)


def _is_of_run(unit: Unit) -> bool:
    # Policy versions are landed under names of their own.
    return bool(unit.run_id) and "policies" not in unit.tables


def find_as_of(home: Home, until: date | None = None) -> datetime:
    """The instant that the run takes as now.

    Of a day that was asked for, its end. Otherwise a home on the wall clock takes the machine's time, and a home on the
    data's clock the end of the latest arrival's day. A day ends with its last second, or with what was known after that
    because it came when the day had been run already.
    """
    if until is None and home.config["clock"] == "wall":
        seen = seen_until(home)
        # A clock that was set back: what was known stays known, and what has come since was heard after it.
        return wall_clock() if seen is None else max(wall_clock(), seen + _NEXT_SECOND)
    arrivals = [unit.known_at.astimezone(UTC) for unit in Log(home.landing).units if not unit.run_id]
    if until is None and not arrivals:
        raise HomeError(
            "Nothing has been received yet. Put files into the inbox, `oms ingest FOLDER`, or `oms simulate`."
        )
    day = until or max(arrivals).date()
    last_second = datetime.combine(day, time(23, 59, 59), tzinfo=UTC)
    return max([last_second, *(arrival for arrival in arrivals if arrival.date() == day)])
