"""True demand: season, promotion, classes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from oms_core.twin import NetworkSpec
from oms_core.twin.book import DayBook
from oms_core.twin.clock import DayClock
from oms_core.twin.demand import PROMOTION_UPLIFT, draw_demand, promoted_skus, sku_factor
from oms_core.twin.masters import plan_promotions
from oms_core.twin.network import POS, build_network


def test_mean_lines_a_day_follow_the_spec():
    network = build_network(NetworkSpec())
    first = network.spec.history_start
    count = [len(draw_demand(network, first + timedelta(days=n)).sku) for n in range(365)]
    assert 180 < np.mean(count) < 230


def test_a_promotion_multiplies_the_factor_of_its_sku_alone():
    network, day = build_network(NetworkSpec()), date(2025, 3, 5)
    none = np.zeros(400, dtype=bool)
    ratio = sku_factor(network, day, promoted_skus(network, day)) / np.where(
        sku_factor(network, day, none) == 0, 1, sku_factor(network, day, none)
    )
    promoted = promoted_skus(network, day)
    sold = sku_factor(network, day, none) > 0
    assert np.allclose(ratio[promoted & sold], PROMOTION_UPLIFT)
    assert np.allclose(ratio[~promoted & sold], 1)


def test_stores_want_only_what_they_carry_and_drop_shipped_skus_are_in_no_warehouse():
    network = build_network(NetworkSpec())
    for row, cell in enumerate(network.cells):
        if cell.channel == POS:
            assert not network.line_rate[row, ~network.is_carried[cell.location]].any()
    assert not network.is_carried[network.rows("warehouse")][:, network.items.is_drop_shipped].any()
    assert network.is_carried[network.rows("store")].sum(axis=1).tolist() == [120] * 6


def test_all_latent_classes_occur_and_the_rare_ones_are_rare():
    network = build_network(NetworkSpec())
    units = network.line_rate.sum(axis=0)
    classes = np.array(network.items.classes)
    assert set(classes) == {"smooth", "erratic", "seasonal", "intermittent", "lumpy"}
    assert units[classes == "intermittent"].mean() < 0.3 * units[classes == "smooth"].mean()


def test_a_row_has_a_cell_for_each_column_of_its_file():
    book = DayBook(DayClock(date(2026, 1, 1), "Europe/Berlin"))
    with pytest.raises(ValueError, match="a row of substitutes has 2 cells"):
        book.add("substitutes", ("A", "B"))


def test_promotions_are_stated_four_weeks_ahead_as_they_will_be() -> None:
    network = build_network(NetworkSpec())
    start, stated = network.spec.history_start, []
    for day in (start + timedelta(days=n) for n in range(60)):
        book = DayBook(DayClock(day, network.spec.timezone))
        plan_promotions(network, book)
        rows = book.rows.get("planned_events", [])
        stated += [(row[3], date.fromisoformat(row[6]), date.fromisoformat(row[7]), day) for row in rows]
    assert {(first - said).days for _, first, _, said in stated if said > start} == {28}
    for day in (start + timedelta(days=n) for n in range(80)):
        skus = {sku for sku, first, last, _ in stated if first <= day <= last}
        assert skus == {network.items.skus[int(n)] for n in np.flatnonzero(promoted_skus(network, day))}
