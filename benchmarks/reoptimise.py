"""What deciding anew is worth: a web shop's days, run every two hours, told to its places in one wave at the end.

Once decides each order when it comes; anew lets each run move what no place has been told of yet; hindsight decides a
day's orders together. Each day begins on stock of its own: all nodes together hold 0.85 (scarce), 1.5 (normal) or 4
times (ample) what a day asks for on average, a SKU at two nodes of five. What is left unfilled at the end is lost.
The share of what once costs that the others save, by days.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.foresight import BOOTSTRAPS, FIRST_DAY, NODES, World, make_world
from benchmarks.measure import Figure, run
from benchmarks.sourcing import STOCK
from oms_core.allocation.decisions import REPLACED, Decision
from oms_core.allocation.problem import OpenLine, Problem, Unreleased, open_lines
from oms_core.allocation.rules import Reoptimise, Waves
from oms_core.allocation.sourcing import allocate, cost_of
from oms_core.allocation.terms import Terms

_DAYS, _RUNS, _EVENING = 16, 6, 20
_POLICIES = ("once", "anew", "hindsight")
Stock = dict[tuple[str, str], int]


class Day:
    """A day as runs live it: what waits, what is promised and not told, and all that was decided."""

    def __init__(self, world: World, stock: Stock, is_anew: bool) -> None:
        evening = Waves((time(_EVENING),), frozenset(range(7)), None)
        moves = Reoptimise(gain_minor=100, lock_hours=0, lock_days=0, settled_days=3 if is_anew else 0)
        self._world, self._rules = world, replace(world.rules, waves={"*": evening}, reoptimise=moves)
        self.stock, self.decisions = dict(stock), list[Decision]()
        self._waiting: dict[str, OpenLine] = {}
        self._unreleased: dict[tuple[str, str], Unreleased] = {}

    def run(self, lines: pd.DataFrame, at: datetime) -> None:
        """Decide what has come, with what waits and what may move."""
        come = (*open_lines(lines), *self._waiting.values())
        promised = tuple(self._unreleased.values())
        problem = Problem(come, self.stock, self._world.places, self._world.skus, unreleased=promised)
        found = allocate(problem, Terms(self._rules, at, last_run_at=at - timedelta(hours=2)))
        self._waiting = {}
        # What ends gives its unit back before another takes it.
        for one in sorted(found.decisions, key=lambda one: one.reason_code != REPLACED):
            self._apply(one)
        self.decisions += found.decisions

    def _apply(self, one: Decision) -> None:
        if one.location_id is None:
            self._waiting[one.line.order_line_id] = replace(one.line, qty_to_decide=one.quantity)
            return
        key, units = (
            (one.line.order_line_id, one.location_id),
            one.quantity * (-1 if one.reason_code == REPLACED else 1),
        )
        self.stock[one.line.sku, one.location_id] -= units
        known = self._unreleased.pop(key, None)
        units += known.quantity if known else 0
        if units:
            due = one.release_due_at or (known.release_due_at if known else None)
            self._unreleased[key] = Unreleased(replace(one.line, qty_to_decide=units), one.location_id, due)


def _arrivals(world: World, day: int, runs: int) -> list[tuple[pd.DataFrame, datetime]]:
    """A day's orders by the run that is the first to know them, and its hour."""
    lines = world.of(day, day + 1)
    orders = lines["order_ref"].unique()
    first = dict(zip(orders, np.random.default_rng(day).integers(0, runs, len(orders)), strict=True))
    hours = [FIRST_DAY.replace(hour=_EVENING) - timedelta(hours=2 * (runs - 1 - number)) for number in range(runs)]
    number = lines["order_ref"].map(first)
    return [(lines[number == each].assign(placed_at=at), at) for each, at in enumerate(hours)]


def _stock(world: World, level: str, day: int) -> Stock:
    """What nodes hold in the morning: shares of what a day asks for on average, the rest of a unit by lot."""
    before = world.lines[world.lines["day"] < 0]
    daily = before.groupby("sku")["qty_to_decide"].sum() / before["day"].nunique()
    names, rng = sorted(world.skus), np.random.default_rng(day)
    share = rng.gamma(1.0, 1.0, (len(names), NODES)) * (rng.random((len(names), NODES)) < 0.4)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    asked = daily.reindex(names, fill_value=0.0).to_numpy()[:, None] * STOCK[level]
    units = np.floor(share * asked + rng.random(share.shape)).astype(int) * (share > 0)
    return {(names[row], f"N{node}"): int(units[row, node]) for row, node in zip(*np.nonzero(units), strict=True)}


def _live(world: World, level: str, day: int, policy: str) -> dict[str, float]:
    lived = Day(world, _stock(world, level, day), is_anew=policy == "anew")
    for lines, at in _arrivals(world, day, 1 if policy == "hindsight" else _RUNS):
        lived.run(lines, at)
    everything = Problem(open_lines(world.of(day, day + 1)), {}, world.places, world.skus)
    cost = cost_of(everything, Terms(world.rules, FIRST_DAY), lived.decisions)
    if cost is None or min(lived.stock.values()) < 0:
        raise ValueError("a plan that the rules or the stock rule out")
    sent = sum(one.quantity * {"allocated": 1, "expired": -1}.get(one.decision, 0) for one in lived.decisions)
    moved = sum(one.reason_code == REPLACED for one in lived.decisions)
    return {"cost": cost, "sent": float(sent), "moved": float(moved)}


def _measure(level: str) -> dict[str, list[dict[str, float]]]:
    world = make_world("web_shop")
    return {policy: [_live(world, level, day, policy) for day in range(_DAYS)] for policy in _POLICIES}


def _figures(level: str) -> list[Figure]:
    found = json.loads(run([sys.executable, "-m", "benchmarks.reoptimise", level]).output.splitlines()[-1])
    frames = {policy: pd.DataFrame(rows) for policy, rows in found.items()}
    once = frames["once"]["cost"].to_numpy()
    draws = np.random.default_rng(0).integers(0, len(once), (BOOTSTRAPS, len(once)))
    figures = []
    for policy in _POLICIES[1:]:
        cost, frame = frames[policy]["cost"].to_numpy(), frames[policy]
        low, high = np.percentile([100 * (1 - cost[days].sum() / once[days].sum()) for days in draws], [5, 95])
        note = (
            f"90 % of bootstraps {low:.1f} to {high:.1f}; dearer on {(cost > once + 1).sum()} of {_DAYS} days; "
            f"{frame['moved'].sum():.0f} moves; {frame['sent'].sum() / frames['once']['sent'].sum():.3f} of its units"
        )
        goal = "≥ 5 %" if policy == "anew" else ""
        saved = round(100 * (1 - cost.sum() / once.sum()), 2)
        figures.append(Figure(f"reoptimise.{level}.{policy}", saved, "%", note, None, goal))
    return figures


def reoptimise(_folder: Path) -> list[Figure]:
    """What deciding anew saves of the cost of deciding once, stock ample, normal and scarce."""
    return [figure for level in STOCK for figure in _figures(level)]


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))
