"""dbt's own unit tests pass. Production builds leave them out, so they run here."""

from __future__ import annotations

from typing import Any


def test_dbt_unit_tests_pass(told: Any) -> None:
    output = told.test_units()
    assert "ERROR=0" in output
    assert "PASS=0" not in output
