"""Decimal amounts become minor units exactly, or not at all."""

from __future__ import annotations

import pytest

from oms_core.money import MINOR_UNITS, AmountRefused, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("2.5500000", "GBP", 255),
        ("0.1", "EUR", 10),
        ("-11062.06", "GBP", -1106206),
        ("1500", "JPY", 1500),
        ("1.005", "KWD", 1005),
        ("0", "EUR", 0),
        ("0." + "0" * 40, "EUR", 0),
        ("7." + "0" * 40, "EUR", 700),
        ("90071992547409.93", "EUR", 9007199254740993),
    ],
)
def test_an_amount_is_exact_in_its_currency(amount: str, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("0.001", "GBP", "finer_than_currency"),
        ("10.5", "JPY", "finer_than_currency"),
        # Thirty-five digits: Python's default precision of 28 would round the last away and call it exact.
        ("1." + "0" * 33 + "1", "EUR", "finer_than_currency"),
        ("1" + "0" * 70, "EUR", "out_of_range"),
        ("1." + "0" * 70 + "1", "EUR", "out_of_range"),
        ("1.0005", "KWD", "finer_than_currency"),
        ("1", "XXX", "unknown_currency"),
        ("1", "eur", "unknown_currency"),
        ("12,50", "EUR", "not_a_number"),
        ("", "EUR", "not_a_number"),
        ("NaN", "EUR", "out_of_range"),
        ("Infinity", "EUR", "out_of_range"),
        ("1e999999", "EUR", "out_of_range"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(amount: str, currency: str, code: str) -> None:
    with pytest.raises(AmountRefused) as refusal:
        to_minor(amount, currency)
    assert refusal.value.reason_code == code


def test_rounding_half_up_is_done_only_where_it_is_asked_for() -> None:
    assert to_minor("0.001", "GBP", "half_up") == 0
    assert to_minor("0.005", "GBP", "half_up") == 1
    assert to_minor("-0.005", "GBP", "half_up") == -1


def test_currencies_without_and_with_three_digits_are_known() -> None:
    assert (MINOR_UNITS["JPY"], MINOR_UNITS["EUR"], MINOR_UNITS["KWD"]) == (0, 2, 3)
