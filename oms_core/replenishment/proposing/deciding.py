"""What people decide of proposals: accept one, accept it with another quantity, reject it, take that back.

Belongs here: which of these makes sense, as pure functions over a proposal and what was decided before.
Does not belong here: how proposals come about (`proposals`), keeping decisions (`store.operations`), documents
(`fulfilment`).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

ACCEPTED, REJECTED, UNDONE = "accepted", "rejected", "undone"
#: States of a proposal, as people look for them.
STATES = ("open", ACCEPTED, REJECTED, "ordered")
#: Outbox states of a document that orders nothing any more.
ENDED = ("rejected", "void")
_LONGEST_TEXT = 500


class DecisionRefused(ValueError):  # noqa: N818 - reads as the sentence it is
    """Something that cannot be decided of a proposal; the message says why, and what can."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a planning run proposes, as far as deciding needs it. `min_order_quantity` None: a pack.

    `decision_number`: the last decision on earlier proposals that its position knew.
    """

    proposal_ref: str
    run_id: str
    kind: str
    sku: str
    location_id: str
    supplier_id: str | None
    from_location_id: str | None
    quantity: int
    pack_quantity: int
    min_order_quantity: int | None
    unit_cost_minor: int
    currency: str
    expected_date: date
    decision_number: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Proposal:
        """A proposal from a row of `fct_replenishment`. Raises DecisionRefused for one that has no ref."""
        if not row["proposal_ref"]:
            raise DecisionRefused("an earlier version made this plan: `oms run` makes one that can be decided")
        texts = ("proposal_ref", "run_id", "kind", "sku", "location_id", "supplier_id", "from_location_id", "currency")
        day, least = row["expected_date"], row["min_order_quantity"]
        values: dict[str, Any] = {name: row[name] or None for name in texts}
        values |= {name: int(row[name]) for name in ("quantity", "pack_quantity", "unit_cost_minor")}
        return cls(
            **values,
            min_order_quantity=None if least is None else int(least),
            expected_date=day.date() if isinstance(day, datetime) else day,
            decision_number=int(row["decision_number"] or 0),
        )

    @property
    def partner_id(self) -> str:
        """Who is told once it is accepted: the supplier, or the location that is to send."""
        return str(self.supplier_id if self.kind == "purchase" else self.from_location_id)

    @property
    def name(self) -> str:
        """The proposal in words."""
        verb = "buy" if self.kind == "purchase" else "move"
        return f"{verb} {self.quantity} of {self.sku} from {self.partner_id} for {self.location_id}"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `quantity`: what is accepted, None otherwise. `export_id`, `order_ref` and `export_state`: the
    document that orders it, with its number and its state in the outbox; None before there is one."""

    decision_number: int
    proposal: Proposal
    verdict: str
    quantity: int | None
    author: str
    reason: str
    decided_at: datetime
    export_id: str | None = None
    order_ref: str | None = None
    export_state: str | None = None

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.export_id is not None:
            return "ordered"
        return "open" if self.verdict == UNDONE else self.verdict

    @property
    def value_minor(self) -> int:
        """What was accepted, at cost."""
        return (self.quantity or 0) * self.proposal.unit_cost_minor

    @property
    def told(self) -> str:
        """Who decided what, when and why, and which document orders it."""
        units = f" ({self.quantity} unit{'s' if self.quantity != 1 else ''})" if self.quantity else ""
        why = f": {self.reason}" if self.reason else ""
        document = f"; ordered as {self.order_ref} ({self.export_state})" if self.export_id else ""
        return f"{self.verdict}{units} by {self.author}, {self.decided_at:%Y-%m-%d %H:%M} UTC{why}{document}"


def left_behind(going: Iterable[Proposal], others: Iterable[Proposal]) -> list[str]:
    """What is said of purchases that nobody has decided about (`others`) while some of their supplier for their place
    are ordered: any order is that supplier's turn (`turns`)."""
    going = list(going)
    refs = {one.proposal_ref for one in going}
    orders = {(one.supplier_id, one.location_id) for one in going if one.kind == "purchase"}
    left = Counter(
        (one.supplier_id, one.location_id) for one in others if one.kind == "purchase" and one.proposal_ref not in refs
    )
    return [
        f"Of {supplier} for {place}, {count} more purchase{'s are' if count > 1 else ' is'} open: an order is its "
        "turn, and what is left may wait for the next one"
        for (supplier, place), count in sorted(left.items(), key=str)
        if (supplier, place) in orders
    ]


def state_of(decision: Decision | None) -> str:
    """One of STATES, of a proposal by the last decision on it."""
    return "open" if decision is None else decision.state


def proposal_ref(run_id: str, kind: str, sku: str, location_id: str, from_location_id: str | None) -> str:
    """A proposal's own name: a hash of its key, 16 letters long."""
    key = json.dumps([run_id, kind, sku, location_id, from_location_id or ""], ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def check_quantity(proposal: Proposal, quantity: int) -> None:
    """Raises DecisionRefused, saying what is allowed, for a quantity that its supplier or sender could not follow.

    What a run proposed is always allowed.
    """
    if quantity == proposal.quantity:
        return
    if proposal.kind == "transfer":
        if not 1 <= quantity <= proposal.quantity:
            raise DecisionRefused(
                f"{quantity} cannot be moved: {proposal.from_location_id} has 1 to {proposal.quantity} to spare"
            )
        return
    pack = proposal.pack_quantity
    least = -(-max(proposal.min_order_quantity or 1, 1) // pack) * pack
    if quantity >= least and quantity % pack == 0:
        return
    below = quantity // pack * pack
    near = sorted({max(below, least), max(below + pack, least)})
    raise DecisionRefused(
        f"{quantity} of {proposal.sku} cannot be ordered: {proposal.supplier_id} sells at least {least}, in packs of "
        f"{pack}. Possible: {' or '.join(map(str, near))}"
    )


def check_texts(verdict: str, author: str, reason: str) -> None:
    """Raises DecisionRefused where nobody decides, a rejection has no reason, or a text is too long to be one."""
    if not author.strip():
        raise DecisionRefused("say who decides")
    if verdict == REJECTED and not reason.strip():
        raise DecisionRefused("a rejection needs a reason: it is what a colleague will ask for")
    if max(len(author), len(reason)) > _LONGEST_TEXT:
        raise DecisionRefused(f"a name or a reason has {_LONGEST_TEXT} characters at most")


def check_undecided(proposal: Proposal, latest: Decision | None, elsewhere: Iterable[Decision]) -> None:
    """Raises DecisionRefused, naming who decided, where a proposal cannot be decided any more, or not yet.

    `latest`: the last decision on it. `elsewhere`: decisions in force on proposals of other runs for the same SKU. One
    of them that accepted what would come to or leave the same place, and that this proposal's position does not know,
    may be the very same need: accepting both would order it twice.
    """
    if latest is not None and latest.state != "open":
        raise DecisionRefused(f"it is decided: {latest.told}")
    places = {proposal.location_id, proposal.from_location_id} - {None}
    for other in elsewhere:
        if (
            other.verdict == ACCEPTED
            and other.export_state not in ENDED
            and other.proposal.run_id != proposal.run_id
            and other.decision_number > proposal.decision_number
            and places & {other.proposal.location_id, other.proposal.from_location_id}
        ):
            raise DecisionRefused(
                f"the plan does not know yet that “{other.proposal.name}” of another run was {other.told}. "
                "The next run does: decide on what that proposes"
            )


def undoable(latest: Decision | None) -> Decision:
    """The decision. Raises DecisionRefused where there is nothing to take back, or a document orders it already."""
    if latest is None or latest.verdict == UNDONE:
        raise DecisionRefused("nothing is decided of it" if latest is None else f"it is open: {latest.told}")
    if latest.export_id is not None:
        raise DecisionRefused(
            f"it is {latest.told}. A document that its partner has not taken can be taken back: "
            f"`oms exports void {latest.export_id[:12]}`"
        )
    return latest


def counted_until(accepted: Iterable[tuple[int, str | None]], ordered: Iterable[str], latest: int) -> int:
    """The last decision up to which all that was accepted is in a position that knows the documents `ordered`.

    `accepted`: number and document of the acceptances in force; `latest`: number of the last decision of all.
    """
    known = set(ordered)
    missing = [number for number, export_id in accepted if export_id not in known]
    return min(missing) - 1 if missing else latest
