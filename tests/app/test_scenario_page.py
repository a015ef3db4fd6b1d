"""The scenario page, where a scenario's name is what something else is called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from streamlit.testing.v1 import AppTest

from oms_core.store.operations import PolicyChange, at_the_machine, open_operations


def test_a_scenario_called_as_what_it_is_compared_with_does_not_stand_in_its_place(
    home: Path, open_page: Callable[..., AppTest]
) -> None:
    ada, now = at_the_machine("Ada"), datetime.now(UTC)
    before = open_page("scenario").dataframe[0].value.set_index("name")
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=now) as store:
        store.keep_scenario("Today", [PolicyChange("abc_class", "A", 0.999)], ada, now, 1)
    rows = open_page("scenario").dataframe[0].value.set_index("name")
    assert list(rows.index) == ["Today", "Today (kept)"]
    assert rows.loc["Today", "investment_minor"] == before.loc["Today", "investment_minor"]
    assert rows.loc["Today (kept)", "investment_minor_change"] > 0
