"""What looking ahead is worth: eight weeks of orders, each on the stock of its Monday, decided a day at a time.

Myopic decides each day as if it were the last; the product adds what a unit is worth to the orders to come
(`allocation.scarcity`), known only from the orders of the weeks before: ahead as a new home's rules do, holding_back
with `hold_back_weight: 1`; hindsight decides a week's orders at once. What is left unfilled is lost.
The share of the gap between myopic and hindsight that the product closes: below zero, looking ahead costs.

Two assortments of 150 SKUs at eight nodes in as many regions: a wholesaler's real orders (UCI Online Retail), and a
web shop's (1.7 lines each, 150 a day). A SKU lies at two nodes of five; all nodes together hold, of the mean demand of
the weeks before, 0.85 (scarce), 1.5 (normal) or 4 weeks (ample).
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measure import Figure, run
from benchmarks.panels import online_retail_source
from benchmarks.sourcing import STOCK
from oms_core.allocation.scarcity import Past, look_ahead
from oms_core.allocation.sourcing import Allocation, allocate, cost_of
from oms_core.allocation.stated.problem import Location, Problem
from oms_core.allocation.stated.rules import Rules, read_rules
from oms_core.allocation.stated.tables import open_lines
from oms_core.allocation.stated.terms import Terms

NODES, _SKUS, _PAST_WEEKS, _WEEKS = 8, 150, 8, 8
FIRST_DAY = datetime(2011, 8, 1, tzinfo=UTC)  # a Monday: eight weeks later the stored history ends
BOOTSTRAPS = 2_000

_REAL_ORDERS = """
    select "InvoiceNo" as order_ref, "StockCode" as sku, sum("Quantity")::bigint as qty_to_decide,
           min("InvoiceDate")::date as day, hour(min("InvoiceDate")) as hour,
           (hash(any_value("CustomerID")) % $nodes)::bigint as region
    from read_csv($files, all_varchar = false, types = {'InvoiceNo': 'varchar', 'StockCode': 'varchar'})
    where "CustomerID" is not null and "Quantity" > 0 and "UnitPrice" > 0 and "StockCode" similar to '[0-9]{5}[A-Za-z]*'
    group by 1, 2
    order by 4, 1, 2"""


@dataclass(frozen=True)
class World:
    """Order lines with the `day` (0: the first that is decided) and the `hour` they came in, places, and the rules."""

    lines: pd.DataFrame
    places: tuple[Location, ...]
    rules: Rules

    @property
    def skus(self) -> frozenset[str]:
        """All SKUs that were ever ordered."""
        return frozenset(self.lines["sku"])

    def of(self, first: int, last: int) -> pd.DataFrame:
        """Lines from one day up to, not with, another."""
        return self.lines[self.lines["day"].between(first, last - 1)]


def make_world(assortment: str) -> World:
    rng = np.random.default_rng(7)
    site = rng.random((NODES, 2))
    distance = np.linalg.norm(site[:, None] - site[None], axis=2)
    rates = "\n".join(
        f"  - {{from: N{a}, to: R{b}, minor: {400 + round(900 * distance[a, b])}, days: {1 + int(3 * distance[a, b])}}}"
        for a in range(NODES)
        for b in range(NODES)
    )
    # What is left is lost: whether it comes early or late in the week makes no difference.
    rules = read_rules(f"parcels:\n{rates}\neffort: {{rounds: 10, seconds: 60}}\nunfilled: {{per_day_waiting: 0}}\n")
    places = tuple(Location(f"N{node}", "warehouse", f"R{node}", True, node + 1) for node in range(NODES))
    lines = _wholesaler() if assortment == "wholesaler" else _web_shop()
    names = lines["order_ref"].astype(str) + ":" + lines["sku"]
    whole = lines.assign(
        order_line_id=names, channel_id="web", line_ref=lines["sku"], ship_to_region="R" + lines["region"].astype(str),
        location_id=None, priority=3, placed_at=FIRST_DAY, is_held=False, is_held_by_desk=False,
        is_assigned_by_desk=False, fulfilment_method="ship", customer_group=None, promised_date=None, is_walk_in=False,
        qty_protected=0,
    )  # fmt: skip
    return World(whole, places, rules)


def _wholesaler() -> pd.DataFrame:
    files = [str(path) for path in sorted(online_retail_source().glob("*.csv"))]
    lines: pd.DataFrame = duckdb.execute(_REAL_ORDERS, {"files": files, "nodes": NODES}).df()
    lines = lines.assign(day=(lines["day"] - FIRST_DAY.replace(tzinfo=None)).dt.days)
    # Ordered most often before the first day; with all 3,000, hindsight alone takes an hour.
    often = lines.loc[lines["day"] < 0, "sku"].value_counts().index[:_SKUS]
    return lines[lines["sku"].isin(often)]


def _web_shop(orders_a_day: int = 150) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    orders = orders_a_day * 7 * (_PAST_WEEKS + _WEEKS)
    count = np.minimum(rng.geometric(1 / 1.73, orders), 12)
    popularity = np.arange(1, _SKUS + 1) ** -0.8
    order = np.repeat(np.arange(orders), count)
    pairs = np.unique(order * _SKUS + rng.choice(_SKUS, count.sum(), p=popularity / popularity.sum()))
    order, sku = np.divmod(pairs, _SKUS)
    return pd.DataFrame({
        "order_ref": order.astype(str), "sku": [f"S{number:03d}" for number in sku],
        "qty_to_decide": np.minimum(rng.geometric(0.75, len(sku)), 6), "day": order // orders_a_day - 7 * _PAST_WEEKS,
        "region": rng.choice(NODES, orders, p=rng.dirichlet(np.full(NODES, 3.0)))[order],
        "hour": rng.integers(8, 20, orders)[order],
    })  # fmt: skip


def _stock(world: World, level: str, monday: int) -> dict[tuple[str, str], int]:
    """What nodes hold on a Monday: shares of the mean week before it, the same nodes every week."""
    before = world.of(monday - 7 * _PAST_WEEKS, monday)
    weekly = before.groupby("sku")["qty_to_decide"].sum() / _PAST_WEEKS
    names = sorted(world.skus)
    rng = np.random.default_rng(1)
    share = rng.gamma(1.0, 1.0, (len(names), NODES)) * (rng.random((len(names), NODES)) < 0.4)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    units = np.floor(share * weekly.reindex(names, fill_value=0.0).to_numpy()[:, None] * STOCK[level] + 0.5)
    return {(names[row], f"N{node}"): int(units[row, node]) for row, node in zip(*np.nonzero(units), strict=True)}


def _decide(
    world: World, stock: dict[tuple[str, str], int], lines: pd.DataFrame, past: Past | None, hold_back: float = 0.0
) -> Allocation:
    terms = Terms(replace(world.rules, hold_back_weight=hold_back), FIRST_DAY)
    problem = Problem(open_lines(lines), stock, world.places, world.skus)
    if past is not None:
        terms = look_ahead(problem, past, terms)
    return allocate(problem, terms)


def _past(world: World, day: int) -> Past:
    """What is known at the end of a day: orders of the weeks before and its own, and that stock comes on Monday."""
    known = world.of(day - 7 * (_PAST_WEEKS - 1), day + 1)
    today = set(world.of(day, day + 1)["sku"])
    known = known[known["sku"].isin(today)]
    return Past(known.assign(days_ago=day - known["day"], horizon_days=6 - day % 7), day + 7 * _PAST_WEEKS)


def _lived(world: World, level: str, week: int, hold_back: float | None) -> dict[str, float]:
    """A week decided a day at a time; `hold_back` None: each day as if it were the last."""
    stock, days = _stock(world, level, 7 * week), []
    for day in range(7 * week, 7 * week + 7):
        lines = world.of(day, day + 1)
        past = None if hold_back is None else _past(world, day)
        found = _decide(world, stock, lines, past, hold_back or 0.0)
        days.append(_figures_of(world, lines, found))
        for one in found.decisions:
            if one.location_id is not None:
                stock[one.line.sku, one.location_id] -= one.quantity
    return {str(name): float(value) for name, value in pd.DataFrame(days).sum().items()}


def _foreseen(world: World, level: str, week: int) -> dict[str, float]:
    """The same week decided at once."""
    lines = world.of(7 * week, 7 * week + 7)
    return _figures_of(world, lines, _decide(world, _stock(world, level, 7 * week), lines, None))


def _figures_of(world: World, lines: pd.DataFrame, found: Allocation) -> dict[str, float]:
    """Cost by the rules alone; units asked for and sent; orders that something was sent of, and their parcels."""
    problem = Problem(open_lines(lines), {}, world.places, world.skus)
    cost = cost_of(problem, Terms(world.rules, FIRST_DAY), found.decisions)
    if cost is None:
        raise ValueError("something was sent that no rate is for")
    sent = [one for one in found.decisions if one.decision == "allocated"]
    return {
        "cost": cost,
        "asked": float(lines["qty_to_decide"].sum()),
        "sent": float(sum(one.quantity for one in sent)),
        "orders": float(len({one.line.order_ref for one in sent})),
        "parcels": float(found.parcels),
    }


def _measure(assortment: str, level: str) -> dict[str, list[dict[str, float]]]:
    world = make_world(assortment)
    weeks = range(_WEEKS)
    return {
        "myopic": [_lived(world, level, week, None) for week in weeks],
        "ahead": [_lived(world, level, week, 0.0) for week in weeks],
        "holding_back": [_lived(world, level, week, 1.0) for week in weeks],
        "hindsight": [_foreseen(world, level, week) for week in weeks],
    }


def _share_closed(cost: dict[str, np.ndarray], name: str, weeks: np.ndarray) -> float:
    myopic, lived, hindsight = (cost[each][weeks].sum() for each in ("myopic", name, "hindsight"))
    return float(100 * (myopic - lived) / (myopic - hindsight))


def _figures(assortment: str, level: str, goal: str) -> list[Figure]:
    found = json.loads(run([sys.executable, "-m", "benchmarks.foresight", assortment, level]).output.splitlines()[-1])
    frames = {name: pd.DataFrame(rows) for name, rows in found.items()}
    cost = {name: frame["cost"].to_numpy() for name, frame in frames.items()}
    rng = np.random.default_rng(0)
    draws = rng.integers(0, _WEEKS, (BOOTSTRAPS, _WEEKS))
    notes = {
        name: f"cost {frame['cost'].sum() / 100:,.0f}, fill {frame['sent'].sum() / frame['asked'].sum():.3f}, "
        f"{frame['parcels'].sum() / frame['orders'].sum():.2f} parcels an order"
        for name, frame in frames.items()
    }
    figures = []
    for name in ("ahead", "holding_back"):
        low, high = np.percentile([_share_closed(cost, name, weeks) for weeks in draws], [5, 95])
        others = "; ".join(f"{other}: {notes[other]}" for other in ("myopic", "hindsight"))
        note = f"90 % of bootstraps {low:.0f} to {high:.0f}; {notes[name]}; {others}"
        closed = round(_share_closed(cost, name, np.arange(_WEEKS)), 1)
        figures.append(Figure(f"foresight.{assortment}.{level}.{name}", closed, "%", note, None, goal))
    return figures


def foresight(_folder: Path) -> list[Figure]:
    """The share of the gap between myopic and hindsight that the product's prices close, over eight weeks."""
    goals = dict(zip(STOCK, ("", "≥ 40 %", "≥ 50 %"), strict=True))
    return [
        figure
        for assortment in ("wholesaler", "web_shop")
        for level in STOCK
        for figure in _figures(assortment, level, goals[level])
    ]


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))
