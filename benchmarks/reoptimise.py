"""What deciding anew is worth: days that are run every two hours, told to their places in one wave at the end.

Once lets each run decide what has come since the last one; anew lets it move what no place has been told of yet, too;
hindsight decides a day's orders together, and what is proven of these says how much any method can save. Each day
begins on stock of its own: all nodes together hold 0.85 (scarce), 1.5 (normal) or 4 times (ample) what a day of the
eight weeks before asked for on average, a SKU at two nodes of five. What is left unfilled at the end is lost. The share
of what once costs that the others save, by days.

The assortments of `foresight`: a wholesaler's real orders, by their real hours, of every third day of eight weeks (of
all, half an hour of a processor), and 16 days of a web shop.
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
from oms_core.allocation.sourcing import allocate, cost_of
from oms_core.allocation.stated.decisions import REPLACED, Decision
from oms_core.allocation.stated.problem import OpenLine, Problem, Unreleased
from oms_core.allocation.stated.rules import Reoptimise, Waves
from oms_core.allocation.stated.tables import open_lines
from oms_core.allocation.stated.terms import Terms

_DAYS = {"wholesaler": range(0, 56, 3), "web_shop": range(16)}
_RUN_HOURS = (10, 12, 14, 16, 18, 20)
_PAST_DAYS = 56
_POLICIES = ("once", "anew", "hindsight")
Stock = dict[tuple[str, str], int]


class Day:
    """A day as runs live it: what waits, what is promised and not told, and all that was decided.

    `least`: what no plan of all that the last run looked at costs less than, in minor units.
    """

    def __init__(self, world: World, stock: Stock, is_anew: bool) -> None:
        evening = Waves((time(_RUN_HOURS[-1]),), frozenset(range(7)), None)
        moves = Reoptimise(gain_minor=100, lock_hours=0, lock_days=0, settled_days=3 if is_anew else 0)
        self._world, self._rules = world, replace(world.rules, waves={"*": evening}, reoptimise=moves)
        self.stock, self.decisions = dict(stock), list[Decision]()
        self.least = 0.0
        self._waiting: dict[str, OpenLine] = {}
        self._unreleased: dict[tuple[str, str], Unreleased] = {}

    def run(self, lines: pd.DataFrame, at: datetime) -> None:
        """Decide what has come, with what waits and what may move."""
        come = (*open_lines(lines), *self._waiting.values())
        promised = tuple(self.promised)
        problem = Problem(come, self.stock, self._world.places, self._world.skus, unreleased=promised)
        found = allocate(problem, Terms(self._rules, at, last_run_at=at - timedelta(hours=2)))
        self._waiting, self.least = {}, found.bound_minor or 0.0
        # What ends gives its unit back before another takes it.
        for one in sorted(found.decisions, key=lambda one: one.reason_code != REPLACED):
            self._apply(one)
        self.decisions += found.decisions

    @property
    def promised(self) -> list[Unreleased]:
        """What is promised and not told."""
        return list(self._unreleased.values())

    def _apply(self, one: Decision) -> None:
        if one.location_id is None:
            self._waiting[one.line.order_line_id] = replace(one.line, qty_to_decide=one.quantity)
            return
        key = one.line.order_line_id, one.location_id
        units = one.quantity * (-1 if one.reason_code == REPLACED else 1)
        self.stock[one.line.sku, one.location_id] -= units
        known = self._unreleased.pop(key, None)
        units += known.quantity if known else 0
        if units:
            due = one.release_due_at or (known.release_due_at if known else None)
            self._unreleased[key] = Unreleased(replace(one.line, qty_to_decide=units), one.location_id, due)


def _arrivals(lines: pd.DataFrame, hours: tuple[int, ...]) -> list[tuple[pd.DataFrame, datetime]]:
    """A day's orders by the run, of those at `hours`, that is the first to know them; the last knows all."""
    number = np.minimum(np.searchsorted(hours, lines["hour"], side="right"), len(hours) - 1)
    runs = [FIRST_DAY.replace(hour=hour) for hour in hours]
    return [(lines[number == each].assign(placed_at=at), at) for each, at in enumerate(runs)]


def _stock(world: World, level: str, day: int) -> Stock:
    """What nodes hold in the morning: shares of what a day asks for on average, the rest of a unit by lot."""
    before = world.of(day - _PAST_DAYS, day)
    daily = before.groupby("sku")["qty_to_decide"].sum() / before["day"].nunique()
    names, rng = sorted(world.skus), np.random.default_rng(day)
    share = rng.gamma(1.0, 1.0, (len(names), NODES)) * (rng.random((len(names), NODES)) < 0.4)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    asked = daily.reindex(names, fill_value=0.0).to_numpy()[:, None] * STOCK[level]
    units = np.floor(share * asked + rng.random(share.shape)).astype(int) * (share > 0)
    return {(names[row], f"N{node}"): int(units[row, node]) for row, node in zip(*np.nonzero(units), strict=True)}


def _live(world: World, level: str, day: int, policy: str) -> dict[str, float]:
    lived, lines = Day(world, _stock(world, level, day), is_anew=policy == "anew"), world.of(day, day + 1)
    for come, at in _arrivals(lines, _RUN_HOURS[-1:] if policy == "hindsight" else _RUN_HOURS):
        lived.run(come, at)
    everything = Problem(open_lines(lines), {}, world.places, world.skus)
    cost = cost_of(everything, Terms(world.rules, FIRST_DAY), lived.decisions)
    if cost is None or min(lived.stock.values()) < 0:
        raise ValueError("a plan that the rules or the stock rule out")
    moved = sum(one.reason_code == REPLACED for one in lived.decisions)
    asked = float(lines["qty_to_decide"].sum())
    return {"cost": cost, "least": lived.least, "asked": asked, "moved": float(moved), **_sent(world, lived.promised)}


def _sent(world: World, promised: list[Unreleased]) -> dict[str, float]:
    """Units sent; orders that something was sent of, their parcels, and the days that these are on their way."""
    days = {(rate.sender, rate.to): rate.days for rate in world.rules.parcels}
    parcels = {(one.line.order_ref, one.location_id): one.line.region for one in promised}
    return {
        "sent": float(sum(one.quantity for one in promised)),
        "orders": float(len({order for order, _ in parcels})),
        "parcels": float(len(parcels)),
        "days": float(sum(days[place, str(region)] for (_, place), region in parcels.items())),
    }


def _measure(assortment: str, level: str) -> dict[str, list[dict[str, float]]]:
    world = make_world(assortment)
    days = [day for day in _DAYS[assortment] if len(world.of(day, day + 1))]
    return {policy: [_live(world, level, day, policy) for day in days] for policy in _POLICIES}


def _figures(assortment: str, level: str) -> list[Figure]:
    found = json.loads(run([sys.executable, "-m", "benchmarks.reoptimise", assortment, level]).output.splitlines()[-1])
    frames = {policy: pd.DataFrame(rows) for policy, rows in found.items()}
    once, least = frames["once"]["cost"].to_numpy(), frames["hindsight"]["least"].to_numpy()
    possible = 100 * (1 - least.sum() / once.sum())
    draws = np.random.default_rng(0).integers(0, len(once), (BOOTSTRAPS, len(once)))
    figures = []
    for policy in _POLICIES[1:]:
        cost = frames[policy]["cost"].to_numpy()
        low, high = np.percentile([100 * (1 - cost[days].sum() / once[days].sum()) for days in draws], [5, 95])
        note = (
            f"90 % of bootstraps {low:.1f} to {high:.1f}; no method saves more than {possible:.2f} %; "
            f"dearer on {(cost > once + 1).sum()} of {len(once)} days; "
            f"{frames[policy]['moved'].sum():.0f} moves; {_served(frames[policy])}; once: {_served(frames['once'])}"
        )
        goal = "≥ 5 %" if policy == "anew" else ""
        saved = round(100 * (1 - cost.sum() / once.sum()), 2)
        figures.append(Figure(f"reoptimise.{assortment}.{level}.{policy}", saved, "%", note, None, goal))
    return figures


def _served(days: pd.DataFrame) -> str:
    total = days.sum()
    return (
        f"fill {total['sent'] / total['asked']:.3f}, {total['parcels'] / total['orders']:.2f} parcels an order, "
        f"{total['days'] / total['parcels']:.2f} days on their way"
    )


def reoptimise(_folder: Path) -> list[Figure]:
    """What deciding anew saves of the cost of deciding once, stock ample, normal and scarce."""
    return [figure for assortment in _DAYS for level in STOCK for figure in _figures(assortment, level)]


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))
