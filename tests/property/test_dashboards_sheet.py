"""What must hold of any sheet that comes back, whatever its cells say."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.parts import table
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.sheet import EDITABLE, INFORMATION, KEY, Cells, read, sheet
from dashboards.safety_stock.sheet_files import read_file, to_xlsx
from oms_core.replenishment.policy.targets import MEASURES, PolicyRule, Target, sku_location
from oms_core.replenishment.policy.terms import TERMS

RULES = {rule.scope: rule for rule in (PolicyRule("default", "*", 0.95), PolicyRule("location", "L0", qty_minimum=2))}
_HEADER = (*KEY, *EDITABLE)

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
skus = st.lists(texts.map(str.strip).filter(bool), min_size=1, max_size=5, unique=True)
cells = st.one_of(st.sampled_from(["", "0.97", "97%", "cycle_service", "12", "-1", "=1", "L0", "x"]), texts)
wanted = st.tuples(
    st.floats(0.5, 0.9999).map(lambda share: round(share, 4)),
    st.sampled_from(MEASURES),
    st.floats(0, 365).map(lambda days: round(days, 2)),
    st.integers(0, 10_000_000),
    st.integers(1, 365),
    st.integers(0, 100_000_000),
    st.floats(0.01, 5).map(lambda share: round(share, 4)),
    st.integers(0, 100_000_000),
    st.floats(0, 1).map(lambda share: round(share, 4)),
    st.integers(0, 365),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(0, 100_000_000),
    st.floats(0, 260).map(lambda weeks: round(weeks, 2)),
)


def _levels(names: list[str]) -> pd.DataFrame:
    traits = {"supplier_id": "S", "abc_class": "A", "xyz_class": "X", "demand_pattern": "smooth"}
    rows = pd.DataFrame([{"sku": sku, "location_id": f"L{number % 2}", **traits} for number, sku in enumerate(names)])
    return rows.assign(**{name: 1 for name in INFORMATION if name not in rows})


@given(skus, st.lists(wanted, min_size=5, max_size=5), st.sampled_from(["csv", "xlsx"]))
@settings(max_examples=30)
def test_whatever_a_planner_writes_into_a_sheet_is_what_is_in_force_once_its_edits_are_taken(
    names: list[str], values: list[tuple[Any, ...]], form: str
) -> None:
    levels = _levels(names)
    frame = sheet(levels, RULES)
    given_back = pd.DataFrame(values[: len(frame)], columns=list(EDITABLE))
    edited_sheet = frame.assign(**{name: given_back[name] for name in EDITABLE})
    content = table.to_csv(edited_sheet) if form == "csv" else to_xlsx(edited_sheet)
    reading = read(read_file("a", content), levels, RULES)
    assert reading.refusals == ()
    after = pol.edited(RULES, reading.edits)
    in_force = pol.all_in_force(levels, after)
    assert in_force["target"] == [Target(*value[:2]) for value in values[: len(frame)]]
    for number, term in enumerate(TERMS, 2):
        assert in_force[term.name] == [value[number] for value in values[: len(frame)]]
    again = read(read_file("a", content), levels, after)
    assert again.edits == ()


@given(skus, st.lists(st.lists(cells, max_size=7).map(tuple), max_size=8), st.permutations(_HEADER))
@settings(max_examples=200)
def test_no_cell_breaks_the_reading_and_a_refused_row_changes_nothing(
    names: list[str], rows: list[tuple[str, ...]], header: list[str]
) -> None:
    levels = _levels(names)
    reading = read(Cells(tuple(header), rows), levels, RULES)
    pol.edited(RULES, reading.edits)
    known = {sku_location(*key) for key in zip(levels["sku"], levels["location_id"], strict=True)}
    assert {edit.scope[1] for edit in reading.edits} <= known
    assert all(2 <= refusal.row <= len(rows) + 1 and refusal.reason for refusal in reading.refusals)
