"""The ledger in a few lines of Python: facts become known one after the other, each becomes balanced postings for good.

Belongs here: the reference that tests hold dbt's ledger against (`int_count_variances`, `fct_inventory_postings`),
written as plainly as it can be: one fact at a time, where dbt states closed forms over sets.
Does not belong here: deriving the ledger itself at volume.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

#: Accounts of what a location holds: for sale, blocked, and a drop-shipper's own that he sells for us.
HELD_ACCOUNTS = ("on_hand", "blocked", "drop_ship")

#: Sign of what the location holds, and the account at the other end, by kind of movement. Signed kinds carry their own
#: sign. A block moves goods within the location: it changes what may be sold, not what lies there.
KINDS: dict[str, tuple[int, str]] = {
    "opening": (+1, "opening"),
    "receipt": (+1, "supplier"),
    "shipment": (-1, "customer"),
    "sale": (-1, "customer"),
    "transfer_out": (-1, "in_transit"),
    "transfer_in": (+1, "in_transit"),
    "return": (+1, "customer"),
    "adjustment": (+1, "adjustment"),
    "block": (-1, "blocked"),
    "unblock": (+1, "blocked"),
    "write_off": (-1, "written_off"),
    "count_variance": (+1, "variance"),
    "count_held": (+1, "suspense"),
    "count_released": (+1, "suspense"),
}
SIGNED_KINDS = frozenset({"adjustment", "count_variance", "count_held", "count_released"})

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of one SKU as its location states it: positive, but for kinds that carry their sign.

    `account`: which of what the location holds it moves, one of HELD_ACCOUNTS.
    """

    movement_id: str
    kind: str
    sku: str
    location_id: str
    quantity: int
    effective_at: datetime
    known_at: datetime
    account: str = "on_hand"


@dataclass(frozen=True, slots=True)
class Posting:
    """A quantity into an account (negative: out of it), in base units."""

    movement_id: str
    movement_kind: str
    account: str
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Count:
    """A counted on hand: an observation, never an overwrite."""

    count_id: str
    sku: str
    location_id: str
    counted_quantity: int
    effective_at: datetime
    known_at: datetime


def postings(movement: Movement) -> tuple[Posting, Posting]:
    """The movement's two postings; they sum to zero. Raises ValueError for a kind or sign that does not exist."""
    if movement.kind not in KINDS:
        raise ValueError(f"{movement.movement_id}: no movement is called {movement.kind!r}")
    if movement.quantity < 0 and movement.kind not in SIGNED_KINDS:
        raise ValueError(f"{movement.movement_id}: a {movement.kind} is stated positive, not {movement.quantity}")
    sign, counter_account = KINDS[movement.kind]
    if movement.account not in HELD_ACCOUNTS or movement.account == counter_account:
        raise ValueError(f"{movement.movement_id}: a {movement.kind} moves no {movement.account!r} of a location")
    held = sign * movement.quantity
    place = (movement.sku, movement.location_id)
    return (
        Posting(movement.movement_id, movement.kind, movement.account, *place, held),
        Posting(movement.movement_id, movement.kind, counter_account, *place, -held),
    )


def on_hand(movements: Iterable[Movement], accounts: Collection[str] = HELD_ACCOUNTS) -> dict[Place, int]:
    """On hand by (SKU, location): the sum of the postings of these accounts; by default, what a count would find."""
    balances: dict[Place, int] = defaultdict(int)
    for movement in movements:
        for posting in postings(movement):
            if posting.account in accounts:
                balances[posting.sku, posting.location_id] += posting.quantity
    return dict(balances)


def post(facts: Iterable[Movement | Count]) -> list[Movement]:
    """The movements of a ledger that learns the facts, in the order in which they became known.

    A count's variance is what the ledger lacks at the count's instant. A fact that becomes known after a count which
    had seen it is taken back at the earliest such count: it explains the variance and changes no balance after it.
    Nothing posted is ever changed, so that the movements known by an instant are the ledger of that instant.
    """
    by_place: dict[Place, list[Movement | Count]] = defaultdict(list)
    for fact in facts:
        by_place[fact.sku, fact.location_id].append(fact)
    posted = [movement for place in by_place.values() for movement in _post_place(place)]
    return sorted(posted, key=lambda movement: (movement.known_at, movement.movement_id))


def hold(posted: Iterable[Movement], tolerances: Mapping[str, int], accepted: Mapping[str, datetime]) -> list[Movement]:
    """What goes into suspense, and comes back from it, beside the movements of `post`.

    `tolerances`: units by which a count (by id) may differ; without one it may by any number. `accepted`: when a
    review's acceptance of a count became known. Every variance of a count that differed by more is taken back as it is
    posted, until a count wins that stands at its instant or later: it itself by acceptance, or another one that was
    not held, or accepted. Then all of it returns at once, and the ledger is the winner's.
    """
    variances = [movement for movement in posted if movement.kind == "count_variance"]
    own = {m.movement_id: m for m in variances if m.movement_id == _counted_by(m)}
    held = {name for name, m in own.items() if name in tolerances and abs(m.quantity) > tolerances[name]}
    ends = _ends_of_holds(own, held, accepted)
    suspended: dict[str, list[Movement]] = defaultdict(list)
    for movement in variances:
        count_id = _counted_by(movement)
        if count_id in held and not (count_id in ends and ends[count_id] <= movement.known_at):
            suspended[count_id].append(movement)
    taken = [_of_count(m, f"held/{m.movement_id}", -m.quantity, m.known_at) for ms in suspended.values() for m in ms]
    back = [
        _of_count(movements[0], f"released/{name}", sum(m.quantity for m in movements), ends[name])
        for name, movements in suspended.items()
        if name in ends
    ]
    return sorted([*taken, *back], key=lambda movement: (movement.known_at, movement.movement_id))


def _ends_of_holds(
    own: Mapping[str, Movement], held: Collection[str], accepted: Mapping[str, datetime]
) -> dict[str, datetime]:
    """When a count first won that had seen all that a held one had; of one instant, one that was known later."""
    # A review that is known before its count says nothing until then.
    won = {
        name: max(accepted[name], m.known_at) if name in held else m.known_at
        for name, m in own.items()
        if name not in held or name in accepted
    }
    ends: dict[str, datetime] = {}
    for name in held:
        since = _seen_until(own[name])
        place = (own[name].sku, own[name].location_id)
        winners = [
            at
            for other, at in won.items()
            if (own[other].sku, own[other].location_id) == place and _seen_until(own[other]) >= since
        ]
        if winners:
            ends[name] = min(winners)
    return ends


def _seen_until(variance: Movement) -> tuple[datetime, datetime, str]:
    """The order of counts, by their own variances: of one instant, the one that was known later corrects the other."""
    return (variance.effective_at, variance.known_at, variance.movement_id)


def _of_count(variance: Movement, name: str, quantity: int, known_at: datetime) -> Movement:
    kind = "count_held" if name.startswith("held/") else "count_released"
    return Movement(name, kind, variance.sku, variance.location_id, quantity, variance.effective_at, known_at)


def _post_place(facts: list[Movement | Count]) -> Iterator[Movement]:
    ledger: list[Movement] = []
    counts: list[Count] = []
    for fact in sorted(facts, key=_knowledge):
        news = fact if isinstance(fact, Movement) else _variance(fact, ledger)
        yield from (own := [news, *_explained(fact, news, counts)])
        ledger += own
        if isinstance(fact, Count):
            counts.append(fact)


def _knowledge(fact: Movement | Count) -> tuple[datetime, bool, datetime, str]:
    """The order in which facts become known; of one instant, movements before counts."""
    is_count = isinstance(fact, Count)
    return (fact.known_at, is_count, fact.effective_at, _identity(fact))


def _identity(fact: Movement | Count) -> str:
    return fact.count_id if isinstance(fact, Count) else fact.movement_id


def _variance(count: Count, ledger: list[Movement]) -> Movement:
    # Of one instant it had seen every movement, and it corrects the counts that were known before it.
    expected = sum(_change(m) for m in ledger if m.effective_at <= count.effective_at)
    place = (count.sku, count.location_id)
    quantity = count.counted_quantity - expected
    return Movement(count.count_id, "count_variance", *place, quantity, count.effective_at, count.known_at)


def _change(movement: Movement) -> int:
    """By how much the movement changes what lies there, whoever may buy it: what a count sees of it."""
    return sum(posting.quantity for posting in postings(movement) if posting.account in HELD_ACCOUNTS)


def _counted_by(variance: Movement) -> str:
    """The count at which a variance is posted."""
    return variance.movement_id.removeprefix("explained/").split("/")[0]


def _explained(fact: Movement | Count, news: Movement, counts: list[Count]) -> list[Movement]:
    """What takes the news back at the earliest count, known before, that had seen it."""
    # Of one instant, a count has seen every movement, and no count that was known after it.
    is_count = isinstance(fact, Count)
    seers = [
        count
        for count in counts
        if count.effective_at > fact.effective_at or (count.effective_at == fact.effective_at and not is_count)
    ]
    if not seers:
        return []
    seer = min(seers, key=lambda count: (count.effective_at, count.known_at, count.count_id))
    name = f"explained/{seer.count_id}/{_identity(fact)}"
    quantity = -_change(news)
    return [Movement(name, "count_variance", fact.sku, fact.location_id, quantity, seer.effective_at, fact.known_at)]
