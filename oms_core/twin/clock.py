"""Days of a simulation: local times of day, file periods, and the words dates are written in.

Belongs here: calendar arithmetic on arguments.
Does not belong here: reading any clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

#: No zone changes its offset later in the day than this; before it, the offset at midnight is in force.
_OFFSET_CHANGES_BEFORE_SECONDS = 3 * 3600


@dataclass(frozen=True)
class DayClock:
    """One business day in one zone."""

    day: date
    timezone: str

    @cached_property
    def iso(self) -> str:
        """The day as YYYY-MM-DD."""
        return self.day.isoformat()

    @cached_property
    def compact(self) -> str:
        """The day as YYYYMMDD, for document numbers."""
        return self.day.strftime("%Y%m%d")

    @cached_property
    def ordinal(self) -> int:
        """Days since year 1, the key of the day's random streams."""
        return self.day.toordinal()

    @cached_property
    def _offsets(self) -> tuple[str, str]:
        zone = ZoneInfo(self.timezone)
        found = []
        for hour in (0, 12):
            moment = datetime(self.day.year, self.day.month, self.day.day, hour, tzinfo=zone)
            found.append(moment.isoformat()[-6:])
        return found[0], found[1]

    def at(self, seconds: int) -> str:
        """The local time `seconds` after midnight as ISO 8601 with the zone's offset."""
        early, late = self._offsets
        offset = early if seconds < _OFFSET_CHANGES_BEFORE_SECONDS else late
        return f"{self.iso}T{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}{offset}"


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


def period_end(day: date, last: date, daily_file_days: int) -> date:
    """Last day of the file that `day`'s records go into, in a history that ends with `last`.

    A calendar month, cut where the daily files begin; the last `daily_file_days` days stand alone.
    """
    last_monthly = last - timedelta(days=daily_file_days)
    if day > last_monthly:
        return day
    month_end = day.replace(day=monthrange(day.year, day.month)[1])
    return min(month_end, last_monthly)
