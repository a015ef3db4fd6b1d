"""What is asked ahead gives way to who reads a page."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dashboards.shell import readers


@pytest.fixture(autouse=True)
def _drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(readers, "_DRAWING_SECONDS", 0.0)
    monkeypatch.setattr(readers, "_LONGEST_PAUSE_SECONDS", 60.0)
    readers.let_pass()  # whom other tests have made a page for
    yield
    readers.let_pass()


def _asking_ahead() -> tuple[threading.Thread, threading.Event]:
    went_on = threading.Event()
    asking = threading.Thread(target=lambda: (readers.let_pass(), went_on.set()), daemon=True)
    asking.start()
    return asking, went_on


def test_what_is_asked_ahead_waits_until_the_page_is_drawn() -> None:
    with readers.reading():
        asking, went_on = _asking_ahead()
        assert not went_on.wait(0.1)
    asking.join(30)
    assert went_on.is_set()


def test_a_page_that_needs_what_is_being_asked_ahead_is_not_waited_for() -> None:
    with readers.reading():
        asking, went_on = _asking_ahead()
        with readers.waiting():
            asking.join(30)
            assert went_on.is_set()
        _, later = _asking_ahead()
        assert not later.wait(0.1)


def test_a_page_that_takes_minutes_stops_nothing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_LONGEST_PAUSE_SECONDS", 0.01)
    with readers.reading():
        asking, went_on = _asking_ahead()
        asking.join(30)
        assert went_on.is_set()
