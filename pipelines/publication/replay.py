"""Answers on two time axes: what we knew at an instant, and what was true at one as far as we know.

Belongs here: the snapshot of such a question, built beside the home from the same log and kept for the next time.
Does not belong here: deciding anything: what runs decided is in the log; queries
(`oms_core.store.published.snapshots`).

Nothing is ever appended to the log as known before what readers have seen (`reception.landing`), so the units known by
an instant are the same for ever, and so is every answer. Of what comes after the last run nothing is settled yet, and
nothing is answered.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from oms_core.contracts.decisions import SAFETY_STOCK
from oms_core.store.published.snapshots import MANIFEST_NAME, Snapshot, snapshots
from pipelines.home import Home, HomeError, wall_clock
from pipelines.log import Log
from pipelines.modelling.building import TAGS, build, warm_up
from pipelines.modelling.warehouse import load, note_run
from pipelines.publication.publishing import publish, remove_older
from pipelines.turn import in_turn

#: Replays kept, the latest built first; a day's questions are mostly about the same few instants.
KEPT = 6


@dataclass(frozen=True)
class Replay(Home):
    """A home of a replay: the log and what was quarantined are the true home's, all else is its own."""

    origin: Home

    landing = property(lambda self: self.origin.landing)
    quarantine = property(lambda self: self.origin.quarantine)


@dataclass(frozen=True)
class Question:
    """`known_until`: what we knew then; None for all we know. `effective_until`: what was true then; None for now."""

    known_until: datetime | None = None
    effective_until: datetime | None = None


def parse_instant(text: str) -> datetime:
    """An instant with its offset, or a day: its last second, UTC, which a run of it takes as now; what came late to
    that run is known after it. Raises HomeError with what to write instead."""
    try:
        if len(text) == len("2011-06-01"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise HomeError(f"{text!r} is no instant: write 2011-06-01 or 2011-06-01T09:00Z.") from error
    if instant.tzinfo is None:
        raise HomeError(f"{text!r} names no time zone: write {text}Z for UTC, or an offset such as {text}+01:00.")
    return instant.astimezone(UTC)


def run_instant(text: str) -> datetime:
    """The instant that a run of this day, or of this instant, took as now. Raises HomeError as `parse_instant` does."""
    return parse_instant(text).replace(microsecond=0)


def answering(home: Home, question: Question, progress: Callable[[str], None] = lambda _: None) -> Snapshot:
    """The snapshot that answers a question: one that is there already, or one built now and kept.

    Raises HomeError where nothing was known by then, or the last run was before it; NoSnapshot before the first run,
    BuildError where dbt does.
    """
    current = Snapshot.current(home.published).manifest
    known_until = question.known_until or current.as_of
    if known_until > current.as_of:
        raise HomeError(
            f"What is known by {known_until:%Y-%m-%d %H:%M} UTC is not settled: the last run was of "
            f"{current.as_of:%Y-%m-%dT%H:%M:%SZ}. Ask as of that, or without an instant for all that it knows."
        )
    units = sorted(f"{u.feed}/{u.file_sha256}" for u in Log(home.landing).units if u.known_at <= known_until)
    if not units:
        raise HomeError(f"Nothing was known by {known_until:%Y-%m-%d %H:%M} UTC: the log begins later.")
    if question.effective_until is None:
        for manifest in snapshots(home.published):
            if manifest.as_of == known_until:
                return Snapshot.open(home.published / manifest.snapshot_id)
    today = min(question.effective_until or known_until, known_until)
    key = hashlib.sha256("\n".join([*units, str(question.effective_until), today.date().isoformat()]).encode())
    folder = home.root / "replays" / key.hexdigest()[:24]
    if not (folder / MANIFEST_NAME).is_file():
        progress("the log is replayed; the answer is kept for the next time")
        _build(home, folder, known_until, question.effective_until, today)
    return Snapshot.open(folder)


@contextmanager
def ground_at(home: Home, now: datetime) -> Iterator[Home]:
    """A home beside this one whose warehouse holds the ground that a run of `now` allocated on; gone afterwards.

    That is all that was known the moment before, and the levels that the run itself had set by then. Raises HomeError
    where nothing was known by then, BuildError where dbt does.
    """
    if not any(unit.known_at < now for unit in Log(home.landing).units):
        raise HomeError(f"Nothing was known by {now:%Y-%m-%d %H:%M} UTC: the log begins later.")
    warm_up()
    with _beside(home) as scratch:
        load(scratch, now - timedelta(microseconds=1), "replay")
        note_run(scratch, now.date(), "ground")
        build(scratch, "ground", full_refresh=True, is_proven=False)
        load(scratch, now, "replay", only=SAFETY_STOCK.name)
        yield scratch


@contextmanager
def _beside(home: Home) -> Iterator[Replay]:
    """An empty home of a replay, gone afterwards. One at a time: what is there was left by one that was killed."""
    root = home.root / "replays" / ".building"
    root.parent.mkdir(exist_ok=True)
    with in_turn(root.with_name(".lock")):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        try:
            yield Replay(root, home)
        finally:
            shutil.rmtree(root)


def _build(home: Home, folder: Path, known_until: datetime, effective_until: datetime | None, today: datetime) -> None:
    warm_up()
    with _beside(home) as scratch:
        if (folder / MANIFEST_NAME).is_file():
            # Somebody else asked the same, and was first.
            return
        load(scratch, known_until, "replay", effective_until)
        for tag in TAGS:
            note_run(scratch, today.date(), tag)
            # Between two runs there are lines that nobody has decided yet: a proof for runs would not hold here.
            build(scratch, tag, full_refresh=True, is_proven=False)
        manifest = publish(scratch, "replay", today, wall_clock(), {})
        (scratch.published / manifest.snapshot_id).rename(folder)
        remove_older(folder, KEPT - 1)
