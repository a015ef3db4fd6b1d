"""A double click is one click, whatever Streamlit interrupts between the two."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError

import pytest
import streamlit as st

from dashboards.parts import clicks
from dashboards.parts.clicks import Outcome


class Interrupted(BaseException):
    """As Streamlit raises it, at a look into the session, when the page is to begin anew."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the page has told."""
    texts: list[str] = []
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "success", texts.append)
    monkeypatch.setattr(st, "warning", texts.append)
    return texts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time it is: the list's last."""
    times = [datetime(2026, 6, 2, tzinfo=UTC)]
    monkeypatch.setattr(clicks, "now", lambda: times[-1])
    return times


@pytest.fixture
def done() -> list[str]:
    """What was carried out."""
    return []


@pytest.fixture
def command(clock: list[datetime], done: list[str], told: list[str]) -> clicks.Once[str]:
    @clicks.once("topic")
    def carry_out(what: str) -> Outcome:
        done.append(what)
        return Outcome(done=(f"{what} is done, the {len(done)}. of all",))

    return carry_out


def test_the_second_click_tells_what_the_first_has_done(
    told: list[str], clock: list[datetime], done: list[str], command: clicks.Once[str]
) -> None:
    button = command.click("one")
    button()
    clicks.tell("topic")  # the page has told it, and the second click interrupts it
    clock.append(clock[-1] + 10 * clicks.MOMENT)  # the page is long in being drawn: what is clicked is still the first
    button()
    clicks.tell("topic")
    clicks.tell("topic")
    assert (done, told) == (["one"], ["one is done, the 1. of all"] * 2)


def test_a_button_drawn_anew_is_another_after_a_moment(
    clock: list[datetime], done: list[str], command: clicks.Once[str]
) -> None:
    command.click("one")()
    clock.append(clock[-1] + 10 * clicks.MOMENT)
    button = command.click("one")
    button()  # on its way when the page was drawn anew
    assert done == ["one"]
    clock.append(clock[-1] + clicks.MOMENT)
    button()
    assert done == ["one", "one"]


def test_after_another_command_the_same_is_wanted_again(done: list[str], command: clicks.Once[str]) -> None:
    for what in ("one", "another", "one"):
        command.click(what)()
    assert done == ["one", "another", "one"]


@pytest.mark.usefixtures("clock", "told")
def test_a_second_click_waits_for_the_first_ones_command() -> None:
    both, carried_out = Barrier(2), []

    @clicks.once("topic")
    def command() -> Outcome:
        carried_out.append("once")
        with pytest.raises(BrokenBarrierError):
            both.wait(timeout=0.2)  # nobody else comes here meanwhile
        return Outcome(done=("done",))

    button = command.click()
    with ThreadPoolExecutor() as threads:
        for one in [threads.submit(button), threads.submit(button)]:
            one.result()
    assert carried_out == ["once"]


@pytest.mark.usefixtures("clock")
def test_what_the_session_loses_with_the_first_click_comes_with_the_second(told: list[str]) -> None:
    changes: list[str] = []

    def change() -> None:
        changes.append("tried")
        if len(changes) == 1:
            raise Interrupted

    @clicks.once("topic")
    def command() -> Outcome:
        return Outcome(done=("done",), then=change)

    button = command.click()
    with pytest.raises(Interrupted):
        button()
    button()
    clicks.tell("topic")
    assert (changes, told) == (["tried", "tried"], ["done"])


@pytest.mark.usefixtures("clock")
def test_what_was_refused_can_be_tried_again_at_once(told: list[str]) -> None:
    answers = [Outcome(refused=("no",)), Outcome(done=("yes",)), Outcome(done=("never asked",))]

    @clicks.once("topic")
    def command() -> Outcome:
        return answers.pop(0)

    button = command.click()
    for _ in range(3):
        button()
        clicks.tell("topic")
    assert told == ["no", "yes", "yes"]


def test_another_command_about_the_same_is_another_click(
    told: list[str], done: list[str], command: clicks.Once[str]
) -> None:
    @clicks.once("topic")
    def end(what: str) -> Outcome:
        done.append(f"end of {what}")
        return Outcome(done=(f"{what} is ended",))

    command.click("one")()
    end.click("one")()
    assert done == ["one", "end of one"]
