"""Which of partners' X12 documents are read, and by what.

Belongs here: the kinds, and an answer's row. Does not belong here: what a kind says (`shipping`, `stock`), envelopes
(`envelope`), the answers' codes (`answers`), checks of values (`feeds.values.emission`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from oms_core.feeds.x12 import shipping, stock
from oms_core.feeds.x12.answers import Answer
from oms_core.feeds.x12.elements import DocumentRefused, Row, Source, when
from oms_core.feeds.x12.envelope import Segment, Transaction

#: The kinds that are read, but for 997.
KINDS: Mapping[str, Callable[[Source, Sequence[Segment]], Iterator[Row]]] = {
    "846": stock.inventory_advice,
    "855": shipping.order_acknowledgement,
    "856": shipping.ship_notice,
    "944": stock.receipt_advice,
    "945": shipping.shipping_advice,
    "947": stock.adjustment_advice,
}


def answer_rows(source: Source, answer: Answer, own_ref: str) -> Iterator[Row]:
    """An answer to a document of ours, and one to each order in it that is refused. `own_ref`: the partner's number of
    the answer. Ours is put behind it, as some partners give one number to all that they send."""
    said = {"partner_id": source.partner_id, **when(source.interchange.sent_at)}
    whole = {"acknowledgement_ref": f"{own_ref}:{answer.control}", "document_ref": str(answer.control)}
    yield "acknowledgements", {**said, **whole, "status": answer.status, "reason": answer.reason or None}
    for place, reason in answer.refused:
        part = {name: f"{ref}/{place}" for name, ref in whole.items()}
        yield "acknowledgements", {**said, **part, "status": "rejected", "reason": reason}


def document_rows(source: Source, transaction: Transaction) -> Iterator[Row]:
    """The rows of a document. Raises DocumentRefused where its kind is not read here, or it cannot be."""
    read = KINDS.get(transaction.kind)
    if read is None:
        raise DocumentRefused(f"documents of kind {transaction.kind} are not read; there are {', '.join(KINDS)}, 997")
    try:
        yield from read(source, transaction.segments)
    except (IndexError, KeyError, ValueError) as error:
        if isinstance(error, DocumentRefused):
            raise
        raise DocumentRefused(f"its {transaction.kind} cannot be read: {error}") from error
