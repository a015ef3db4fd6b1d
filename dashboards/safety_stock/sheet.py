"""Levels as a spreadsheet that comes back: what is downloaded, and what an uploaded sheet asks to change.

Belongs here: the sheet's columns, and from its cells to edits and refusals; pure functions. Does not belong here:
reading files (`sheet_files`), what an edit does to rules (`policy`), widgets.

A cell is an edit where it differs from what is in force for its row. A row with anything wrong in it changes nothing;
the others stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.policy import Edit, Rules, Thing, Value
from oms_core.fulfilment.spreadsheet import neutralise
from oms_core.replenishment.policy.targets import MEASURES, PolicyRule, Scope, Target, sku_location
from oms_core.replenishment.policy.terms import BY_NAME, TERMS, Term

KEY = ("sku", "location_id")
#: The columns that can be edited, and what each sets. A measure goes with its target.
TARGET, MEASURE = "service_level_target", "target_measure"
#: Each term by its column.
_TERMS = {term.set_column: term for term in TERMS}
EDITABLE = (TARGET, MEASURE, *_TERMS)
#: What helps to decide, and is not read again.
INFORMATION = (
    *("description", "supplier_id", "abc_class", "xyz_class", "demand_pattern", "qty_demand_per_day"),
    *("lead_time_days_mean", "lead_time_days_std", "service_level_expected", "fill_rate_expected"),
    *("qty_safety_stock", "qty_reorder_point", "qty_order_up_to", "investment_minor", "currency", "policy_scope"),
)
COLUMNS = (*KEY, *EDITABLE, *INFORMATION)
MOST_ROWS = 200_000
#: `1,000` is a thousand in one country and one in the next; a point is that of a fraction where there may be one.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_HEADER_ROW = 1


@dataclass(frozen=True, slots=True)
class Refusal:
    """What of a sheet is not taken. `row` counts as a spreadsheet does: its header is 1."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Cells:
    """A sheet as it was read: header, rows of cells as text (empty: nothing), and what could not be read at all.

    `formulas` are cells, by row and column counted from 0, that a spreadsheet would run.
    """

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    formulas: frozenset[tuple[int, int]] = frozenset()
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a sheet asks for, and what of it is refused."""

    edits: tuple[Edit, ...]
    refusals: tuple[Refusal, ...]
    row_count: int


def sheet(levels: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The sheet of these levels (rows of `queries.all_of`), with what the rules set for each as it stands."""
    in_force = pol.all_in_force(levels, rules)
    aims = [aim for aim in in_force[pol.TARGET] if isinstance(aim, Target)]
    filled = levels.assign(
        service_level_target=[aim.service_level for aim in aims],
        target_measure=[aim.measure for aim in aims],
        **{
            column: pd.Series(
                in_force[term.name],
                index=levels.index,
                dtype="Int64" if term.is_whole else "Float64",
            )
            for column, term in _TERMS.items()
        },
    )
    return filled[list(COLUMNS)]


def read(cells: Cells, levels: pd.DataFrame, rules: Rules) -> Reading:
    """Edits and refusals of a sheet, against all levels that are kept and the rules as the draft has them."""
    refusals = [*cells.refusals, *_of_header(cells.header)]
    if any(cells.header.count(name) != 1 for name in KEY) or not set(EDITABLE) & set(cells.header):
        return Reading((), tuple(refusals), len(cells.rows))
    known = _known(levels)
    rows = [_Row(number, cells, known) for number in range(len(cells.rows))]
    rows = [row for row in rows if not row.is_blank]
    refusals += [refusal for row in rows for refusal in row.refusals]
    kept, doubled = _without_doubles([row for row in rows if not row.refusals])
    series = levels.iloc[[row.position for row in kept]]
    in_force = pol.all_in_force(series, rules)
    edits: list[Edit] = []
    for index, (row, sku, location) in enumerate(zip(kept, series["sku"], series["location_id"], strict=True)):
        now = {thing: values[index] for thing, values in in_force.items()}
        found, wrong = row.edits(("sku_location", sku_location(sku, location)), now, rules)
        edits += found
        refusals += wrong
    return Reading(tuple(edits), tuple(sorted([*refusals, *doubled], key=lambda one: one.row)), len(rows))


def refusal_table(refusals: Iterable[Refusal]) -> pd.DataFrame:
    """One row a refusal: row, column, value, reason."""
    rows = [(one.row, one.column, one.value, one.reason) for one in refusals]
    return pd.DataFrame(rows, columns=["row", "column", "value", "reason"])


def _known(levels: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Position of each series, as its key is written in a sheet."""
    keys = zip(levels["sku"], levels["location_id"], strict=True)
    return {(neutralise(str(sku)), neutralise(str(location))): row for row, (sku, location) in enumerate(keys)}


def _of_header(header: Sequence[str]) -> list[Refusal]:
    found = [
        Refusal(_HEADER_ROW, name, "", "the sheet has no such column, and says of nothing what it is about")
        for name in KEY
        if name not in header
    ]
    if not set(EDITABLE) & set(header):
        found.append(Refusal(_HEADER_ROW, ", ".join(EDITABLE), "", "none of these columns is there: nothing to set"))
    found += [
        Refusal(_HEADER_ROW, name, "", "two columns of that name: neither is looked at")
        for name in sorted(set(header))
        if name and header.count(name) > 1
    ]
    unknown = [name for name in header if name and name not in COLUMNS]
    return found + [Refusal(_HEADER_ROW, name, "", "no column of this sheet: not looked at") for name in unknown]


class _Row:
    """One row of a sheet: its cells by column, which series it is about, and what is wrong with it."""

    def __init__(self, number: int, cells: Cells, known: dict[tuple[str, str], int]) -> None:
        values = cells.rows[number]
        self.row = number + _HEADER_ROW + 1
        self.cells = {
            name: values[column].strip()
            for column, name in enumerate(cells.header)
            if column < len(values) and name in (*KEY, *EDITABLE) and cells.header.count(name) == 1
        }
        self.refusals: list[Refusal] = []
        self.key = (neutralise(self.cells.get("sku", "")), neutralise(self.cells.get("location_id", "")))
        self.position = known.get(self.key, -1)
        for column, name in enumerate(cells.header):
            if name in self.cells and (number, column) in cells.formulas:
                self._refuse(name, "a formula: give its value")
        if not self.refusals and self.position < 0 and not self.is_blank:
            hint = ": a spreadsheet may have made it a number; in the Excel file it is text" * self._is_a_number
            where = self.cells.get("location_id") or "a place not named"
            self._refuse("sku", f"no level is kept of it at {where}{hint}")
        self.asked = {} if self.refusals else self._asked()

    @property
    def _is_a_number(self) -> bool:
        """Whether it may be what a spreadsheet makes of `00123` or of a barcode: `123`, `4.00638E+12`."""
        return re.fullmatch(r"\d+|\d([.,]\d+)?E\+\d+", self.cells.get("sku", "")) is not None

    @property
    def is_blank(self) -> bool:
        return not any(self.cells.values())

    def _refuse(self, column: str, reason: str) -> None:
        self.refusals.append(Refusal(self.row, column, self.cells.get(column, ""), reason))

    def _asked(self) -> dict[Thing, Value]:
        """What the row's cells say, of the columns that are there; None where a cell is empty."""
        asked: dict[Thing, Value] = {}
        if TARGET in self.cells or MEASURE in self.cells:
            asked[pol.TARGET] = self._target()
        return asked | {
            term.name: self._number(column, term) for column, term in _TERMS.items() if column in self.cells
        }

    def _target(self) -> Target | None:
        text = self.cells.get(TARGET, "")
        measure = self.cells.get(MEASURE, "") or "cycle_service"
        if measure not in MEASURES:
            self._refuse(MEASURE, f"one of {', '.join(MEASURES)}")
        level = _as_number(text) if text else None
        if text and level is None:
            self._refuse(TARGET, "not a number")
        if self.refusals or level is None:
            return None
        try:
            return Target(round(level, 6), measure)
        except ValueError:
            self._refuse(TARGET, "a share from 0.5 to 0.9999, such as 0.97 or 97%")
            return None

    def _number(self, column: str, term: Term) -> float | int | None:
        text = self.cells[column]
        if not text:
            return None
        if _GROUPED.fullmatch(text) and (term.is_whole or "," in text):
            self._refuse(column, "a thousand or a fraction? Write it without a separator of thousands")
            return None
        value = _as_number(text)
        if value is None or (text.endswith("%") and not column.endswith("share_set")):
            self._refuse(column, "not a number")
            return None
        if term.is_whole and value != int(value):
            self._refuse(column, f"not a whole number{' of units' if term.name == 'qty_minimum' else ''}")
            return None
        wanted = int(value) if term.is_whole else value
        try:
            PolicyRule("default", "*", **{term.name: wanted})  # type: ignore[arg-type]
        except ValueError as error:
            self._refuse(column, str(error).removesuffix(" (default:*)"))
            return None
        return wanted

    def edits(self, scope: Scope, in_force: dict[Thing, Value], rules: Rules) -> tuple[list[Edit], list[Refusal]]:
        """Edits of what the row asks otherwise than is in force; all or none of them."""
        own = rules.get(scope)
        found: list[Edit] = []
        for thing, value in self.asked.items():
            if value == in_force[thing]:
                continue
            if value is not None:
                found.append(Edit(scope, thing, value))
            elif own is not None and pol.thing_of(own, thing) is not None:
                found.append(Edit(scope, thing, None))
            elif thing != pol.TARGET:
                column, why = BY_NAME[thing].set_column, "a wider rule sets it: a single row cannot take that away"
                return [], [Refusal(self.row, column, "", why)]
        return found, []


def _as_number(text: str) -> float | None:
    """A number as people and spreadsheets write it: `0.97`, `0,97`, `97%`; None where it is none, or no finite one."""
    share = text.endswith("%")
    plain = text.removesuffix("%").strip().replace("\u00a0", "")
    if "," in plain and "." not in plain and plain.count(",") == 1:
        plain = plain.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    # Python's own forms, such as 1_000 and infinity, are no spreadsheet's.
    return None if "_" in plain or value - value != 0 else value / 100 if share else value


def _without_doubles(rows: list[_Row]) -> tuple[list[_Row], list[Refusal]]:
    """The rows each of whose series occurs once; of those that say the same twice, the first."""
    by_series: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        by_series.setdefault(row.key, []).append(row)
    kept: list[_Row] = []
    refusals: list[Refusal] = []
    for same in by_series.values():
        agree = all(row.asked == same[0].asked for row in same)
        kept += same[:1] if agree else []
        where = ", ".join(str(row.row) for row in same[:5])
        refusals += [
            Refusal(row.row, "sku", row.cells["sku"], f"rows {where} are of one series and disagree: none is taken")
            for row in ([] if agree else same)
        ]
        refusals += [
            Refusal(row.row, "sku", row.cells["sku"], f"the same as row {same[0].row}: taken once")
            for row in (same[1:] if agree else [])
        ]
    return kept, refusals
