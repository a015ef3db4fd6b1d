"""Changing what stock aims at: rules in words, a draft of changes, and what changes would do.

Belongs here: pure functions over policies and frames of levels. Does not belong here: the levels' arithmetic
(`oms_core.replenishment`), saving (`oms_core.store`), files (`sheet`), widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import pandas as pd

from dashboards.parts import format as fmt
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import what_if
from oms_core.replenishment.policy.policies import covered, resolve
from oms_core.replenishment.policy.targets import PolicyRule, Scope, Target, sku_location, split_sku_location
from oms_core.replenishment.policy.terms import BY_NAME
from oms_core.store.operations import Policy, PolicyChange, changed_rules

Rules = Mapping[Scope, PolicyRule]
#: What a rule may set: a `Target`, as `target`, or a term, a number, by its name.
Thing = str
TARGET: Thing = "target"
THINGS: tuple[Thing, ...] = (TARGET, *BY_NAME)
Value = Target | float | int | None

_KEY = ["sku", "location_id"]
_COMPARED = [
    *("service_level_target", "target_measure", "service_level_expected", "fill_rate_expected"),
    *("qty_safety_stock", "qty_reorder_point", "lead_time_days_mean", "qty_order_up_to", "investment_minor"),
    "terms_set",
]
_DESCRIBED = 4
_KINDS = {
    "abc_class": "Class {}",
    "abc_xyz_class": "Class {}",
    "demand_pattern": "Demand {}",
    "supplier": "Supplier {}",
    "location": "Location {}",
    "sku": "SKU {}",
}


def scope_name(scope: Scope) -> str:
    """A scope in words."""
    kind, value = scope
    if kind == "sku_location":
        return "{} at {}".format(*split_sku_location(value))
    return _KINDS.get(kind, "Default").format(value)


def scope_of(name: str) -> Scope:
    """The scope of a rule's name, `kind:value`."""
    kind, _, value = name.partition(":")
    return kind, value


def target_name(target: Target | None) -> str:
    """A target in words: `97.0 %`, `fill rate 98.0 %`, `least cost, at least 90.0 %`."""
    if target is None:
        return "none"
    share = fmt.level(target.service_level)
    return {"cycle_service": share, "fill_rate": f"fill rate {share}"}.get(
        target.measure, f"least cost, at least {share}"
    )


def rule_name(rule: PolicyRule | None) -> str:
    """What a rule sets, in words: `97.0 %, lead time 12 days, at least 5 units`."""
    if rule is None:
        return "none"
    return ", ".join([*([] if rule.target is None else [target_name(rule.target)]), *rule.terms_told])


def described(changes: Sequence[PolicyChange], policy: Policy) -> str:
    """Changes in words, against the policy they would change: `Class A: 97.0 % → 98.0 %`; the first few of many."""
    before = policy.by_scope
    told = [
        f"{scope_name(change.scope)}: {rule_name(before.get(change.scope))} → {rule_name(change.rule)}"
        for change in islice(changes, _DESCRIBED)
    ]
    more = len(changes) - len(told)
    return " · ".join([*told, *([f"and {more:,} more"] if more else [])])


def changes_between(before: Rules, after: Rules) -> tuple[PolicyChange, ...]:
    """The changes that make the rules `before` into those `after`."""
    scopes = sorted({*before, *after})
    return tuple(PolicyChange.to(scope, after.get(scope)) for scope in scopes if before.get(scope) != after.get(scope))


def rules_after(policy: Policy, changes: Iterable[PolicyChange] = ()) -> tuple[PolicyRule, ...]:
    """The policy's rules with changes applied, as the levels' arithmetic takes them."""
    after = changed_rules(policy.by_scope, changes)
    return tuple(after[scope] for scope in sorted(after))


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a planner sets for a scope; None takes it away there."""

    scope: Scope
    thing: Thing
    value: Value


def edited(rules: Rules, edits: Iterable[Edit]) -> dict[Scope, PolicyRule]:
    """The rules with edits applied; what an edit does not speak of stays, and a rule that sets nothing more goes."""
    after = dict(rules)
    for edit in edits:
        change = _with(PolicyChange.to(edit.scope, after.get(edit.scope)), edit)
        rule = change.rule
        if rule is not None:
            after[edit.scope] = rule
        else:
            after.pop(edit.scope, None)
    return after


def _with(change: PolicyChange, edit: Edit) -> PolicyChange:
    if isinstance(edit.value, Target):
        return replace(change, service_level=edit.value.service_level, measure=edit.value.measure)
    if edit.thing == TARGET:
        return replace(change, service_level=None, measure="cycle_service")
    given: dict[str, Any] = {edit.thing: edit.value}
    return replace(change, **given)


def with_edits(policy: Policy, draft: Iterable[PolicyChange], edits: Iterable[Edit]) -> tuple[PolicyChange, ...]:
    """The draft with edits added. What then is as the policy has it is no change any more."""
    return changes_between(policy.by_scope, edited(changed_rules(policy.by_scope, draft), edits))


def row_edits(series: pd.DataFrame, rules: Rules, thing: Thing, value: Value) -> list[Edit]:
    """Edits that set a thing for each row of `series` by a rule of its own, where it is not so already.

    With None: take the rows' own away.
    """
    scopes = [("sku_location", sku_location(*key)) for key in zip(series["sku"], series["location_id"], strict=True)]
    if value is None:
        own = [scope for scope in scopes if scope in rules]
        return [Edit(scope, thing, None) for scope in own if thing_of(rules[scope], thing) is not None]
    in_force = things_in_force(series, rules, thing)
    return [Edit(scope, thing, value) for scope, now in zip(scopes, in_force, strict=True) if now != value]


def things_in_force(series: pd.DataFrame, rules: Rules, thing: Thing) -> list[Value]:
    """What the rules set for each row of `series`."""
    return all_in_force(series, rules, (thing,))[thing]


def all_in_force(series: pd.DataFrame, rules: Rules, things: Iterable[Thing] = THINGS) -> dict[Thing, list[Value]]:
    """What the rules set for each row of `series`, of each thing."""
    found = resolve(series, list(rules.values()))
    return {thing: _values(found, thing) for thing in things}


def _values(found: pd.DataFrame, thing: Thing) -> list[Value]:
    if thing == TARGET:
        both = zip(found["service_level_target"], found["target_measure"], strict=True)
        return [Target(float(level), str(measure)) for level, measure in both]
    column = found[BY_NAME[thing].set_column].astype(object)
    return list(column.where(column.notna(), None))


def thing_of(rule: PolicyRule, thing: Thing) -> Value:
    """What the rule itself sets; None: it leaves that to wider ones."""
    found: Value = getattr(rule, thing)
    return found


def touched(levels: pd.DataFrame, changes: Iterable[PolicyChange]) -> pd.Series:
    """Which rows of `levels` the changes can touch. A row with a narrower rule of its own comes out unchanged.

    Where places replenish each other, what touches one of a SKU's touches all.
    """
    found = pd.Series(covered(levels, (change.scope for change in changes)), index=levels.index)
    return found | whole_networks(levels, levels["sku"][found])


def whole_networks(levels: pd.DataFrame, skus: Iterable[str]) -> pd.Series:
    """Which rows of `levels` are of those SKUs that a network plans together: none of them has its level alone."""
    networked = set(levels["sku"][levels["replenished_from"].notna()]) & set(skus)
    return levels["sku"].isin(networked)


def compared(
    levels: pd.DataFrame, grid: DemandGrid, before: Sequence[PolicyRule], after: Sequence[PolicyRule]
) -> pd.DataFrame:
    """Each series under both sets of rules: `<figure>_before`, `<figure>` and, for units and money, `<figure>_change`.

    `levels` are rows of `fct_safety_stock`, `grid` has them all. Order: the largest change of money first.
    """
    old, new = (what_if(levels, grid, rules=rules, policy_version=0) for rules in (before, after))
    # Both are sorted by their key.
    frame = pd.concat(
        [new[[*_KEY, "currency", "qty_demand_mean", *_COMPARED]], old[_COMPARED].add_suffix("_before")], axis="columns"
    )
    for name in ("qty_safety_stock", "qty_order_up_to", "investment_minor"):
        frame[f"{name}_change"] = frame[name] - frame[f"{name}_before"]
    size = frame["investment_minor_change"].abs()
    return frame.iloc[(-size).argsort(kind="stable")].reset_index(drop=True)


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
    """The series of `compared` whose target, terms or level are others."""
    return frame[_is_changed(frame)].reset_index(drop=True)


def _is_changed(frame: pd.DataFrame) -> pd.Series:
    moved = frame["qty_order_up_to_change"] != 0
    for name in ("service_level_target", "target_measure", "lead_time_days_mean"):
        moved |= frame[name] != frame[f"{name}_before"]
    return moved | (frame["terms_set"].fillna("") != frame["terms_set_before"].fillna(""))


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
