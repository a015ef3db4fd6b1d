"""Which rule sets a SKU's target."""

from __future__ import annotations

import pandas as pd
import pytest

from oms_core.replenishment.policies import resolve
from oms_core.replenishment.targets import PolicyRule

DEFAULT = PolicyRule("default", "*", 0.95)


def test_the_narrowest_rule_wins() -> None:
    rules = [PolicyRule("sku", "X", 0.999), DEFAULT, PolicyRule("abc_class", "A", 0.98)]
    found = resolve(pd.Series(["X", "Y", "Z", "NEW"]), {"X": "A", "Y": "A", "Z": "C"}, rules)
    assert found["service_level_target"].tolist() == [0.999, 0.98, 0.95, 0.95]
    assert found["policy_scope"].tolist() == ["sku:X", "abc_class:A", "default:*", "default:*"]


def test_the_index_of_the_series_is_kept() -> None:
    skus = pd.Series(["B", "A"], index=[7, 3])
    assert resolve(skus, {}, [DEFAULT]).index.tolist() == [7, 3]


def test_a_policy_without_a_default_is_refused() -> None:
    with pytest.raises(ValueError, match="default"):
        resolve(pd.Series(["A"]), {}, [PolicyRule("sku", "A", 0.9)])


def test_two_rules_for_one_scope_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules for sku:A"):
        resolve(pd.Series(["A"]), {}, [DEFAULT, PolicyRule("sku", "A", 0.9), PolicyRule("sku", "A", 0.8)])


@pytest.mark.parametrize("service_level", [0.4, 1.0, float("nan")])
def test_a_target_out_of_bounds_is_refused(service_level: float) -> None:
    with pytest.raises(ValueError, match="service level"):
        PolicyRule("default", "*", service_level)


def test_an_unknown_scope_is_refused() -> None:
    with pytest.raises(ValueError, match="a rule covers default, abc_class, sku, not 'brand'"):
        PolicyRule("brand", "X", 0.9)
