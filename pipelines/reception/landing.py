"""From a file in the inbox to a unit in the log: look, screen, parse, gate, commit.

Belongs here: which files are taken and when, what becomes of each, and the report of it.
Does not belong here: wire formats (`oms_core.feeds`), expectations (`gates`), the log's layout (`log`).
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oms_core.feeds import (
    LEFT_OUT,
    FeedDefinition,
    FileRefused,
    OrderKey,
    Rejection,
    Totals,
    arrival_at,
    load_definitions,
    read,
    screen,
)
from oms_core.store.held import Held, held_files
from pipelines.home import Home, HomeError
from pipelines.log import Log, Unit, with_lineage
from pipelines.modelling.warehouse import seen_until
from pipelines.reception.gates import check_batch

UNFINISHED = (".part", ".tmp", ".filepart")
_QUARANTINE_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("file_sha256", pa.string()),
        ("file_name", pa.string()),
        ("row_number", pa.int64()),
        ("reason_code", pa.string()),
        ("reason", pa.string()),
        ("known_at", pa.timestamp("us", tz="UTC")),
        *((name, pa.string()) for name in OrderKey._fields),
    ]
)


@dataclass(frozen=True)
class Arrival:
    """One file of the inbox, as it lies there at the first look."""

    feed: str
    path: Path
    known_at: datetime
    size_bytes: int
    modified_ns: int

    @property
    def is_still(self) -> bool:
        """Whether a second look finds the file as the first one did."""
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size_bytes, self.modified_ns)


@dataclass
class LandingReport:
    """What one look into the inbox did."""

    landed: list[Unit] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    unfinished: list[tuple[str, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    #: Partners whose files could not be fetched, and why.
    unreached: dict[str, str] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """Source records of the landed files by outcome: `record_count`, `accepted_count`, `quarantined_count` …"""
        return sum(unit.counts.get(name, 0) for unit in self.landed)


@dataclass(frozen=True)
class Staged:
    """A parsed file that waits for its feed's gate."""

    arrival: Arrival
    folder: Path
    unit: Unit
    rejected: pa.Table

    @property
    def judged_counts(self) -> dict[str, int]:
        """The unit's, but for records that its feed's definition leaves out: these are in nobody's fault."""
        left_out = pc.sum(pc.equal(self.rejected["reason_code"], LEFT_OUT)).as_py() or 0
        counts = self.unit.counts
        return {
            "record_count": counts["record_count"] - left_out,
            "quarantined_count": counts["quarantined_count"] - left_out,
        }


def land_inbox(home: Home, now: datetime, progress: Callable[[str], None] = lambda _: None) -> LandingReport:
    """Land every finished file of every feed whose definition is in the home.

    `now` is the arrival of files whose definition does not read it from their name, and in a home on the wall clock of
    those whose name claims a later one: what is here has come, whatever day it is named after. A feed with a held file
    is not touched: its later files wait behind it, so that nothing overtakes.
    """
    log, report = Log(home.landing), LandingReport(held=list_held(home))
    seen = seen_until(home)
    blocked = {held.feed for held in report.held}
    for feed, definition in sorted(load_definitions(home.feeds).items()):
        arrivals = [_heard(home, arrival, now, seen) for arrival in find_arrivals(home, definition, now)]
        if arrivals and feed not in blocked:
            progress(f"{feed}: {len(arrivals)} files")
            _land_feed(home, log, definition, arrivals, report)
    return report


def arrived_now(home: Home, definition: FeedDefinition, path: Path, name: str, now: datetime) -> Arrival:
    """A file that lies elsewhere, under the name that it came under, as if it had come into the inbox now."""
    return _heard(home, _arrival_of(definition, path, name, now), now, seen_until(home))


def _heard(home: Home, arrival: Arrival, now: datetime, seen: datetime | None) -> Arrival:
    """The arrival when it was heard: a file whose name claims one before what was seen already was late, nobody knew it
    then; and on the wall clock none comes from the future."""
    known_at = min(arrival.known_at, now.astimezone(UTC)) if home.config["clock"] == "wall" else arrival.known_at
    if seen is not None and known_at <= seen:
        known_at = seen + timedelta(microseconds=1)
    return replace(arrival, known_at=known_at)


def find_arrivals(home: Home, definition: FeedDefinition, now: datetime) -> list[Arrival]:
    """Files of one feed in the order in which they arrived, unfinished ones left out."""
    found = [_arrival_of(definition, path, path.name, now) for path in _finished(home.inbox / definition.feed)]
    return sorted(found, key=lambda arrival: (arrival.known_at, arrival.path.name))


def _arrival_of(definition: FeedDefinition, path: Path, name: str, now: datetime) -> Arrival:
    look = path.stat()
    known_at = arrival_at(definition, name) or now
    return Arrival(definition.feed, path, known_at.astimezone(UTC), look.st_size, look.st_mtime_ns)


def find_unread(home: Home) -> list[Path]:
    """Files of the inbox that no feed will ever take: outside of every folder that a definition is named after."""
    if not home.inbox.is_dir():
        return []
    known = load_definitions(home.feeds)
    strange = [path for path in sorted(home.inbox.iterdir()) if path.is_dir() and path.name not in known]
    return [path for folder in (home.inbox, *strange) for path in _finished(folder)]


def _finished(folder: Path) -> list[Path]:
    return [
        path
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".") and path.suffix not in UNFINISHED
    ]


def _land_feed(
    home: Home, log: Log, definition: FeedDefinition, arrivals: Iterable[Arrival], report: LandingReport
) -> None:
    batch: list[Staged] = []
    for arrival in arrivals:
        digest = file_digest(arrival.path)
        if not arrival.is_still:
            report.unfinished.append((arrival.feed, arrival.path.name))
        elif log.contains(arrival.feed, digest) or any(staged.unit.file_sha256 == digest for staged in batch):
            report.duplicates.append((arrival.feed, arrival.path.name))
            _put_away(home, arrival, digest)
        else:
            try:
                batch.append(_stage(home, log, definition, arrival, digest))
            except FileRefused as refusal:
                report.held.append(_hold(home, arrival, digest, refusal.reason_code, str(refusal)))
                break
    _pass_gate(home, log, definition, batch, report)


def _stage(home: Home, log: Log, definition: FeedDefinition, arrival: Arrival, digest: str) -> Staged:
    """Screen and parse one file into a staged unit. Raises FileRefused where it cannot be read as a whole."""
    screening = screen(definition, arrival.path)
    folder = log.stage(arrival.feed, digest)
    writers: dict[str, pq.ParquetWriter] = {}
    rejected = [_QUARANTINE_SCHEMA.empty_table()]
    totals = Totals()
    chunks = read(definition, arrival.path, key=home.pseudonym_key, known_at=arrival.known_at, screening=screening)
    for chunk in chunks:
        totals = totals.plus(chunk)
        rejected.append(_rejections(arrival, digest, chunk.rejections))
        for record_type, table in chunk.accepted.items():
            landed = with_lineage(table, arrival.feed, digest, arrival.known_at)
            if record_type not in writers:
                path = folder / f"{record_type}.parquet"
                writers[record_type] = pq.ParquetWriter(path, landed.schema, compression="zstd")
            writers[record_type].write_table(landed)
    for writer in writers.values():
        writer.close()
    unit = Unit(
        arrival.feed, digest, arrival.path.name, arrival.known_at, arrival.size_bytes, _counts(totals), totals.rows
    )
    return Staged(arrival, folder, unit, pa.concat_tables(rejected))


def _counts(totals: Totals) -> dict[str, int]:
    return {
        "record_count": totals.records,
        "accepted_count": totals.accepted,
        "duplicate_count": totals.duplicates,
        "superseded_count": totals.superseded,
        "quarantined_count": totals.quarantined,
    }


def _rejections(arrival: Arrival, digest: str, rejections: Iterable[Rejection]) -> pa.Table:
    rows = [
        {
            "feed": arrival.feed,
            "file_sha256": digest,
            "file_name": arrival.path.name,
            "row_number": rejection.row_number,
            "reason_code": rejection.reason_code,
            "reason": rejection.reason,
            "known_at": arrival.known_at,
            **(rejection.order._asdict() if rejection.order else {}),
        }
        for rejection in rejections
    ]
    return pa.Table.from_pylist(rows, schema=_QUARANTINE_SCHEMA)


def _pass_gate(home: Home, log: Log, definition: FeedDefinition, batch: list[Staged], report: LandingReport) -> None:
    """Commit a feed's staged files if all pass; otherwise hold the ones that do not, and what came after them."""
    failures = check_batch(definition, _tables(batch), {s.unit.file_sha256: s.judged_counts for s in batch})
    for position, staged in enumerate(batch):
        reason = failures.get(staged.unit.file_sha256)
        if reason:
            reason += _first_bad(staged.rejected)
            report.held.append(_hold(home, staged.arrival, staged.unit.file_sha256, "gate_failed", reason))
            for waiting in batch[position:]:
                shutil.rmtree(waiting.folder)
            return
        commit_staged(home, log, staged)
        report.landed.append(staged.unit)


def _first_bad(rejected: pa.Table) -> str:
    """What is wrong with the first bad records of a file that is held: they are set aside nowhere else."""
    bad = rejected.filter(pc.not_equal(rejected["reason_code"], LEFT_OUT))
    said = [f"record {row['row_number']}: {row['reason']}" for row in bad.slice(0, 3).to_pylist()]
    return f" Bad: {'; '.join(said)}." if said else ""


def _tables(batch: list[Staged]) -> dict[str, pa.Table]:
    by_type: dict[str, list[pa.Table]] = defaultdict(list)
    for staged in batch:
        for record_type in staged.unit.tables:
            by_type[record_type].append(pq.read_table(staged.folder / f"{record_type}.parquet"))
    return {record_type: pa.concat_tables(tables) for record_type, tables in by_type.items()}


def commit_staged(home: Home, log: Log, staged: Staged) -> None:
    """Quarantine what was rejected, commit what was accepted, put the original away: in this order, so that a
    crash between two of them loses nothing and is made good by the next run."""
    if len(staged.rejected):
        folder = home.quarantine / staged.unit.feed
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(staged.rejected, folder / f"{staged.unit.file_sha256}.parquet", compression="zstd")
    log.commit(staged.folder, staged.unit)
    _put_away(home, staged.arrival, staged.unit.file_sha256)


def _put_away(home: Home, arrival: Arrival, digest: str) -> None:
    folder = home.received / arrival.feed
    folder.mkdir(parents=True, exist_ok=True)
    arrival.path.replace(folder / f"{digest[:16]}-{safe_name(arrival.path.name)}")


def _hold(home: Home, arrival: Arrival, digest: str, reason_code: str, reason: str) -> Held:
    """Note that a file stops its feed, then take it out of the inbox.

    The other way round, a crash between the two would let the feed go on without it.
    """
    held = Held(arrival.feed, arrival.path.name, digest, reason_code, reason)
    folder = home.quarantine / arrival.feed / "held"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{digest}.part"
    part.write_text(held.to_json(), encoding="utf-8")
    part.replace(folder / f"{digest}.json")
    arrival.path.replace(folder / f"{digest}.data")
    return held


def list_held(home: Home) -> list[Held]:
    """Files that stop their feed until a person releases or discards them."""
    return held_files(home.quarantine)


def discard_held(home: Home, beginning: str) -> Held:
    """Take the held file whose SHA-256 begins so out of its feed's way: it goes to `received/`, and the feed's later
    files may pass. Raises HomeError where no file's does, or more than one's."""
    found = [held for held in list_held(home) if held.file_sha256.startswith(beginning)]
    if len(found) != 1:
        raise HomeError(
            f"{'No' if not found else 'More than one'} held file's hash begins with {beginning!r}. "
            "`oms quarantine list` names those that are held."
        )
    (held,) = found
    folder = home.quarantine / held.feed / "held"
    target = home.received / held.feed
    target.mkdir(parents=True, exist_ok=True)
    # A crash may have left the file in the inbox, where another of its name may lie by now, or taken it away already.
    for path in (folder / f"{held.file_sha256}.data", home.inbox / held.feed / held.file_name):
        if path.is_file() and file_digest(path) == held.file_sha256:
            path.replace(target / f"{held.file_sha256[:16]}-{safe_name(held.file_name)}")
    (folder / f"{held.file_sha256}.json").unlink()
    return held


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def safe_name(name: str) -> str:
    """A counterpart's file name as one harmless path component."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-100:].lstrip(".") or "unnamed"
