"""What orders to come would lose by units that are given away now: the more, the fewer stay.

A large line takes far more than the last unit, and so more than a price a unit says. A SKU's units at all places that
ship orders are looked at together here: in each sampled future (`scarcity`) the lines that save most a unit get them,
and a line of today takes what the others are worth less without its own; in parts, no more units than pay.

Belongs here: what lines take of that worth. Does not belong here: the worth of what is left (`worth`), from which place
units go (`scarcity`), how much it counts (`rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oms_core.allocation.costed.model import Model
from oms_core.allocation.stated.worth import Worth
from oms_core.arrays import Bools, Floats, Ints

#: A line of up to so many times what the middling one to come asks for is small.
_SMALL = 2


def saved(model: Model, ships: Bools) -> Floats:
    """What serving each line of a model saves, from the cheapest place of those that ship orders and have its SKU, its
    order's lines sharing a parcel; less than nothing where none may send it."""
    return _saved(model, ships)[0]


def _saved(model: Model, ships: Bools) -> tuple[Floats, Floats]:
    """What `saved` says, and the parcel's share in it."""
    order, line = model.order_of_line, np.arange(len(model.item))
    parcel = model.parcel_cost[model.lane[order]] / np.diff(model.order_start)[order, None]
    cost = parcel + model.quantity[:, None] * model.unit_cost[model.item]
    cost[~(ships & (model.stock[model.sku[model.item]] > 0))] = np.inf
    node = cost.argmin(axis=1)
    return np.asarray(model.unfilled_cost - cost[line, node]), np.asarray(parcel[line, node])


def _by_sku(model: Model, lines: Ints) -> list[Ints]:
    """Lines of a model, those of a SKU together and in the order in which they are given."""
    sku = model.sku[model.item[lines]]
    lines, sku = lines[np.argsort(sku, kind="stable")], np.sort(sku)
    return np.split(lines, np.flatnonzero(np.diff(sku)) + 1) if len(lines) else []


@dataclass(frozen=True)
class Taking:
    """What each line of a model would take from orders to come: `cost`, were it served wholly, and the `most` of its
    units that are worth more to it than to them, where it is served in parts."""

    cost: Floats
    most: Ints


def what_lines_take(model: Model, ships: Bools, worth: Mapping[int, Worth], price: Floats, weight: float) -> Taking:
    """What lines take, times `weight`: a small one the `price` of its units, a larger one what the `worth` of all is
    less without them. Both by row of the SKU; no more than leaving the line costs.

    Lines that save most a unit come first, as long as they save more than they take. Each of them would leave more, and
    each of the others takes of what is left, or, where that is too little, of what others of today would make room for.
    One that no node has all of takes so many units as pay, and for each of them its share.
    """
    most = model.quantity.copy()
    if not weight or not model.nodes:
        return Taking(np.zeros(len(most)), most)
    (saves, parcel), sku = _saved(model, ships), model.sku[model.item]
    found, stock = weight * model.quantity * price[sku], model.stock[:, ships].sum(axis=1)
    in_parts = _in_parts(model, ships)
    ranked = np.argsort(-saves / model.quantity, kind="stable")
    for lines in _by_sku(model, ranked[saves[ranked] > 0]):
        row, quantity = int(sku[lines[0]]), model.quantity[lines]
        if row in worth:
            asked = quantity, saves[lines], parcel[lines], in_parts[lines]
            mine, units = _taken(worth[row].times(weight), int(stock[row]), *asked)
            is_small = quantity <= _SMALL * worth[row].line
            found[lines] = np.where(is_small, found[lines], mine)
            most[lines] = np.where(is_small, quantity, units)
    return Taking(np.minimum(found, model.unfilled_cost), most)


def _in_parts(model: Model, ships: Bools) -> Bools:
    """Which lines go in parts, if at all: no node that may send one has all of it."""
    order = model.order_of_line
    there = np.where(ships & np.isfinite(model.parcel_cost[model.lane[order]]), model.stock[model.sku[model.item]], 0)
    is_bound = (model.is_whole | model.is_together)[order]
    return np.asarray((there.max(axis=1, initial=0) < model.quantity) & ~is_bound)


def _taken(
    worth: Worth, stock: int, quantity: Ints, saves: Floats, parcel: Floats, in_parts: Bools
) -> tuple[Floats, Ints]:
    """What lines of one SKU take, and how many units of them at the most."""
    left, units = stock, np.zeros(len(quantity), dtype=np.int64)
    for place, asked in enumerate(quantity.tolist()):
        some = np.append(left - worth.units, [asked, left]) if in_parts[place] else np.array([asked])
        some = some[(some > 0) & (some <= min(asked, left))]
        gain = (saves[place] + parcel[place]) * some / asked - parcel[place] - worth.of(left) + worth.of(left - some)
        if gain.max(initial=0.0) > 0:
            units[place] = some[gain.argmax()]
            left -= int(units[place])
    most = np.where(in_parts, units, quantity)
    before = np.where(units > 0, left + units, np.maximum(left, most))
    takes = worth.of(before) - worth.of(before - most)
    # What is in parts counts by the unit; of nothing, it would take all that it saves.
    return np.where(most > 0, takes * quantity / np.maximum(most, 1), np.inf), most
