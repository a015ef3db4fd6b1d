"""Acknowledgements: 997 for what a group held, TA1 for an envelope that could not be used; both ways.

Belongs here: what we answer to an interchange, and what partners answered to ours.
Does not belong here: sending (`pipelines`), what becomes of an answered document (`store.operations.outbox`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from oms_core.feeds.x12.elements import at, loops
from oms_core.feeds.x12.envelope import Group, Interchange, NotX12Error, Segment, Transaction, number
from oms_core.feeds.x12.refusals import in_words, told
from oms_core.feeds.x12.writing import Parties, write_interchange, write_interchange_answer

#: Verdicts of AK9, AK5 and TA1 (X12 715, 717, I17) that take it, perhaps noting errors, and AK9's that takes some of
#: its documents; all others refuse it.
_TAKEN, _PARTLY = ("A", "E"), "P"
#: Stands for the place of a document where the answer does not say which it is.
_UNNAMED = "?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner says of an interchange of ours. `control`: its number; `reason`: in words and codes, empty if
    accepted.

    `refused`: the documents, each an order of ours, that it refuses of an interchange that it otherwise accepts, as
    place (counted from 1) and reason.
    """

    control: int
    status: str
    reason: str
    refused: tuple[tuple[str, str], ...] = ()


def answer_to(interchange: Interchange, control: int, at: datetime, known: Parties | None = None) -> bytes:
    """Our answer: a 997 for every group, or a TA1 where the envelope itself is wrong. Its errors are what we refuse.

    One wrong group refuses all of its interchange. `control`: number of our own interchange. `known`: us and the
    partner, as we address it: taken where the parties that the interchange names cannot be written back. Raises
    ValueError where there is neither.
    """
    parties = _parties(interchange, known)
    version = "005010" if interchange.header[12] >= "00501" else "004010"
    if interchange.errors:
        head = interchange.header
        answer = ("TA1", head[13], head[9], head[10], "R", interchange.errors[0])
        return write_interchange_answer(parties, version, control, at, answer)
    is_refused = any(group.errors for group in interchange.groups)
    documents = [("997", _group_answer(group, is_refused)) for group in interchange.groups]
    return write_interchange(parties, version, control, at, "FA", documents)


def _parties(interchange: Interchange, known: Parties | None) -> Parties:
    is_test = interchange.header[15] == "T"
    try:
        return Parties(interchange.receiver, interchange.sender, is_test)
    except ValueError:
        if known is None:
            raise
        return Parties(known.sender, known.receiver, is_test)


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


def envelope_answers(interchange: Interchange) -> Iterator[Answer]:
    """What an interchange's TA1s answer to ours. Raises NotX12Error where one names nothing that it answers."""
    for segment in interchange.acknowledgements:
        control = number(segment[1]) if len(segment) > 4 else None
        if control is None:
            raise NotX12Error(f"TA1 {'*'.join(segment[1:])} answers no interchange of ours")
        yield _answer(control, segment[4], told("TA1", segment[5]) if len(segment) > 5 else "TA1")


def functional_answer(transaction: Transaction) -> Answer:
    """What a 997 answers to a group of ours. Raises NotX12Error where it names none, or no verdict."""
    named = {segment[0]: segment for segment in transaction.segments}
    try:
        control, verdict = number(named["AK1"][2]), named["AK9"][1]
    except (KeyError, IndexError):
        control = None
    if control is None:
        raise NotX12Error(f"997 {transaction.control} answers no group of ours")
    if verdict not in (*_TAKEN, _PARTLY):
        return Answer(control, "rejected", _codes(transaction.segments))
    refused = tuple(_refused(transaction.segments))
    if verdict == _PARTLY and not refused:
        refused = ((_UNNAMED, _codes(transaction.segments)),)
    return Answer(control, "accepted", "", refused)


def _refused(segments: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    """The documents that are refused, by place: ours are numbered so."""
    for loop in loops(segments, "AK2"):
        if any(one[0] == "AK5" and one[1:2] and one[1] not in _TAKEN for one in loop):
            place = number(at(loop[0], 2))
            yield (_UNNAMED if place is None else str(place)), _codes([one for one in loop if one[0] != "AK9"])


def _codes(segments: Sequence[Segment]) -> str:
    errors = (one for one in segments if one[0] in ("AK3", "AK4", "AK5", "AK9") and one[1:2] != ("A",))
    return "; ".join(map(in_words, errors))


def _answer(control: int, verdict: str, reason: str) -> Answer:
    return Answer(control, "accepted", "") if verdict in _TAKEN else Answer(control, "rejected", reason)
