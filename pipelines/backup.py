"""A copy of what may not be lost of a home, of one moment, while pages and runs go on: itself a home.

Belongs here: what is copied, and how it is of one moment. Does not belong here: what is made from the rest (warehouse,
snapshots, models, documents), nor restoring: whoever names the copy in `OMS_HOME` and runs has restored it, once a
server's store is back by its own tools. It sends and fetches nothing until he says that its home is no more.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from oms_core.files import sync
from oms_core.store.operations import open_operations
from pipelines.home import CONFIG_NAME, STORE_NAME, Home, HomeError, wall_clock
from pipelines.log import INDEX_NAME, Log
from pipelines.reception.arrivals import UNFINISHED
from pipelines.turn import exclusive

#: A PostgreSQL store's copy, for pg_restore.
DUMP_NAME = "operations.dump"
#: Beside log and operations store; of a folder, all of it. What a home does not have is left out.
_KEPT = (
    CONFIG_NAME, "sourcing.yaml", "partners.yaml", "pseudonym.key", "feeds", "inbox", "quarantine", "twin",
)  # fmt: skip


@dataclass(frozen=True)
class Backup:
    """What a backup holds: units of the log, and bytes in all; `dump` where its store is to be restored by a server."""

    folder: Path
    units: int
    size_bytes: int

    @property
    def dump(self) -> Path | None:
        path = self.folder / DUMP_NAME
        return path if path.exists() else None


def back_up(home: Home, folder: Path, progress: Callable[[str], None] = lambda _: None) -> Backup:
    """Copy what may not be lost into a new folder, which is there whole or not at all.

    The log's index, the operations store and the inbox are copied while no run works (one that does is waited for): log
    and store belong to one moment. Units never change, and follow while the next run may work already. Raises HomeError
    where the folder exists or lies in the home, log or store is damaged, or a server's store cannot be copied.
    """
    folder = _new(folder.absolute(), home)
    copy_store = _way_to_copy_store(home)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    # The copy holds the secret of the pseudonyms and the users' passwords, hashed.
    part.mkdir(mode=0o700, parents=True)
    copy = Home(part)
    copy.landing.mkdir()
    with exclusive(home, progress):
        progress("copying the operations store and what this home is told")
        units = Log(home.landing).units
        _copy(home.landing / INDEX_NAME, copy.landing / INDEX_NAME)
        copy_store(part)
        for name in _KEPT:
            _copy(home.root / name, part / name)
    progress(f"copying the log: {len(units)} units")
    for unit in units:
        _copy(home.landing / unit.feed / unit.file_sha256, copy.landing / unit.feed / unit.file_sha256)
    Log(copy.landing).require_whole(units)
    for made in (copy.published, copy.outbox, copy.dagster):
        made.mkdir()
    said = f"A copy of {home.root} of {wall_clock().isoformat()}. `oms restored` makes it the home.\n"
    copy.copy_mark.write_text(said, encoding="utf-8")
    sync(copy.copy_mark)
    part.rename(folder)
    sync(folder.parent)
    return Backup(folder, len(units), sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def begin_copy(home: Home) -> None:
    """Before anything is decided in a mere copy: leave out control numbers, once. No other home is changed."""
    if home.is_mere_copy:
        with open_operations(home.database_url, now=wall_clock()) as store:
            store.leave_out_control_numbers(home.copy_mark.read_text(encoding="utf-8"), wall_clock())


def _new(folder: Path, home: Home) -> Path:
    if folder.exists():
        raise HomeError(f"There is something at {folder} already: a backup goes into a new folder.")
    if folder.is_relative_to(home.root):
        raise HomeError(f"{folder} lies in the home that it is to save: name a folder elsewhere.")
    return folder


def _way_to_copy_store(home: Home) -> Callable[[Path], None]:
    """What copies the operations store into a folder. Raises HomeError where nothing can."""
    url = sa.make_url(home.database_url)
    if url.get_backend_name() == "postgresql":
        if not (pg_dump := shutil.which("pg_dump")):
            raise HomeError(
                "The operations store is on a PostgreSQL server: install pg_dump of its version or a newer one."
            )
        return partial(_dump, pg_dump, url)
    path = Path(url.database or "")
    if not path.is_file():
        raise HomeError(f"There is no operations store at {path}: restore it from an earlier backup.")
    return partial(_copy_file, path)


def _copy_file(source: Path, folder: Path) -> None:
    """By SQLite itself: of one moment, whoever writes meanwhile."""
    read_only, target = f"{source.absolute().as_uri()}?mode=ro", folder / STORE_NAME
    with closing(sqlite3.connect(read_only, uri=True)) as theirs, closing(sqlite3.connect(target)) as ours:
        theirs.backup(ours)
        (verdict,) = ours.execute("pragma integrity_check").fetchone()
    if verdict != "ok":
        raise HomeError(f"The operations store {source} is damaged: {verdict}. Restore it from an earlier backup.")
    sync(target)


def _dump(pg_dump: str, url: sa.URL, folder: Path) -> None:
    """By the server's own tool: the store's tables, of one moment, whoever writes meanwhile."""
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # Not where a list of processes shows it.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    target = folder / DUMP_NAME
    command = [
        pg_dump,
        "--no-password",
        "--format=custom",
        "--no-owner",
        f"--table={_schema(url)}.*",
        f"--file={target}",
    ]
    done = subprocess.run([*command, address], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise HomeError(f"pg_dump could not copy the operations store at {address}: {done.stderr.strip()}")
    sync(target)


def _schema(url: sa.URL) -> str:
    """Where the store's tables are: its database may hold others."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return str(connection.scalar(sa.text("select quote_ident(current_schema())")))
    except sa.exc.DatabaseError as error:
        shown = url.render_as_string(hide_password=True)
        raise HomeError(f"The operations store at {shown} cannot be reached: {error.orig}") from error
    finally:
        engine.dispose()


def _copy(source: Path, target: Path) -> None:
    """A file or a folder with all that is finished in it, where there is one; on disk when this returns."""
    if source.is_file():
        shutil.copy2(source, target)
        sync(target)
    elif source.is_dir():
        target.mkdir(parents=True)
        # What somebody still writes is no file yet, and gone by its name as soon as it is one.
        for path in sorted(path for path in source.iterdir() if path.suffix not in UNFINISHED):
            _copy(path, target / path.name)
        sync(target)
