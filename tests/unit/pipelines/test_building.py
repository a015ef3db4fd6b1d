"""dbt's process ends with the one that uses it, also where that is a child itself, as a run of Dagster's daemon is."""

from __future__ import annotations

import os
from multiprocessing import get_context

from pipelines.modelling.building import _in_process

PATIENCE_SECONDS = 60


def _works() -> None:
    _in_process(os.getpid)


def test_a_child_that_has_used_dbts_process_ends_when_its_work_does() -> None:
    child = get_context("spawn").Process(target=_works)
    child.start()
    child.join(PATIENCE_SECONDS)
    try:
        assert child.exitcode == 0
    finally:
        child.kill()
