"""Policies, what stock aims at and is planned with: versioned as a whole, never changed once saved.

Belongs here: policies, and saving a new version on top of a known one.
Does not belong here: what a rule may say, and what it does to stock (`oms_core.replenishment`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa

from oms_core.replenishment.policy.targets import DEFAULT, PolicyRule, RuleTerms, Scope, Target
from oms_core.store.operations import audit
from oms_core.store.operations.schema import POLICY_RULES, POLICY_VERSIONS

LONGEST_TEXT = 500
#: Changed rules that a message names; a file may have changed thousands.
_TOLD = 10

#: What a stored rule consists of.
_RULE = tuple(field.name for field in fields(PolicyRule))


class InvalidPolicyError(ValueError):
    """A change of policy that makes no sense; the message says what would."""


class StalePolicy(Exception):  # noqa: N818 - reads as the sentence it is
    """Somebody saved a policy since the one that a change was based on; the message names who changed what."""


@dataclass(frozen=True, slots=True)
class PolicyChange(RuleTerms):
    """What the rule of a scope is to be, whole; one that sets nothing takes the rule away."""

    @property
    def rule(self) -> PolicyRule | None:
        """The rule to set, or None to take it away. Raises ValueError where it makes no sense."""
        return None if self.sets_nothing else PolicyRule(**{name: getattr(self, name) for name in _RULE})

    @classmethod
    def to(cls, scope: Scope, rule: PolicyRule | None) -> PolicyChange:
        """The change after which the scope has that rule, or none."""
        return cls(*scope) if rule is None else cls(**{name: getattr(rule, name) for name in _RULE})


@dataclass(frozen=True, slots=True)
class Policy:
    """One whole version of the policy. Versions count from 1; `base_version` is None for the first."""

    version: int
    author: str
    reason: str
    created_at: datetime
    effective_at: datetime
    base_version: int | None
    rules: tuple[PolicyRule, ...]

    @property
    def by_scope(self) -> dict[Scope, PolicyRule]:
        """Rule by scope."""
        return {rule.scope: rule for rule in self.rules}

    @property
    def targets(self) -> dict[Scope, Target]:
        """Target by scope, of the rules that set one."""
        return {rule.scope: rule.target for rule in self.rules if rule.target is not None}


def changed_rules(rules: Mapping[Scope, PolicyRule], changes: Iterable[PolicyChange]) -> dict[Scope, PolicyRule]:
    """The rules with changes applied. Raises ValueError for a rule that makes no sense."""
    after = dict(rules)
    for change in changes:
        rule = change.rule
        if rule is None:
            after.pop(change.scope, None)
        else:
            after[change.scope] = rule
    return after


#: What a new store starts with: fast movers are protected best.
_FIRST_RULES = (
    PolicyRule("default", "*", 0.95),
    PolicyRule("abc_class", "A", 0.97),
    PolicyRule("abc_class", "B", 0.95),
    PolicyRule("abc_class", "C", 0.90),
)


def ensure_first(connection: sa.Connection, now: datetime) -> None:
    """Save version 1, unless there is one. Needs a writing transaction."""
    if connection.execute(sa.select(sa.func.max(POLICY_VERSIONS.c.version))).scalar() is None:
        _insert(connection, Policy(1, "quartermaster", "Default of a new store.", now, now, None, _FIRST_RULES))


def has_any(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(POLICY_VERSIONS.c.version).limit(1)).first() is not None


def load(connection: sa.Connection, version: int | None = None) -> Policy:
    """One version, the latest if none is named. Raises KeyError for a version that does not exist."""
    query = sa.select(POLICY_VERSIONS).order_by(POLICY_VERSIONS.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(POLICY_VERSIONS.c.version == version)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise KeyError(f"there is no policy version {version}")
    return Policy(**row._mapping, rules=_rules(connection, row.version))


def history(connection: sa.Connection) -> list[Policy]:
    """All versions, the latest first."""
    query = sa.select(POLICY_VERSIONS.c.version).order_by(POLICY_VERSIONS.c.version.desc())
    versions: list[int] = list(connection.execute(query).scalars())
    return [load(connection, version) for version in versions]


def save(
    connection: sa.Connection,
    changes: Iterable[PolicyChange],
    author: str,
    reason: str,
    now: datetime,
    base_version: int,
) -> Policy:
    """Save a new whole version: the base's rules with the changes applied. Needs a writing transaction.

    Raises StalePolicy where `base_version` is not the latest any more, InvalidPolicyError for senseless changes.
    """
    current, rules = check(connection, changes, author, reason, base_version)
    policy = Policy(current.version + 1, author.strip(), reason.strip(), now, now, current.version, rules)
    _insert(connection, policy)
    before, after = _changed(current, policy)
    audit.record(connection, now, policy.author, "policy.saved", f"policy:{policy.version}", before, after)
    return policy


def check(
    connection: sa.Connection, changes: Iterable[PolicyChange], author: str, reason: str, base_version: int
) -> tuple[Policy, tuple[PolicyRule, ...]]:
    """The policy in force, and the rules that the changes would make of its. Raises as `save`."""
    current = check_base(connection, base_version)
    _require_text("author", author)
    _require_text("reason", reason)
    return current, _apply(current, list(changes))


def check_base(connection: sa.Connection, base_version: int) -> Policy:
    """The policy in force. Raises StalePolicy where that is not `base_version`."""
    current = load(connection)
    if current.version != base_version:
        raise StalePolicy(_who_changed_what(connection, base_version))
    return current


def check_changes(base: Policy, changes: Iterable[PolicyChange]) -> None:
    """Raise InvalidPolicyError where a policy could not be saved so on top of `base`."""
    _apply(base, list(changes))


def _apply(current: Policy, changes: list[PolicyChange]) -> tuple[PolicyRule, ...]:
    rules = current.by_scope
    for change in changes:
        _require_text("scope_value", change.scope_value)
        rule = _rule(change)
        if rule is not None:
            rules[change.scope] = rule
        elif rules.pop(change.scope, None) is None:
            raise InvalidPolicyError(f"there is no rule {_name(change.scope)} to take away")
    if DEFAULT not in rules or rules[DEFAULT].target is None:
        raise InvalidPolicyError("the default's target cannot be taken away: what nothing else covers needs a level")
    after = tuple(rules[scope] for scope in sorted(rules))
    if after == current.rules:
        raise InvalidPolicyError(f"the changes leave policy version {current.version} as it is; nothing was saved")
    return after


def _rule(change: PolicyChange) -> PolicyRule | None:
    try:
        return change.rule
    except ValueError as error:
        raise InvalidPolicyError(str(error)) from error


def _require_text(name: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InvalidPolicyError(f"{name} must have 1 to {LONGEST_TEXT} characters, not {len(text.strip())}")


def _insert(connection: sa.Connection, policy: Policy) -> None:
    names = [column.name for column in POLICY_VERSIONS.columns]
    connection.execute(sa.insert(POLICY_VERSIONS), [{name: getattr(policy, name) for name in names}])
    rows = [{"version": policy.version, **{name: getattr(rule, name) for name in _RULE}} for rule in policy.rules]
    connection.execute(sa.insert(POLICY_RULES), rows)


def _rules(connection: sa.Connection, version: int) -> tuple[PolicyRule, ...]:
    query = sa.select(*(POLICY_RULES.c[name] for name in _RULE)).where(POLICY_RULES.c.version == version)
    rules = [PolicyRule(**row._mapping) for row in connection.execute(query)]
    # Sorted here: databases differ in how they collate text.
    return tuple(sorted(rules, key=lambda rule: rule.scope))


def _changed(before: Policy, after: Policy) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """The rules that differ, by scope, before and after; None where there is none."""
    was, now = before.by_scope, after.by_scope
    scopes = sorted(scope for scope in {*was, *now} if was.get(scope) != now.get(scope))
    told = [{_name(s): str(side[s]) if s in side else None for s in scopes} for side in (was, now)]
    return told[0], told[1]


def _who_changed_what(connection: sa.Connection, base_version: int) -> str:
    versions = [policy for policy in reversed(history(connection)) if policy.version >= base_version]
    told = [_told(before, after) for before, after in pairwise(versions)]
    if not told:
        return f"There is no policy version {base_version} to base a change on."
    return f"The policy has changed since version {base_version}. {' '.join(told)} Look again, then save."


def _told(before: Policy, after: Policy) -> str:
    was, now = _changed(before, after)
    changes = ", ".join(f"{scope} {was[scope] or 'none'} → {now[scope] or 'none'}" for scope in list(was)[:_TOLD])
    changes += f" and {len(was) - _TOLD} more" if len(was) > _TOLD else ""
    return (
        f"Version {after.version} by {after.author}, {after.created_at:%Y-%m-%d %H:%M} UTC ({after.reason}): {changes}."
    )


def _name(scope: Scope) -> str:
    return ":".join(scope)
