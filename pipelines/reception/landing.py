"""From a file in the inbox to a unit in the log: screen, parse, gate, commit.

Belongs here: the order of these steps, and the report of what became of each file. Does not belong here: which files
have come (`arrivals`), where the file itself goes (`originals`), wire formats (`oms_core.feeds`), expectations
(`gates`), the log's layout (`log`).
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
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
    load_definitions,
    read,
    screen,
)
from oms_core.files import file_digest
from oms_core.store.held import Held
from pipelines.home import Home
from pipelines.log import Log, Unit, with_lineage
from pipelines.modelling.warehouse import seen_until
from pipelines.reception.arrivals import Arrival, find_arrivals, heard, unnamed_at
from pipelines.reception.gates import check_batch
from pipelines.reception.originals import hold, list_held, put_away

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
        """The counts that the gate judges: without the records that the feed's definition leaves out on purpose."""
        left_out = pc.sum(pc.equal(self.rejected["reason_code"], LEFT_OUT)).as_py() or 0
        counts = self.unit.counts
        return {
            "record_count": counts["record_count"] - left_out,
            "quarantined_count": counts["quarantined_count"] - left_out,
        }


def land_inbox(home: Home, now: datetime, progress: Callable[[str], None] = lambda _: None) -> LandingReport:
    """Land every finished file of every feed whose definition is in the home.

    `now`: when a file arrived whose feed names none by its day; and the latest instant at which one can have arrived in
    a home on the wall clock, whatever its name claims. A feed with a held file is not touched: its later files wait
    behind it, so that nothing overtakes.
    """
    log, report = Log(home.landing), LandingReport(held=list_held(home))
    seen = seen_until(home)
    blocked = {held.feed for held in report.held}
    definitions = load_definitions(home.feeds)
    unnamed = unnamed_at(home, definitions.values(), now, seen)
    for feed, definition in sorted(definitions.items()):
        came = find_arrivals(home, definition, unnamed if definition.arrival else now)
        arrivals = [heard(home, arrival, now, seen) for arrival in came]
        if arrivals and feed not in blocked:
            progress(f"{feed}: {len(arrivals)} files")
            _land_feed(home, log, definition, arrivals, report)
    return report


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
            put_away(home, arrival, digest)
        else:
            try:
                batch.append(_stage(home, log, definition, arrival, digest))
            except FileRefused as refusal:
                report.held.append(hold(home, arrival, digest, refusal.reason_code, str(refusal)))
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
            report.held.append(hold(home, staged.arrival, staged.unit.file_sha256, "gate_failed", reason))
            for waiting in batch[position:]:
                shutil.rmtree(waiting.folder)
            return
        _commit(home, log, staged)
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


def _commit(home: Home, log: Log, staged: Staged) -> None:
    """Quarantine what was rejected, commit what was accepted, put the original away: in this order, so that a
    crash between two of them loses nothing and is made good by the next run."""
    if len(staged.rejected):
        folder = home.quarantine / staged.unit.feed
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(staged.rejected, folder / f"{staged.unit.file_sha256}.parquet", compression="zstd")
    log.commit(staged.folder, staged.unit)
    put_away(home, staged.arrival, staged.unit.file_sha256)
