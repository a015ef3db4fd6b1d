"""What the night buys and moves where places replenish each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oms_core.replenishment.policy.targets import PolicyRule
from oms_core.replenishment.proposing.proposals import propose
from tests.unit.replenishment.test_network import _RULES, _STORES, _night, _world
from tests.unit.replenishment.test_proposals import UNLIMITED

_TODAY = pd.Timestamp("2026-03-02")
#: Holding costs nine times as much at the warehouse: it holds nothing, and the stores wait for it.
_DEAR = {"unit_cost_minor": [400, 400, 400, 400, 3600]}


def _positions(levels: pd.DataFrame, position: list[int], free: list[int], **values: Any) -> pd.DataFrame:
    return levels.assign(
        qty_position=position, qty_on_hand_free=free, pack_quantity=1,
        min_order_quantity=None, unit_price_minor=1000, is_active=True, **(UNLIMITED | values),
    )  # fmt: skip


def _bought(found: pd.DataFrame) -> dict[str, Any]:
    (bought,) = found[found["kind"] == "purchase"].to_dict("records")
    return bought


def test_a_store_is_replenished_from_its_warehouse_and_the_warehouse_buys_for_all() -> None:
    world = _world({"W": 0.0, **_STORES})
    levels = _night(world)
    found = propose(_positions(levels, [0, 20, 2, 20, 100], [0, 20, 2, 20, 20]), world[2], today=_TODAY)
    moves = found[found["from_location_id"] == "W"]
    # Twenty are free: both stores are filled to the same part, and what is left short waits for a purchase.
    level, sent = levels.set_index("location_id")["qty_order_up_to"], moves.set_index("location_id")["quantity"]
    assert sent.sum() == 20
    assert abs(sent["S1"] / level["S1"] - (2 + sent["S3"]) / level["S3"]) < 1 / level.min()
    told = f"up to {level['S1']} takes {level['S1']}, of which {sent['S1']} come: W has too little for all, and "
    assert moves.iloc[0]["reason"].endswith(f"; W replenishes it; {told}each is filled to the same part of its level")
    bought = _bought(found)
    owed = level["S1"] - 20 + level["S3"] - 2
    assert (bought["location_id"], bought["quantity"]) == ("W", level["W"] - 80 + owed)
    assert bought["reason"].endswith(f"; places that it replenishes wait for {owed}")


def test_a_warehouse_that_sells_itself_shares_what_is_short_with_its_stores_and_gives_all_they_need_of_plenty() -> None:
    world = _world({"W": 20.0, **_STORES})
    levels = _night(world)
    level = levels.set_index("location_id")["qty_order_up_to"]
    asked = 20.0 * levels.set_index("location_id")["protection_days"]["S1"]
    for free in (60, int(level["W"])):
        found = propose(_positions(levels, [0, 0, 0, 0, free], [0, 0, 0, 0, free]), world[2], today=_TODAY)
        sent = found[found["from_location_id"] == "W"].set_index("location_id")["quantity"]
        part = min(free / (asked + level[sent.index].sum()), 1.0)
        assert len(sent) == 4
        assert (abs(sent - part * level[sent.index]) <= 1).all()
        assert free - sent.sum() >= int(part * asked)


def test_what_is_on_its_way_for_waiting_stores_is_not_bought_again() -> None:
    world = _world({"W": 0.0, **_STORES})
    levels = _night(world)
    level = levels["qty_order_up_to"].tolist()
    asked = sum(level[:4])
    nothing, coming = (
        propose(_positions(levels, [0, 0, 0, 0, inbound], [0] * 5), world[2], today=_TODAY)
        for inbound in (0, level[4] + asked)
    )
    assert _bought(nothing)["quantity"] == level[4] + asked
    assert coming.empty


def test_a_warehouse_that_holds_nothing_still_buys_what_its_stores_sell() -> None:
    """Night after night, as `oms run` proposes: without what the stores wait for, it never bought but its own level."""
    world = _world({"W": 0.0, **_STORES}, **_DEAR)
    levels = _night(world)
    days, rng = 120, np.random.default_rng(0)
    on_hand, waiting = levels["qty_order_up_to"].to_numpy().copy(), np.zeros(5, dtype=np.int64)
    coming = np.zeros((5, days + 20), dtype=np.int64)
    places, served, asked = levels["location_id"].tolist(), 0, 0
    for day in range(days):
        on_hand += coming[:, day]
        coming[:, day] = 0
        demand = np.append(rng.poisson(2.0, 4), 0)
        served += int(np.minimum(np.maximum(on_hand - waiting, 0), demand).sum())
        asked += int(demand.sum())
        waiting += demand
        gone = np.minimum(on_hand, waiting)
        on_hand, waiting = on_hand - gone, waiting - gone
        position = on_hand + coming.sum(axis=1) - waiting
        found = propose(_positions(levels, position.tolist(), on_hand.tolist()), world[2], today=_TODAY)
        for row in found.itertuples():
            to = places.index(str(row.location_id))
            if row.kind == "transfer":
                on_hand[places.index(str(row.from_location_id))] -= row.quantity
            coming[to, day + 1 + (2 if row.kind == "transfer" else 14)] += row.quantity
    assert served / asked > 0.97


def test_a_place_between_asks_for_what_it_owes() -> None:
    """W replenishes M, which has nothing; M replenishes S, which is empty: W is asked for both at once."""
    sources = {"M": "W", "S": "M"}
    world = _world({"M": 2.0, "S": 2.0, "W": 2.0}, sources)
    levels = _night(world)
    level = levels.set_index("location_id")["qty_order_up_to"]
    # Above its reorder point but for what S asks of it.
    above = int(levels.set_index("location_id").loc["M", "qty_reorder_point"]) + 1
    positions = _positions(levels, [above, 0, int(level["W"])], [0, 0, 100])
    found = propose(positions, world[2], today=_TODAY)
    moved = found[found["kind"] == "transfer"].set_index(["from_location_id", "location_id"])["quantity"].to_dict()
    assert moved == {("W", "M"): level["M"] - above + level["S"]}


def test_a_purchase_is_expected_when_the_supplier_delivers_though_those_below_wait_for_it() -> None:
    """Fourteen days, and twenty where a rule says so; what the place plans with is less by what its stores wait."""
    slow = [*_RULES, PolicyRule("location", "W", lead_time_days=20)]
    for rules, days in ((_RULES, 14), (slow, 20)):
        for terms in (_DEAR, {}):
            levels = _night(_world({"W": 0.0, **_STORES}, **terms), rules)
            found = propose(
                _positions(levels, [100, 100, 100, 100, -50], [0] * 5),
                _world({"W": 0.0, **_STORES})[2],
                today=_TODAY,
            )
            late = (_bought(found)["expected_date"] - _TODAY).days - days
            # A place that holds nothing at all plans with a day: that much is not told apart.
            assert late == 0 or (late == 1 and terms and rules is slow)
