"""Fixtures that every test may use."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
#: Folders whose files take longest, those first: a long file that begins last keeps one worker busy and the other idle.
_LONGEST = ("end_to_end", "dbt", "pipeline", "app")

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
