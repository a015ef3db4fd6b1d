"""Whose word on an order line counts, where its channel and the order desk have both spoken.

The rules run in dbt (`macros/rules.sql`); here they are the reference, by golden fixtures
(`tests/fixtures/golden/line_words.csv` and others).

Belongs here: these rules. Does not belong here: what the desk may say (`desk`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from oms_core.orders.lifecycle import EventType

_T = TypeVar("_T")


def is_held(channel_holds: bool, stated_at: datetime, desk_word: EventType | None, desk_at: datetime | None) -> bool:
    """Whether a line is held, by the channel's latest statement and by the order desk's last word on it.

    The desk's hold stands until the desk releases it, whatever the channel states: that speaks of its own hold. The
    desk's release lifts the channel's hold as it was stated until then; one that is stated later holds again.
    """
    if desk_word is EventType.HELD:
        return True
    released = desk_word is EventType.HOLD_RELEASED and desk_at is not None and desk_at >= stated_at
    return channel_holds and not released


def as_edited(stated: _T, stated_at: datetime, edited: _T, edited_at: datetime | None) -> _T:
    """How or where a line is sent, or how much of it: the last edit counts, until the channel states the line anew."""
    return edited if edited_at is not None and edited_at >= stated_at else stated


def qty_credited(qty_credited: int, qty_credited_since: int, qty_stated: int, qty_ordered: int) -> int:
    """What the channel has cancelled of a line: all that it credits. But where an edit took units off the line, what
    the channel credits since is taken for its word on the same units, up to their number."""
    return qty_credited - min(qty_credited_since, max(qty_stated - qty_ordered, 0))


def qty_cancel_stated(qty_by_channel: int, qty_by_desk: int) -> int:
    """What is cancelled of a line: the greater of both, because a channel that hears of our cancellation states it,
    too."""
    return max(qty_by_channel, qty_by_desk)
