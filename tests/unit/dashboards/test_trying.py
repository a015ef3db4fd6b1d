"""Sets of rules beside each other: which can be followed, and what came of them as tables."""

from __future__ import annotations

import pytest

from dashboards.allocation import trying
from dashboards.allocation.trying import HOME, RuleSet, Tried
from oms_core.allocation.stated.rules import default_rules


def test_sets_have_names_of_their_own_and_bad_ones_are_refused_by_line_and_key() -> None:
    sets, refused = trying.read_sets(
        [("a.yaml", "solver: greedy"), ("a.yaml", "late_day_minor: 5"), (HOME, ""), ("b.yaml", "x: 1\nsolver: gredy")]
    )
    assert [one.name for one in sets] == ["a.yaml", "a.yaml (2)", f"{HOME} (2)"]
    assert sets[1].rules.late_day_minor == 5
    (words,) = refused
    assert words.startswith("b.yaml: line 1: x")


def decided(line: str, decision: str, quantity: int, place: str | None) -> dict[str, object]:
    return {
        "order_line_id": f"web:{line}", "order_id": "web:1", "sku": "SKU-1", "decision": decision, "quantity": quantity,
        "location_id": place, "reason": f"why {line}",
    }  # fmt: skip


@pytest.fixture
def tried() -> Tried:
    figures = {name: 0 for name, _, _ in trying.FIGURES} | {"cost_minor": 1250, "gap": None}
    place = {"location_id": "WH-1", "parcels": 3, "limit": 4, "lines": 3, "units": 1}
    idle = {"location_id": "WH-2", "parcels": 0, "limit": None, "lines": 0, "units": 0}
    base = {
        **figures,
        "places": [place, idle],
        "lines": [decided("a", "allocated", 2, "WH-1"), decided("b", "allocated", 1, "WH-1")],
    }
    other = {
        **figures,
        "cost_by_home_rules_minor": 1300,
        "lines_late": 2,
        "places": [place | {"limit": None}, idle],
        "lines": [
            decided("a", "allocated", 1, "WH-2"),
            decided("a", "backordered", 1, None),
            decided("b", "allocated", 1, "WH-1"),
        ],
    }
    sets = (RuleSet(HOME, default_rules()), RuleSet("new", default_rules()))
    return Tried(sets, None, (base, other))


def test_figures_stand_side_by_side_and_those_that_are_nothing_everywhere_are_left_out(tried: Tried) -> None:
    table = trying.figures_table(tried).set_index("Figure")
    assert list(table.columns) == [HOME, "new"]
    assert table.loc["Cost by its own rules", HOME] == "EUR 12.50"
    assert table.loc["Lines that arrive past their promise", "new"] == "2"
    assert "Above the cheapest, at most" not in table.index
    assert "Lines moved from where they were promised" not in table.index


def test_places_tell_parcels_of_what_they_make(tried: Tried) -> None:
    (row,) = trying.places_table(tried).to_dict("records")
    assert row == {"Location": "WH-1", HOME: "3 of 4 parcels, 1 unit", "new": "3 parcels, 1 unit"}


def test_lines_that_go_elsewhere_say_from_where_to_where_and_why(tried: Tried) -> None:
    (row,) = trying.moved_table(*tried.answers).to_dict("records")
    assert (row["before"], row["after"]) == ("2 from WH-1", "1 from WH-2, 1 waiting")
    assert row["reason"] == "why a why a"
    assert trying.moved_table(tried.answers[0], tried.answers[0]).empty
