"""Values as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboards.parts import format as fmt


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "EUR", "EUR 1,234.50"),
        (1234, "JPY", "JPY 1,234"),
        (1234, "KWD", "KWD 1.234"),
        (-5, "GBP", "GBP -0.05"),
        (10**17 + 1, "EUR", "EUR 1,000,000,000,000,000.01"),
        (250, "XXX", "XXX 2.50"),
        (None, "EUR", "–"),
        (5, None, "–"),
    ],
)
def test_money_is_exact_and_has_the_digits_of_its_currency(minor: int | None, currency: str | None, text: str) -> None:
    assert fmt.money(minor, currency) == text


def test_amounts_of_several_currencies_are_never_added() -> None:
    assert fmt.monies([(200, "XXX"), (1000, "GBP"), (0, "EUR")]) == "GBP 10.00 + XXX 2.00"
    assert fmt.monies([(0, "EUR")]) == "EUR 0.00"
    assert fmt.monies([]) == "–"


@pytest.mark.parametrize(("minor", "text"), [(1200, "+EUR 12.00"), (-1200, "-EUR 12.00"), (0, "EUR 0.00")])
def test_a_change_of_money_has_its_sign(minor: int, text: str) -> None:
    assert fmt.money_change(minor, "EUR") == text


@pytest.mark.parametrize(("level", "text"), [(0.95, "95.0 %"), (0.985, "98.5 %"), (0.9999, "99.99 %"), (None, "none")])
def test_a_service_level_has_as_many_digits_as_it_needs(level: float | None, text: str) -> None:
    assert fmt.level(level) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=40), "just now"),
        (timedelta(seconds=-90), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_an_age_is_told_in_one_unit(span: timedelta, text: str) -> None:
    assert fmt.age(span) == text


def test_text_from_data_loses_its_meaning_as_markdown() -> None:
    assert fmt.plain("[x](javascript:y)\n# *a*") == "\\[x\\]\\(javascript\\:y\\) \\# \\*a\\*"


@pytest.mark.parametrize("address", ["http://a.invalid/", "WWW.a.invalid", "ftp://a", "a@b.invalid"])
def test_an_address_in_a_text_is_broken_so_that_it_is_no_link(address: str) -> None:
    shown = fmt.plain(address)
    assert shown.replace("\\", "").replace("\u2060", "") == address
    assert "\u2060" in shown


def test_a_share_and_a_quantity_that_are_not_there_are_a_dash() -> None:
    assert (fmt.share(None), fmt.quantity(None), fmt.instant(None), fmt.day(None)) == ("–",) * 4
