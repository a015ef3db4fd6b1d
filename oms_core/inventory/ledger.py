"""The ledger in a few lines of Python: movements become balanced postings, postings become balances.

Belongs here: the reference that tests hold dbt's ledger against, and the proofs that `oms doctor` runs over published
marts. A proof returns the offending rows; an empty frame is the good answer.
Does not belong here: deriving the ledger itself at volume (dbt: `fct_inventory_postings`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

#: Sign of on hand, and the account at the other end, by kind of movement. Signed kinds carry their own sign.
KINDS: dict[str, tuple[int, str]] = {
    "opening": (+1, "opening"),
    "receipt": (+1, "supplier"),
    "shipment": (-1, "customer"),
    "sale": (-1, "customer"),
    "transfer_out": (-1, "in_transit"),
    "transfer_in": (+1, "in_transit"),
    "return": (+1, "customer"),
    "adjustment": (+1, "adjustment"),
    "count_variance": (+1, "variance"),
}
SIGNED_KINDS = frozenset({"adjustment", "count_variance"})

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of one SKU as its location states it: positive, but for kinds that carry their sign."""

    movement_id: str
    kind: str
    sku: str
    location_id: str
    quantity: int
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class Posting:
    """A quantity into an account (negative: out of it), in base units."""

    movement_id: str
    movement_kind: str
    account: str
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Count:
    """A counted on hand: an observation, never an overwrite."""

    count_id: str
    sku: str
    location_id: str
    counted_quantity: int
    effective_at: datetime


def postings(movement: Movement) -> tuple[Posting, Posting]:
    """The movement's two postings; they sum to zero. Raises ValueError for a kind or sign that does not exist."""
    if movement.kind not in KINDS:
        raise ValueError(f"{movement.movement_id}: no movement is called {movement.kind!r}")
    if movement.quantity < 0 and movement.kind not in SIGNED_KINDS:
        raise ValueError(f"{movement.movement_id}: a {movement.kind} is stated positive, not {movement.quantity}")
    sign, counter_account = KINDS[movement.kind]
    on_hand = sign * movement.quantity
    place = (movement.sku, movement.location_id)
    return (
        Posting(movement.movement_id, movement.kind, "on_hand", *place, on_hand),
        Posting(movement.movement_id, movement.kind, counter_account, *place, -on_hand),
    )


def on_hand(movements: Iterable[Movement]) -> dict[Place, int]:
    """On hand by (SKU, location): the sum of the on-hand postings."""
    balances: dict[Place, int] = defaultdict(int)
    for movement in movements:
        posting = postings(movement)[0]
        balances[posting.sku, posting.location_id] += posting.quantity
    return dict(balances)


def count_variances(movements: Iterable[Movement], counts: Iterable[Count]) -> list[Movement]:
    """The movements that bring the ledger to what was counted; a count that agrees gives none.

    Closed form: variance_n = counted_n - (counted_{n-1} + movements in (t_{n-1}, t_n]); the first count is held
    against all movements up to it. A movement at the very instant of a count is before it.
    """
    moved: dict[Place, list[tuple[datetime, int]]] = defaultdict(list)
    for movement in movements:
        moved[movement.sku, movement.location_id].append((movement.effective_at, postings(movement)[0].quantity))
    counted: dict[Place, Count] = {}
    variances: list[Movement] = []
    for count in sorted(counts, key=lambda c: (c.effective_at, c.count_id)):
        place = (count.sku, count.location_id)
        variance = count.counted_quantity - _expected(count, counted.get(place), moved[place])
        counted[place] = count
        if variance:
            variances.append(Movement(count.count_id, "count_variance", *place, variance, count.effective_at))
    return variances


def _expected(count: Count, previous: Count | None, moved: list[tuple[datetime, int]]) -> int:
    base = previous.counted_quantity if previous else 0
    return base + sum(
        quantity
        for at, quantity in moved
        if at <= count.effective_at and (previous is None or at > previous.effective_at)
    )


def unbalanced_movements(postings_frame: pd.DataFrame) -> pd.DataFrame:
    """Movements of `fct_inventory_postings` whose postings do not sum to zero: movement_id, sku, quantity."""
    sums = postings_frame.groupby(["movement_id", "sku"], observed=True)["quantity"].sum().reset_index()
    return sums[sums["quantity"] != 0]


def days_that_do_not_sum(daily: pd.DataFrame) -> pd.DataFrame:
    """Rows of `fct_inventory_daily` whose opening and movements do not make their closing."""
    parts = ["qty_opening", "qty_received", "qty_issued", "qty_returned", "qty_adjusted"]
    return daily[daily[parts].sum(axis=1) != daily["qty_closing"]]


def negative_positions(position: pd.DataFrame) -> pd.DataFrame:
    """Rows of `fct_inventory_position` with less than nothing on hand: more left than ever came."""
    return position[position["qty_on_hand"] < 0]


def over_reserved_positions(position: pd.DataFrame) -> pd.DataFrame:
    """Rows of `fct_inventory_position` that promise more than lies there, or a negative quantity."""
    reserved = position["qty_reserved"]
    return position[(reserved < 0) | (reserved > position["qty_on_hand"].clip(lower=0))]


def positions_off_ledger(position: pd.DataFrame, postings_frame: pd.DataFrame) -> pd.DataFrame:
    """Positions whose on hand is not the sum of their on-hand postings: sku, location_id, both quantities."""
    key = ["sku", "location_id"]
    own = postings_frame[postings_frame["account"] == "on_hand"]
    sums = own.groupby(key, observed=True)["quantity"].sum().rename("qty_posted").reset_index()
    both = position[[*key, "qty_on_hand"]].merge(sums, on=key, how="outer")
    both = both.fillna({"qty_on_hand": 0, "qty_posted": 0}).astype({"qty_on_hand": "int64", "qty_posted": "int64"})
    return both[both["qty_on_hand"] != both["qty_posted"]]
