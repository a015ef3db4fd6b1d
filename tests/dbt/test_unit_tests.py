"""dbt's own unit tests pass. Production builds leave them out, so they run here."""

from __future__ import annotations

from typing import Any


def test_dbt_unit_tests_pass(told: Any) -> None:
    output = told.run("test", "--select", "test_type:unit", "--vars", "{as_of_date: '2026-03-10'}").stdout
    assert "ERROR=0" in output
    assert "PASS=0" not in output
