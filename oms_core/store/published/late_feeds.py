"""Feeds whose files are late, as the worklist of people and the release of proposals both take it.

Belongs here: the rule. Does not belong here: any page's look.
"""

from __future__ import annotations

#: One row a feed that has been silent for more than twice as long as usual: the median of its last ten gaps between
#: days with a file. Reads a relation `today` with one `day`.
LATE_FEEDS = """
    select feed, last_day, usual_days, today.day - last_day as age_days
    from (
        select feed, max(day) as last_day, median(gap) as usual_days
        from (
            select feed, day, day - lag(day) over (partition by feed order by day) as gap,
                   row_number() over (partition by feed order by day desc) as recency
            from (select distinct feed, cast(known_at as date) as day from rpt_feed_files))
        where recency <= 10 group by feed having count(gap) >= 3), today
    where today.day - last_day > greatest(2 * usual_days, usual_days + 1)"""
