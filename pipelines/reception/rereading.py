"""Reading again what was set aside, once the feed's definition is mended: its sender said nothing wrong.

Belongs here: finding what was set aside, and landing a file's quarantined records as a unit of their own.
Does not belong here: how a whole file is landed (`landing`), putting a held one back into the inbox (`originals`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oms_core.feeds import FeedDefinition, FileRefused, Rejection, load_definitions, read
from oms_core.files import file_digest
from oms_core.store.held import Held
from pipelines.home import Home, HomeError
from pipelines.log import Log, Unit, with_lineage
from pipelines.reception.arrivals import arrived_now
from pipelines.reception.gates import check_batch
from pipelines.reception.originals import list_held, received_path


@dataclass(frozen=True)
class SetAside:
    """The records of one landed file that were set aside."""

    feed: str
    file_name: str
    file_sha256: str
    rows: frozenset[int]


@dataclass(frozen=True)
class Rereading:
    """What came of reading a file's set-aside records again: the unit they are now, if any, and what is bad still.

    `is_new` is False where an earlier reading had landed the same records. The unit bears the file's name and its row
    numbers, and a hash of its own.
    """

    unit: Unit | None
    is_new: bool
    still_bad: tuple[Rejection, ...]


def find_set_aside(home: Home, beginning: str) -> Held | SetAside:
    """The held file, or the landed one with records in quarantine, whose SHA-256 begins so.

    Raises HomeError where no file's does, or more than one's.
    """
    held: list[Held | SetAside] = [one for one in list_held(home) if one.file_sha256.startswith(beginning)]
    quarantined = [p for p in sorted(home.quarantine.glob("*/*.parquet")) if p.stem.startswith(beginning)]
    found = held + [_records_of(path) for path in quarantined]
    if len(found) != 1:
        raise HomeError(
            f"{'Nothing' if not found else 'More than one file'} that was set aside has a hash that begins with "
            f"{beginning!r}. `oms quarantine list` names them."
        )
    return found[0]


def _records_of(path: Path) -> SetAside:
    rows = pq.read_table(path)
    first = rows.slice(0, 1).to_pylist()[0]
    return SetAside(first["feed"], first["file_name"], path.stem, frozenset(rows["row_number"].to_pylist()))


def read_again(home: Home, aside: SetAside, now: datetime) -> Rereading:
    """Land those of a file's set-aside records that its feed's definition as it is now takes, as if they came now.

    The whole file is read, because equal lines are told apart by their number in it. Records that stay bad stay in
    quarantine. However often this is called, the same records are landed once. The caller holds the home. Raises
    HomeError where the original is gone or cannot be read as a whole, or where its records fail the feed's gate.
    """
    definition, original = _definition(home, aside), _original(home, aside)
    arrival = arrived_now(home, definition, original, aside.file_name, now)
    tables: dict[str, list[pa.Table]] = defaultdict(list)
    still_bad: list[Rejection] = []
    try:
        for chunk in read(definition, original, key=home.pseudonym_key, known_at=arrival.known_at):
            still_bad += [rejection for rejection in chunk.rejections if rejection.row_number in aside.rows]
            for record_type, table in chunk.accepted.items():
                tables[record_type].append(table.filter(pc.is_in(table["row_number"], pa.array(sorted(aside.rows)))))
    except FileRefused as refusal:
        raise HomeError(str(refusal)) from refusal
    taken = {name: table for name, parts in tables.items() if len(table := pa.concat_tables(parts))}
    if not taken:
        return Rereading(None, False, tuple(still_bad))
    unit, is_new = _land(home, definition, aside, arrival.known_at, taken)
    return Rereading(unit, is_new, tuple(still_bad))


def _definition(home: Home, aside: SetAside) -> FeedDefinition:
    definition = load_definitions(home.feeds).get(aside.feed)
    if definition is None:
        raise HomeError(f"There is no feed {aside.feed!r} any more.")
    if definition.format == "x12":
        raise HomeError("A partner of X12 was told what was set aside, and sends it anew.")
    return definition


def _original(home: Home, aside: SetAside) -> Path:
    path = received_path(home, aside.feed, aside.file_sha256, aside.file_name)
    if not path.is_file() or file_digest(path) != aside.file_sha256:
        raise HomeError(f"{path} is not there any more, or not as it came. Ask for the records again.")
    return path


def _land(
    home: Home, definition: FeedDefinition, aside: SetAside, known_at: datetime, taken: dict[str, pa.Table]
) -> tuple[Unit, bool]:
    rows = sorted({number for table in taken.values() for number in table["row_number"].to_pylist()})
    digest = hashlib.sha256(f"{aside.file_sha256}:{','.join(map(str, rows))}".encode()).hexdigest()
    landed = {name: with_lineage(table, aside.feed, digest, known_at) for name, table in taken.items()}
    if reason := check_batch(definition, landed, {}).get(digest):
        raise HomeError(f"{aside.feed}/{aside.file_name}: {reason}")
    log = Log(home.landing)
    staged = log.stage(aside.feed, digest)
    for name, table in landed.items():
        pq.write_table(table, staged / f"{name}.parquet", compression="zstd")
    size = sum(path.stat().st_size for path in staged.iterdir())
    counts = {"record_count": len(rows), "accepted_count": len(rows)}
    counts |= dict.fromkeys(("duplicate_count", "superseded_count", "quarantined_count"), 0)
    tables = {name: len(table) for name, table in landed.items()}
    unit = Unit(aside.feed, digest, aside.file_name, known_at, size, counts, tables)
    is_new = not log.contains(unit.feed, digest)
    log.commit(staged, unit)
    return unit, is_new
