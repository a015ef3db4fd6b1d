"""What planning knows of days to come: planned events as landed, and the public holidays of each location's country.

Belongs here: reading them from the warehouse or a snapshot. Does not belong here: what a forecast makes of them
(`forecasting`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import holidays
import pandas as pd

from forecasting import KnownAhead
from forecasting.known_ahead import HOLIDAY_AHEAD_DAYS, HOLIDAY_COLUMNS
from pipelines.planning.demand import EVENTS

_COUNTRIES = "select location_id, country from dim_location"


def known_ahead(select: Callable[[str], pd.DataFrame], first: date, last: date) -> KnownAhead:
    """Planned events, and holidays from `first` to the longest horizon after `last`. `select` answers SQL.

    What was learnt after `last` is known to a forecast from that day on: the run that makes it knows it by now.
    """
    until = pd.Timestamp(last) + pd.Timedelta(days=HOLIDAY_AHEAD_DAYS)
    events = select(EVENTS)
    known, by_now = pd.to_datetime(events["known_date"]), pd.Timestamp(last)
    events = events.assign(known_date=known.where(known <= by_now, by_now))
    return KnownAhead(events, _holidays(select(_COUNTRIES), range(pd.Timestamp(first).year, until.year + 1)))


def _holidays(places: pd.DataFrame, years: range) -> pd.DataFrame:
    """Columns location_id, holiday_date. A country is an ISO 3166 code; of one that is not known, none."""
    known = set(holidays.list_supported_countries())
    days = {
        country: sorted(holidays.country_holidays(country, years=years))
        for country in places["country"].unique()
        if country in known
    }
    rows = [
        (place, pd.Timestamp(day))
        for place, country in places[["location_id", "country"]].itertuples(index=False)
        for day in days.get(country, [])
    ]
    return pd.DataFrame(rows, columns=list(HOLIDAY_COLUMNS))
