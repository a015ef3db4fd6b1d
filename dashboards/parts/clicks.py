"""Commands behind buttons: each click carried out once, and what came of it told once.

Streamlit begins a page anew at every click, whatever it is doing: it leaves a command at its next look into the
session, or runs a double click's second beside the first. So a command keeps nothing of what it did in the session: it
says what came of it (`Outcome`), which is kept here.

Belongs here: that. Does not belong here: any command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, ParamSpec

import streamlit as st

from dashboards.settings import now

_KEY = "clicks"
#: Since a button was drawn anew: longer than between two clicks of one hand, shorter than to want the same again.
MOMENT = timedelta(seconds=2)
Given = ParamSpec("Given")


def _nothing() -> None:
    """What most outcomes change in the session."""


@dataclass(frozen=True)
class Outcome:
    """What came of a command: sentences on what was done and on what was refused, and what changes in the session."""

    done: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    then: Callable[[], None] = _nothing


@dataclass(frozen=True)
class _CarriedOut:
    """What was asked, when it was done, and what came of it."""

    asked: tuple[object, ...]
    at: datetime
    outcome: Outcome


@dataclass
class _Session:
    """What is known of a session's clicks. `lock` is held while a command is carried out; `untold`: outcomes by
    topic."""

    lock: Lock = field(default_factory=Lock)
    last: _CarriedOut | None = None
    untold: dict[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Once(Generic[Given]):
    """A command. What comes of it is told by `tell(topic)`."""

    command: Callable[Given, Outcome]
    topic: str

    def click(self, *args: Given.args, **kwargs: Given.kwargs) -> Callable[[], None]:
        """What a button drawn now does when it is clicked.

        A repeated click is not carried out again; what came of the first is told again. A click repeats the last
        command if it asks for the same and its button was drawn before that was done, or is so new that nobody can have
        meant it twice.
        """
        session, asked, drawn = _session(), (self.command.__qualname__, *args, *kwargs.values()), now()

        def clicked() -> None:
            with session.lock:
                last = session.last
                if last is not None and last.asked == asked and (drawn <= last.at or now() - drawn < MOMENT):
                    outcome = last.outcome
                else:
                    outcome = self.command(*args, **kwargs)
                    if outcome.done:
                        session.last = _CarriedOut(asked, now(), outcome)
                session.untold[self.topic] = outcome
            outcome.then()

        return clicked


def once(topic: str) -> Callable[[Callable[Given, Outcome]], Once[Given]]:
    """See `Once`."""
    return lambda command: Once(command, topic)


def tell(topic: str) -> None:
    """What came of the topic's last command, once."""
    outcome = _session().untold.pop(topic, Outcome())
    for text in outcome.done:
        st.success(text)
    for text in outcome.refused:
        st.warning(text)


def _session() -> _Session:
    found: _Session = st.session_state.setdefault(_KEY, _Session())
    return found
