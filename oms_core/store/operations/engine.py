"""Connecting to the operations store, and bringing its schema up to date.

Belongs here: engines, transactions, locks, migrations. Does not belong here: what the tables mean.

Writers take their lock before they read, so that two at once follow one another instead of failing half-way:
`BEGIN IMMEDIATE` on SQLite, a transaction-scoped advisory lock on PostgreSQL. Readers take none.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

#: The newest revision under `store/migrations/versions`; a test holds both together.
HEAD_REVISION = "0016"

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_BUSY_TIMEOUT_MS = 30_000
_WAL_ATTEMPTS = 1000
#: Any number that nobody else uses in that database: "oms" in ASCII.
_ADVISORY_LOCK = 0x6F6D73
_WRITING = "oms_writing"
#: Where runs land the versions of the policy (`pipelines.log`).
_LOG_OF_POLICIES = "oms-policies"
#: Alembic keeps its context in module globals: two threads that migrate two stores would mix them up.
_MIGRATING = threading.Lock()


class StoreUnavailableError(Exception):
    """The operations store cannot be reached or is of a newer version; the message names it without its password."""


def connect(url: str) -> sa.Engine:
    """An engine for the store at `url` (`sqlite:///…` or `postgresql+psycopg://…`), its schema up to date.

    Raises StoreUnavailableError. Safe when several processes open a new store at once.
    """
    _refuse_second(url)
    try:
        engine = _engine(url)
        _upgrade(engine)
    except (sa.exc.DatabaseError, sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        raise StoreUnavailableError(
            f"The operations store at {_shown(url)} cannot be opened: {_cause(error)}"
        ) from error
    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that is alone in writing from its first statement on; rolled back on any error."""
    with engine.connect().execution_options(**{_WRITING: True}) as connection, _alone(connection):
        yield connection


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction for reading: what it reads is of one moment on SQLite, committed on both."""
    with engine.connect() as connection:
        yield connection


def _refuse_second(url: str) -> None:
    """A home whose log has policies had a store: a new, empty one beside that log would have no users, no targets and
    no documents, and nobody would notice that the address of the right one was not set."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists() and (path.parent / "landing" / _LOG_OF_POLICIES).is_dir():
        raise StoreUnavailableError(
            f"There is no operations store at {path}, and the log beside it was written with one. Name its server in "
            "OMS_DATABASE_URL, or restore it from a backup (operations.db; operations.dump by pg_restore)."
        )


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_pragmas)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is off: it would begin late, and never for DDL.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "synchronous = FULL",  # a saved policy survives a power cut, not only a crash
        "foreign_keys = ON",
    ):
        connection.execute(f"pragma {pragma}")
    _use_write_ahead_log(connection)


def _use_write_ahead_log(connection: Any) -> None:
    """Turn a new file to WAL, so that readers and the writer do not wait for each other.

    That one pragma fails at once, whatever the busy timeout, while another process does the same (seen on 2026-11-23
    with two processes and a new store). So whoever fails queues for the file, which does wait, and looks again.
    """
    for _ in range(_WAL_ATTEMPTS):
        try:
            if connection.execute("pragma journal_mode = WAL").fetchone()[0] == "wal":
                return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        connection.execute("begin exclusive")
        connection.execute("commit")
    raise sqlite3.OperationalError(
        "the file cannot be turned to write-ahead logging: others hold it, or its disk cannot"
    )


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def _upgrade(engine: sa.Engine) -> None:
    if _revision(engine) == HEAD_REVISION:
        return
    with engine.connect().execution_options(**{_WRITING: True}) as connection, _remaking(connection):
        _migrate(connection)


@contextmanager
def _remaking(connection: sa.Connection) -> Iterator[None]:
    """SQLite alters a table's constraints by making the table anew, and must not check references to it meanwhile; that
    can only be switched between transactions.

    Raises StoreUnavailableError where a reference would lead nowhere afterwards: then nothing is altered.
    """
    if connection.dialect.name != "sqlite":
        with _alone(connection):
            yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("pragma foreign_keys = OFF")
    try:
        with _alone(connection):
            yield
            if lost := driver.execute("pragma foreign_key_check").fetchall():
                raise StoreUnavailableError(f"The operations store has rows of {lost[0][0]} that refer to nothing.")
    finally:
        driver.execute("pragma foreign_keys = ON")


def _revision(engine: sa.Engine) -> str | None:
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return str(connection.execute(sa.text("select version_num from alembic_version")).scalar_one())


def _migrate(connection: sa.Connection) -> None:
    # Imported here: Alembic costs 0.2 s that a store already up to date need not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    try:
        with _MIGRATING:
            command.upgrade(config, "head")
    except CommandError as error:
        shown = connection.engine.url.render_as_string(hide_password=True)
        raise StoreUnavailableError(f"The operations store at {shown} was made by a newer version: {error}") from error


def _shown(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "an address that is no database URL"


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip()
