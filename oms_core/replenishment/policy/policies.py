"""Which rule sets what for which series: the narrowest that sets it.

Belongs here: the resolution of rules. Does not belong here: what a rule may say, and the order of scopes (`targets`),
versions, authors, storage (`oms_core.store`), levels (`levels`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from oms_core.arrays import Bools, Ints
from oms_core.replenishment.policy.targets import DEFAULT, SCOPES, PolicyRule, Scope, sku_location
from oms_core.replenishment.policy.terms import TERMS

#: What of a series each kind of scope looks at.
_KEYS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "default": lambda series: pd.Series("*", index=series.index),
    "abc_class": lambda series: series["abc_class"],
    "demand_pattern": lambda series: series["demand_pattern"],
    "abc_xyz_class": lambda series: series["abc_class"].astype("str") + series["xyz_class"].astype("str"),
    "supplier": lambda series: series["supplier_id"],
    "location": lambda series: series["location_id"],
    "sku": lambda series: series["sku"],
    "sku_location": lambda series: pd.Series(
        [sku_location(*key) for key in zip(series["sku"], series["location_id"], strict=True)], index=series.index
    ),
}

#: Columns that tell a series' scopes.
TRAITS = ("sku", "location_id", "abc_class", "xyz_class", "demand_pattern", "supplier_id")


def resolve(series: pd.DataFrame, rules: Sequence[PolicyRule]) -> pd.DataFrame:
    """What the rules set for each row of `series` (`TRAITS`), index as there.

    Columns service_level_target, target_measure, policy_scope; and of each of `terms.TERMS` its `set_column` and
    `scope_column`. Target and terms are each of the narrowest rule that sets it, by the order of `targets.SCOPES`; a
    term that none sets is null. Raises ValueError without a default target, or with two rules for one scope.
    """
    by_scope = _by_scope(rules)
    if DEFAULT not in by_scope or by_scope[DEFAULT].service_level is None:
        raise ValueError("a policy needs one default rule, of value `*`, with a target")
    targets = _Found(series, rules, "service_level")
    columns = {
        "service_level_target": targets.column("service_level", "float64"),
        "target_measure": targets.column("measure", "str"),
        "policy_scope": targets.column("name", "str"),
    }
    for term in TERMS:
        found = _Found(series, rules, term.name)
        columns[term.set_column] = found.column(term.name, "Int64" if term.is_whole else "float64")
        columns[term.scope_column] = found.column("name", "str")
    return pd.DataFrame(columns)


def covered(series: pd.DataFrame, scopes: Iterable[Scope]) -> Bools:
    """Which rows of `series` (`TRAITS`) one of the scopes covers, whether or not a narrower rule has its say there."""
    by_kind: dict[str, set[str]] = {}
    for kind, value in scopes:
        by_kind.setdefault(kind, set()).add(value)
    found = np.zeros(len(series), dtype=bool)
    for kind, values in by_kind.items():
        found |= _KEYS[kind](series).isin(values).to_numpy(dtype=bool)
    return found


class _Found:
    """The narrowest rule of each series among those that set a thing."""

    def __init__(self, series: pd.DataFrame, rules: Sequence[PolicyRule], name: str) -> None:
        self.rules = [rule for rule in rules if getattr(rule, name) is not None]
        self.index = series.index
        self.numbers: Ints = np.full(len(series), -1, dtype=np.int64)
        for kind in SCOPES:
            values = {rule.scope_value: number for number, rule in enumerate(self.rules) if rule.scope_kind == kind}
            if values:
                found = _KEYS[kind](series).map(values).fillna(-1).to_numpy(dtype=np.int64)
                self.numbers = np.where(found >= 0, found, self.numbers)

    def column(self, name: str, dtype: str) -> pd.Series:
        if not self.rules:
            return pd.Series(None, index=self.index, dtype=dtype)
        values = [*(getattr(rule, name) for rule in self.rules), None]
        # -1 is the last one: nothing is set.
        return pd.Series([values[number] for number in self.numbers], index=self.index, dtype=dtype)


def _by_scope(rules: Sequence[PolicyRule]) -> dict[Scope, PolicyRule]:
    found: dict[Scope, PolicyRule] = {}
    for rule in rules:
        if rule.scope in found:
            raise ValueError(f"two rules for {rule.name}")
        found[rule.scope] = rule
    return found
