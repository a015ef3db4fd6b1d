"""Acknowledgements: 997 for what a group held, TA1 for an envelope that could not be used; both ways.

Belongs here: what we answer to an interchange, and what partners answered to ours.
Does not belong here: sending (`pipelines`), what becomes of an answered document (`store.operations.outbox`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from oms_core.feeds.x12.envelope import Group, Interchange, NotX12Error, Segment, Transaction, number
from oms_core.feeds.x12.writing import Parties, write_interchange, write_interchange_answer

#: Verdicts of AK9 and TA1 (X12 715, I17) that take the whole of it, perhaps noting errors; all others refuse some.
_TAKEN = ("A", "E")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner says of an interchange of ours. `control`: its number; `reason`: codes, empty if accepted."""

    control: int
    status: str
    reason: str


def answer_to(interchange: Interchange, control: int, at: datetime) -> bytes:
    """Our answer: a 997 for every group, or a TA1 where the envelope itself is wrong. Its errors are what we refuse.

    One wrong group refuses all of its interchange. `control`: number of our own interchange.
    """
    parties = Parties(interchange.receiver, interchange.sender, interchange.header[15] == "T")
    version = "005010" if interchange.header[12] >= "00501" else "004010"
    if interchange.errors:
        head = interchange.header
        answer = ("TA1", head[13], head[9], head[10], "R", interchange.errors[0])
        return write_interchange_answer(parties, version, control, at, answer)
    is_refused = any(group.errors for group in interchange.groups)
    documents = [("997", _group_answer(group, is_refused)) for group in interchange.groups]
    return write_interchange(parties, version, control, at, "FA", documents)


def _group_answer(group: Group, is_refused: bool) -> list[Segment]:
    # Of a group that is refused, only what is wrong is named: nothing in it was accepted.
    named = [one for one in group.transactions if one.errors or not is_refused]
    answers = [segment for transaction in named for segment in _transaction_answer(transaction)]
    received = len(group.transactions)
    accepted = 0 if is_refused else sum(not transaction.errors for transaction in group.transactions)
    verdict = "R" if not accepted else "A" if accepted == received else "P"
    count = (str(group.stated_count), str(received), str(accepted))
    return [("AK1", group.kind, group.control), *answers, ("AK9", verdict, *count, *group.errors[:5])]


def _transaction_answer(transaction: Transaction) -> tuple[Segment, Segment]:
    verdict = "R" if transaction.errors else "A"
    return ("AK2", transaction.kind, transaction.control), ("AK5", verdict, *transaction.errors[:5])


def answers_in(interchange: Interchange) -> Iterator[Answer]:
    """What an interchange answers to ours: its TA1s, and its 997s by group. None where the envelope is wrong.

    Raises NotX12Error where an answer names nothing that it answers.
    """
    if interchange.errors:
        return
    for segment in interchange.acknowledgements:
        control = number(segment[1]) if len(segment) > 4 else None
        if control is None:
            raise NotX12Error(f"TA1 {'*'.join(segment[1:])} answers no interchange of ours")
        yield _answer(control, segment[4], f"TA1 {segment[5]}" if len(segment) > 5 else "TA1")
    for group in interchange.groups:
        for transaction in group.transactions:
            if transaction.kind == "997" and not transaction.errors and not group.errors:
                yield _functional(transaction)


def _functional(transaction: Transaction) -> Answer:
    """Raises NotX12Error where it answers nothing."""
    named = {segment[0]: segment for segment in transaction.segments}
    codes = [
        f"{segment[0]} {' '.join(segment[1:])}"
        for segment in transaction.segments
        if segment[0] in ("AK3", "AK4", "AK5", "AK9") and segment[1:2] != ("A",)
    ]
    try:
        control, verdict = number(named["AK1"][2]), named["AK9"][1]
    except (KeyError, IndexError):
        control = None
    if control is None:
        raise NotX12Error(f"997 {transaction.control} answers no group of ours")
    return _answer(control, verdict, "; ".join(codes))


def _answer(control: int, verdict: str, reason: str) -> Answer:
    return Answer(control, "accepted", "") if verdict in _TAKEN else Answer(control, "rejected", reason)
