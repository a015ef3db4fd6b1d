"""A double click is one click."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import streamlit as st

from dashboards import clicks


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time it is: the list's last."""
    times = [datetime(2026, 6, 2, tzinfo=UTC)]
    monkeypatch.setattr(clicks, "now", lambda: times[-1])
    return times


def test_the_second_click_tells_what_the_first_has_done(session: dict[str, object], clock: list[datetime]) -> None:
    done: list[str] = []

    @clicks.once("told")
    def command(what: str) -> bool:
        done.append(what)
        session["told"] = f"{what} is done, the {len(done)}. of all"
        return True

    command("one")
    session.pop("told")  # the page has told it, and the second click interrupts it
    command("one")
    assert (done, session["told"]) == (["one"], "one is done, the 1. of all")
    command("another")
    command("one")
    clock.append(clock[-1] + clicks.MOMENT)
    command("one")
    assert done == ["one", "another", "one", "one"]


@pytest.mark.usefixtures("clock", "session")
def test_what_was_refused_can_be_tried_again_at_once() -> None:
    answers = [False, True, True]

    @clicks.once("told")
    def command() -> bool:
        return answers.pop(0)

    for _ in range(3):
        command()
    assert answers == [True]
