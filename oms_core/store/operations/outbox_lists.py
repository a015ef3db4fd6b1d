"""Lists of the outbox's documents: which are wanted, in order and a page at a time.

Belongs here: finding documents. Does not belong here: their states, what waits for somebody (`outbox`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from oms_core.fulfilment.partners import Partners
from oms_core.store.operations import outbox
from oms_core.store.operations.engine import reading
from oms_core.store.operations.outbox import OutboxEntry
from oms_core.store.operations.schema import OUTBOX

#: A column, and whether it falls.
Order = tuple[str, bool]
_LATEST: Order = ("created_at", True)


@dataclass(frozen=True)
class Wanted:
    """Which documents; None or nothing for all. `made_on`: its day in UTC; `find`: part of a wave or number, the
    beginning of an id, or an order that `holding` names the documents of."""

    state: str | None = None
    partner_id: str | None = None
    document_type: str | None = None
    made_on: date | None = None
    find: str = ""
    holding: tuple[str, ...] = ()

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As conditions that all hold; whatever somebody typed is a parameter."""
        columns, text = OUTBOX.c, self.find.strip().lower()
        exact = {"state": self.state, "partner_id": self.partner_id, "document_type": self.document_type}
        found = [columns[name] == value for name, value in exact.items() if value]
        if self.made_on is not None:
            begin = datetime.combine(self.made_on, time.min, UTC)
            found += [columns.created_at >= begin, columns.created_at < begin + timedelta(days=1)]
        if text:
            named = columns.export_id.startswith(text, autoescape=True)
            named |= sa.func.lower(columns.wave).contains(text, autoescape=True)
            found.append(named | columns.export_id.in_(self.holding) if self.holding else named)
        return found


_EVERY = Wanted()


class Documents:
    """Lists of an outbox's documents, of one `OperationsStore`; each is read in a transaction of its own."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def page(self, wanted: Wanted, limit: int | None, offset: int = 0, order: Order = _LATEST) -> list[OutboxEntry]:
        """So many documents in the order of a column, equal ones the latest first, after `offset` others; all without a
        limit."""
        columns, (by, is_falling) = OUTBOX.c, order
        first = columns[by].desc() if is_falling else columns[by].asc()
        ordered = (first.nulls_last(), columns.created_at.desc(), columns.location_id.desc(), columns.export_id.desc())
        query = sa.select(OUTBOX).where(*wanted.conditions).order_by(*ordered).limit(limit).offset(offset)
        with reading(self._engine) as connection:
            return [OutboxEntry(**row._mapping) for row in connection.execute(query)]

    def count(self, wanted: Wanted) -> int:
        """How many they are."""
        query = sa.select(sa.func.count()).select_from(OUTBOX).where(*wanted.conditions)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def kinds(self) -> list[tuple[str, str]]:
        """Partners that have documents, with the types of theirs."""
        columns = OUTBOX.c
        query = sa.select(columns.partner_id, columns.document_type).distinct()
        query = query.order_by(columns.partner_id, columns.document_type)
        with reading(self._engine) as connection:
            return [(row.partner_id, row.document_type) for row in connection.execute(query)]

    def stuck(self, partners: Partners, now: datetime, wanted: Wanted = _EVERY) -> list[OutboxEntry]:
        """Those of them that wait for somebody, the oldest first."""
        with reading(self._engine) as connection:
            found = outbox.stuck(connection, partners, now)
            if wanted == _EVERY:
                return found
            named = OUTBOX.c.export_id.in_([entry.export_id for entry in found])
            query = sa.select(OUTBOX.c.export_id).where(named, *wanted.conditions)
            ids: set[str] = set(connection.execute(query).scalars())
        return [entry for entry in found if entry.export_id in ids]
