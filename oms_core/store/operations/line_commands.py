"""The order desk's book: commands on order lines, answers to them and what runs noted of them. Only ever added to.

Belongs here: keeping and finding them. Does not belong here: what may be commanded and what comes of it
(`oms_core.orders.desk`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from oms_core.orders.desk import (
    ANSWERS,
    COMMANDS,
    NOTES,
    Ask,
    Case,
    Command,
    CommandRefused,
    answerable,
    check_texts,
    checked,
)
from oms_core.orders.desk_moves import Note
from oms_core.store.operations import audit
from oms_core.store.operations.schema import LINE_COMMANDS

_ENDED = ("done", "lapsed", "undone")
_LATER = LINE_COMMANDS.alias("later")
_CASE = sa.func.coalesce(LINE_COMMANDS.c.about_number, LINE_COMMANDS.c.command_number)
_LINE = ("order_line_id", "order_id", "channel_id", "order_ref", "line_ref", "sku")


@dataclass(frozen=True, slots=True)
class DeskOutcome:
    """What came of several commands at once: the cases as they are now, and a sentence for each that was refused."""

    given: tuple[Case, ...]
    refused: tuple[str, ...]


def give(connection: sa.Connection, asks: Iterable[Ask], author: str, reason: str, now: datetime) -> DeskOutcome:
    """Command lines. Needs a writing transaction. Raises CommandRefused without an author or a reason."""
    check_texts(author, reason)

    def one(ask: Ask) -> Case:
        line = ask.line
        known = checked(ask, cases(connection, LINE_COMMANDS.c.order_line_id == line.order_line_id))
        row = {name: getattr(line, name) for name in _LINE}
        row |= {name: getattr(known, name) for name in ("kind", "quantity", "from_location_id", "to_location_id")}
        row |= {"barred_location_ids": list(known.barred_location_ids), "before": line.before}
        row |= {"changes": dict(known.changes) or None}
        return _case(connection, _add(connection, row, author, reason, now))

    return _each([(f"{ask.kind} {ask.line.order_ref}, line {ask.line.line_ref}", partial(one, ask)) for ask in asks])


def answer(
    connection: sa.Connection, numbers: Iterable[int], kind: str, author: str, reason: str, now: datetime
) -> DeskOutcome:
    """Say of commands that their locations agreed, or take them back (`kind`: one of ANSWERS).

    Needs a writing transaction. Raises CommandRefused without an author or a reason.
    """
    check_texts(author, reason)

    def one(number: int) -> Case:
        case = answerable(_case(connection, number), kind)
        row = {name: getattr(case.command, name) for name in _LINE}
        _add(connection, {**row, "kind": kind, "about_number": number}, author, reason, now)
        return _case(connection, number)

    return _each([(f"{kind} {number}", partial(one, number)) for number in numbers])


def note(connection: sa.Connection, seen: Case, notes: Sequence[Note], now: datetime) -> bool:
    """What a run noted of a case as it had seen it; False, and nothing, where somebody has spoken since: the next run
    looks at it again. Needs a writing transaction."""
    number, case = seen.command.command_number, seen.command
    if _case(connection, number) != seen:
        return False
    for one in notes:
        row = {name: getattr(case, name) for name in _LINE}
        row |= {"kind": one.kind, "about_number": number, "quantity": one.quantity, "from_location_id": one.location_id}
        _add(connection, row, "quartermaster", one.reason, now)
    return True


def cases(connection: sa.Connection, condition: sa.ColumnElement[bool], limit: int | None = None) -> list[Case]:
    """Cases of which some row fulfils a condition, the latest first."""
    chosen = sa.select(_CASE.label("case_number")).where(condition).distinct()
    numbers = chosen.order_by(sa.desc("case_number")).limit(limit).subquery()
    rows = connection.execute(
        sa.select(LINE_COMMANDS)
        .join(numbers, numbers.c.case_number == _CASE)
        .order_by(numbers.c.case_number.desc(), LINE_COMMANDS.c.command_number)
    )
    grouped = groupby([_read(row) for row in rows], key=lambda one: one.about_number or one.command_number)
    return [Case(first, tuple(since)) for _, (first, *since) in grouped]


def still_open() -> sa.ColumnElement[bool]:
    """Rows of cases that the next run looks at: nothing has ended them since somebody spoke last."""
    ended = sa.exists().where(
        _LATER.c.about_number == _CASE,
        _LATER.c.command_number > LINE_COMMANDS.c.command_number,
        _LATER.c.kind.in_(_ENDED),
    )
    return sa.and_(LINE_COMMANDS.c.kind.in_((*COMMANDS, *ANSWERS)), ~ended)


def last_spoken(connection: sa.Connection) -> int:
    """The number of the last row that a person wrote; 0 without one."""
    last = sa.select(sa.func.max(LINE_COMMANDS.c.command_number)).where(LINE_COMMANDS.c.kind.not_in(NOTES))
    return int(connection.execute(last).scalar() or 0)


def _each(acts: Sequence[tuple[str, Callable[[], Case]]]) -> DeskOutcome:
    given, refused = [], []
    for name, act in acts:
        try:
            given.append(act())
        except CommandRefused as error:
            refused.append(f"{name}: {error}")
    return DeskOutcome(tuple(given), tuple(refused))


def _case(connection: sa.Connection, number: int) -> Case:
    found = cases(connection, LINE_COMMANDS.c.command_number == number)
    if not found or found[0].command.command_number != number:
        raise CommandRefused(f"there is no command {number}")
    return found[0]


def _add(connection: sa.Connection, row: dict[str, Any], author: str, reason: str, now: datetime) -> int:
    said = {"author": author.strip(), "reason": reason.strip(), "given_at": now}
    whole = {"barred_location_ids": [], **row, **said}
    number: int = connection.execute(
        sa.insert(LINE_COMMANDS).values(whole).returning(LINE_COMMANDS.c.command_number)
    ).scalar_one()
    names = (
        "about_number",
        "quantity",
        "from_location_id",
        "to_location_id",
        "barred_location_ids",
        "changes",
        "reason",
    )
    after = {"command_number": number, **{name: whole[name] for name in names if whole.get(name)}}
    subject = f"order_line:{row['order_line_id']}"
    audit.record(connection, now, author.strip(), f"order_line.{row['kind']}", subject, row.get("before"), after)
    return number


def _read(row: sa.Row[tuple[object, ...]]) -> Command:
    values = {field.name: row._mapping[field.name] for field in fields(Command)}
    return Command(**values | {"barred_location_ids": tuple(values["barred_location_ids"])})
