"""What is said about a plan: figures that add up to it, and no other place that could not have sent."""

from __future__ import annotations

import pytest

from oms_core.allocation.stated.problem import Expiring, OpenLine
from tests.unit.allocation.test_sourcing import line, run


def test_lines_of_one_sku_share_their_parcel_and_cost_together_what_the_run_does() -> None:
    found = run(line("a"), line("a", line_ref="2"), MUG__WH_N=2)
    assert [one.cost_minor for one in found.decisions] == [210, 210]
    assert found.cost_minor == 420


@pytest.mark.parametrize(
    ("lines", "rules", "code"),
    [
        pytest.param([line("a")], "parcels_per_day: {WH-S: 0}", "only_place", id="it makes no parcels"),
        pytest.param(
            [line("a"), line("a", "CUP")], "keep_together: [web]", "shared_parcel", id="the order goes from one place"
        ),
    ],
)
def test_a_place_that_a_rule_keeps_from_sending_is_no_alternative(lines: list[OpenLine], rules: str, code: str) -> None:
    (mug,) = (
        d for d in run(*lines, MUG__WH_N=1, MUG__WH_S=1, CUP__WH_N=1, rules=rules).decisions if d.line.sku == "MUG"
    )
    assert (mug.location_id, mug.alternative_location_id, mug.reason_code) == ("WH-N", None, code)


def test_what_a_place_sends_of_a_line_itself_it_cannot_send_in_another_places_stead() -> None:
    found = run(line("a", quantity=7), MUG__WH_N=4, MUG__WH_S=3)
    assert [(one.location_id, one.alternative_location_id) for one in found.decisions] == [
        ("WH-N", None),
        ("WH-S", None),
    ]
    more = run(line("a", quantity=9), MUG__WH_N=6, MUG__WH_S=3, MUG__ST=3)
    assert {one.location_id: one.alternative_location_id for one in more.decisions}["WH-S"] == "ST"


@pytest.mark.parametrize("solver", ["optimise", "greedy"])
def test_a_reservation_ends_for_the_sku_that_it_was_made_for(solver: str) -> None:
    ended = Expiring("web:a:1", "WH-N", 1, None, "sku_changed", line("a", "CUP", line_ref="1"))
    found = run(line("a", "MUG", line_ref="1"), MUG__WH_N=1, expiring=(ended,), rules=f"solver: {solver}")
    assert [(one.decision, one.line.sku) for one in found.decisions] == [("expired", "CUP"), ("allocated", "MUG")]
    assert found.decisions[0].reason == ("WH-N was to ship 1 units of CUP, and the channel asks for another SKU now.")
