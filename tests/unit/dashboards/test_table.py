"""Tables on the screen, and as files."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from dashboards.parts.table import Shown, displayed, having, one_currency, to_csv

COLUMNS = (Shown("sku", "SKU"), Shown("net_minor", "Net", "money"), Shown("level", "Level", "share"))


def test_money_is_shown_in_major_units_of_each_rows_currency() -> None:
    frame = pd.DataFrame(
        {"sku": ["a", "b"], "net_minor": [1250, 1250], "level": [0.97, None], "currency": ["EUR", "JPY"]}
    )
    shown = displayed(frame, COLUMNS)
    assert list(shown["net_minor"]) == [12.5, 1250.0]
    assert list(shown.columns) == ["sku", "net_minor", "level", "currency"]
    assert shown["level"].iloc[0] == 97.0


def test_rows_of_one_currency_have_it_in_the_heading_alone() -> None:
    frame = pd.DataFrame({"sku": ["a"], "net_minor": [1250], "level": [0.97], "currency": ["EUR"]})
    assert list(displayed(frame, COLUMNS).columns) == ["sku", "net_minor", "level"]


def test_of_several_currencies_none_loses_a_digit() -> None:
    frame = pd.DataFrame({"sku": ["a", "b"], "net_minor": [1234, 1234], "level": 0.9, "currency": ["KWD", "EUR"]})
    assert one_currency(frame) == ("", 3)


def test_no_rows_have_no_money_and_no_error() -> None:
    nothing = pd.DataFrame({"amount": pd.array([], "Int64"), "currency": pd.array([], "str")})
    assert displayed(nothing, [Shown("amount", "Amount", "money")]).empty


def test_a_cell_of_a_category_runs_no_formula_either() -> None:
    """As an enumeration of DuckDB's becomes one."""
    frame = pd.DataFrame({"name": pd.Categorical(["=1+1", None, "fine"])})
    assert to_csv(frame).decode("utf-8-sig").split("\r\n") == ["name", "'=1+1", '""', "fine", ""]


def test_a_file_for_a_spreadsheet_runs_no_formula_and_keeps_minor_units() -> None:
    frame = pd.DataFrame({"name": ["=1+1", "+2", "-3", "@x", "fine"], "net_minor": [1, -2, 3, 4, 5]})
    text = to_csv(frame).decode("utf-8-sig")
    read = pd.read_csv(io.StringIO(text))
    assert list(read["name"]) == ["'=1+1", "'+2", "'-3", "'@x", "fine"]
    assert list(read["net_minor"]) == [1, -2, 3, 4, 5]
    assert to_csv(frame).startswith(b"\xef\xbb\xbf")


def test_codes_are_shown_in_words_and_saved_as_they_are() -> None:
    frame = pd.DataFrame({"kind": ["transfer_out", None, "stock_short"]})
    shown = displayed(frame, (Shown("kind", "Kind", "code"),))
    assert shown["kind"].fillna("").tolist() == ["transfer, out", "", "stock short"]
    assert "transfer_out" in to_csv(frame).decode()


@pytest.mark.parametrize(
    ("typed", "found"), [("Transfer, OUT", [0]), ("b+", [1, 2]), ("a.", [0]), ("11", []), ("  ", [0, 1, 2])]
)
def test_rows_are_found_by_any_of_their_texts_as_they_are_read(typed: str, found: list[int]) -> None:
    kinds, refs = ["transfer_out", "receipt", None], ["A.1", "B+2", "b+"]
    frame = pd.DataFrame({"kind": kinds, "ref": refs, "n": [11, 11, 11]})
    columns = (Shown("kind", "Kind", "code"), Shown("ref", "Reference"), Shown("n", "Units", "quantity"))
    assert having(frame, columns, typed).index.tolist() == found
