"""The order desk as the operations store offers it: commands on order lines, and what has come of them.

Belongs here: one method a transaction, and who may do it. Does not belong here: how commands are kept
(`line_commands`), what may be commanded (`oms_core.orders.desk`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from oms_core.orders.desk import Ask, Case
from oms_core.orders.desk_moves import Note
from oms_core.store.operations import line_commands
from oms_core.store.operations.actors import Actor, require
from oms_core.store.operations.engine import reading, writing
from oms_core.store.operations.line_commands import DeskOutcome
from oms_core.store.operations.schema import LINE_COMMANDS


class Desk:
    """The order desk's book in one operations store."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def command(self, asks: Iterable[Ask], actor: Actor, reason: str, now: datetime) -> DeskOutcome:
        """Command order lines; what cannot be done is told and stops nothing else.

        Raises CommandRefused where nobody commands, or says why, NotAllowed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "orders.command")
            return line_commands.give(connection, asks, actor.name, reason, now)

    def answer(self, numbers: Iterable[int], kind: str, actor: Actor, reason: str, now: datetime) -> DeskOutcome:
        """Say of commands that their locations agreed (`agree`), or take them back (`undo`).

        Raises CommandRefused where nobody does, or says why, NotAllowed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "orders.command")
            return line_commands.answer(connection, numbers, kind, actor.name, reason, now)

    def open_cases(self) -> list[Case]:
        """Commands that the next run looks at, with all that was said of them; the latest first."""
        with reading(self._engine) as connection:
            return line_commands.cases(connection, line_commands.still_open())

    def cases(self, order_id: str | None = None, limit: int = 1000) -> list[Case]:
        """Commands on an order's lines, or the latest of all; the latest first."""
        chosen = sa.true() if order_id is None else LINE_COMMANDS.c.order_id == order_id
        with reading(self._engine) as connection:
            return line_commands.cases(connection, chosen, limit)

    def note(self, seen: Case, notes: Sequence[Note], now: datetime) -> bool:
        """Note what a run made of a case; False where somebody has spoken of it since."""
        with writing(self._engine) as connection:
            return line_commands.note(connection, seen, notes, now)

    def last_spoken(self) -> int:
        """The number of the last thing that a person said to the order desk; 0 before the first."""
        with reading(self._engine) as connection:
            return line_commands.last_spoken(connection)
