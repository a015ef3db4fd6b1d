"""A copy of a home is a home: it tells what the home tells, and sends nothing twice."""

from __future__ import annotations

from collections.abc import Callable

from tests.commands import Oms

LEDGER = "select posting_id, quantity, known_at from fct_inventory_postings order by posting_id"
LINES = "select order_line_id, line_state, qty_allocated, qty_backordered from fct_order_lines order by order_line_id"
DOCUMENTS = "select export_id, line_number, qty_exported from fct_exports order by export_id, line_number"


def test_a_copy_is_restored_by_a_run_and_tells_what_the_home_tells(first_day: Callable[[str], Oms]) -> None:
    saved = first_day("saved")
    sent = {path.name for path in (saved.home / "outbox").rglob("*") if path.is_file()}
    copy = Oms(saved.home.parent / "copy")
    saved("backup", str(copy.home))
    copy("run")
    for question in (LEDGER, LINES, DOCUMENTS):
        assert copy.query(question) == saved.query(question) != []
    assert copy.answer("exports", "list") == saved.answer("exports", "list")
    assert not {path.name for path in (copy.home / "outbox").rglob("*") if path.is_file()} & sent
