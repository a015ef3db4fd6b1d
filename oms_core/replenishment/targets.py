"""What stock aims at, and what a planner may set for a scope: a target, a lead time, a minimum.

Belongs here: the words of a policy, and what makes sense among them. Does not belong here: which rule wins
(`policies`), the level that follows (`levels`), versions and authors (`oms_core.store`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from oms_core.contracts.decisions import POLICIES

Scope = tuple[str, str]

#: What a rule may cover, the widest first: of two rules that set the same thing, the later kind here wins.
SCOPES = POLICIES["scope_kind"].allowed
DEFAULT: Scope = ("default", "*")
ABC_CLASSES: tuple[str, ...] = ("A", "B", "C")
XYZ_CLASSES: tuple[str, ...] = ("X", "Y", "Z")
DEMAND_PATTERNS: tuple[str, ...] = ("smooth", "erratic", "intermittent", "lumpy")

#: Values of the kinds that have a fixed list of them; the others are named by what the company has.
SCOPE_VALUES: dict[str, tuple[str, ...]] = {
    "default": ("*",),
    "abc_class": ABC_CLASSES,
    "demand_pattern": DEMAND_PATTERNS,
    "abc_xyz_class": tuple(abc + xyz for abc in ABC_CLASSES for xyz in XYZ_CLASSES),
}

#: What a target measures:
#: cycle_service  share of protection intervals without a stock-out
#: fill_rate      share of units served from the shelf
#: least_cost     the level at which a unit more costs as much to hold as the margin that it saves, but no less than the
#:                cycle service given
MEASURES = POLICIES["measure"].allowed


def sku_location(sku: str, location_id: str) -> str:
    """The scope value of one SKU at one location: `SKU@LOCATION`; the SKU's own `@` and `%` as URLs have them.

    >>> sku_location("A@1", "WH-1")
    'A%401@WH-1'
    """
    return f"{sku.replace('%', '%25').replace('@', '%40')}@{location_id}"


def split_sku_location(value: str) -> tuple[str, str]:
    """SKU and location of such a scope value. Raises ValueError where it names no location."""
    sku, at, location_id = value.partition("@")
    if not (sku and at and location_id):
        raise ValueError(f"a SKU at a location is SKU@LOCATION, not {value!r}")
    return sku.replace("%40", "@").replace("%25", "%"), location_id


@dataclass(frozen=True, slots=True)
class Target:
    """A share, and what it is a share of. Raises ValueError outside the `policies` contract's bounds."""

    service_level: float
    measure: str = "cycle_service"

    def __post_init__(self) -> None:
        _require_within("service_level", "a service level is a share", self.service_level)
        if self.measure not in MEASURES:
            raise ValueError(f"a target measures {', '.join(MEASURES)}, not {self.measure!r}")

    def __str__(self) -> str:
        """The share, and what it measures where that is not cycle service: `0.97`, `fill_rate 0.98`."""
        share = f"{self.service_level:g}"
        return share if self.measure == "cycle_service" else f"{self.measure} {share}"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """What is set for everything in one scope; None leaves a thing to wider rules.

    `service_level` and `measure` are its target, `lead_time_days` stands for the mean of the observed lead times,
    `qty_minimum` is the least safety stock in base units. Raises ValueError on what makes no sense, and on a rule that
    sets nothing.
    """

    scope_kind: str
    scope_value: str
    service_level: float | None = None
    measure: str = "cycle_service"
    lead_time_days: float | None = None
    qty_minimum: int | None = None

    def __post_init__(self) -> None:
        _require_scope(self.scope)
        if self.service_level is None and self.lead_time_days is None and self.qty_minimum is None:
            raise ValueError(f"a rule sets a target, a lead time or a minimum ({self.name})")
        try:
            _ = self.target
            if self.lead_time_days is not None:
                _require_within("lead_time_days", "a lead time is a number of days", self.lead_time_days)
            if self.qty_minimum is not None:
                _require_within("qty_minimum", "a minimum is a number of units", self.qty_minimum)
        except ValueError as error:
            raise ValueError(f"{error} ({self.name})") from error

    @property
    def scope(self) -> Scope:
        """Kind and value."""
        return (self.scope_kind, self.scope_value)

    @property
    def target(self) -> Target | None:
        """What the scope aims at, where the rule says so."""
        return None if self.service_level is None else Target(self.service_level, self.measure)

    @property
    def name(self) -> str:
        """The rule's name, `kind:value`."""
        return f"{self.scope_kind}:{self.scope_value}"

    def __str__(self) -> str:
        """What it sets, in a few words: `0.97, lead time 12 days, at least 5`."""
        told = [] if self.target is None else [str(self.target)]
        told += [] if self.lead_time_days is None else [f"lead time {self.lead_time_days:g} days"]
        told += [] if self.qty_minimum is None else [f"at least {self.qty_minimum}"]
        return ", ".join(told)


def _require_scope(scope: Scope) -> None:
    kind, value = scope
    if kind not in SCOPES:
        raise ValueError(f"a rule covers {', '.join(SCOPES)}, not {kind!r}")
    known = SCOPE_VALUES.get(kind)
    if known is not None and value not in known:
        raise ValueError(f"{kind} is {', '.join(known)}, not {value!r}")
    if kind == "sku_location":
        split_sku_location(value)


def _require_within(column: str, what: str, value: float) -> None:
    low, high = POLICIES[column].minimum, POLICIES[column].maximum
    if low is None or high is None:
        raise ValueError(f"the policies contract bounds no {column}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{what} from {low:g} to {high:g}, not {value}")
