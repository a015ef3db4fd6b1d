"""What stock aims at: a target, and the rule that sets it for a scope.

Belongs here: the words of a policy, and what makes sense among them. Does not belong here: which rule wins
(`policies`), the level that reaches a target (`levels`), versions and authors (`oms_core.store`).
"""

from __future__ import annotations

from dataclasses import dataclass

from oms_core.contracts.decisions import POLICIES

Scope = tuple[str, str]

SCOPES = POLICIES["scope_kind"].allowed
DEFAULT: Scope = ("default", "*")
ABC_CLASSES: tuple[str, ...] = ("A", "B", "C")

#: What a target measures:
#: cycle_service  share of protection intervals without a stock-out
#: fill_rate      share of units served from the shelf
#: least_cost     the level at which a unit more costs as much to hold as the margin that it saves, but no less than the
#:                cycle service given
MEASURES = POLICIES["measure"].allowed


@dataclass(frozen=True, slots=True)
class Target:
    """A share, and what it is a share of. Raises ValueError outside the `policies` contract's bounds."""

    service_level: float
    measure: str = "cycle_service"

    def __post_init__(self) -> None:
        low, high = POLICIES["service_level"].minimum or 0.0, POLICIES["service_level"].maximum or 1.0
        if not low <= self.service_level <= high:
            raise ValueError(f"a service level is a share from {low:g} to {high:g}, not {self.service_level}")
        if self.measure not in MEASURES:
            raise ValueError(f"a target measures {', '.join(MEASURES)}, not {self.measure!r}")

    def __str__(self) -> str:
        """The share, and what it measures where that is not cycle service: `0.97`, `fill_rate 0.98`."""
        share = f"{self.service_level:g}"
        return share if self.measure == "cycle_service" else f"{self.measure} {share}"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """The target of everything in one scope.

    `scope_kind`: `default` (with `scope_value` `*`), `abc_class` (A, B, C) or `sku`. Raises ValueError on any other,
    and on a target that is none.
    """

    scope_kind: str
    scope_value: str
    service_level: float
    measure: str = "cycle_service"

    def __post_init__(self) -> None:
        if self.scope_kind not in SCOPES:
            raise ValueError(f"a rule covers {', '.join(SCOPES)}, not {self.scope_kind!r}")
        if self.scope_kind == "default" and self.scope_value != "*":
            raise ValueError(f"the default covers '*', not {self.scope_value!r}")
        if self.scope_kind == "abc_class" and self.scope_value not in ABC_CLASSES:
            raise ValueError(f"an ABC class is A, B or C, not {self.scope_value!r}")
        try:
            Target(self.service_level, self.measure)
        except ValueError as error:
            raise ValueError(f"{error} ({self.name})") from error

    @property
    def scope(self) -> Scope:
        """Kind and value."""
        return (self.scope_kind, self.scope_value)

    @property
    def target(self) -> Target:
        """What the scope aims at."""
        return Target(self.service_level, self.measure)

    @property
    def name(self) -> str:
        """The rule's name, `kind:value`."""
        return f"{self.scope_kind}:{self.scope_value}"
