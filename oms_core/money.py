"""Decimal amounts as integer minor units, exactly, and minor units as text.

Belongs here: the currencies' exponents and the functions that convert.
Does not belong here: arithmetic on money that is already in minor units, what pages make of an amount.

A channel's amount must be exact in its currency: "2.5500000" is 255 pence, "0.001" pounds is no amount at
all and is refused, because rounding it away unseen would be a loss nobody could find. A mapping may ask for
`rounding: half_up` where its source is known to write such amounts; then, and only then, it is rounded once.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Literal

Rounding = Literal["exact", "half_up"]

_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
    KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
    NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

#: Digits after the point by ISO 4217 code (ISO 4217:2015, table A.1).
MINOR_UNITS: dict[str, int] = {
    code: digits for codes, digits in ((_TWO, 2), (_NONE, 0), (_THREE, 3)) for code in codes.split()
}

#: Digits of what ISO 4217 gives none, such as XXX.
_ORDINARY_DIGITS = 2
#: More digits than this are no amount; so many, and no fewer, are reckoned with exactly (Python's default is 28).
_MAXIMUM_DIGITS = 60
EXACT = Context(prec=2 * _MAXIMUM_DIGITS, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Inexact])


class AmountRefused(ValueError):  # noqa: N818 - said as it is: the amount is refused
    """An amount that is none in its currency; `reason_code` is machine-readable."""

    def __init__(self, reason_code: str, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code


def to_minor(amount: str | Decimal, currency: str, rounding: Rounding = "exact") -> int:
    """An amount in major units as integer minor units of `currency`.

    Raises AmountRefused for an unknown currency, for what is no finite number, and for digits beyond the
    currency's smallest unit unless `rounding` is `half_up`.

    >>> to_minor("2.5500000", "GBP"), to_minor("1500", "JPY"), to_minor("1.005", "KWD")
    (255, 1500, 1005)
    """
    if currency not in MINOR_UNITS:
        raise AmountRefused("unknown_currency", f"{currency[:12]!r} is no currency known here (ISO 4217, capitals)")
    try:
        value = Decimal(amount)
    except InvalidOperation as error:
        raise AmountRefused("not_a_number", "it is no decimal number") from error
    if value.is_finite() and value == 0:
        return 0
    # Beyond 10^15 an amount is no money, and scaling one of 10^999999 would take the machine's memory.
    if not value.is_finite() or not -_MAXIMUM_DIGITS < value.adjusted() <= 15 or _digits(value) > _MAXIMUM_DIGITS:
        raise AmountRefused("out_of_range", "it is not a finite amount of at most 15 digits before its point")
    minor = value.scaleb(MINOR_UNITS[currency], EXACT)
    whole = minor.to_integral_value(ROUND_HALF_UP)
    if whole != minor and rounding == "exact":
        raise AmountRefused("finer_than_currency", f"it has digits beyond the smallest unit of {currency}")
    return int(whole)


def minor_digits(currency: str) -> int:
    """Digits after the point of a currency; 2 for one that ISO 4217 gives none."""
    return MINOR_UNITS.get(currency, _ORDINARY_DIGITS)


def to_major(minor: int, currency: str) -> Decimal:
    """Minor units as an exact amount of the currency.

    >>> to_major(1234, "EUR"), to_major(1234, "JPY")
    (Decimal('12.34'), Decimal('1234'))
    """
    return Decimal(int(minor)).scaleb(-minor_digits(currency))


def written(minor: float, currency: str) -> str:
    """An amount for people, to the nearest minor unit, without its currency.

    >>> written(123450, "EUR"), written(99.6, "JPY")
    ('1,234.50', '100')
    """
    return f"{to_major(round(minor), currency):,.{minor_digits(currency)}f}"


def money(minor: float, currency: str) -> str:
    """An amount for people with its currency.

    >>> money(123450, "EUR"), money(-5, "EUR")
    ('EUR 1,234.50', 'EUR -0.05')
    """
    return f"{currency} {written(minor, currency)}"


def _digits(value: Decimal) -> int:
    return len(value.as_tuple().digits)
