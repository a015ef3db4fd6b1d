"""A document to a warehouse, less some units of a line, as its next revision.

Belongs here: what the new document says. Does not belong here: whether it may be replaced (`store.operations.outbox`).
"""

from __future__ import annotations

from dataclasses import replace

from oms_core.fulfilment.documents import Document, DocumentLine


def without(document: Document, order_line: tuple[str, str, str], quantity: int) -> Document | None:
    """The document less `quantity` units of an order line (channel, order, line); None where nothing is left of it."""
    lines: list[DocumentLine] = []
    for line in document.lines:
        is_meant = (line.channel_id, line.order_ref, line.line_ref) == order_line
        taken = min(quantity, line.quantity) if is_meant else 0
        quantity -= taken
        if line.quantity > taken:
            lines.append(replace(line, quantity=line.quantity - taken, line_number=len(lines) + 1))
    if not lines:
        return None
    return replace(document, lines=tuple(lines), revision=document.revision + 1)
