"""Queries of ephemeral models stand before the query that reads them, where dbt would have put them."""

from __future__ import annotations

import pytest
from dbt.artifacts.resources.v1.components import InjectedCTE
from dbt.compilation import inject_ctes_into_sql

from pipelines.modelling.prepending import prepended

CTES = [
    InjectedCTE("one", " __dbt__cte__one as (\nwith own as (select 1 as n) select n from own\n)"),
    InjectedCTE("two", " __dbt__cte__two as (\nselect 'with' as word -- with\n)"),
]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from __dbt__cte__one",
        "\n\nwith mine as (select 1)\nselect * from mine, __dbt__cte__two",
        "-- with what a comment says\n/* with\ntwo\nlines */ WITH mine as (select 1) select * from mine",
        "with recursive days as (select 1 as n union all select n + 1 from days) select n from days",
        "select 1 as with_stock",
        "withdrawn as nonsense",
        "-- nothing but a comment\nselect 'with' as word",
    ],
)
def test_a_query_is_what_dbt_would_have_made_of_it(sql: str) -> None:
    assert prepended(sql, CTES).split() == inject_ctes_into_sql(sql, CTES).split()


def test_a_query_that_reads_no_ephemeral_model_is_left_as_it_is() -> None:
    assert prepended("select 1", []) == "select 1"
