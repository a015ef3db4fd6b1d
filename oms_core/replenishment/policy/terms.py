"""Terms of planning that a policy may set for a scope, as data: what each is called, and what holds where none is set.

Belongs here: the list of terms. Does not belong here: their bounds (the `policies` contract), targets and scopes
(`targets`), which rule wins (`policies`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A number that a rule may set. `name` is its column in the `policies` contract, `words` tell a value of it.

    `default` holds where no rule sets it; None: what is observed, or nothing. `what` begins the sentence that refuses a
    value out of bounds. A term with `choices` is the number of one of them.
    """

    name: str
    label: str
    words: str
    what: str
    help: str
    default: float | None = None
    is_whole: bool = False
    empty: str = "as a wider rule, else the default"
    choices: tuple[str, ...] = ()

    @property
    def set_column(self) -> str:
        """The column in which it is told per series, as rules set it."""
        return self.name if self.name == "qty_minimum" else f"{self.name}_set"

    @property
    def scope_column(self) -> str:
        """The column that names the rule which sets it for a series."""
        return {"lead_time_days": "lead_time_scope", "qty_minimum": "minimum_scope"}.get(
            self.name, f"{self.name}_scope"
        )

    def told(self, value: float) -> str:
        """A value in words: `lead time 12 days`."""
        return self.words.format(self.choices[int(value)] if self.choices else value)


_LEAD_TIME = Term(
    *("lead_time_days", "Lead time, days", "lead time {:g} days", "a lead time is a number of days"),
    "Planned with instead of the mean of the observed lead times; empty: as observed, or as a wider rule.",
    empty="as observed",
)
_MINIMUM = Term(
    *("qty_minimum", "Minimum, units", "at least {:,} units", "a minimum is a number of units"),
    "Least safety stock, whatever the target asks for; empty: none, or a wider rule's.",
    is_whole=True,
    empty="none",
)
_REVIEW = Term(
    *("review_period_days", "Review period, days", "review every {:g} days", "a review period is a number of days"),
    "Days from one look at the position to the next, instead of the supplier's; empty: as the supplier's.",
    is_whole=True,
    empty="as the supplier's",
)
_ORDER_COST = Term(
    *("order_cost_minor", "Ordering cost, minor units", "ordering costs {:,}", "an ordering cost is an amount"),
    "What placing and receiving an order of it costs, in minor units of its currency (500 is 5.00): sizes economic "
    "lots, and is counted by back-tests.",
    default=500,
    is_whole=True,
)
_HOLDING = Term(
    *("holding_share", "Holding cost a year, share", "holding costs {:.4g} a year", "a holding cost is a share"),
    "What holding a unit costs a year, as a share of its cost (capital, space, loss).",
    default=0.25,
)
_TRANSFER_COST = Term(
    "transfer_cost_minor",
    "Transfer cost, minor units",
    "a transfer costs {:,}",
    "a transfer cost is an amount",
    "What a transfer to it costs as a whole, in minor units of its currency (500 is 5.00).",
    default=500,
    is_whole=True,
)
_HANDLING = Term(
    "transfer_cost_share",
    "Transfer cost of a unit, share",
    "a unit's transfer costs {:.4g} of its price",
    "a unit's transfer cost is a share",
    "What moving a unit to it costs, as a share of its price.",
    default=0.05,
)
_TRANSFER_DAYS = Term(
    *("transfer_days", "Transfer, days", "a transfer takes {:g} days", "a transfer takes a number of days"),
    "Days that a transfer to it takes.",
    default=2,
    is_whole=True,
)
_NETWORK = Term(
    "network_planning",
    "Network",
    "network: {}",
    "network planning is a choice",
    "Whether a place that another one replenishes (`replenished_from`) and that one are planned together, so that a "
    "unit is not protected twice, or each protects all of its own interval. Without such places it changes nothing.",
    default=1,
    is_whole=True,
    choices=("each place on its own", "planned together"),
)

_RELEASE_TRANSFERS = Term(
    "release_transfers",
    "Transfers to it",
    "transfers: {}",
    "releasing transfers is a choice",
    "Whether an ordinary transfer to it is accepted by itself, or a person accepts each.",
    default=0,
    is_whole=True,
    choices=("a person accepts", "accepted by rule"),
)
_RELEASE_ORDER = Term(
    "release_order_minor",
    "Purchases accepted by rule, minor units an order",
    "purchase orders of up to {:,} are accepted by rule",
    "the largest order that a rule accepts is an amount",
    "An ordinary purchase is accepted by itself where its whole order (a supplier's, for a place) is worth no more, in "
    "minor units of its currency (500000 is 5,000.00); 0: a person accepts each.",
    default=0,
    is_whole=True,
)
_RELEASE_WEEKS = Term(
    "release_weeks",
    "Largest purchase accepted by rule, weeks",
    "purchases of up to {:g} weeks of demand are accepted by rule",
    "the largest quantity that a rule accepts is a number of weeks",
    "A purchase is accepted by itself only where its quantity is no more than so many weeks of demand, as the last 13 "
    "weeks had it, or the least that can be ordered.",
    default=13.0,
)

TERMS: tuple[Term, ...] = (
    *(_LEAD_TIME, _MINIMUM, _REVIEW, _ORDER_COST, _HOLDING, _TRANSFER_COST, _HANDLING, _TRANSFER_DAYS, _NETWORK),
    *(_RELEASE_TRANSFERS, _RELEASE_ORDER, _RELEASE_WEEKS),
)
BY_NAME = {term.name: term for term in TERMS}
#: Terms that always have a value, and that value where no rule sets another.
DEFAULTS: dict[str, float] = {term.name: term.default for term in TERMS if term.default is not None}
