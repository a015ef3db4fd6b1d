"""What a page asks first is known before somebody opens it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
import streamlit as st

from dashboards import serve
from dashboards.settings import Settings
from dashboards.shell import warming
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener


def test_who_opens_a_page_of_a_snapshot_first_waits_for_no_query(
    home: Path, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    st.cache_data.clear()
    warming.ask_ahead(Settings.from_environment())
    asked: list[str] = []
    answer = Snapshot.query

    def noted(snapshot: Snapshot, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        asked.append(sql)
        return answer(snapshot, sql, parameters)

    monkeypatch.setattr(Snapshot, "query", noted)
    for page in ("today", "safety_stock", "orders", "scenario"):
        assert [element.value for element in open_page(page).exception] == []
    # By how many proposals are decided, which the store knows.
    assert [sql for sql in asked if "fct_replenishment" not in sql] == []


def test_a_home_without_a_snapshot_is_left_to_the_pages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(tmp_path / "published", "sqlite://")
    assert warming.published(settings) is None
    warming.ask_ahead(settings)
    assert "Nothing is published" in caplog.text


def test_all_code_of_the_pages_can_be_loaded_without_running_one() -> None:
    warming.load_code()


def test_a_server_lets_nobody_in_before_it_knows_what_is_asked_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[str] = []
    monkeypatch.setattr(warming, "ask_first_views", lambda settings: known.append(str(settings.home)))
    monkeypatch.setattr(warming, "ask_ahead", lambda _settings: None)
    assert _known_when_let_in(known) == [str(home)]


def test_a_server_that_knows_it_not_in_time_lets_in_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_let_in = threading.Event()
    known: list[str] = []

    def ask(settings: Settings) -> None:
        is_let_in.wait(30)
        known.append(str(settings.home))

    monkeypatch.setattr(warming, "ask_first_views", ask)
    monkeypatch.setattr(warming, "ask_ahead", lambda _settings: None)
    monkeypatch.setattr(serve, "_LONGEST_START_SECONDS", 0.01)
    assert _known_when_let_in(known, is_let_in) == []
    assert known == [str(home)]


def _known_when_let_in(known: list[str], is_let_in: threading.Event | None = None) -> list[str]:
    async def enter() -> list[str]:
        async with serve._kept_warm(serve.app):
            found = list(known)
            if is_let_in is not None:
                is_let_in.set()
            return found

    # In a thread of its own: the driver of other tests' browser has a loop in this one.
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(lambda: asyncio.run(enter())).result()
