"""On which days a place works: what it is told of on a day off, or after its cut-off, leaves on the next it works on.

Lateness, waves and what a place makes in a day all go by this one rule.

Belongs here: the rule. Does not belong here: its weekdays (`rules`), the days off that were planned (`problem`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_core.allocation.stated.problem import Location
from oms_core.allocation.stated.rules import Rules

#: A place that works on none of so many days is one that does not work.
DAYS_AHEAD = 366


def works_on(at: Location, rules: Rules, day: date) -> bool:
    """Whether a place works on a day of its own calendar."""
    weekdays = rules.narrowest(rules.work_days, at.location_id, at.kind)
    if weekdays is not None and day.weekday() not in weekdays:
        return False
    return not any(first <= day <= last for first, last in at.days_off)


def leaves_on(at: Location, rules: Rules, told_at: datetime) -> date | None:
    """The day of a place's calendar on which what it is told of at an instant (aware) leaves; None: it never does."""
    local = told_at.astimezone(ZoneInfo(at.timezone))
    cut_off = rules.narrowest(rules.cut_offs, at.location_id, at.kind)
    return next_working_day(at, rules, local.date() + timedelta(days=cut_off is not None and local.time() > cut_off))


def next_working_day(at: Location, rules: Rules, day: date) -> date | None:
    """That day of a place's calendar or the first one after it on which it works; None: there is none."""
    days = (day + timedelta(days=ahead) for ahead in range(DAYS_AHEAD))
    return next((day for day in days if works_on(at, rules, day)), None)


def all_left_before(locations: Iterable[Location], rules: Rules, now: datetime) -> datetime:
    """An instant: what any of the places was told of before it has left before today, of each place's own calendar."""
    return min((_all_left_before(at, rules, now) for at in locations), default=now)


def _all_left_before(at: Location, rules: Rules, now: datetime) -> datetime:
    zone = ZoneInfo(at.timezone)
    days = (now.astimezone(zone).date() - timedelta(days=back) for back in range(1, DAYS_AHEAD))
    # Of one that has not worked for so long, what it is told of leaves no day that a run could fill.
    last = next((day for day in days if works_on(at, rules, day)), now.astimezone(zone).date())
    return datetime.combine(last, time.min, zone).astimezone(UTC)
