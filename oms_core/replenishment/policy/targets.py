"""What stock aims at, and what a planner may set for a scope: a target, and terms of planning.

Belongs here: the words of a policy, and what makes sense among them. Does not belong here: the list of terms (`terms`),
which rule wins (`policies`), the level that follows (`levels`), versions and authors (`oms_core.store`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from oms_core.contracts.decisions import POLICIES
from oms_core.replenishment.policy.terms import TERMS

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
class RuleTerms:
    """What is set for one scope: a target and terms (`terms.TERMS`, a field each); None leaves a thing to wider rules.

    `service_level` and `measure` are the target, `lead_time_days` stands for the mean of the observed lead times,
    `qty_minimum` is the least safety stock in base units; amounts are minor units of a series' own currency.
    """

    scope_kind: str
    scope_value: str
    service_level: float | None = None
    measure: str = "cycle_service"
    lead_time_days: float | None = None
    qty_minimum: int | None = None
    review_period_days: int | None = None
    order_cost_minor: int | None = None
    holding_share: float | None = None
    transfer_cost_minor: int | None = None
    transfer_cost_share: float | None = None
    transfer_days: int | None = None
    network_planning: int | None = None
    release_transfers: int | None = None
    release_order_minor: int | None = None
    release_weeks: float | None = None

    @property
    def scope(self) -> Scope:
        """Kind and value."""
        return (self.scope_kind, self.scope_value)

    @property
    def sets_nothing(self) -> bool:
        """Whether neither target nor any term is set."""
        return self.service_level is None and all(getattr(self, term.name) is None for term in TERMS)


@dataclass(frozen=True, slots=True)
class PolicyRule(RuleTerms):
    """A rule of a policy. Raises ValueError on what makes no sense, and on a rule that sets nothing."""

    def __post_init__(self) -> None:
        _require_scope(self.scope)
        if self.sets_nothing:
            raise ValueError(f"a rule sets a target, a lead time, a minimum or another term of planning ({self.name})")
        try:
            _ = self.target
            for term in TERMS:
                value = getattr(self, term.name)
                if value is not None:
                    _require_within(term.name, term.what, value, is_whole=term.is_whole)
        except ValueError as error:
            raise ValueError(f"{error} ({self.name})") from error

    @property
    def target(self) -> Target | None:
        """What the scope aims at, where the rule says so."""
        return None if self.service_level is None else Target(self.service_level, self.measure)

    @property
    def name(self) -> str:
        """The rule's name, `kind:value`."""
        return f"{self.scope_kind}:{self.scope_value}"

    @property
    def terms_told(self) -> list[str]:
        """What it sets besides a target, in words."""
        return [term.told(value) for term in TERMS if (value := getattr(self, term.name)) is not None]

    def __str__(self) -> str:
        """What it sets, in a few words: `0.97, lead time 12 days, at least 5 units`."""
        return ", ".join([*([] if self.target is None else [str(self.target)]), *self.terms_told])


def _require_scope(scope: Scope) -> None:
    kind, value = scope
    if kind not in SCOPES:
        raise ValueError(f"a rule covers {', '.join(SCOPES)}, not {kind!r}")
    known = SCOPE_VALUES.get(kind)
    if known is not None and value not in known:
        raise ValueError(f"{kind} is {', '.join(known)}, not {value!r}")
    if kind == "sku_location":
        split_sku_location(value)


def _require_within(column: str, what: str, value: float, *, is_whole: bool = False) -> None:
    low, high = POLICIES[column].minimum, POLICIES[column].maximum
    if low is None or high is None:
        raise ValueError(f"the policies contract bounds no {column}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{what} from {low:g} to {high:g}, not {value}")
    if is_whole and value != int(value):
        raise ValueError(f"{what}, a whole one, not {value}")
