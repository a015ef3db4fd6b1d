"""Days, offsets and file periods."""

from __future__ import annotations

from datetime import date

from oms_core.twin.clock import DayClock, each_day, period_end


def test_times_carry_the_offset_in_force_at_that_time_of_day():
    change = DayClock(date(2026, 3, 29), "Europe/Berlin")
    assert change.at(5 * 60) == "2026-03-29T00:05:00+01:00"
    assert change.at(8 * 3600) == "2026-03-29T08:00:00+02:00"


def test_a_month_is_cut_where_daily_files_begin():
    end = date(2026, 5, 31)
    assert period_end(date(2026, 4, 2), end, 14) == date(2026, 4, 30)
    assert period_end(date(2026, 5, 3), end, 14) == date(2026, 5, 17)
    assert period_end(date(2026, 5, 18), end, 14) == date(2026, 5, 18)


def test_each_day_includes_both_ends():
    assert [d.day for d in each_day(date(2026, 1, 30), date(2026, 2, 1))] == [30, 31, 1]
