"""Which rule sets what for which series."""

from __future__ import annotations

import pandas as pd
import pytest

from oms_core.replenishment.policy.policies import TRAITS, resolve
from oms_core.replenishment.policy.targets import SCOPES, PolicyRule, sku_location, split_sku_location

DEFAULT = PolicyRule("default", "*", 0.95)
#: One rule a kind, the widest first, all of which cover the first series below.
ONE_OF_EACH = [
    DEFAULT,
    PolicyRule("abc_class", "A", 0.96),
    PolicyRule("demand_pattern", "lumpy", 0.965),
    PolicyRule("abc_xyz_class", "AZ", 0.97),
    PolicyRule("supplier", "SUP", 0.975),
    PolicyRule("location", "W", 0.98),
    PolicyRule("sku", "X", 0.985),
    PolicyRule("sku_location", "X@W", 0.99),
]


def _series(*rows: tuple[str | None, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TRAITS), dtype="str")


FIRST = ("X", "W", "A", "Z", "lumpy", "SUP")


@pytest.mark.parametrize("kept", range(1, len(SCOPES) + 1))
def test_of_the_rules_that_cover_a_series_the_narrowest_kind_wins(kept: int) -> None:
    found = resolve(_series(FIRST), list(reversed(ONE_OF_EACH[:kept])))
    assert found["service_level_target"].tolist() == [ONE_OF_EACH[kept - 1].service_level]
    assert found["policy_scope"].tolist() == [ONE_OF_EACH[kept - 1].name]


def test_a_series_of_nothing_that_the_rules_name_falls_to_the_default() -> None:
    found = resolve(_series(("Y", "V", None, None, None, None)), ONE_OF_EACH)
    assert found["policy_scope"].tolist() == ["default:*"]


def test_target_lead_time_and_minimum_each_come_from_the_narrowest_rule_that_sets_them() -> None:
    rules = [
        DEFAULT,
        PolicyRule("supplier", "SUP", lead_time_days=9.0),
        PolicyRule("location", "W", qty_minimum=2),
        PolicyRule("sku", "X", 0.99, qty_minimum=5),
    ]
    found = resolve(_series(FIRST, ("Y", "W", "B", "X", "smooth", "OTHER")), rules)
    assert found["policy_scope"].tolist() == ["sku:X", "default:*"]
    assert found["lead_time_days_set"].fillna(-1).tolist() == [9.0, -1.0]
    assert found["lead_time_scope"].fillna("").tolist() == ["supplier:SUP", ""]
    assert found["qty_minimum"].tolist() == [5, 2]
    assert found["minimum_scope"].tolist() == ["sku:X", "location:W"]


def test_the_index_of_the_series_is_kept() -> None:
    series = _series(FIRST, FIRST)
    series.index = pd.Index([7, 3])
    assert resolve(series, [DEFAULT]).index.tolist() == [7, 3]


def test_a_policy_without_a_target_for_all_is_refused() -> None:
    for rules in ([PolicyRule("sku", "A", 0.9)], [PolicyRule("default", "*", qty_minimum=1)]):
        with pytest.raises(ValueError, match="default"):
            resolve(_series(FIRST), rules)


def test_two_rules_for_one_scope_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules for sku:A"):
        resolve(_series(FIRST), [DEFAULT, PolicyRule("sku", "A", 0.9), PolicyRule("sku", "A", 0.8)])


@pytest.mark.parametrize("service_level", [0.4, 1.0, float("nan")])
def test_a_target_out_of_bounds_is_refused(service_level: float) -> None:
    with pytest.raises(ValueError, match="service level"):
        PolicyRule("default", "*", service_level)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (("brand", "X", 0.9), "a rule covers default, abc_class, demand_pattern, .*, sku_location, not 'brand'"),
        (("demand_pattern", "wild", 0.9), "smooth, erratic, intermittent, lumpy, not 'wild'"),
        (("abc_xyz_class", "AA", 0.9), "AX, AY, .* CZ, not 'AA'"),
        (("sku_location", "X", 0.9), "SKU@LOCATION, not 'X'"),
        (("sku", "X"), "sets a target, a lead time, a minimum or another term"),
        (("sku", "X", None, "cycle_service", -1.0), "days from 0 to 365, not -1.0"),
        (("sku", "X", None, "cycle_service", float("inf")), "not inf"),
        (("sku", "X", None, "cycle_service", None, -5), "units from 0"),
        (
            ("sku", "X", None, "cycle_service", None, None, 0),
            "a review period is a number of days from 1 to 365, not 0",
        ),
        (("sku", "X", None, "cycle_service", None, None, 2.5), "a whole one, not 2.5"),
        (("sku", "X", None, "cycle_service", None, None, None, None, 25.0), "a holding cost is a share from 0.01 to 5"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PolicyRule(*rule)  # type: ignore[arg-type]


@pytest.mark.parametrize(("sku", "location"), [("A", "W"), ("A@1", "W"), ("A%40", "W@2"), ("@", "@"), ("%", "%25@")])
def test_a_sku_at_a_location_is_named_unambiguously(sku: str, location: str) -> None:
    assert split_sku_location(sku_location(sku, location)) == (sku, location)
