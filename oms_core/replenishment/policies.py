"""Which rule sets the target of which SKU: the narrowest.

Belongs here: the resolution of rules. Does not belong here: what a rule may say (`targets`), versions, authors, storage
(`oms_core.store`), levels (`levels`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from oms_core.replenishment.targets import DEFAULT, PolicyRule, Scope


def resolve(skus: pd.Series, abc_classes: Mapping[str, str], rules: Sequence[PolicyRule]) -> pd.DataFrame:
    """Target of each SKU, index as `skus`: columns service_level_target, target_measure and policy_scope.

    The narrowest rule wins: sku, then abc_class, then default. A SKU without a class falls to the default.
    Raises ValueError without a default rule, or with two rules for one scope.
    """
    by_scope = _by_scope(rules)
    if DEFAULT not in by_scope:
        raise ValueError("a policy needs one default rule, of value `*`")
    chosen = {str(sku): _narrowest(by_scope, str(sku), abc_classes.get(str(sku))) for sku in skus.unique()}
    found = [chosen[str(sku)] for sku in skus]
    return pd.DataFrame(
        {
            "service_level_target": pd.array([rule.service_level for rule in found], dtype="float64"),
            "target_measure": pd.array([rule.measure for rule in found], dtype="str"),
            "policy_scope": pd.array([rule.name for rule in found], dtype="str"),
        },
        index=skus.index,
    )


def _by_scope(rules: Sequence[PolicyRule]) -> dict[Scope, PolicyRule]:
    found: dict[Scope, PolicyRule] = {}
    for rule in rules:
        if rule.scope in found:
            raise ValueError(f"two rules for {rule.name}")
        found[rule.scope] = rule
    return found


def _narrowest(by_scope: Mapping[Scope, PolicyRule], sku: str, abc_class: str | None) -> PolicyRule:
    candidates: tuple[Scope, ...] = (("sku", sku), ("abc_class", str(abc_class)), DEFAULT)
    return next(by_scope[scope] for scope in candidates if scope in by_scope)
