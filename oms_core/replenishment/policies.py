"""Service-level policy: which rule sets the target of which SKU.

Belongs here: the rule and its resolution, narrowest scope first.
Does not belong here: versions, authors, storage (`oms_core.store`), levels (`levels`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from oms_core.contracts.decisions import POLICIES

#: Widest first: a later scope overrides an earlier one.
SCOPES: tuple[str, ...] = ("default", "abc_class", "sku")
DEFAULT_VALUE = "*"


@dataclass(frozen=True)
class PolicyRule:
    """Target cycle service level (a share) of everything in one scope; `scope_value` is `*` for the default.

    Raises ValueError on an unknown scope or a target outside the `policies` contract's bounds.
    """

    scope_kind: str
    scope_value: str
    service_level: float

    def __post_init__(self) -> None:
        if self.scope_kind not in SCOPES:
            raise ValueError(f"scope_kind must be one of {SCOPES}, not {self.scope_kind!r}")
        bounds = POLICIES["service_level"]
        if not (bounds.minimum or 0.0) <= self.service_level <= (bounds.maximum or 1.0):
            raise ValueError(f"service level {self.service_level} of {self.scope} is outside 0.5 to 0.9999")

    @property
    def scope(self) -> str:
        """The rule's name, `kind:value`."""
        return f"{self.scope_kind}:{self.scope_value}"


def resolve(skus: pd.Series, abc_classes: Mapping[str, str], rules: Sequence[PolicyRule]) -> pd.DataFrame:
    """Target of each SKU, index as `skus`: columns service_level_target and policy_scope.

    The narrowest rule wins: sku, then abc_class, then default. A SKU without a class falls to the default.
    Raises ValueError without exactly one default rule, or with two rules for one scope.
    """
    by_scope = _by_scope(rules)
    default = by_scope["default"].get(DEFAULT_VALUE)
    if default is None or len(by_scope["default"]) > 1:
        raise ValueError("a policy needs one default rule, of value `*`")
    distinct = [str(sku) for sku in skus.unique()]
    chosen = {sku: _narrowest(by_scope, sku, abc_classes.get(sku), default) for sku in distinct}
    return pd.DataFrame(
        {
            "service_level_target": skus.map({sku: rule.service_level for sku, rule in chosen.items()}).astype(float),
            "policy_scope": skus.map({sku: rule.scope for sku, rule in chosen.items()}).astype("str"),
        },
        index=skus.index,
    )


def _by_scope(rules: Sequence[PolicyRule]) -> dict[str, dict[str, PolicyRule]]:
    found: dict[str, dict[str, PolicyRule]] = {scope: {} for scope in SCOPES}
    for rule in rules:
        if rule.scope_value in found[rule.scope_kind]:
            raise ValueError(f"two rules for {rule.scope}")
        found[rule.scope_kind][rule.scope_value] = rule
    return found


def _narrowest(
    by_scope: dict[str, dict[str, PolicyRule]], sku: str, abc_class: str | None, default: PolicyRule
) -> PolicyRule:
    for_class = by_scope["abc_class"].get(abc_class, default) if isinstance(abc_class, str) else default
    return by_scope["sku"].get(sku, for_class)
