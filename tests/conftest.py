"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


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
