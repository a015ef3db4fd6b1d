"""The supply side of a real channel that states none: opening stock, purchase orders, receipts, shipments.

Belongs here: what one distribution centre and its suppliers would state for the demand they see.
Does not belong here: the demo network (`simulate`). Nothing of a day depends on demand after it, so that running
a year at once or a day at a time writes the same files.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from oms_core.arrays import Floats, Ints
from oms_core.twin.book import stock_movement
from oms_core.twin.clock import DayClock, each_day
from oms_core.twin.files import CsvSink
from oms_core.twin.spec import SupplySpec
from oms_core.twin.streams import Stream, stream
from oms_core.twin.supply_input import KnownDemand, known_demand
from oms_core.twin.supply_orders import OpenLines
from oms_core.twin.supply_products import Assortment, Rows, invent_suppliers, state_static, supplier_of
from oms_core.twin.wire import CSV_FEEDS

SMOOTHING = 0.08
#: A single order of more than this many usual days says nothing about tomorrow's demand.
_OUTLIER_MEANS, _OUTLIER_UNITS = 6.0, 60.0
#: Opening stock in units of the first day's demand, and the most that it may exceed it by.
_OPENING_COVER, _OPENING_MOST, _OPENING_LEAST = (6.0, 14.0), 3000, 24
_RECEIVES_AT, _FINDS_AT, _SHIPS_AT, _ORDERS_AT = 5 * 3600, 5 * 3600 + 1800, 6 * 3600, 22 * 3600


@dataclass(frozen=True)
class _Purchase:
    """A purchase order on its way; `due` is the ordinal of its real arrival."""

    ref: str
    supplier: int
    skus: Ints
    quantity: Ints
    ordered: date
    promised: date
    due: int


def simulate_supply(
    lines: pd.DataFrame,
    adjustments: pd.DataFrame,
    movements: pd.DataFrame,
    until: date,
    spec: SupplySpec,
    inbox: Path,
    already_written_until: date | None = None,
) -> None:
    """Write what supply states for the demand known by `until`, a file a day and record type.

    `lines`, `adjustments`, `movements`: landed `order_lines`, `order_adjustments`, `stock_movements` from the first
    day on (`known_at` is used where it is there). Days up to `already_written_until` are gone through, not written.
    """
    demand = known_demand(lines, adjustments, movements, until, spec)
    if len(demand.skus) == 0:
        return
    first = date.fromordinal(int(demand.first_day.min()))
    simulation = _Supply(spec, demand, first)
    for day in each_day(first, until):
        is_stated = already_written_until is None or day > already_written_until
        rows = simulation.run(DayClock(day, spec.timezone), is_stated=is_stated)
        if is_stated:
            _write(inbox, day, rows)


def _write(inbox: Path, day: date, rows: Rows) -> None:
    for feed, part in rows.items():
        if not part:
            continue
        stem, columns, delimiter = CSV_FEEDS[feed]
        sink = CsvSink(inbox / feed / f"{stem}_{day.isoformat()}.csv", columns, delimiter)
        sink.append(part)
        sink.close()


class _Supply:
    """The distribution centre. Arrays are by SKU, in the order of `KnownDemand.skus`."""

    def __init__(self, spec: SupplySpec, demand: KnownDemand, first: date) -> None:
        self.spec, self.demand, self.first = spec, demand, first
        self.suppliers = invent_suppliers(spec)
        self.assortment = Assortment(spec)
        count = len(demand.skus)
        self.supplier = np.array([supplier_of(spec, sku) for sku in demand.skus], dtype=np.int64)
        self.lead = np.array([s.lead_time_days for s in self.suppliers])[self.supplier]
        self.spread = self.lead * np.array([s.lead_time_cv for s in self.suppliers])[self.supplier]
        self.on_hand, self.on_order = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        self.mean, self.variance = np.zeros(count), np.zeros(count)
        self.open = OpenLines(demand.lines, demand.credited)
        self.purchases: list[_Purchase] = []

    def run(self, clock: DayClock, *, is_stated: bool) -> Rows:
        """One day: receive and ship in the morning, then see the day's demand, and order in the evening.

        Rows of a day that is not `is_stated` are incomplete: shipments are most of the work of writing them.
        """
        rows: Rows = {"stock_movements": []}
        if clock.day == self.first:
            state_static(self.spec, clock, self.suppliers, rows)
        self._receive(clock, rows)
        self._ship(clock, rows, is_stated=is_stated)
        today = self.demand.slice(self.demand.lines.day, clock.ordinal)
        self.open.place(today)
        self.open.cancel(self.demand.slice(self.demand.credited.day, clock.ordinal))
        self._take_up(clock, today, rows)
        self._state_products(clock, today, rows)
        self._learn(clock, today)
        self._order(clock, rows)
        if (self.on_hand < 0).any():
            raise AssertionError(f"{clock.day}: simulated stock below zero")
        return rows

    def _movement(
        self, clock: DayClock, kind: str, sku: int, units: int, number: int, second: int, **more: Any
    ) -> tuple[object, ...]:
        location = self.spec.location_id
        ref = f"{location}-{kind.upper()}-{clock.compact}"
        return stock_movement(clock, kind, self.demand.skus[sku], location, units, ref, str(number), second, **more)

    def _receive(self, clock: DayClock, rows: Rows) -> None:
        arrived = [p for p in self.purchases if p.due <= clock.ordinal]
        self.purchases = [p for p in self.purchases if p.due > clock.ordinal]
        at, number = clock.at(_RECEIVES_AT), 0
        for purchase in arrived:
            self.on_hand[purchase.skus] += purchase.quantity
            self.on_order[purchase.skus] -= purchase.quantity
            for sku, units in zip(purchase.skus.tolist(), purchase.quantity.tolist(), strict=True):
                number += 1
                row = self._movement(clock, "receipt", sku, units, number, _RECEIVES_AT, po_ref=purchase.ref)
                rows["stock_movements"].append(row)
            self._state_purchase(purchase, "received", at, clock.iso, rows)
            days = (purchase.ordered.isoformat(), purchase.promised.isoformat(), clock.iso)
            supplier = self.suppliers[purchase.supplier].supplier_id
            stated = (supplier, purchase.ref, self.spec.location_id, *days, at, clock.iso)
            rows.setdefault("lead_times", []).append(stated)

    def _ship(self, clock: DayClock, rows: Rows, *, is_stated: bool) -> None:
        """Ship what waits, oldest first, as far as stock goes."""
        lines, units = self.open.ship(self.on_hand)
        if not is_stated:
            return
        known = self.demand.lines
        refs = zip(known.channel[lines], known.order_ref[lines], known.line_ref[lines], strict=True)
        shipped = zip(known.sku[lines].tolist(), units.tolist(), refs, strict=True)
        rows["stock_movements"] += [
            self._movement(clock, "shipment", sku, quantity, n, _SHIPS_AT, order=order)
            for n, (sku, quantity, order) in enumerate(shipped, start=1)
        ]

    def _take_up(self, clock: DayClock, today: slice, rows: Rows) -> None:
        """Opening stock of SKUs first seen today, and the channel's own adjustments, which may exceed what we hold.

        Both are stated for the start of the day: the file goes out in the evening, when the day's records are known.
        """
        writes = self.demand.slice(self.demand.write_day, clock.ordinal)
        sku, signed = self.demand.write_sku[writes], self.demand.write_quantity[writes]
        taken = np.zeros_like(self.on_hand)
        np.add.at(taken, sku, np.maximum(-signed, 0))
        missing = np.maximum(taken - self.on_hand, 0)
        wanted = np.zeros_like(self.on_hand)
        np.add.at(wanted, self.demand.lines.sku[today], self.open.quantity[today])
        for number, new in enumerate(np.flatnonzero(self.demand.first_day == clock.ordinal).tolist(), start=1):
            units = self._opening(new, int(wanted[new])) + int(missing[new])
            missing[new] = 0
            self.on_hand[new] += units
            rows["stock_movements"].append(self._movement(clock, "opening", new, units, number, 0))
        for number, found in enumerate(np.flatnonzero(missing).tolist(), start=1):
            units = int(missing[found])
            self.on_hand[found] += units
            row = self._movement(clock, "adjustment", found, units, number, _FINDS_AT, reason="found before write-off")
            rows["stock_movements"].append(row)
        np.add.at(self.on_hand, sku, signed)

    def _opening(self, sku: int, wanted: int) -> int:
        """Opening stock in whole packs, from the SKU's own stream and its first day's uncancelled demand."""
        rng = stream(self.spec.seed, Stream.SUPPLY_OPENING, zlib.crc32(self.demand.skus[sku].encode()))
        cover = rng.uniform(*_OPENING_COVER)
        units = max(_OPENING_LEAST, min(round(wanted * cover), wanted + _OPENING_MOST))
        return -(-units // self.spec.pack_quantity) * self.spec.pack_quantity

    def _state_products(self, clock: DayClock, today: slice, rows: Rows) -> None:
        known, skus = self.demand.lines, self.demand.skus
        new = np.flatnonzero(self.demand.first_day == clock.ordinal)
        seen = {skus[s]: (0, "") for s in new.tolist()}
        lines = zip(known.sku[today].tolist(), known.price_minor[today].tolist(), known.description[today], strict=True)
        for sku, price, text in lines:
            before = seen.get(skus[sku], (0, ""))
            if not before[0] or not before[1]:
                seen[skus[sku]] = (before[0] or price, before[1] or str(text))
        self.assortment.state(clock, seen, rows)

    def _learn(self, clock: DayClock, today: slice) -> None:
        """Exponential smoothing of mean and variance of daily demand, extreme orders cut off."""
        units: Floats = np.zeros(len(self.mean))
        np.add.at(units, self.demand.lines.sku[today], self.open.quantity[today])
        is_new = self.demand.first_day == clock.ordinal
        self.mean = np.where(is_new, units / 7, self.mean)
        self.variance = np.where(is_new, self.mean**2 + self.mean, self.variance)
        error = np.minimum(units, _OUTLIER_MEANS * self.mean + _OUTLIER_UNITS) - self.mean
        old = self.demand.first_day < clock.ordinal
        self.mean = np.where(old, self.mean + SMOOTHING * error, self.mean)
        self.variance = np.where(old, self.variance + SMOOTHING * (error**2 - self.variance), self.variance)

    def _order(self, clock: DayClock, rows: Rows) -> None:
        """Each supplier's review: up to mean demand over lead time and review period, plus safety, plus what waits."""
        spec = self.spec
        due = [
            n for n, s in enumerate(self.suppliers) if (clock.ordinal - s.review_offset) % spec.review_period_days == 0
        ]
        if not due:
            return
        cover = self.lead + spec.review_period_days
        deviation = np.sqrt(self.variance * cover + (self.spread * self.mean) ** 2)
        target = np.ceil(self.mean * cover + spec.safety_factor * deviation).astype(np.int64)
        target[self.demand.first_day > clock.ordinal] = 0
        missing = target + self.open.waiting(len(target)) - self.on_hand - self.on_order
        packs = -(-missing // spec.pack_quantity) * spec.pack_quantity
        for supplier in due:
            skus = np.flatnonzero((self.supplier == supplier) & (missing > 0))
            if len(skus):
                self._place(clock, supplier, skus, packs[skus], rows)

    def _place(self, clock: DayClock, supplier: int, skus: Ints, quantity: Ints, rows: Rows) -> None:
        who = self.suppliers[supplier]
        rng = stream(self.spec.seed, Stream.SUPPLY_PURCHASE, clock.ordinal, supplier)
        shape = 1 / who.lead_time_cv**2
        actual = max(1, round(rng.gamma(shape, 1.04 * who.lead_time_days / shape)))
        promised = clock.day + timedelta(days=who.lead_time_days)
        ref = f"PO-{who.supplier_id}-{clock.compact}"
        purchase = _Purchase(ref, supplier, skus, quantity, clock.day, promised, clock.ordinal + actual)
        self.purchases.append(purchase)
        self.on_order[skus] += quantity
        self._state_purchase(purchase, "open", clock.at(_ORDERS_AT), clock.iso, rows)

    def _state_purchase(self, purchase: _Purchase, status: str, at: str, iso: str, rows: Rows) -> None:
        stated = rows.setdefault("purchase_orders", [])
        supplier, promised = self.suppliers[purchase.supplier].supplier_id, purchase.promised.isoformat()
        pairs = zip(purchase.skus.tolist(), purchase.quantity.tolist(), strict=True)
        for n, (sku, units) in enumerate(pairs, start=1):
            sku_id = self.demand.skus[sku]
            cost = (self.assortment.price_minor[sku_id] + 1) // 2
            what = (supplier, sku_id, self.spec.location_id, units, cost, self.spec.currency)
            stated.append((purchase.ref, str(n), *what, status, promised, at, iso))
