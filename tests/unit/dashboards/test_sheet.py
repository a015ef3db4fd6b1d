"""Levels to a spreadsheet and back: what of a sheet becomes an edit, and what is refused and why."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from dashboards.parts import table
from dashboards.safety_stock import cells_view, sheet_files
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.policy import Edit
from dashboards.safety_stock.sheet import COLUMNS, EDITABLE, INFORMATION, Cells, Reading, read, sheet
from dashboards.safety_stock.sheet_files import read_file, to_xlsx
from oms_core.replenishment.policy.targets import PolicyRule, Scope, Target

#: The first SKU is a formula, the second has the sign that scope values separate by.
SKUS = ("=1+1", "A@B", "C", "D")
RULES = [
    PolicyRule("default", "*", 0.95),
    PolicyRule("supplier", "SUP", lead_time_days=9.0),
    PolicyRule("sku_location", "C@WH", 0.99, "fill_rate", None, 5),
]
BY_SCOPE = {rule.scope: rule for rule in RULES}
HEAD = "sku,location_id,service_level_target,target_measure,lead_time_days_set,qty_minimum\r\n"


def levels() -> pd.DataFrame:
    traits = {"location_id": "WH", "supplier_id": "SUP", "abc_class": "A", "xyz_class": "X", "demand_pattern": "lumpy"}
    rows = pd.DataFrame([{"sku": sku, **traits} for sku in SKUS])
    return rows.assign(**{name: 1 for name in INFORMATION if name not in rows})


def of_csv(text: str) -> Reading:
    return read(read_file("levels.csv", text.encode()), levels(), BY_SCOPE)


def of_xlsx(*rows: tuple[Any, ...]) -> Reading:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return read(read_file("levels.xlsx", file.getvalue()), levels(), BY_SCOPE)


def of(sku: str) -> Scope:
    return ("sku_location", f"{sku.replace('@', '%40')}@WH")


def reasons(reading: Reading) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.reason) for one in reading.refusals]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_that_comes_back_as_it_went_asks_for_nothing(form: str) -> None:
    frame = sheet(levels(), BY_SCOPE)
    assert list(frame.columns) == list(COLUMNS)
    content = table.to_csv(frame) if form == "csv" else to_xlsx(frame)
    assert read(read_file(f"levels.{form}", content), levels(), BY_SCOPE) == Reading((), (), 4)


def test_a_workbook_runs_no_formula_of_ours() -> None:
    page = load_workbook(io.BytesIO(to_xlsx(sheet(levels(), BY_SCOPE)))).worksheets[0]
    assert page["A2"].value == "'=1+1"
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}


def test_text_that_no_workbook_can_hold_is_written_without_it() -> None:
    page = load_workbook(io.BytesIO(to_xlsx(levels().assign(description="a\x00\x1fb")))).worksheets[0]
    assert "ab" in [cell.value for cell in page[2]]


def test_what_differs_from_what_is_in_force_is_an_edit_and_what_is_emptied_takes_the_rows_own_away() -> None:
    reading = of_csv(HEAD + "'=1+1,WH,0.97,cycle_service,9,\r\nA@B,WH,0.95,,4.5,7\r\nC,WH,0.99,fill_rate,9,\r\n")
    assert reasons(reading) == []
    assert reading.edits == (
        Edit(of("=1+1"), "target", Target(0.97)),
        Edit(of("A@B"), "lead_time_days", 4.5),
        Edit(of("A@B"), "qty_minimum", 7),
        Edit(of("C"), "qty_minimum", None),
    )


def test_a_sheet_needs_only_its_keys_and_one_column_to_set() -> None:
    reading = of_csv("Location_ID ,SKU,qty_minimum\nWH,D,3\n")
    assert reading.edits == (Edit(of("D"), "qty_minimum", 3),)
    assert reading.refusals == ()


@pytest.mark.parametrize(
    "written", ["0.97", "97%", "97 %", "0,97", "97,0%"], ids=["point", "per cent", "space", "comma", "comma per cent"]
)
def test_a_share_is_read_as_people_write_it(written: str) -> None:
    reading = of_csv(f"sku;location_id;service_level_target\nD;WH;{written}\n")
    assert reading.edits == (Edit(of("D"), "target", Target(0.97)),)


AS_A_NUMBER = ": a spreadsheet may have made it a number; in the Excel file it is text"
GROUPED = "a thousand or a fraction? Write it without a separator of thousands"


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("NOPE,WH,0.97,,,", "sku", "no level is kept of it at WH"),
        ("D,,0.97,,,", "sku", "no level is kept of it at a place not named"),
        *((f"{sku},WH,0.97,,,", "sku", f"no level is kept of it at WH{AS_A_NUMBER}") for sku in ("123", "4.00638E+12")),
        ("D,ELSEWHERE,0.97,,,", "sku", "no level is kept of it at ELSEWHERE"),
        ("D,WH,much,,9,", "service_level_target", "not a number"),
        ("D,WH,97,,9,", "service_level_target", "a share from 0.5 to 0.9999, such as 0.97 or 97%"),
        ("D,WH,1e999,,9,", "service_level_target", "not a number"),
        ("D,WH,0.97,luck,9,", "target_measure", "one of cycle_service, fill_rate, least_cost"),
        ("D,WH,0.97,,soon,", "lead_time_days_set", "not a number"),
        ("D,WH,0.97,,-3,", "lead_time_days_set", "a lead time is a number of days from 0 to 365, not -3.0"),
        ("D,WH,0.97,,nan,", "lead_time_days_set", "not a number"),
        ("D,WH,0.97,,9,1_000", "qty_minimum", "not a number"),
        ("D,WH,0.97,,9,2.5", "qty_minimum", "not a whole number of units"),
        ("D,WH,0.97,,9,5%", "qty_minimum", "not a number"),
        ('D,WH,0.97,,9,"1,000"', "qty_minimum", GROUPED),
        ("D,WH,0.97,,9,12.000", "qty_minimum", GROUPED),
        ('D,WH,0.97,,"1,250",9', "lead_time_days_set", GROUPED),
        ("D,WH,0.97,,9,=2+3", "qty_minimum", "a formula: give its value"),
        ('D,WH,"=HYPERLINK(""http://x"")",,9,', "service_level_target", "a formula: give its value"),
        ("=1+1,WH,0.97,,9,", "sku", "a formula: give its value"),
        ("D,WH,0.97,,,", "lead_time_days_set", "a wider rule sets it: a single row cannot take that away"),
    ],
)
def test_a_row_with_anything_wrong_is_refused_whole_with_its_reason_and_the_rest_stands(
    row: str, column: str, reason: str
) -> None:
    reading = of_csv(f"{HEAD}{row}\r\nA@B,WH,0.98,,9,\r\n")
    assert reasons(reading) == [(2, column, reason)]
    assert reading.edits == (Edit(of("A@B"), "target", Target(0.98)),)


def test_several_wrong_cells_of_a_row_are_all_told() -> None:
    assert [one[1] for one in reasons(of_csv(HEAD + "D,WH,x,,y,z\n"))] == [
        *("service_level_target", "lead_time_days_set", "qty_minimum")
    ]


def test_two_rows_of_one_series_that_disagree_are_both_refused_and_two_that_agree_count_once() -> None:
    reading = of_csv(HEAD + "D,WH,0.97,,9,\nD,WH,0.98,,9,\nC,WH,0.9,,9,5\nC,WH,0.9,,9,5\n")
    assert reasons(reading) == [
        (2, "sku", "rows 2, 3 are of one series and disagree: none is taken"),
        (3, "sku", "rows 2, 3 are of one series and disagree: none is taken"),
        (5, "sku", "the same as row 4: taken once"),
    ]
    assert reading.edits == (Edit(of("C"), "target", Target(0.9)),)


def test_a_sheet_without_its_keys_or_anything_to_set_says_so() -> None:
    assert [one[:2] for one in reasons(of_csv("product,level\nD,0.9\n"))] == [
        *((1, "sku"), (1, "location_id")),
        (1, ", ".join(EDITABLE)),
        *((1, "product"), (1, "level")),
    ]
    twice = of_csv("sku,location_id,qty_minimum,qty_minimum\nD,WH,1,2\n")
    assert (1, "qty_minimum", "two columns of that name: neither is looked at") in reasons(twice)
    assert twice.edits == ()


def test_empty_rows_are_passed_over() -> None:
    assert of_csv(HEAD + ",,,,,\nD,WH,0.97,,9,\n\n").row_count == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "it has no row"),
        ("a.csv", b"\x00\x01\x02", "neither a workbook nor text"),
        ("a.csv", b'sku,location_id\n"D', "line 2 is no CSV"),
        ("a.xlsx", b"PK\x03\x04 nothing more", "no workbook that can be read"),
        ("a.xlsx", b"%PDF-1.7\n\x00", "neither a workbook nor text"),
    ],
)
def test_a_file_that_is_no_sheet_is_one_refusal(name: str, content: bytes, reason: str) -> None:
    cells = read_file(name, content)
    assert cells.rows == ()
    assert reason in cells.refusals[0].reason


def _zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_zip_that_is_no_workbook_or_would_fill_the_memory_is_refused_unopened() -> None:
    assert "no workbook" in read_file("a.xlsx", _zipped({"a.txt": b"x"})).refusals[0].reason
    bomb = _zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bytes(64 * 1024**2)})
    assert len(bomb) < 200_000
    assert "it would unpack to 67,108,868 bytes" in read_file("a.xlsx", bomb).refusals[0].reason


def test_a_workbook_of_entities_is_refused() -> None:
    """A billion laughs: the parser's own limit ends it."""
    levels_of = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{levels_of}]><workbook>&l11;</workbook>'
    file = io.BytesIO()
    Workbook().save(file)
    with zipfile.ZipFile(io.BytesIO(file.getvalue())) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    content = _zipped(members | {"xl/workbook.xml": laughs.encode()})
    assert "no workbook that can be read" in read_file("a.xlsx", content).refusals[0].reason


def test_cells_of_a_workbook_are_numbers_shares_and_formulas() -> None:
    head = ("sku", "location_id", "service_level_target", "lead_time_days_set", "qty_minimum")
    reading = of_xlsx(head, ("D", "WH", 0.97, 9, 4.0), ("C", "WH", 0.99, 9, "=2+3"), ("A@B", "WH", True, 9, None))
    assert reading.edits == (Edit(of("D"), "target", Target(0.97)), Edit(of("D"), "qty_minimum", 4))
    assert reasons(reading) == [
        (3, "qty_minimum", "a formula: give its value"),
        (4, "service_level_target", "not a number"),
    ]


def test_a_sheet_that_is_too_long_or_too_large_is_read_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_files, "MOST_ROWS", 3)
    reading = of_csv(HEAD + "D,WH,0.97,,9,\n" * 5)
    assert (4, "", "rows from 3 on are not looked at") in reasons(reading)
    assert reading.row_count == 2
    monkeypatch.setattr(sheet_files, "MOST_BYTES", 5)
    assert "larger than" in of_csv(HEAD).refusals[0].reason


def test_fifty_thousand_rows_are_read_those_that_are_wrong_told_and_the_rest_offered() -> None:
    many = pd.concat([levels().iloc[[3]]] * 50_000, ignore_index=True)
    many["sku"] = [f"S{number:05d}" for number in range(50_000)]
    lines = [f"S{number:05d},WH,{'x' if number % 1000 == 0 else '0.97'},,9,\r\n" for number in range(50_000)]
    reading = read(read_file("a.csv", (HEAD + "".join(lines)).encode()), many, BY_SCOPE)
    assert len(reading.edits) == 49_950
    assert len(reading.refusals) == 50
    changes = pol.changes_between(BY_SCOPE, pol.edited(BY_SCOPE, reading.edits))
    assert len(changes) == 49_950


def test_cells_beyond_the_header_are_not_looked_at() -> None:
    cells = Cells(("sku", "location_id", "qty_minimum"), [("D", "WH", "3", "=9", "x"), ("D",)])
    assert read(cells, levels(), BY_SCOPE).edits == (Edit(of("D"), "qty_minimum", 3),)


def test_what_is_typed_into_cells_is_read_as_a_sheet_that_came_back() -> None:
    rows = sheet(levels().assign(policy_scope="abc_class:A"), BY_SCOPE)
    shown = cells_view.editable(rows)
    assert shown["service_level_target"].tolist() == [95.0, 95.0, 99.0, 95.0]
    assert shown["policy_scope"].unique().tolist() == ["Class A"]
    minimum = "qty_minimum"
    typed: dict[int, dict[str, Any]] = {
        0: {"service_level_target": 98.5},
        1: {"lead_time_days_set": 14, minimum: 3},
        2: {"service_level_target": 98.0},
        3: {"service_level_target": 10.0},
    }
    found = read(cells_view.cells_of(shown, typed), levels(), BY_SCOPE)
    # A target keeps what it measures; the rest of a row is as it is shown, and asks for nothing.
    assert set(found.edits) == {
        Edit(of("=1+1"), "target", Target(0.985)),
        Edit(of("A@B"), "lead_time_days", 14),
        Edit(of("A@B"), "qty_minimum", 3),
        Edit(of("C"), "target", Target(0.98, "fill_rate")),
    }
    assert [(row, column) for row, column, _ in reasons(found)] == [(5, "service_level_target")]
    assert read(cells_view.cells_of(shown, {2: {}}), levels(), BY_SCOPE).edits == ()
    emptied = read(cells_view.cells_of(shown, {2: {minimum: None}}), levels(), BY_SCOPE)
    assert emptied.edits == (Edit(of("C"), "qty_minimum", None),)


def test_what_is_not_typed_keeps_all_its_digits() -> None:
    rules = BY_SCOPE | {of("D"): PolicyRule(*of("D"), lead_time_days=123.4567891, qty_minimum=1_234_567)}
    shown = cells_view.editable(sheet(levels().assign(policy_scope="abc_class:A"), rules))
    row = shown["sku"].tolist().index("D")
    typed = read(cells_view.cells_of(shown, {row: {"service_level_target": 98.0}}), levels(), rules)
    assert typed.edits == (Edit(of("D"), "target", Target(0.98)),)
