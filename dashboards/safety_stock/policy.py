"""Changing what stock aims at: from what a planner moves to a command, and what it would do.

Belongs here: pure functions over policies and frames of levels. Does not belong here: the levels' arithmetic
(`oms_core.replenishment`), saving (`oms_core.store`), widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboards import format as fmt
from dashboards.search import Conditions
from oms_core.replenishment.levels import what_if
from oms_core.replenishment.targets import DEFAULT, PolicyRule, Scope, Target
from oms_core.store.operations import Policy, PolicyChange

_KEY = ["sku", "location_id"]
_COMPARED = [
    *("service_level_target", "target_measure", "service_level_expected", "fill_rate_expected"),
    *("qty_safety_stock", "qty_reorder_point"),
]
_ALL_COMPARED = [*_COMPARED, "qty_order_up_to", "investment_minor"]


def scope_name(scope: Scope) -> str:
    """A scope in words."""
    kind, value = scope
    return {"default": "Default", "abc_class": f"Class {value}", "sku": f"SKU {value}"}[kind]


def target_name(target: Target | None) -> str:
    """A target in words: `97.0 %`, `fill rate 98.0 %`, `least cost, at least 90.0 %`."""
    if target is None:
        return "none"
    share = fmt.level(target.service_level)
    return {"cycle_service": share, "fill_rate": f"fill rate {share}"}.get(
        target.measure, f"least cost, at least {share}"
    )


def described(changes: Iterable[PolicyChange], policy: Policy) -> str:
    """Changes in words, against the policy they would change: `Class A: 97.0 % → 98.0 %`."""
    before, after = policy.targets, {rule.scope: rule.target for rule in rules_after(policy, changes)}
    return ", ".join(
        f"{scope_name(c.scope)}: {target_name(before.get(c.scope))} → {target_name(after.get(c.scope))}"
        for c in changes
    )


def target_in_force(policy: Policy, scope: Scope, abc_class: str | None = None) -> Target:
    """What the scope aims at now: its own rule, else (for a SKU) its class's, else the default."""
    targets = policy.targets
    candidates = (scope, ("abc_class", abc_class or ""), DEFAULT) if scope[0] == "sku" else (scope, DEFAULT)
    return next(targets[candidate] for candidate in candidates if candidate in targets)


def change_of(policy: Policy, scope: Scope, target: Target | None) -> tuple[PolicyChange, ...]:
    """The change that gives a scope a target, or with None takes its rule away; empty where that is so already."""
    return () if policy.targets.get(scope) == target else (PolicyChange.to(scope, target),)


def changes_back_to(current: Policy, wanted: Policy) -> tuple[PolicyChange, ...]:
    """The changes on top of `current` after which the rules are `wanted`'s: undoing, as a new version."""
    now, then = current.targets, wanted.targets
    scopes = sorted({*now, *then})
    return tuple(PolicyChange.to(scope, then.get(scope)) for scope in scopes if now.get(scope) != then.get(scope))


def rules_after(policy: Policy, changes: Iterable[PolicyChange] = ()) -> tuple[PolicyRule, ...]:
    """The policy's rules with changes applied, as the levels' arithmetic takes them."""
    rules = {rule.scope: rule for rule in policy.rules}
    for change in changes:
        if change.service_level is None:
            rules.pop(change.scope, None)
        else:
            rules[change.scope] = PolicyRule(*change.scope, change.service_level, change.measure)
    return tuple(rules[scope] for scope in sorted(rules))


def touched(changes: Sequence[PolicyChange], policy: Policy) -> Conditions:
    """Conditions on levels (joined with their product) that hold for every series the changes can touch.

    It may hold for more: a SKU with a rule of its own is in its class all the same, and comes out unchanged.
    """
    with_rule = {rule.scope_value for rule in policy.rules if rule.scope_kind == "abc_class"}
    texts, parameters = [], []
    for change in changes:
        if change.scope_kind == "sku":
            texts.append("sku = ?")
            parameters.append(change.scope_value)
        elif change.scope_kind == "abc_class":
            texts.append("abc_class = ?")
            parameters.append(change.scope_value)
        else:
            bare = " and ".join("abc_class <> ?" for _ in with_rule)
            texts.append(f"(abc_class is null{f' or ({bare})' if bare else ' or true'})")
            parameters.extend(sorted(with_rule))
    return Conditions((f"({' or '.join(texts)})",), tuple(parameters))


def compared(
    levels: pd.DataFrame,
    interval_demand: pd.DataFrame,
    before: Sequence[PolicyRule],
    after: Sequence[PolicyRule],
    abc_classes: Mapping[str, str],
) -> pd.DataFrame:
    """Each series under both sets of rules: `<figure>_before`, `<figure>` and, for units and money, `<figure>_change`.

    `levels` are rows of `fct_safety_stock`, `interval_demand` their grid. Order: the largest change of money first.
    """
    old, new = (
        what_if(levels, interval_demand, rules=rules, abc_classes=abc_classes, policy_version=0)
        for rules in (before, after)
    )
    frame = new[[*_KEY, "currency", "qty_demand_mean", *_ALL_COMPARED]].merge(
        old[[*_KEY, *_ALL_COMPARED]], on=_KEY, suffixes=("", "_before"), validate="1:1"
    )
    for name in ("qty_safety_stock", "qty_order_up_to", "investment_minor"):
        frame[f"{name}_change"] = frame[name] - frame[f"{name}_before"]
    size = frame["investment_minor_change"].abs()
    order = frame.assign(size=size).sort_values(["size", *_KEY], ascending=[False, True, True]).index
    return frame.loc[order].reset_index(drop=True)


@dataclass(frozen=True)
class Effect:
    """What a change does in one currency. Service is weighted by each series' mean demand; None without demand."""

    currency: str
    series: int
    series_changed: int
    units_before: int
    units_after: int
    minor_before: int
    minor_after: int
    service_before: float | None
    service_after: float | None
    fill_before: float | None
    fill_after: float | None

    @property
    def units_change(self) -> int:
        return self.units_after - self.units_before

    @property
    def minor_change(self) -> int:
        return self.minor_after - self.minor_before


def effects(frame: pd.DataFrame) -> list[Effect]:
    """The effect of what `compared` gave, one a currency."""
    return [_effect(str(currency), rows) for currency, rows in frame.groupby("currency", sort=True)]


def changed_only(frame: pd.DataFrame) -> pd.DataFrame:
    """The series of `compared` whose target or level is another."""
    return frame[_is_changed(frame)].reset_index(drop=True)


def _is_changed(frame: pd.DataFrame) -> pd.Series:
    moved = frame["qty_order_up_to_change"] != 0
    aimed = [frame[name] != frame[f"{name}_before"] for name in ("service_level_target", "target_measure")]
    return moved | aimed[0] | aimed[1]


def _effect(currency: str, rows: pd.DataFrame) -> Effect:
    return Effect(
        currency,
        len(rows),
        int(_is_changed(rows).sum()),
        int(rows["qty_safety_stock_before"].sum()),
        int(rows["qty_safety_stock"].sum()),
        int(rows["investment_minor_before"].sum()),
        int(rows["investment_minor"].sum()),
        _weighted(rows, "service_level_expected_before"),
        _weighted(rows, "service_level_expected"),
        _weighted(rows, "fill_rate_expected_before"),
        _weighted(rows, "fill_rate_expected"),
    )


def _weighted(rows: pd.DataFrame, column: str) -> float | None:
    weight = float(rows["qty_demand_mean"].sum())
    return float((rows[column] * rows["qty_demand_mean"]).sum() / weight) if weight else None
