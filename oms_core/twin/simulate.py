"""The demo network's days: a history in one go, then one day at a time, answering our export documents.

Belongs here: the order in which things happen on a day, and what is written when.
Does not belong here: what happens (`orders`, `store_sales`, `shipping`, `replenish`, `ordered`,
`stocktake`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from oms_core.arrays import Ints
from oms_core.twin.book import DayBook
from oms_core.twin.clock import DayClock, each_day, period_end
from oms_core.twin.demand import DayDemand, draw_demand
from oms_core.twin.files import PeriodFiles
from oms_core.twin.masters import plan_promotions, state_masters
from oms_core.twin.network import Network, build_network
from oms_core.twin.ordered import send_as_ordered, take_orders
from oms_core.twin.orders import change_orders, place_marketplace_orders, place_web_orders
from oms_core.twin.replenish import (
    first_state,
    learn,
    open_stock,
    order_from_suppliers,
    receive,
    send_to_stores,
    top_up_drop_shippers,
)
from oms_core.twin.shipping import Export, answer_exports, deliver, inspect, ship_history, take_back
from oms_core.twin.spec import NetworkSpec, TwinHome
from oms_core.twin.state import NetworkState, has_state, load_state, save_state
from oms_core.twin.stocktake import count_stock, lose_and_damage
from oms_core.twin.store_sales import sell_in_stores, take_back_in_stores
from oms_core.twin.truth import PeriodTruth, write_items

#: Called with the days done and the days in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class TwinReport:
    """What a simulation wrote: days (both included), files, order lines first stated, shipped lines."""

    first_day: date
    last_day: date
    file_count: int
    order_line_count: int
    shipped_line_count: int


def simulate_history(
    spec: NetworkSpec, home: TwinHome, end: date | None = None, progress: Progress | None = None
) -> TwinReport:
    """Write every counterpart's files from the spec's first day to `end` (default: the spec's last).

    Memory holds a day, not the history. Raises FileExistsError where a history was simulated before, and
    ValueError where `end` lies before the first day.
    """
    last = end or spec.history_end
    first = spec.history_start
    if last < first:
        raise ValueError(f"the history begins on {first}: it cannot end on {last}")
    if has_state(home.state_dir):
        raise FileExistsError(f"{home.state_dir} already holds a simulated network")
    network = build_network(spec)
    write_items(network, home.truth_dir)
    state = first_state(network, first)
    report = TwinReport(first, last, 0, 0, 0)
    period = _Period(network, home, period_end(first, last, spec.daily_file_days))
    for done, day in enumerate(each_day(first, last)):
        if day > period.end:
            report = period.close(report)
            period = _Period(network, home, period_end(day, last, spec.daily_file_days))
        report = period.run(state, day, None, report)
        if progress is not None:
            progress(done + 1, (last - first).days + 1)
    report = period.close(report)
    save_state(state, home.state_dir, fingerprint(spec))
    return report


def simulate_day(
    spec: NetworkSpec, home: TwinHome, day: date, exports: Sequence[Export], orders: Sequence[Export] | None = None
) -> TwinReport:
    """Simulate the day after the last one, in which the nodes ship what `exports` ask for, each document once.

    `orders`: our purchase and transfer orders, which suppliers and stores go by; None: buyers go on as in history.

    A day that was simulated before is left as it is. Raises FileNotFoundError without a history, ValueError for a
    day further ahead, for a document of an unknown location or SKU, or where the state is another spec's.
    """
    state = load_state(home.state_dir, fingerprint(spec))
    if day <= state.day:
        return TwinReport(day, day, 0, 0, 0)
    if day != state.day + timedelta(days=1):
        raise ValueError(
            f"the network stands at {state.day}: the next day is {state.day + timedelta(days=1)}, not {day}"
        )
    period = _Period(build_network(spec), home, day)
    report = period.run(state, day, exports, TwinReport(day, day, 0, 0, 0), orders)
    report = period.close(report)
    save_state(state, home.state_dir, fingerprint(spec))
    return report


def last_simulated_day(spec: NetworkSpec, home: TwinHome) -> date | None:
    """The day the network stands at; None where no history was simulated."""
    return load_state(home.state_dir, fingerprint(spec)).day if has_state(home.state_dir) else None


def fingerprint(spec: NetworkSpec) -> str:
    """What ties a state to its spec."""
    return hashlib.sha256(repr(spec).encode()).hexdigest()[:16]


class _Period:
    """The open files of one period."""

    def __init__(self, network: Network, home: TwinHome, end: date) -> None:
        self.end, self._network = end, network
        name, spec = end.isoformat(), network.spec
        key = end.toordinal() + spec.seed
        self._files = PeriodFiles(home.inbox, name, has_dirt=spec.has_dirt, resent_key=key)
        self._truth = PeriodTruth(home.truth_dir, name, network)

    def run(
        self,
        state: NetworkState,
        day: date,
        exports: Sequence[Export] | None,
        report: TwinReport,
        orders: Sequence[Export] | None = None,
    ) -> TwinReport:
        book = DayBook(DayClock(day, self._network.spec.timezone))
        demand, lost = run_day(self._network, state, book, exports, orders)
        self._files.write(state, book)
        self._truth.write(state, book, demand, lost)
        lines = report.order_line_count + book.order_line_count
        return replace(
            report, order_line_count=lines, shipped_line_count=report.shipped_line_count + book.shipped_line_count
        )

    def close(self, report: TwinReport) -> TwinReport:
        self._files.close()
        self._truth.close(self._files.dirt)
        return replace(report, file_count=report.file_count + self._files.file_count)


def run_day(
    network: Network,
    state: NetworkState,
    book: DayBook,
    exports: Sequence[Export] | None,
    orders: Sequence[Export] | None = None,
) -> tuple[DayDemand, Ints]:
    """Let one day happen. `exports` None: history, in which the twin chooses the nodes itself; `orders` None: its
    buyers buy and send.

    Returns the true demand and the units that stores lost, cell × SKU [C, S].
    """
    if book.clock.day == network.spec.history_start:
        state_masters(network, book)
        open_stock(network, state, book)
    plan_promotions(network, book)
    if orders is not None:
        take_orders(network, state, orders, book)
    receive(network, state, book)
    top_up_drop_shippers(network, state, book)
    if exports is None:
        ship_history(network, state, book)
    else:
        answer_exports(network, state, exports, book)
    demand = draw_demand(network, book.clock.day)
    place_web_orders(network, state, demand, book)
    place_marketplace_orders(network, state, demand, book)
    lost = sell_in_stores(network, state, demand, book)
    deliver(state, book)
    inspect(network, state, book)
    take_back(network, state, book)
    take_back_in_stores(network, state, book)
    if orders is None:
        send_to_stores(network, state, book)
        order_from_suppliers(network, state, book)
    else:
        send_as_ordered(network, state, orders, book)
    change_orders(network, state, book)
    lose_and_damage(network, state, book)
    count_stock(network, state, book)
    _learn(network, state, demand)
    _close_day(state, book)
    return demand, lost


def _learn(network: Network, state: NetworkState, demand: DayDemand) -> None:
    wanted = np.zeros(network.line_rate.shape, dtype=np.int64)
    np.add.at(wanted, (demand.cell, demand.sku), demand.quantity)
    learn(network, state, wanted)


def _close_day(state: NetworkState, book: DayBook) -> None:
    if (state.on_hand < 0).any() or (state.blocked < 0).any():
        raise AssertionError(f"{book.clock.day}: stock below zero in the simulated network")
    state.agenda.pop(book.clock.ordinal, None)
    state.day = book.clock.day
