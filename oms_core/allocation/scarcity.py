"""What units are worth to the orders to come, in the mean of sampled futures.

A future is a stretch of past days' orders that come again from tomorrow on, beside what is open today. What stock is
worth in each (`optimiser.prices`), on average, is what giving a unit away now costs: prices from a few samples of
demand, made anew each run, as in Acimovic & Graves (2015), Manufacturing & Service Operations Management 17(1). They
say from which place a unit goes; whether it should go at all, what all units of the SKU are worth (`wanted`).

Belongs here: the futures, and their prices. Does not belong here: reading past orders
(`pipelines.fulfilment.ground`), how much scarcity counts (`rules`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from oms_core.allocation.costed.costs import UNLIMITED, CostedProblem
from oms_core.allocation.costed.wanted import saved
from oms_core.allocation.solvers.optimiser.prices import find_prices
from oms_core.allocation.stated.keeping import withhold
from oms_core.allocation.stated.problem import Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.allocation.stated.tables import open_lines
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.worth import Worth, mean_worth

_FUTURES = 6
_ROUNDS = 40
#: Lines of a future: what is priced in a second or two. Where more would come, it ends on an earlier day.
_MOST_LINES = 20_000


@dataclass(frozen=True)
class Past:
    """Orders that have come, of SKUs that something is to be decided about.

    `lines`: the columns of `int_open_order_lines` that a problem reads, with the ordered quantity as the one to decide;
    `days_ago` of their business day (0: today's); `horizon_days`, the days from tomorrow to their SKU's next supply;
    `is_walk_in`, and `qty_protected`, what their location keeps back for such (base units). `days_known`: how many days
    ago the first order of all came.
    """

    lines: pd.DataFrame
    days_known: int


def look_ahead(
    problem: Problem, past: Past, terms: Terms, seconds_left: Callable[[], float] = lambda: math.inf
) -> Terms:
    """The terms with what units are worth: minor units a unit, by SKU and location, where it is more than nothing, and
    all units of a SKU together; as they are where the past is too short, or where there is no
    place yet.

    Weekdays come again as weekdays. Deterministic while there are `seconds_left`; then the prices found so far count.
    """
    if not problem.locations:
        return terms
    total: Counter[tuple[str, str]] = Counter()
    futures = [_orders_of(future, number) for number, future in enumerate(_futures(past))]
    today, blind = withhold(problem, terms.rules), replace(terms, scarcity={}, worth={})
    come: list[pd.DataFrame] = []
    for number, lines in enumerate(futures):
        world = replace(today, lines=(*today.lines, *open_lines(lines)), expiring=())
        costed, shares = CostedProblem(world, blind), _shares_of_waiting(lines, terms.rules)
        total.update(_prices(costed, shares, seconds_left))
        come.append(_lines_to_come(costed, shares).assign(future=number))
    prices = {place: price / len(futures) for place, price in total.items() if price > 0}
    return replace(terms, scarcity=prices, worth=_worth(come))


def _lines_to_come(costed: CostedProblem, share_of: Mapping[str, float]) -> pd.DataFrame:
    """SKU, quantity and what serving it saves, of each line of the future that it pays to serve."""
    shares = np.array([share_of.get(group.lines[0].order_line_id, 0.0) for group in costed.groups])
    model = replace(costed.model, unfilled_cost=costed.model.unfilled_cost * shares)
    saves = saved(model, np.array([at.ships_orders for at in costed.locations], dtype=bool))
    skus = [group.sku for group in costed.groups]
    lines = pd.DataFrame({"sku": skus, "quantity": model.quantity, "saves": saves})
    return lines[(shares > 0) & (saves > 0)]


def _worth(come: list[pd.DataFrame]) -> dict[str, Worth]:
    if not come:
        return {}
    return {
        str(sku): mean_worth(
            lines["quantity"].to_numpy(), lines["saves"].to_numpy(), lines["future"].to_numpy(), len(come)
        )
        for sku, lines in pd.concat(come).groupby("sku")
    }


def _shares_of_waiting(future: pd.DataFrame, rules: Rules) -> dict[str, float]:
    """What leaving a line until its SKU's next supply costs, to a line of today: it would wait for fewer days."""
    rate = rules.unfilled.per_day_waiting
    waits = 1 + rate * (future["horizon_days"] - future["day"])
    return dict(zip(future["order_line_id"], waits / (1 + rate * future["horizon_days"]), strict=True))


def _prices(
    costed: CostedProblem, share_of: Mapping[str, float], seconds_left: Callable[[], float]
) -> dict[tuple[str, str], float]:
    shares = [share_of.get(group.lines[0].order_line_id, 1.0) for group in costed.groups]
    # What a place can pack in a run says nothing of the days to come.
    parcels = np.full(costed.model.nodes, UNLIMITED)
    model = replace(costed.model, parcels=parcels, unfilled_cost=costed.model.unfilled_cost * np.array(shares))
    unit = find_prices(model, _ROUNDS, lambda: seconds_left() > 0).prices.unit
    places = [location.location_id for location in costed.locations]
    priced = zip(*np.nonzero(unit), strict=True)
    return {(costed.skus[row], places[node]): float(unit[row, node]) for row, node in priced}


def _futures(past: Past) -> Iterator[pd.DataFrame]:
    """Stretches of the past, each a week earlier than the one before, with the `day` from today on which lines come."""
    if past.lines.empty or not past.lines["horizon_days"].any():
        return
    weeks = -(-int(past.lines["horizon_days"].max()) // 7)
    for back in range(weeks * 7, min((weeks + _FUTURES) * 7, past.days_known + 1), 7):
        lines = past.lines.assign(day=back - past.lines["days_ago"])
        lines = lines[lines["day"].between(1, lines["horizon_days"])]
        yield _beyond_protection(_shortened(lines.sort_values(["day", "order_line_id"], kind="stable")))


def _shortened(lines: pd.DataFrame) -> pd.DataFrame:
    """The first days of a future that has too many lines; never less than one."""
    if len(lines) <= _MOST_LINES:
        return lines
    last = max(int(lines["day"].iloc[_MOST_LINES]) - 1, int(lines["day"].iloc[0]))
    return lines[lines["day"] <= last]


def _beyond_protection(lines: pd.DataFrame) -> pd.DataFrame:
    """The same, with of walk-in sales only what their location's safety stock will not serve."""
    walk_in = lines[lines["is_walk_in"]]
    asked = walk_in.groupby(["sku", "location_id"], dropna=False)["qty_to_decide"].cumsum()
    beyond = (asked - walk_in["qty_protected"]).clip(0, walk_in["qty_to_decide"])
    quantity = lines["qty_to_decide"].astype("int64").copy()
    quantity[walk_in.index] = beyond.astype("int64")
    return lines.assign(qty_to_decide=quantity)[quantity > 0]


def _orders_of(future: pd.DataFrame, number: int) -> pd.DataFrame:
    """The same, under names that no order of today has."""
    order = future.groupby(["channel_id", "order_ref"]).ngroup().astype(str)
    row = pd.Series(np.arange(len(future)).astype(str), future.index)
    return future.assign(order_ref=f"future {number} " + order, order_line_id=f"future {number} " + row)
