"""A copy that is asked for while a run works is a home: it tells what the home tells, and sends nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.commands import Oms, spawn

LEDGER = "select posting_id, quantity, known_at from fct_inventory_postings order by posting_id"
LINES = "select order_line_id, line_state, qty_allocated, qty_backordered from fct_order_lines order by order_line_id"
DOCUMENTS = "select export_id, line_number, qty_exported from fct_exports order by export_id, line_number"


@pytest.fixture(scope="module")
def saved(first_day: Callable[[str], Oms]) -> Oms:
    """A home that has lived two days, and in which a run of the second worked when the copy was asked for."""
    oms = first_day("saved")
    oms("simulate")
    run = spawn(oms.home, "run")
    assert run.stderr is not None
    assert any("take in files" in line for line in run.stderr), "the run works by then"
    assert "waiting for it to end" in oms("backup", str(oms.home.parent / "copy"))
    _, said = run.communicate()
    assert run.returncode == 0, said
    return oms


def test_the_copy_is_restored_by_a_run_and_tells_what_the_home_tells(saved: Oms) -> None:
    copy = Oms(saved.home.parent / "copy")
    sent = {path.name for path in (saved.home / "outbox").rglob("*") if path.is_file()}
    copy("run")
    for question in (LEDGER, LINES, DOCUMENTS):
        assert copy.query(question) == saved.query(question) != []
    assert copy.answer("exports", "list") == saved.answer("exports", "list")
    assert not {path.name for path in (copy.home / "outbox").rglob("*") if path.is_file()} & sent
    assert "✗" not in copy("doctor")
