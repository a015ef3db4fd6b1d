"""A mixed-integer program, built up block by block and solved by HiGHS.

Belongs here: what any such program needs. Does not belong here: what its columns and rows mean (`subproblem`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import highspy
import numpy as np
import scipy.sparse as sparse
from highspy import _core

from oms_core.allocation.solvers.optimiser.cuts import Row
from oms_core.arrays import Bools, Floats, Ints

#: Where HiGHS stops: so near to the best, as a share of its cost, or after so many nodes of its search. Never after a
#: time: the same program must have the same answer on any machine.
_GAP, _SEARCH_NODES = 1e-4, 200
#: Where a good plan is known, looking for a first one is half of the time, and for what can be left out a quarter more.
_FROM_A_START: dict[str, bool | float | str] = {
    "presolve": "off",
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
}
#: Many orders have no end, but where the relaxation is tight, what HiGHS decides anew of what it leaves open or does
#: otherwise than the plan it has (RENS, RINS) is nearly all there is: it does so before it parts the problem.
_TIGHTENED: dict[str, bool | float | str] = {
    "mip_heuristic_run_feasibility_jump": False,
    "mip_max_nodes": 1,
}
#: Nodes of the search of a small program in units: it ends before, mostly, and finds little after so many.
_PARTED_NODES = 20
#: The least rise, as a share of the cost, for which rows are looked for again; how much more than what is over a column
#: has to cost to be left out, and below which value the relaxation does not use it, as HiGHS is not exact.
_RISE, _SLACK, _UNUSED = 1e-5, 1e-2, 1e-6
#: Of the seconds that are left, a third is not for rows but for what is decided then; no more than so many.
_MOST_RESERVED = 40.0
#: Where no columns are asked for, but what they cost at the least, looking for some is lost time.
_TO_PROVE: dict[str, bool | float | str] = {
    "mip_rel_gap": 0.0,
    "mip_max_nodes": 2**31 - 1,
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
}

#: Rows that hold, and that columns of these values break.
Broken: TypeAlias = Callable[[Floats], list[Row]]


class _Relaxed(NamedTuple):
    """What a program costs at the least, were no column an integer; its columns then, and how much more it costs with
    another unit of each."""

    cost: float
    value: Floats
    dearer: Floats


class Program:
    """Minimise the columns' costs beside `constant`, what it costs were all of them 0; every column is at least 0."""

    def __init__(self, constant: float = 0.0) -> None:
        self._constant = constant
        self._cost: list[Floats] = []
        self._upper: list[Floats] = []
        self._is_integer: list[Ints] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._limits: list[tuple[Floats, Floats]] = []
        self._columns = self._rows = 0

    def add_columns(self, cost: Floats, upper: Floats | Ints | float = 1.0, is_integer: bool = False) -> Ints:
        """Add columns between 0 and `upper`; their numbers."""
        count = len(cost)
        self._cost.append(cost)
        self._upper.append(np.full(count, upper, dtype=float))
        self._is_integer.append(np.full(count, int(is_integer)))
        self._columns += count
        return np.arange(self._columns - count, self._columns)

    def add_rows(
        self, row: Ints, column: Ints, value: Floats | float, upper: Floats | Ints, lower: float = -np.inf
    ) -> None:
        """Add a row for each of `upper`: the sum of its entries' `value` times `column` lies between the limits.

        `row`: of each entry, counted from 0 in this call.
        """
        self._entries.append((row + self._rows, column, np.broadcast_to(value, row.shape).astype(float)))
        self._limits.append((np.full(len(upper), lower), upper.astype(float)))
        self._rows += len(upper)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return self._columns

    def _tighten(self, broken: Broken, seconds_left: Callable[[], float]) -> _Relaxed:
        """The optimum, were no column an integer, once the rows that the columns' values have `broken` are added, again
        and again. Where no seconds are left for the first one, all columns are in it, and it costs minus infinity."""
        solver, model = _quiet(), self._model()
        model.integrality_ = []
        solver.passModel(model)
        # From nothing the interior point is faster, from a point near by the simplex.
        solver.setOptionValue("solver", "ipm")
        found = _Relaxed(-np.inf, np.ones(self._columns), np.zeros(self._columns))
        is_solved = _is_solved(solver, seconds_left())
        solver.setOptionValue("solver", "simplex")
        while is_solved:
            solution, before, cost = solver.getSolution(), found.cost, float(solver.getObjectiveValue())
            found = _Relaxed(cost, np.asarray(solution.col_value), np.asarray(solution.col_dual))
            rows = broken(found.value) if cost - before > _RISE * abs(cost) else []
            if not rows:
                break
            self._add(rows, solver)
            is_solved = _is_solved(solver, seconds_left())
        return found

    def _leave_out(self, is_out: Bools) -> None:
        """Have these integers be 0."""
        is_integer = np.concatenate(self._is_integer) > 0
        self._upper = [np.where(is_out & is_integer, 0.0, np.concatenate(self._upper))]

    def _add(self, rows: list[Row], solver: Any) -> None:
        column, value, most = zip(*rows, strict=True)
        length = np.array([len(columns) for columns in column])
        entries = np.concatenate(column), np.concatenate(value), np.array(most)
        self.add_rows(np.repeat(np.arange(len(rows)), length), *entries)
        first = (np.cumsum(length) - length).astype(np.int32)
        limits = np.full(len(rows), -highspy.kHighsInf), entries[2]
        solver.addRows(len(rows), *limits, int(length.sum()), first, entries[0].astype(np.int32), entries[1])

    def solve(self, start: Floats) -> Floats:
        """The best columns found, no dearer than `start`, which the rows allow. Raises RuntimeError where HiGHS finds
        none."""
        return np.asarray(self._solved(self._model(), start, **_FROM_A_START).getSolution().col_value)

    def solve_parted(self, seconds_left: Callable[[], float]) -> tuple[Floats, float]:
        """The best columns found of a small program, to the end where that is near, and what it costs at the least. All
        columns are 0 where no seconds are left before any are found.

        What is no integer is at a vertex once the integers are set: whole, where it is a flow of whole units. HiGHS
        1.16 calls other columns the best where such programs are not presolved, or begin from a plan.
        """
        limits = {"mip_rel_gap": 0.0, "mip_max_nodes": _PARTED_NODES, "time_limit": max(seconds_left(), 0.0)}
        solver = self._run(self._model(), None, **limits)
        solution, least = solver.getSolution(), float(solver.getInfo().mip_dual_bound)
        found = np.asarray(solution.col_value) if solution.value_valid else np.zeros(self._columns)
        return self._at_a_vertex(found), least

    def _at_a_vertex(self, value: Floats) -> Floats:
        """The best columns of which the integers are as in `value`."""
        model, is_integer = self._model(), np.concatenate(self._is_integer) > 0
        model.integrality_ = []
        model.col_lower_ = np.where(is_integer, np.rint(value), model.col_lower_)
        model.col_upper_ = np.where(is_integer, np.rint(value), model.col_upper_)
        return np.asarray(self._solved(model, solver="simplex").getSolution().col_value)

    def solve_tight(self, start: Floats, broken: Broken, seconds_left: Callable[[], float]) -> Floats:
        """The best columns found among those that the tightened program's relaxation uses and those of `start`, until
        HiGHS ends or no seconds are left; no dearer than `start`, which the rows allow."""
        reserve = min(seconds_left() / 3, _MOST_RESERVED)
        relaxed = self._tighten(broken, lambda: seconds_left() - reserve)
        self._leave_out((relaxed.value < _UNUSED) & (start == 0))
        solver = self._run(self._model(), start, **_TIGHTENED, time_limit=max(seconds_left(), 0.0))
        solution = solver.getSolution()
        return np.asarray(solution.col_value) if solution.value_valid else start

    def relaxed_cost(self) -> float:
        """What it costs at the least, were no column an integer. Raises RuntimeError as `solve` does."""
        model = self._model()
        model.integrality_ = []
        return float(self._solved(model, solver="ipm").getObjectiveValue())

    def proven_cost(self, broken: Broken, below: float, seconds_left: Callable[[], float]) -> float:
        """What it costs at the least, as far as HiGHS proves it while seconds are left: for measuring only. Only what
        costs less than `below` is looked for, so no more than that is proven."""
        relaxed = self._tighten(broken, seconds_left)
        self._leave_out(relaxed.dearer > below - relaxed.cost + _SLACK)
        limits = {"time_limit": max(seconds_left(), 0.0), "objective_bound": below}
        solver = self._run(self._model(), None, **_TO_PROVE, **limits)
        is_none_cheaper = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return below if is_none_cheaper else min(max(float(solver.getInfo().mip_dual_bound), relaxed.cost), below)

    def _solved(self, model: highspy.HighsLp, start: Floats | None = None, **options: bool | float | str) -> Any:
        solver = self._run(model, start, **options)
        if not solver.getSolution().value_valid:
            raise RuntimeError(f"HiGHS found no answer: {solver.modelStatusToString(solver.getModelStatus())}")
        return solver

    def _run(self, model: highspy.HighsLp, start: Floats | None, **options: bool | float | str) -> Any:
        solver = _quiet(**{"mip_rel_gap": _GAP, "mip_max_nodes": _SEARCH_NODES, **options})
        solver.passModel(model)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            solver.setSolution(solution)
        solver.run()
        return solver

    def _model(self) -> highspy.HighsLp:
        row, column, value = (np.concatenate(parts) for parts in zip(*self._entries, strict=True))
        matrix = sparse.csc_matrix((value, (row, column)), shape=(self._rows, self._columns))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_, model.offset_ = self._columns, self._rows, self._constant
        model.col_cost_ = np.concatenate(self._cost)
        model.col_lower_, model.col_upper_ = np.zeros(self._columns), np.concatenate(self._upper)
        model.row_lower_, model.row_upper_ = (np.concatenate(parts) for parts in zip(*self._limits, strict=True))
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[kind] for kind in np.concatenate(self._is_integer)]
        return model


def _quiet(**options: bool | float | str) -> Any:
    # The public class, once made, prints a banner on standard output, which `--json` output must be free of.
    solver = _core._Highs()
    for option, value in {"output_flag": False, "threads": 1, **options}.items():
        solver.setOptionValue(option, value)
    return solver


def _is_solved(solver: Any, seconds: float) -> bool:
    """Solve a linear program in so many seconds; whether that was done."""
    solver.setOptionValue("time_limit", solver.getRunTime() + max(seconds, 0.0))
    solver.run()
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)
