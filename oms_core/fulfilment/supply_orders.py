"""Accepted proposals as documents: purchase orders to suppliers, transfer orders to the locations that are to send.

Belongs here: which proposals go into one document, its number, its lines as they are landed.
Does not belong here: what may be accepted (`oms_core.replenishment.proposing.deciding`), how a document looks
(`rendering`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

import pyarrow as pa

from oms_core.contracts.documents import REPLENISHMENT_CHANNEL, SUPPLY_ORDERS
from oms_core.fulfilment.documents import PURCHASE_ORDER, TRANSFER_ORDER, Document, SupplyLine
from oms_core.fulfilment.partners import Partners
from oms_core.replenishment.proposing.deciding import Decision

KINDS = {"purchase": (PURCHASE_ORDER, "PO"), "transfer": (TRANSFER_ORDER, "TR")}
#: X12 gives an order's number 22 letters: `PO-20260601-` and these.
_HASH_LETTERS = 10


def build_orders(
    accepted: Iterable[Decision], descriptions: Mapping[str, str], partners: Partners, created_at: datetime
) -> tuple[Document, ...]:
    """One document a supplier, location and currency, or a pair of locations; more where the partner limits lines.

    Every acceptance is a line of exactly one, by its proposal's ref. The order of `accepted` does not matter.
    """
    ordered = sorted(accepted, key=lambda one: (*_group(one), one.proposal.sku, one.proposal.proposal_ref))
    return tuple(
        _document(part, descriptions, created_at)
        for (_, partner_id, *_), group in groupby(ordered, key=_group)
        for part in _parts(list(group), partners.of(partner_id).lines_per_order)
    )


def to_statements(
    documents: Iterable[Document],
    control_numbers: Mapping[str, int],
    status: str,
    run_id: str,
    effective_at: datetime,
    business_date: date,
) -> pa.Table:
    """The documents' lines in the columns and types of `contracts.documents.SUPPLY_ORDERS`.

    `control_numbers`: by export id.
    """
    rows = [
        {
            **{name: getattr(line, name) for name in document.line_names},
            "export_id": document.export_id,
            "control_number": control_numbers.get(document.export_id),
            "status": status,
            "run_id": run_id,
            "document_type": document.document_type,
            "partner_id": document.partner_id,
            "from_location_id": document.location_id if document.ship_to_location_id else None,
            "location_id": document.ship_to_location_id or document.location_id,
            "ordered_at": document.created_at,
            "expected_date": date.fromisoformat(line.expected_date),
            "effective_at": effective_at,
            "business_date": business_date,
        }
        for document in documents
        for line in supply_lines(document)
    ]
    names = SUPPLY_ORDERS.names
    return pa.Table.from_pylist([{name: row[name] for name in names} for row in rows], SUPPLY_ORDERS.arrow_schema)


def supply_lines(document: Document) -> list[SupplyLine]:
    """The lines of a purchase or transfer order. Raises TypeError for any other document."""
    lines = [line for line in document.lines if isinstance(line, SupplyLine)]
    if len(lines) != len(document.lines):
        raise TypeError(f"{document.document_type} {document.wave} orders no supply")
    return lines


def _group(decision: Decision) -> tuple[str, str, str, str]:
    """What the lines of one document have in common: kind, partner, where it is to arrive, currency."""
    proposal = decision.proposal
    return (proposal.kind, proposal.partner_id, proposal.location_id, proposal.currency)


def _parts(decisions: list[Decision], limit: int | None) -> Iterator[list[Decision]]:
    size = limit or len(decisions)
    for first in range(0, len(decisions), size):
        yield decisions[first : first + size]


def _document(accepted: Sequence[Decision], descriptions: Mapping[str, str], created_at: datetime) -> Document:
    first = accepted[0].proposal
    document_type, letters = KINDS[first.kind]
    number = f"{letters}-{created_at:%Y%m%d}-{_digest(accepted)}"
    lines = tuple(
        SupplyLine(
            line_number=place,
            channel_id=REPLENISHMENT_CHANNEL,
            order_ref=number,
            line_ref=one.proposal.proposal_ref,
            sku=one.proposal.sku,
            description=descriptions.get(one.proposal.sku, ""),
            quantity=one.quantity or 0,
            unit_cost_minor=one.proposal.unit_cost_minor,
            currency=one.proposal.currency,
            expected_date=one.proposal.expected_date.isoformat(),
        )
        for place, one in enumerate(accepted, start=1)
    )
    is_transfer = document_type == TRANSFER_ORDER
    return Document(
        partner_id=first.partner_id,
        location_id=first.partner_id if is_transfer else first.location_id,
        wave=number,
        created_at=created_at,
        lines=lines,
        document_type=document_type,
        ship_to_location_id=first.location_id if is_transfer else "",
    )


def _digest(accepted: Sequence[Decision]) -> str:
    """What makes a document this one: its partner, and what of which proposals it orders."""
    said = [list(_group(accepted[0])), [[one.proposal.proposal_ref, one.decision_number] for one in accepted]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:_HASH_LETTERS].upper()
