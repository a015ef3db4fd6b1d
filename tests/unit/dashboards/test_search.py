"""Finding rows, a page at a time."""

from __future__ import annotations

import pytest

from dashboards.orders.queries import STATES, Search
from dashboards.parts.search import Conditions, offset_of, page_count
from dashboards.safety_stock.queries import Filters


def test_conditions_add_up_and_keep_their_parameters_in_order() -> None:
    found = Conditions().also("a = ?", 1).also("b in (?, ?)", 2, 3)
    assert found.where == "where a = ? and b in (?, ?)"
    assert found.parameters == (1, 2, 3)
    assert Conditions().where == ""


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (100_000, 2000)])
def test_a_list_has_as_many_pages_as_its_rows_need(rows: int, pages: int) -> None:
    assert page_count(rows) == pages


@pytest.mark.parametrize(("page", "offset"), [(1, 0), (2, 50), (99, 100), (-4, 0)])
def test_a_page_that_is_not_there_is_the_nearest_that_is(page: int, offset: int) -> None:
    assert offset_of(page, rows=120) == offset


@pytest.mark.parametrize("text", ["'; drop table x; --", "%", "a' or '1'='1"])
def test_what_is_typed_is_a_parameter_and_never_sql(text: str) -> None:
    for conditions in (Search(find=text).conditions, Filters(find=text).conditions):
        assert text not in conditions.where
        assert conditions.where.count("?") == len(conditions.parameters)
        assert set(conditions.parameters) == {text}


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_a_condition(state: str) -> None:
    assert STATES[state] in Search(state=state).conditions.where
