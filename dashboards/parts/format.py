"""How values are written for people: money, quantities, shares, instants, ages.

Belongs here: pure functions from a value to text. Money becomes text here and nowhere else.
Does not belong here: tables (`table`), charts (`charts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from oms_core import words
from oms_core.money import money as in_words
from oms_core.money import to_major
from oms_core.words import counted as counted

NOTHING = "–"
_MARKDOWN_SIGNS = frozenset("\\`*_{}[]()<>#+-.!|$~:&=")
#: How an address begins that GitHub-flavoured Markdown turns into a link by itself, and the sign of a mail address.
_ADDRESS = re.compile(r"www\.|://|.@", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def money(minor: int | None, currency: str | None, *, whole: bool = False) -> str:
    """An amount with its currency: `EUR 1,234.50`; with `whole`, to the nearest whole unit, for headlines.

    >>> money(123450, "EUR"), money(123450, "EUR", whole=True), money(-5, "EUR")
    ('EUR 1,234.50', 'EUR 1,234', 'EUR -0.05')
    """
    if minor is None or currency is None:
        return NOTHING
    return f"{currency} {to_major(minor, currency):,.0f}" if whole else in_words(minor, currency)


def monies(amounts: Iterable[tuple[int | None, str | None]], *, whole: bool = False) -> str:
    """Amounts of several currencies, the largest first, none left out but zeros: `GBP 10.00 + XXX 2.00`."""
    known = [(minor, currency) for minor, currency in amounts if minor is not None and currency is not None]
    shown = sorted((pair for pair in known if pair[0]), key=lambda pair: (-abs(pair[0]), pair[1])) or known[:1]
    return " + ".join(money(minor, currency, whole=whole) for minor, currency in shown) or NOTHING


def quantity(value: float | None) -> str:
    """A whole quantity with thousands marked."""
    return NOTHING if value is None else f"{value:,.0f}"


def change(value: int) -> str:
    """A signed whole quantity; no change is 0."""
    return f"{value:+,d}" if value else "0"


def money_change(minor: int, currency: str) -> str:
    """A signed amount with its currency: `+EUR 12.00`."""
    return f"{'-' if minor < 0 else '+'}{money(abs(minor), currency)}" if minor else money(0, currency)


def share(value: float | None, digits: int = 1) -> str:
    """A share as a percentage: 0.9731 is `97.3 %`."""
    return NOTHING if value is None else f"{value * 100:.{digits}f} %"


def level(value: float | None) -> str:
    """A service level as a percentage, with as many digits as it has, at least one: 0.9999 is `99.99 %`."""
    if value is None:
        return "none"
    text = f"{value * 100:.4f}".rstrip("0")
    return f"{text}0 %" if text.endswith(".") else f"{text} %"


def instant(value: datetime | None) -> str:
    """An instant, in UTC, to the minute."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def run(as_of: datetime, run_id: str) -> str:
    """What a run is called, in lists and addresses."""
    return f"{instant(as_of)} · {run_id[:8]}"


def day(value: date | None) -> str:
    """A calendar day."""
    return NOTHING if value is None else f"{value:%a %d %b %Y}"


def age(span: timedelta) -> str:
    """How long ago, in one unit that says enough: `3 hours ago`. What is to come, by a clock that differs, is now."""
    minutes = int(span.total_seconds() // 60)
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def short(identifier: str, length: int = 12) -> str:
    """The head of a long identifier, marked as cut."""
    return identifier if len(identifier) <= length else f"{identifier[:length]}…"


def code(name: str) -> str:
    """A code of ours in words: `stock_short` is `stock short`."""
    return words.told(name)


def capital(text: str) -> str:
    """The same as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Text from data as Markdown that shows it as it is: nothing in it is a link, an emphasis or a formula.

    Bare addresses become links even where every sign is escaped, so an invisible word joiner breaks them. Where text is
    to be copied, show it with `st.text` instead.
    """
    broken = _ADDRESS.sub(lambda found: f"{found[0][:-1]}{_WORD_JOINER}{found[0][-1]}", " ".join(text.split()))
    return "".join(f"\\{sign}" if sign in _MARKDOWN_SIGNS else sign for sign in broken)
