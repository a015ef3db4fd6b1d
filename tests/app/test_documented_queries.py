"""The queries that the documentation shows have an answer on a published snapshot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oms_core.store.published.snapshots import Snapshot

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


def shown(text: str) -> list[str]:
    """The statements of a page's SQL and those that it hands to `oms query`; not those over paths of files."""
    blocks = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    statements = [statement.strip() for block in blocks for statement in re.split(r";\s*\n", block)]
    return [
        statement.rstrip(";")
        for statement in (*statements, *re.findall(r'oms query [^"\n]*"(select [^"]+)"', text))
        if statement and ".parquet'" not in statement
    ]


QUERIES = [(page.name, query) for page in PAGES for query in shown(page.read_text(encoding="utf-8"))]


def test_queries_of_several_pages_are_found() -> None:
    assert {"README.md", "bi.md", "planning.md", "purchasing.md"} <= {page for page, _ in QUERIES}


@pytest.mark.parametrize("query", [query for _, query in QUERIES])
def test_a_documented_query_is_answered(template: Path, query: str) -> None:
    with Snapshot.current(template / "published") as snapshot:
        assert snapshot.query(query).num_columns > 0
