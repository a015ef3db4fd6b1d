"""Whatever is pressed on the pages, in whatever order, none of them ends in an error.

Belongs here: a monkey, of which a seed makes each time the same. Does not belong here: what a command does (each page's
tests), grids and what only a browser shows (`test_browser`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app.reading import Opener

Act = tuple[str, Callable[[], object]]

#: Where the monkey begins, from time to time: what a click on a row of a grid would open.
OPENED = (
    ("today", {"period": "26 weeks"}),
    ("safety_stock", {"location": "WH-1"}),
    ("safety_stock", {"view": "Draft"}),
    ("safety_stock", {"view": "Policy versions"}),
    ("safety_stock", {"sku": "SKU-001", "at": "WH-1"}),
    ("scenario", {}),
    ("replenishment", {"kind": "Move"}),
    ("allocation", {}),
    ("orders", {"order": "web:100004"}),
    ("documents", {"state": "sent"}),
    ("inventory", {"view": "Counts"}),
    ("inventory", {"sku": "SKU-001", "at": "WH-1", "part": "The ledger behind it", "asof": "2026-05-25T12:00"}),
    ("data", {"table": "fct_orders"}),
    ("data", {"view": "SQL", "sql": "select 1 as one"}),
    ("runs", {"section": "What came in"}),
)
SEED = 0
ACTS_IN_ONE = 6
TEXTS = ("", "SKU-00", "web:10", "'; drop table fct_orders; --", "=1+1", "$x$ *b* [l](u)", "99999999999999999999", "ü☃")
#: What waits for minutes, or for the world outside.
NOT_PRESSED = ("replay-run", "rules-try")


def acts(app: AppTest, chance: random.Random) -> list[Act]:
    """What can be done on a page, and how it is called."""
    buttons = [one for one in app.button if not one.disabled and one.key not in NOT_PRESSED]
    return [(f"press {one.label}", one.click) for one in buttons] + [
        (f"{one.label}: {value}", partial(one.set_value, value)) for one, value in values(app, chance)
    ]


def values(app: AppTest, chance: random.Random) -> Iterator[tuple[Any, Any]]:
    """Of each control something that it may be set to."""
    for one in (*app.selectbox, *app.segmented_control, *app.radio):
        if one.options and is_called_what_it_is(one, option := chance.choice(one.options)):
            yield one, option
    for one in app.multiselect:
        yield one, chance.sample(one.options, chance.randint(0, len(one.options)))
    for one in (*app.toggle, *app.checkbox):
        yield one, not one.value
    for one in (*app.text_input, *app.text_area):
        yield one, chance.choice(TEXTS)
    for one in app.number_input:
        yield one, chance.choice((one.min, one.max, one.value))


def is_called_what_it_is(choice: Any, option: str) -> bool:
    """Whether an option's words are its value: the others cannot be chosen without a browser."""
    try:
        return bool(choice.format_func(option) == option)
    except (KeyError, TypeError):
        return False


def test_whatever_is_pressed_no_page_ends_in_an_error(open_page: Opener) -> None:
    chance = random.Random(SEED)
    for page, query in chance.sample(OPENED, len(OPENED)):
        app, done = open_page(page, **query), [f"open {page} {query}"]
        for _ in range(ACTS_IN_ONE):
            name, act = chance.choice(acts(app, chance) or [("again", app.run)])
            done.append(name)
            act()
            app.run()
            assert [element.value for element in app.exception] == [], done
