"""A day's run restates what the day touched, and leaves what a rebuild of everything would."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from oms_core.contracts import PUBLISHED
from pipelines.modelling.building import ensure_manifest

_RESTATEMENT = "model.quartermaster.int_restatement"
_POSTINGS = "fct_inventory_postings"


def test_every_mart_after_late_news_is_what_a_rebuild_gives(retold: Any, afresh: Any) -> None:
    assert retold.marts_unlike(afresh) == {}


def test_every_mart_has_the_columns_of_its_contract_in_their_order(afresh: Any) -> None:
    columns = {mart: [row["column_name"] for row in afresh.rows(f"describe {mart}")] for mart in PUBLISHED}
    assert columns == {mart: list(contract.names) for mart, contract in PUBLISHED.items()}


def test_the_story_reaches_every_mart(afresh: Any) -> None:
    empty = {mart for mart in PUBLISHED if not afresh.rows(f"select 1 from {mart} limit 1")}
    assert empty <= {"dim_customer"}, "the comparison above proves nothing of them"


def test_a_proof_knows_from_which_day_its_own_build_changed_the_table() -> None:
    """Asked before `int_restatement` is made, it would be the day of the build before: too late, or too early."""
    nodes = json.loads(ensure_manifest().read_text(encoding="utf-8"))["nodes"]

    def made_before(name: str) -> set[str]:
        parents = {parent for parent in nodes[name]["depends_on"]["nodes"] if parent in nodes}
        return parents.union(*(made_before(parent) for parent in parents))

    def is_proven_by_day(test: str) -> bool:
        tables = [nodes[one] for one in nodes[test]["depends_on"]["nodes"] if one in nodes]
        by_day = any(one["config"].get("incremental_strategy") == "restate" for one in tables)
        return by_day or "tested_from(" in nodes[test]["raw_code"] or any(one["name"] == _POSTINGS for one in tables)

    proofs = [name for name, node in nodes.items() if node["resource_type"] == "test" and is_proven_by_day(name)]
    assert {name for name in proofs if _RESTATEMENT not in made_before(name)} == set()
    assert len(proofs) > 5


@pytest.fixture(scope="module")
def redone(made: Callable[[str, Callable[[Any], None]], Any], retold: Any) -> Any:
    """The late news built once more: the run that had built them died before it noted so."""

    def make(dbt: Any) -> None:
        shutil.copyfile(retold.warehouse, dbt.warehouse)
        dbt.build(date(2026, 3, 13), last_load=2, built_load=1, tag="ground")

    return made("redone", make)


@pytest.mark.parametrize(
    "table",
    [
        "int_arrivals",
        "int_transfers",
        "int_blocked_moves",
        "int_count_holds",
        "int_inbound_lines",
        "int_returns_twice",
        "int_restated_movements",
    ],
)
def test_a_build_that_died_and_is_done_again_counts_nothing_twice(table: str, retold: Any, redone: Any) -> None:
    query = f"select * from {table} order by all"
    assert redone.rows(query) == retold.rows(query) != []


_ON_HAND = "select movement_id, quantity from fct_inventory_postings where account = 'on_hand' and "


def test_no_posting_ever_changes(told: Any, retold: Any) -> None:
    before = {row["posting_id"]: row for row in told.rows("select * from fct_inventory_postings")}
    after = {row["posting_id"]: row for row in retold.rows("select * from fct_inventory_postings")}
    assert before
    assert {posting_id: after.get(posting_id) for posting_id in before} == before


def test_a_variance_that_late_news_explain_is_taken_back(told: Any, retold: Any) -> None:
    query = _ON_HAND + "reason like 'count k2%' order by known_at"
    assert [row["quantity"] for row in told.rows(query)] == [-2]
    assert [(row["movement_id"], row["quantity"]) for row in retold.rows(query)] == [
        ("count:WH2:k2:B", -2),
        ("explained:count:WH2:k2:B:movement:WH2:late-waste:1", 2),
    ]


def test_a_sale_that_was_cancelled_since_is_taken_back(told: Any, retold: Any) -> None:
    query = _ON_HAND + "movement_kind = 'sale' order by known_at"
    assert [row["quantity"] for row in told.rows(query)] == [-2]
    assert [row["quantity"] for row in retold.rows(query)] == [-2, 2]


def test_days_without_news_between_two_runs_are_filled(retold: Any) -> None:
    row = retold.row(
        "select count(distinct business_date) as days, max(business_date) as last from fct_inventory_daily"
    )
    assert (row["days"], str(row["last"])) == (13, "2026-03-13")
