"""Which proposals a rule accepts by itself, and why not the others: what is ordinary is ordered, people see the rest.

Belongs here: the verdict on each proposal of a plan, from facts that a published plan has. Does not belong here:
reading these facts (`store.published.release_facts`), the terms (`terms`), accepting (`store.operations.proposals`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oms_core.money import money

#: Weeks of demand that a proposal's quantity is held against.
DEMAND_WEEKS = 13
#: Days since the first demand within which a series is new: no model knows it yet.
_NEW_DAYS = 56
_AUTHOR = "rule of policy "
_WAITS = {"minimum_value": "its supplier's least order value", "capacity": "room", "turn": "its supplier's turn"}
#: What may speak against a proposal, and how that is told.
_DOUBTS = {
    "late_feeds": "files are late: {}",
    "alarms": "forecast alarm: {}",
    "doubts": "stock in doubt: {}",
    "override_refs": "its forecast is overridden: {}",
    "refusals": "its supplier promised less last time: {}",
}
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule releases a proposal, and why or why not; `why` is None where no rule would. `author` is who
    accepts it then: the policy's version that has the rule."""

    is_released: bool
    why: str | None
    author: str


def verdicts(plan: Sequence[Facts], held_feeds: Iterable[str] = ()) -> dict[str, Verdict]:
    """The verdict on each proposal of a plan, by its ref.

    `plan`: of each proposal its proposal_ref, kind, quantity, the `least_quantity` that could be ordered, value_minor,
    currency, supplier_id, location_id, waits_for and business_date; `policy_version` and the terms of the series that
    it is for (`release_transfers`, `release_order_minor`, `release_weeks`; None: not set); `min_order_value_minor` of
    its supplier (None: none); `qty_asked` of it and of what it replenishes in the last DEMAND_WEEKS weeks, and
    `first_asked` (None: never); and what speaks against it, in words, None where nothing does: `alarms`, `late_feeds`,
    `override_refs`, `doubts` and `refusals`. `held_feeds`: those that a file stops.

    A supplier's order for a place is the purchases of the plan that wait for nothing. What is released of it is worth
    no more than the limit of each of its lines, and no less than its supplier takes.
    """
    held = sorted(held_feeds)
    against = {one["proposal_ref"]: "; ".join(_against(one, held)) for one in plan}
    ordinary = [one for one in plan if _has_rule(one) and not against[one["proposal_ref"]]]
    worth = _worth_of_orders(ordinary)
    fitting = []
    for one in ordinary:
        if _is_purchase(one) and worth[_order(one)] > one["release_order_minor"]:
            amounts = (money(minor, one["currency"]) for minor in (worth[_order(one)], one["release_order_minor"]))
            against[one["proposal_ref"]] = "its order is worth {}, more than {}".format(*amounts)
        else:
            fitting.append(one)
    for one in _too_small_rests(plan, fitting):
        against[one["proposal_ref"]] = "the rest of its order is below what its supplier takes"
    return {one["proposal_ref"]: _verdict(one, against[one["proposal_ref"]], worth) for one in plan}


def is_by_rule(author: str) -> bool:
    """Whether it was a rule, and no person, that accepted."""
    return author.startswith(_AUTHOR)


def _verdict(one: Facts, against: str, worth: Mapping[tuple[str, ...], int]) -> Verdict:
    author = f"{_AUTHOR}{one['policy_version']}"
    if not _has_rule(one):
        return Verdict(False, None, author)
    return Verdict(not against, against or _ordinary(one, worth), author)


def _has_rule(one: Facts) -> bool:
    return bool(one["release_order_minor"] if _is_purchase(one) else one["release_transfers"])


def _against(one: Facts, held_feeds: Sequence[str]) -> Iterator[str]:
    """What makes it one for a person, whatever its order is; nothing where it is ordinary."""
    if one["waits_for"]:
        yield f"it waits for {_WAITS[one['waits_for']]}"
    if held_feeds:
        yield f"files are held: {', '.join(held_feeds)}"
    yield from (words.format(one[name]) for name, words in _DOUBTS.items() if one[name])
    if one["first_asked"] is None:
        yield "it is new: nobody has asked for it yet"
    elif (one["business_date"] - one["first_asked"]).days < _NEW_DAYS:
        yield f"it is new: first asked for on {one['first_asked']:%Y-%m-%d}"
    elif _is_much(one):
        asked = f"{one['qty_asked']:,} in the last {DEMAND_WEEKS}"
        yield f"{one['quantity']:,} are more than {one['release_weeks'] or 0:g} weeks of demand ({asked})"


def _is_much(one: Facts) -> bool:
    """Whether more is bought than so many weeks of demand, and less could be. What moves between places stays ours."""
    return _is_purchase(one) and one["quantity"] > one["least_quantity"] and _is_beyond_weeks(one)


def _is_beyond_weeks(one: Facts) -> bool:
    return bool(one["quantity"] * DEMAND_WEEKS > (one["release_weeks"] or 0) * one["qty_asked"])


def _too_small_rests(plan: Sequence[Facts], fitting: Sequence[Facts]) -> Iterator[Facts]:
    """Purchases of orders that have lost lines, and with them their supplier's least value."""
    whole = Counter(_order(one) for one in plan if _is_purchase(one) and not one["waits_for"])
    left, worth = Counter(_order(one) for one in fitting if _is_purchase(one)), _worth_of_orders(fitting)
    least = {_order(one): one["min_order_value_minor"] or 0 for one in fitting if _is_purchase(one)}
    for one in fitting:
        order = _order(one)
        if _is_purchase(one) and left[order] < whole[order] and worth[order] < least[order]:
            yield one


def _ordinary(one: Facts, worth: Mapping[tuple[str, ...], int]) -> str:
    asked = f"{one['qty_asked']:,} asked for in {DEMAND_WEEKS} weeks"
    if not _is_purchase(one):
        return f"ordinary: {one['quantity']:,} against {asked}"
    least = ", the least that can be ordered," if _is_beyond_weeks(one) else ""
    told = f"ordinary: {one['quantity']:,}{least} against {asked}"
    amounts = (money(minor, one["currency"]) for minor in (worth[_order(one)], one["release_order_minor"]))
    return told + "; its order is worth {}, of at most {}".format(*amounts)


def _worth_of_orders(rows: Iterable[Facts]) -> Counter[tuple[str, ...]]:
    worth: Counter[tuple[str, ...]] = Counter()
    for one in rows:
        if _is_purchase(one):
            worth[_order(one)] += one["value_minor"]
    return worth


def _is_purchase(one: Facts) -> bool:
    return bool(one["kind"] == "purchase")


def _order(one: Facts) -> tuple[str, ...]:
    """What becomes one document: a supplier's, for a place, in a currency."""
    return (one["supplier_id"], one["location_id"], one["currency"])
