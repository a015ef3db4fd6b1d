"""Service-level policies: versioned as a whole, never changed once saved.

Belongs here: policies, their validation, and saving a new version on top of a known one.
Does not belong here: what a service level does to stock (`replenishment`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa

from oms_core.store.operations import audit
from oms_core.store.operations.schema import POLICY_RULES, POLICY_VERSIONS

MIN_SERVICE_LEVEL = 0.5
MAX_SERVICE_LEVEL = 0.9999
ABC_CLASSES = ("A", "B", "C")
_LONGEST_TEXT = 500

Scope = tuple[str, str]


class InvalidPolicyError(ValueError):
    """A change of policy that makes no sense; the message says what would."""


class StalePolicy(Exception):  # noqa: N818 - reads as the sentence it is
    """Somebody saved a policy since the one that a change was based on; the message names who changed what."""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A target cycle service level for what a scope covers; the narrowest scope wins.

    `scope_kind`: `default` (with `scope_value` `*`), `abc_class` (A, B, C) or `sku`. `service_level`: a share.
    """

    scope_kind: str
    scope_value: str
    service_level: float


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A rule to set, or, with `service_level` None, to take away."""

    scope_kind: str
    scope_value: str
    service_level: float | None


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
    def levels(self) -> dict[Scope, float]:
        """Service level by (scope kind, scope value)."""
        return {(rule.scope_kind, rule.scope_value): rule.service_level for rule in self.rules}


#: What a new store starts with: fast movers are protected best.
FIRST_RULES = (
    PolicyRule("default", "*", 0.95),
    PolicyRule("abc_class", "A", 0.97),
    PolicyRule("abc_class", "B", 0.95),
    PolicyRule("abc_class", "C", 0.90),
)


def ensure_first(connection: sa.Connection, now: datetime) -> None:
    """Save version 1, unless there is one. Needs a writing transaction."""
    if connection.execute(sa.select(sa.func.max(POLICY_VERSIONS.c.version))).scalar() is None:
        _insert(connection, Policy(1, "quartermaster", "Default of a new store.", now, now, None, FIRST_RULES))


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
    current = load(connection)
    if current.version != base_version:
        raise StalePolicy(_who_changed_what(connection, base_version))
    _require_text("author", author)
    _require_text("reason", reason)
    rules = _apply(current, list(changes))
    policy = Policy(current.version + 1, author.strip(), reason.strip(), now, now, current.version, rules)
    _insert(connection, policy)
    before, after = _changed(current, policy)
    audit.record(connection, now, policy.author, "policy.saved", f"policy:{policy.version}", before, after)
    return policy


def _apply(current: Policy, changes: list[PolicyChange]) -> tuple[PolicyRule, ...]:
    levels = current.levels
    for change in changes:
        _validate(change)
        scope = (change.scope_kind, change.scope_value)
        if change.service_level is not None:
            levels[scope] = float(change.service_level)
        elif levels.pop(scope, None) is None:
            raise InvalidPolicyError(f"there is no rule {_name(scope)} to take away")
    if levels == current.levels:
        raise InvalidPolicyError(f"the changes leave policy version {current.version} as it is; nothing was saved")
    return tuple(PolicyRule(*scope, level) for scope, level in sorted(levels.items()))


def _validate(change: PolicyChange) -> None:
    scope = (change.scope_kind, change.scope_value)
    if change.scope_kind not in ("default", "abc_class", "sku"):
        raise InvalidPolicyError(f"a rule covers default, abc_class or sku, not {change.scope_kind!r}")
    if change.scope_kind == "default" and change.scope_value != "*":
        raise InvalidPolicyError(f"the default covers '*', not {change.scope_value!r}")
    if change.scope_kind == "abc_class" and change.scope_value not in ABC_CLASSES:
        raise InvalidPolicyError(f"an ABC class is A, B or C, not {change.scope_value!r}")
    _require_text("scope_value", change.scope_value)
    if change.service_level is not None:
        _validate_level(scope, change.service_level)
    elif change.scope_kind == "default":
        raise InvalidPolicyError("the default cannot be taken away: what nothing else covers needs a level")


def _validate_level(scope: Scope, level: float) -> None:
    if not math.isfinite(level) or not MIN_SERVICE_LEVEL <= level <= MAX_SERVICE_LEVEL:
        limits = f"from {MIN_SERVICE_LEVEL} to {MAX_SERVICE_LEVEL}"
        raise InvalidPolicyError(f"a service level is a share {limits}, not {level} ({_name(scope)})")


def _require_text(name: str, text: str) -> None:
    if not text.strip() or len(text) > _LONGEST_TEXT:
        raise InvalidPolicyError(f"{name} must have 1 to {_LONGEST_TEXT} characters, not {len(text.strip())}")


def _insert(connection: sa.Connection, policy: Policy) -> None:
    names = [column.name for column in POLICY_VERSIONS.columns]
    connection.execute(sa.insert(POLICY_VERSIONS), [{name: getattr(policy, name) for name in names}])
    rows = [
        {
            "version": policy.version,
            "scope_kind": rule.scope_kind,
            "scope_value": rule.scope_value,
            "service_level": rule.service_level,
        }
        for rule in policy.rules
    ]
    connection.execute(sa.insert(POLICY_RULES), rows)


def _rules(connection: sa.Connection, version: int) -> tuple[PolicyRule, ...]:
    names = ("scope_kind", "scope_value", "service_level")
    query = sa.select(*(POLICY_RULES.c[name] for name in names)).where(POLICY_RULES.c.version == version)
    rules = [PolicyRule(**row._mapping) for row in connection.execute(query)]
    # Sorted here: databases differ in how they collate text.
    return tuple(sorted(rules, key=lambda rule: (rule.scope_kind, rule.scope_value)))


def _changed(before: Policy, after: Policy) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """The levels that differ, by scope, before and after; None where there is no rule."""
    scopes = sorted(s for s in {*before.levels, *after.levels} if before.levels.get(s) != after.levels.get(s))
    return ({_name(s): before.levels.get(s) for s in scopes}, {_name(s): after.levels.get(s) for s in scopes})


def _who_changed_what(connection: sa.Connection, base_version: int) -> str:
    versions = [policy for policy in reversed(history(connection)) if policy.version >= base_version]
    told = [_told(before, after) for before, after in pairwise(versions)]
    if not told:
        return f"There is no policy version {base_version} to base a change on."
    return f"The policy has changed since version {base_version}. {' '.join(told)} Look again, then save."


def _told(before: Policy, after: Policy) -> str:
    was, now = _changed(before, after)
    changes = ", ".join(f"{scope} {was[scope] or 'none'} → {now[scope] or 'none'}" for scope in was)
    return (
        f"Version {after.version} by {after.author}, {after.created_at:%Y-%m-%d %H:%M} UTC ({after.reason}): {changes}."
    )


def _name(scope: Scope) -> str:
    return ":".join(scope)
