"""The guaranteed-service model against published answers, and against trying everything."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from oms_core.replenishment.holding.service_times import cheapest_service_times

_DAYS = 40


def _costs(holding: list[float], deviation: list[float], days: int = _DAYS) -> np.ndarray:
    """h · σ · √τ of each place, for one SKU."""
    return (np.array(holding) * deviation)[None, :, None] * np.sqrt(np.arange(days))[None, None, :]


def _total(sources: list[int], times: np.ndarray, cost: np.ndarray, chosen: np.ndarray) -> float:
    inbound = [chosen[source] if source >= 0 else 0 for source in sources]
    return float(sum(cost[0, k, inbound[k] + times[0, k] - chosen[k]] for k in range(len(sources))))


def test_snyder_shen_example_6_5_tree() -> None:
    """Fundamentals of Supply Chain Theory, ex. 6.5: optimal cost 8.2779169, as stockpyl has it.

    Its nodes 1, 3, 2, 4; the first has an inbound service time of 1, which is part of its own time here (2 + 1).
    """
    sources, times = [-1, 0, 1, 1], np.array([[3, 1, 1, 1]])
    cost = _costs([1, 2, 3, 3], [2**0.5, 2**0.5, 1, 1])
    chosen = cheapest_service_times(sources, times, cost, np.array([[99, 99, 0, 1]]))
    assert chosen.tolist() == [[0, 0, 0, 1]]
    assert _total(sources, times, cost, chosen[0]) == pytest.approx(8.277916867529369)


@pytest.mark.parametrize(
    ("times", "holding", "deviation", "last", "cost_published"),
    [
        pytest.param([2, 0, 1], [2, 4, 7], 1.0, 1, 2.8284271247461903, id="example 6.3"),
        pytest.param([2, 1, 2], [2, 3, 4], 40.0, 0, 357.77087639996637, id="problem 6.7"),
        pytest.param(
            [12, 1, 5, 9, 5, 8, 15, 2, 10, 5],
            [0.87, 0.98, 1.1, 1.15, 2.37, 2.47, 2.93, 3.04, 4.56, 5.73],
            15.8 * 2.0537489106318225,
            3,
            1378.3020369043727,
            id="problem 6.8",
        ),
    ],
)
def test_snyder_shen_serial_systems(
    times: list[int], holding: list[float], deviation: float, last: int, cost_published: float
) -> None:
    """Fundamentals of Supply Chain Theory, ch. 6, with the costs that stockpyl 1.0.2 gives: supplier's end first.

    The first stage's inbound service time from outside is part of its own time here.
    """
    count = len(times)
    cost = _costs(holding, [deviation] * count, days=sum(times) + 1)
    sources, most = list(range(-1, count - 1)), np.array([[99] * (count - 1) + [last]])
    chosen = cheapest_service_times(sources, np.array([times]), cost, most)
    assert _total(sources, np.array([times]), cost, chosen[0]) == pytest.approx(cost_published)
    assert chosen[0, -1] == last


def test_any_tree_is_as_cheap_as_the_best_of_all_that_can_be_promised() -> None:
    rng = np.random.default_rng(5)
    for sources in ([-1, 0, 0, 0], [-1, 0, 1, 2], [-1, 0, 0, 1], [-1, -1, 0, 1]):
        times = rng.integers(0, 4, (6, 4))
        cost = rng.uniform(1, 9, (6, 4, 1)) * np.arange(_DAYS) ** rng.uniform(0.4, 0.9, (6, 4, 1))
        is_leaf = [k not in sources for k in range(4)]
        most = np.tile(np.where(is_leaf, 0, 99), (6, 1))
        chosen = cheapest_service_times(sources, times, cost, most)
        for sku in range(6):
            one = (times[sku : sku + 1], cost[sku : sku + 1])
            every = [
                _total(sources, *one, np.array(promised))
                for promised in product(*(range(1 if leaf else 13) for leaf in is_leaf))
                if all(
                    promised[s] * (s >= 0) + one[0][0, k] - promised[k] >= 0 for k, s in enumerate(sources)
                )
            ]  # fmt: skip
            assert _total(sources, *one, chosen[sku]) == pytest.approx(min(every))


def test_stock_that_costs_the_same_everywhere_is_held_where_demand_is_pooled() -> None:
    """Four stores of deviation 1, the warehouse's 2: it protects its supply time, and they their own alone."""
    sources, times = [-1, 0, 0, 0, 0], np.array([[16, 1, 1, 1, 1]])
    most, deviation = np.array([[99, 0, 0, 0, 0]]), [2.0, 1.0, 1.0, 1.0, 1.0]
    chosen = cheapest_service_times(sources, times, _costs([1] * 5, deviation), most)
    assert chosen.tolist() == [[0, 0, 0, 0, 0]]
    dear = cheapest_service_times(
        sources, times, _costs([9, 1, 1, 1, 1], [2, 1, 1, 1, 1]), np.array([[99, 0, 0, 0, 0]])
    )
    assert dear.tolist() == [[16, 0, 0, 0, 0]]


def test_a_circle_and_a_source_that_is_no_place_are_refused() -> None:
    cost = _costs([1, 1], [1, 1])
    for sources, message in (([1, 0], "in a circle"), ([-1, 7], "which is no place")):
        with pytest.raises(ValueError, match=message):
            cheapest_service_times(sources, np.array([[1, 1]]), cost, np.array([[9, 0]]))
    with pytest.raises(ValueError, match="costs are told up to 1 days"):
        cheapest_service_times([-1, 0], np.array([[4, 1]]), cost[:, :, :2], np.array([[9, 0]]))
