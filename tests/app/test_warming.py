"""What a page asks first is known before somebody opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import warming
from dashboards.settings import Settings
from oms_core.store.snapshots import Snapshot

Opener = Callable[..., AppTest]


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
