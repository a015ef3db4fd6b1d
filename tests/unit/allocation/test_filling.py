"""Lines that no place has all of: they get parts, and in time the units of others, whatever else the run decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.allocation.costed.model import Model
from oms_core.allocation.costed.shipments import Shipments
from oms_core.allocation.solvers.filling import fill_up
from oms_core.allocation.solvers.optimiser import Effort, optimise
from oms_core.allocation.solvers.optimiser.units import solve_units
from tests.unit.allocation.test_sourcing import NOON, decided, line, run

DAY_US = 86_400_000_000
#: An order that the line-by-line plan would send a part of: no plan of all starts from that one.
SHORT = (line("z", channel_id="b2b"), line("z", "CUP", channel_id="b2b"))


def test_an_order_that_ships_whole_ships_a_line_from_several_places_though_another_order_is_short() -> None:
    large = line("a", channel_id="b2b", quantity=7, priority=1)
    found = run(large, *SHORT, MUG__WH_N=4, MUG__WH_S=5, rules="ship_complete: [b2b]")
    assert sum(row[2] for row in decided(found) if row[:2] == ("a", "allocated")) == 7
    short = run(large, *SHORT, MUG__WH_N=3, MUG__WH_S=3, rules="ship_complete: [b2b]")
    assert {row[4] for row in decided(short) if row[0] == "a"} == {"order_ships_whole"}


@pytest.mark.parametrize("channel", ["web", "b2b"])
@pytest.mark.parametrize(("days", "gets"), [(0, 0), (60, 10)])
def test_who_asks_for_more_than_any_place_has_does_not_starve_beside_small_orders(
    channel: str, days: int, gets: int
) -> None:
    """A small order is dearer to leave by the unit, until the large one has waited for weeks."""
    placed = int(NOON.timestamp() * 1e6) - days * DAY_US
    large = line("large", quantity=10, priority=1, channel_id=channel, placed_at_us=placed)
    small = [line(f"small{n}", region="south" if n % 2 else "north", priority=3) for n in range(12)]
    rules = "ship_complete: [b2b]\n"
    found = run(large, *small, *SHORT, MUG__WH_N=6, MUG__WH_S=6, rules=rules)
    assert sum(row[2] for row in decided(found) if row[:2] == ("large", "allocated")) == gets
    assert sum(row[2] for row in decided(found) if row[1] == "allocated") == 12


@st.composite
def plans(draw: st.DrawFn) -> tuple[Model, np.ndarray]:
    """A model and a plan of whole lines in it."""
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    orders, nodes, skus = draw(st.integers(1, 8)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    count = seed.integers(1, skus + 1, orders)
    lines = int(count.sum())
    item = np.concatenate([seed.permutation(skus)[:each] for each in count]) + skus * seed.integers(0, 2, lines)
    parcel = seed.integers(1, 900, (orders, nodes)).astype(float)
    parcel[seed.random((orders, nodes)) < 0.2] = np.inf
    model = Model(
        order_start=np.r_[0, np.cumsum(count)], lane=np.arange(orders), item=item,
        quantity=seed.integers(1, 9, lines), unfilled_cost=seed.integers(0, 9_000, lines).astype(float),
        parcel_cost=parcel, unit_cost=seed.integers(0, 50, (2 * skus, nodes)).astype(float),
        sku=np.arange(2 * skus) % skus,
        own=np.r_[np.zeros((skus, nodes), int), seed.integers(0, 4, (skus, nodes))],
        common=seed.integers(0, 8, (skus, nodes)), parcels=seed.integers(0, 6, nodes),
        is_whole=seed.random(orders) < 0.3, is_together=seed.random(orders) < 0.3,
    )  # fmt: skip
    return model, optimise(model, Effort(improve_rounds=2)).node


@given(plans())
def test_filling_up_keeps_every_limit_and_never_costs_more(plan: tuple[Model, np.ndarray]) -> None:
    model, node = plan
    whole = Shipments.of_lines(model, node)
    before = dict(whole.units)
    found = fill_up(model, whole, range(len(node)))
    assert whole.units == before
    assert found.is_allowed(model)
    assert fill_up(model, found, range(len(node))).cost(model) <= found.cost(model) + 1e-6
    leftovers = fill_up(model, whole, range(len(node)), keep_going=lambda: False)
    assert found.cost(model) <= leftovers.cost(model) + 1e-6
    assert leftovers.cost(model) <= whole.cost(model) + 1e-6


def test_nobody_gives_units_to_who_would_not_be_better_off() -> None:
    """The large line is dearer by the unit, but the parcel that the others' units would take costs more than that."""
    model = Model(
        order_start=np.array([0, 1, 2]), lane=np.array([0, 1]), item=np.array([0, 0]), quantity=np.array([4, 2]),
        unfilled_cost=np.array([4_100.0, 2_000.0]), parcel_cost=np.array([[2_000.0, 2_000.0], [100.0, 100.0]]),
        unit_cost=np.zeros((1, 2)), sku=np.array([0]), own=np.zeros((1, 2), int), common=np.array([[2, 2]]),
        parcels=np.array([9, 9]), is_whole=np.array([False, False]), is_together=np.array([False, False]),
    )  # fmt: skip
    assert fill_up(model, Shipments({(1, 0): 2}), [0, 1]).units == {(0, 1): 2, (1, 0): 2}


def test_what_of_a_line_saves_nothing_is_not_sent() -> None:
    model = Model(
        order_start=np.array([0, 1]), lane=np.array([0]), item=np.array([0]), quantity=np.array([6]),
        unfilled_cost=np.array([6_000.0]), parcel_cost=np.array([[500.0, 400.0]]), unit_cost=np.full((1, 2), 10.0),
        sku=np.array([0]), own=np.zeros((1, 2), int), common=np.array([[2, 2]]), parcels=np.array([9, 9]),
        is_whole=np.array([False]), is_together=np.array([False]), worth_sending=np.array([3]),
    )  # fmt: skip
    found = fill_up(model, Shipments({}), [0])
    assert found.units == {(0, 1): 2, (0, 0): 1}
    assert found.cost(model) == 3_000 + 900 + 30
    assert Shipments({(0, 1): 2, (0, 0): 2}).cost(model) == found.cost(model) + 10
    assert solve_units(model, np.array([0])) == (found.units, pytest.approx(found.cost(model)))
