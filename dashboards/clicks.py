"""A double click is one click: its second finds done what its first did, and would tell that nothing was.

Belongs here: knowing the second one. Does not belong here: any command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st

from dashboards.settings import now

_LAST = "clicks-last"
#: Longer than between two clicks of one hand, shorter than it takes to want the same again.
MOMENT = timedelta(seconds=2)
Given = ParamSpec("Given")


@dataclass(frozen=True)
class _CarriedOut:
    """What was asked, when it was done, and what was noted of it."""

    asked: tuple[object, ...]
    at: datetime
    outcome: Any


def once(outcome: str) -> Callable[[Callable[Given, bool]], Callable[Given, None]]:
    """Of a command that says whether it was carried out, and notes under the session's key `outcome` what came of it:
    the same again within a moment is not done again, and what came of it is told again."""

    def of(command: Callable[Given, bool]) -> Callable[Given, None]:
        @wraps(command)
        def clicked(*args: Given.args, **kwargs: Given.kwargs) -> None:
            asked = (outcome, *args, *kwargs.values())
            last = st.session_state.get(_LAST)
            if isinstance(last, _CarriedOut) and last.asked == asked and now() - last.at < MOMENT:
                st.session_state[outcome] = last.outcome
            elif command(*args, **kwargs):
                st.session_state[_LAST] = _CarriedOut(asked, now(), st.session_state.get(outcome))

        return clicked

    return of
