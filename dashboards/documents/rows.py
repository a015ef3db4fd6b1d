"""Documents of the outbox as rows, and what a person can do with one.

Belongs here: pure functions and the words. Does not belong here: their look (`page`), what an act does
(`oms_core.store.operations.outbox`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

import pandas as pd

from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.source import Query, Source
from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.partners import Partners
from oms_core.store.operations import AuditEntry, OutboxEntry
from oms_core.store.operations.outbox import BY_PERSONS, is_overdue, is_possible

DOCUMENTS = (
    Shown("document", "Document"),
    Shown("partner_id", "Partner"),
    Shown("document_type", "Kind", "code"),
    Shown("wave", "Wave or number", width=120),
    Shown("state", "State"),
    Shown("lines", "Lines", "quantity"),
    Shown("age_days", "Days", "quantity", "Since it was sent, else since it was made."),
    Shown("sent_at", "Sent", "instant"),
    Shown("why", "Why", width="large"),
)
#: What the store can order them by: fields of an entry, by the column that shows them.
STORED = {
    "document": "export_id",
    "partner_id": "partner_id",
    "document_type": "document_type",
    "wave": "wave",
    "lines": "line_count",
    "sent_at": "sent_at",
}
TRAIL = (
    Shown("at", "When", "instant"),
    Shown("actor", "Who"),
    Shown("action", "Did", "code"),
    Shown("state", "Then it was"),
    Shown("reason", "Why", width="large"),
)
#: Columns of lines that are more than a text under its own name.
_LINE_COLUMNS = {
    column.name: column
    for column in (
        Shown("line_number", "Line", "quantity"),
        Shown("channel_id", "Channel"),
        Shown("sku", "SKU"),
        Shown("order_ref", "Order"),
        Shown("line_ref", "Its line"),
        Shown("description", "Product", width="medium"),
        Shown("quantity", "Units", "quantity"),
        Shown("unit_cost_minor", "Unit cost", "money"),
    )
}
NOBODY: Mapping[str, str] = {}
STUCK, ALL = "stuck", "all"
#: What a list is of: what is stuck, all, or the documents in a state; and what such documents are.
STATES = {
    STUCK: "that somebody has to see to",
    ALL: "in all states",
    "new": "to be handed over by the next run",
    "held": "kept from being sent by somebody",
    "sent": "handed over and not answered yet",
    "acknowledged": "taken by their partner",
    "partial": "taken in part: some of their orders are refused",
    "rejected": "refused by their partner",
    "unknown": "handed over, and nobody knows whether they arrived",
    "void": "taken back: nobody is to work on them",
}
#: Why a document in this state waits for somebody, where nobody said more.
_WHY_STUCK = {
    "new": "it could not be delivered",
    "held": "somebody holds it",
    "sent": "the partner has not answered in its time",
    "partial": "the partner refused some of its orders",
    "rejected": "the partner rejected it",
    "unknown": "it was handed over, and nobody knows whether it arrived",
}


@dataclass(frozen=True)
class Act:
    """What a person can do: its button, and what comes of it."""

    name: str
    label: str
    help: str


_ACTS = (
    Act("hold", "Hold", "Keep it from being sent until it is released."),
    Act("release", "Release", "Let it go: the next run, or `oms exports send`, sends it."),
    Act("retry", "Send again", "The same id again, so that a partner who has it already counts it once."),
    Act(
        "settle",
        "Settle",
        "The partner has it, though it did not answer or got it by another way; or somebody has seen to what was "
        "refused, or to what was taken back and the partner has.",
    ),
    Act(
        "void",
        "Take back",
        "No partner works on it. Order lines stay reserved until re-sourced; orders of ours are proposed anew.",
    ),
)


def possible(entry: OutboxEntry) -> list[Act]:
    """What a person can do with a document."""
    return [one for one in _ACTS if one.name in BY_PERSONS and is_possible(entry, one.name)]


def age_days(entry: OutboxEntry, now: datetime) -> int:
    """Whole days since it was sent, else since it was made."""
    return (now - (entry.sent_at or entry.created_at)).days


def kind_of(entry: OutboxEntry) -> str:
    """What it is, in words."""
    return fmt.code(entry.document_type)


def why(entry: OutboxEntry, *, is_stuck: bool, held: Mapping[str, str] = NOBODY) -> str:
    """The last problem and the partner's words; of what is held or stuck without either, why it is. `held`: who holds a
    document and why, by its id."""
    said = ": ".join(text for text in (entry.problem, entry.answer) if text)
    if entry.state == "held":
        said = held.get(entry.export_id, said)
    return said or (_WHY_STUCK.get(entry.state, "") if is_stuck else "")


def holds(acts: Iterable[AuditEntry]) -> dict[str, str]:
    """Who held a document last and why, by its id, of what was done with documents."""
    told = {}
    for act in sorted((act for act in acts if act.action == "export.hold"), key=lambda act: act.at):
        reason = (act.after or {}).get("reason", "no reason given")
        told[act.subject.removeprefix("export:")] = f"{act.actor} holds it: {reason}"
    return told


def in_order(entries: Iterable[OutboxEntry], by: str, *, is_falling: bool) -> list[OutboxEntry]:
    """The same by one of their fields, those without it last; equal ones as they come."""
    every = list(entries)
    having = [one for one in every if getattr(one, by) is not None]
    lacking = [one for one in every if getattr(one, by) is None]
    return [*sorted(having, key=attrgetter(by), reverse=is_falling), *lacking]


def documents_table(
    entries: Iterable[OutboxEntry], partners: Partners, now: datetime, *, are_stuck: bool,
    held: Mapping[str, str] = NOBODY,
) -> pd.DataFrame:  # fmt: skip
    """One row a document, in the order given; `document` is the beginning of its id. `held`: as of `why`."""
    rows = [
        {
            "document": entry.export_id[:12],
            "partner_id": entry.partner_id,
            "document_type": entry.document_type,
            "wave": entry.wave,
            "state": "overdue" if is_overdue(entry, partners, now) else entry.state,
            "lines": entry.line_count,
            "age_days": age_days(entry, now),
            "sent_at": entry.sent_at,
            "why": why(entry, is_stuck=are_stuck, held=held),
        }
        for entry in entries
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in DOCUMENTS])
    return frame.astype({"sent_at": "datetime64[us, UTC]"})


def lines_table(document: Document) -> tuple[pd.DataFrame, list[Shown]]:
    """What it says line by line, and how that is shown."""
    frame = pd.DataFrame([{name: getattr(line, name) for name in document.line_names} for line in document.lines])
    columns = [_LINE_COLUMNS.get(name) or Shown(name, name.replace("_", " ").capitalize()) for name in frame.columns]
    return frame, [column for column in columns if column.name != "currency"]


def trail_table(trail: Sequence[AuditEntry]) -> pd.DataFrame:
    """Who did what with it, the latest first."""
    rows = [
        {
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action.removeprefix("export."),
            "state": (entry.after or {}).get("state", ""),
            "reason": (entry.after or {}).get("reason", ""),
        }
        for entry in trail
    ]
    return pd.DataFrame(rows, columns=[column.name for column in TRAIL])


def holding(source: Source, order_ref: str) -> tuple[str, ...]:
    """Documents that ask for something of an order, by its number as its channel has it, in this snapshot."""
    if not order_ref.strip():
        return ()
    query = Query(
        """
    select distinct export_id from fct_exports
    where order_id in (select order_id from fct_orders where lower(order_ref) = lower(?)) order by export_id""",
        (order_ref.strip(),),
    )
    return tuple(str(row["export_id"]) for row in source.rows(query))
