"""The data page: tables with what is known of them, and the box for SQL as somebody uses it and abuses it."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from tests.app.reading import Opener
from tests.app.window import settle


def asked(open_page: Opener, sql: str) -> AppTest:
    return open_page("data", view="SQL", sql=sql)


def test_a_table_is_told_with_its_grain_rows_columns_proofs_and_where_it_comes_from(open_page: Opener) -> None:
    app = open_page("data", table="fct_order_lines")
    assert not app.exception
    assert app.text[0].value.startswith("One row an order line; qty_ordered = cancelled + held")
    assert "every_line_is_decided" in set(app.dataframe[1].value["proof"])
    words = "\n".join(str(element.value) for element in app.markdown)
    assert "**Feeds that reach it**: `inbox/web_orders`" in words
    assert "**Who reads it, or what is made of it**: Planner dashboards" in words


def test_a_query_in_the_address_is_answered(open_page: Opener) -> None:
    app = asked(open_page, "select order_state, count(*) as n from fct_orders group by all order by n desc")
    assert not app.exception
    rows = app.dataframe[0].value
    assert rows["n"].sum() == 260
    assert app.text_area[0].value.startswith("select order_state")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selct 1", "no SQL that can be read"),
        ("select * from fct_order", "Did you mean fct_orders"),
        ("copy (select 1) to '/tmp/x'", "One SELECT is answered here, not: COPY"),
        ("select * from read_text('/etc/passwd')", "Not allowed here: read_text"),
        ("select * from 'http://127.0.0.1:9/x.parquet'", "Files and the network cannot be read"),
    ],
)
def test_what_is_refused_is_told_in_words(open_page: Opener, sql: str, words: str) -> None:
    app = asked(open_page, sql)
    assert not app.exception
    (error,) = app.error
    assert words in error.value.replace("\\", "")
    assert not app.dataframe


def test_where_the_mistake_is_stands_under_it(open_page: Opener) -> None:
    (place,) = asked(open_page, "select *\nfrom fct_orders\nwhere no_such = 1").code
    line, mark = place.value.splitlines()
    assert line == "line 3: where no_such = 1"
    assert line[mark.index("^") :].startswith("no_such")


def test_an_answer_is_shown_as_it_is_and_never_obeyed(open_page: Opener) -> None:
    app = asked(open_page, "select description, 1 as a, 2 as a from dim_product where sku = 'SKU-001'")
    assert list(app.dataframe[0].value.columns) == ["description", "a", "a_2"]
    assert app.dataframe[0].value["description"].iloc[0].startswith("=1+1")


def test_ctrl_enter_runs_it_the_address_holds_it_and_both_files_have_its_rows(page: Page) -> None:
    page.goto("/data?view=SQL")
    settle(page)
    box = page.get_by_label(re.compile("^One SELECT"))
    box.fill("select sku, description, unit_cost_minor from dim_product order by sku")
    box.press("Control+Enter")
    expect(page.get_by_text(re.compile("^30 rows in "))).to_be_visible()
    expect(page).to_have_url(re.compile("sql=select"))
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Parquet").click()
    rows = pd.read_parquet(io.BytesIO(download.value.path().read_bytes()))
    assert (len(rows), rows["unit_cost_minor"].dtype) == (30, "int64")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert "'=1+1" in download.value.path().read_text(encoding="utf-8-sig")
    page.goto(page.url)
    expect(page.get_by_text(re.compile("^30 rows in "))).to_be_visible()


def test_a_query_that_goes_on_and_on_is_cancelled_and_the_next_one_is_answered(page: Page) -> None:
    page.goto("/data?view=SQL&sql=select+max(range)+from+range(10000000000000)")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled. Run it again")).to_be_visible()
    settle(page)
    box = page.get_by_label(re.compile("^One SELECT"))
    box.fill("select 42 as answer")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text(re.compile("^1 row in "))).to_be_visible()


def test_an_example_and_a_table_lead_to_the_box(page: Page) -> None:
    page.goto("/data?table=fct_orders")
    settle(page)
    page.get_by_role("button", name="Ask it in SQL").click()
    expect(page.get_by_text(re.compile("^100 rows in "))).to_be_visible()
    page.reload()  # the address says what is shown
    expect(page.get_by_text(re.compile("^100 rows in "))).to_be_visible()
    page.goto("/data?view=SQL")
    settle(page)
    page.get_by_role("link", name="Stock at cost by location").click()
    expect(page.get_by_text(re.compile("rows in "))).to_be_visible()
