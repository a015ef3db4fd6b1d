"""What a full build lays by day takes memory that does not grow with history."""

from __future__ import annotations

import json
import re
from typing import Any

from pipelines.home import Home
from pipelines.modelling.building import PROJECT
from pipelines.modelling.warehouse import open_warehouse
from tests.dbt.conftest import Dbt

_LAID = re.compile(r"\{\{ laid_by_day\(")


def test_what_is_sorted_comes_of_one_stream(afresh: Dbt) -> None:
    """DuckDB's sort lets each stream that writes to it fill a share of the memory before it spills, and branches of a
    union are a stream each: at ten million lines they filled more than there is."""
    laid = {path.stem for path in (PROJECT / "models").rglob("*.sql") if _LAID.search(path.read_text(encoding="utf-8"))}
    compiled = {path.stem: path for path in Home(afresh.folder).dbt_target.glob("*/compiled/**/*.sql")}
    assert {name: _sorted_unions(afresh, compiled[name].read_text(encoding="utf-8")) for name in laid} == dict.fromkeys(
        laid, 0
    )


def test_a_sorted_union_is_seen(afresh: Dbt) -> None:
    union = "select business_date from fct_orders union all select business_date from fct_order_lines"
    assert _sorted_unions(afresh, f"select * from ({union}) as days order by business_date") == 1
    made_first = f"with days as materialized ({union}) select * from days order by business_date"
    assert _sorted_unions(afresh, made_first) == 0


def _sorted_unions(dbt: Dbt, sql: str) -> int:
    with open_warehouse(Home(dbt.folder)) as connection:
        plan = json.loads(connection.execute(f"explain (format json) {sql}").fetchone()[1])
    sorts = [node for node in _nodes(plan[0]) if node["name"].strip() == "ORDER_BY"]
    assert sorts, "nothing is sorted"
    return sum("UNION" in _streamed(sort["children"][0]) for sort in sorts)


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(found for child in node["children"] for found in _nodes(child))]


def _streamed(node: dict[str, Any]) -> set[str]:
    """Names of the operators whose rows come one by one: a join's first side, up to what is made whole."""
    name = node["name"].strip()
    if not node["children"] or name in {
        "HASH_GROUP_BY",
        "PERFECT_HASH_GROUP_BY",
        "WINDOW",
        "STREAMING_WINDOW",
        "ORDER_BY",
    }:
        return {name}
    return {name} | _streamed(node["children"][-1 if name == "CTE" else 0])
