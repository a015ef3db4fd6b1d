"""The page of allocation: a run's figures, what waits for stock or for a wave, and rules that are tried."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from dashboards.allocation import waiting_view
from tests.app.reading import BEFORE, Opener, assert_in_order, metric, text_of


def test_a_run_tells_its_figures_and_its_limits_and_its_decisions_are_found(open_page: Opener) -> None:
    app = open_page("allocation")
    assert metric(app, "Cost by the rules") == ("EUR 90.00", "10.0 % below line by line")
    assert metric(app, "No plan costs less than") == ("EUR 89.10", "at most 1.01 % above the best")
    places = app.dataframe[0].value.set_index("location_id")
    assert list(places["limit"]) == [500, 500]
    assert metric(app, "Lines allocated")[0] == f"{places['lines'].sum():,}"
    split = open_page("allocation", split="true").dataframe[1].value
    assert set(split["location_id"]) == {"WH-1", "WH-2"}
    assert split["order_id"].nunique() == 1
    assert set(open_page("allocation", location="WH-2").dataframe[1].value["reason"].str[:4]) == {"WH-1"}
    assert "is like that" in text_of(open_page("allocation", find="' or 1=1 --"))


def test_an_earlier_run_is_chosen_in_the_url_and_what_waits_is_told(open_page: Opener) -> None:
    app = open_page("allocation", run=BEFORE)
    assert_in_order(app)
    assert metric(app, "Lines allocated")[0] == "0"
    assert "sent nothing" in text_of(app)
    assert "decided anew" not in text_of(app)
    app = open_page("allocation", view="What waits for stock")
    (waiting,) = app.dataframe
    assert set(waiting.value["next_step"]) == {"purchase order P1:1"}
    assert f"{len(waiting.value)} lines wait" in text_of(app)


def test_what_waits_is_found_by_order_or_sku_by_why_and_by_what_will_end_it(open_page: Opener) -> None:
    waits = {"view": "What waits for stock"}
    (every,) = (one.value for one in open_page("allocation", **waits).dataframe)
    sku = every["sku"].iloc[0]
    app = open_page("allocation", **waits, waiting_find=sku.lower(), waiting_reason="no_stock", waiting_step="date")
    assert_in_order(app)
    assert app.selectbox(key="waiting_step").value == "supply on its way"
    assert len(app.dataframe[0].value) == (every["sku"] == sku).sum() < len(every)
    assert next(box for box in app.selectbox if box.key == "waiting_reason").options == ["no stock"]
    none = open_page("allocation", **waits, waiting_step="substitute")
    assert len(none.dataframe) == 0
    assert "No line that waits is like that" in text_of(none)
    assert "No line that waits is like that" in text_of(open_page("allocation", **waits, waiting_reason="gone_by"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"next_step": "other_location", "alternative_location_id": "ST-1", "qty_alternative": 12}, "ST-1 has all of"),
        ({"next_step": "substitute", "substitute_sku": "SKU-9", "qty_substitute": 3}, "SKU-9 instead: 3 to sell"),
        ({"next_step": "date", "pegged_to": "transfer T-1:2"}, "transfer T-1:2"),
        ({"next_step": "order_supply", "next_inbound_date": None}, "supply to be ordered: none is coming"),
        (
            {"next_step": "order_supply", "next_inbound_date": date(2026, 6, 9), "next_inbound_location_id": "WH-1"},
            "supply to be ordered: next comes 09 Jun 2026, to WH-1",
        ),
    ],
)
def test_what_will_end_a_wait_is_told_in_words(line: dict[str, object], told: str) -> None:
    assert waiting_view.with_ends(pd.DataFrame([line]))["next_step"].iloc[0].startswith(told)


def test_what_waits_for_a_wave_and_what_was_moved_before_it_is_told(open_page: Opener) -> None:
    app = open_page("allocation", view="What waits for its wave")
    wave, line = (one.value for one in app.dataframe)
    assert list(wave[["location_id", "lines"]].iloc[0]) == ["WH-1", 1]
    assert wave["release_due_at"].iloc[0] == line["release_due_at"].iloc[0]
    assert list(line["waits_for"]) == ["wave"]
    for wanted in ({"waves_location": "WH-2"}, {"waves_find": "no such SKU"}):
        empty = open_page("allocation", view="What waits for its wave", **wanted)
        assert "No line that waits for a wave is like that" in text_of(empty)
    found = open_page("allocation", view="What waits for its wave", waves_location="WH-1", waves_find="SKU-")
    assert len(found.dataframe[1].value) == 1
    assert "The next wave is of 2026-06-02 13:59 UTC" in text_of(app)
    assert "Of 7 lines that were promised before and decided anew, 2 moved: EUR 5.00 less than without." in text_of(app)


def test_rules_that_cannot_be_followed_are_refused_by_line_and_nothing_is_tried(open_page: Opener) -> None:
    app = open_page("allocation", view="Try rules")
    app.text_area(key="rules-text").set_value("late_day_minor: 5\nsolver: gredy").run()
    assert "written here: line 2: solver" in "".join(element.value for element in app.error).replace("\\", "")
    assert app.button(key="rules-try").disabled
    app.text_area(key="rules-text").set_value("solver: greedy").run()
    assert not app.error
    app.button(key="rules-try").click().run(timeout=120)
    assert not app.exception
    # This home has snapshots and was never made by `oms init`: the command's own words say so.
    assert "Nothing was tried: " in "".join(element.value for element in app.warning).replace("\\", "").replace(
        "\u2060", ""
    )
