"""An allocation run by rules: who may send a line, which place does, and what the run says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.outcome import PlaceUse, outcome
from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.decisions import endings
from oms_core.allocation.stated.problem import Expiring, Location, OpenLine, Problem
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.worth import Worth
from tests.unit.allocation.sourcing_runs import NOON, PLACES, RULES, decided, line, run


def test_who_may_send_a_line_follows_from_rates_sources_and_who_chose() -> None:
    def senders(asked: OpenLine, rules: str = "", base: str = RULES) -> set[str]:
        problem = Problem((), {}, PLACES, frozenset({"MUG"}))
        return set(CostedProblem(problem, Terms(read_rules(base + rules), NOON)).senders(asked))

    assert senders(line("a")) == {"WH-N", "WH-S", "ST"}
    assert senders(line("a", region="south")) == {"WH-N", "WH-S"}, "stores send to their own region only"
    assert senders(line("a", barred_location_ids=("WH-N",))) == {"WH-S", "ST"}
    assert senders(line("a"), "sources: {web: [WH-S]}") == {"WH-S"}
    assert senders(line("a", location_id="COUNTER")) == {"COUNTER"}, "to be picked up where it was chosen"
    greedy = "solver: greedy"
    assert senders(line("a", region="south", barred_location_ids=("WH-N",)), base=greedy) == {"WH-S", "ST"}
    assert senders(line("a", location_id="COUNTER"), base=greedy) == {"COUNTER"}


class TestMethodsOfDelivery:
    DROPS = Location("DS", "drop_shipper", "", True, 5)

    def test_each_method_is_done_by_those_who_can_though_others_are_cheaper(self) -> None:
        stock = {"MUG__WH_N": 5, "MUG__ST": 5, "MUG__DS": 5}
        rates = RULES.replace("handling", "  - {from: drop_shipper, minor: 4000, days: 4}\nhandling")
        for method, place in (("ship", "WH-N"), ("ship_from_store", "ST"), ("drop_ship", "DS")):
            for solver in ("optimise", "greedy"):
                problem = Problem(
                    (line("a", method=method),), {("MUG", name[5:].replace("_", "-")): 5 for name in stock},
                    (*PLACES, self.DROPS), frozenset({"MUG"}),
                )  # fmt: skip
                found = allocate(problem, Terms(read_rules(f"solver: {solver}\n{rates}"), NOON))
                assert [one[1:4] for one in decided(found)] == [("allocated", 1, place)], (method, solver)

    def test_who_does_what_is_a_rule_and_a_rate_may_be_for_some_methods_only(self) -> None:
        only = "methods: {ship: [store]}"
        assert decided(run(line("a"), rules=only, MUG__WH_N=5, MUG__ST=5))[0][3] == "ST"
        waits = decided(run(line("a"), rules=only, MUG__WH_N=5))
        assert [(one[1], one[4]) for one in waits] == [("backordered", "no_stock")]
        rate = """
parcels:
  - {from: store, minor: 1, days: 1, methods: [ship_from_store]}
  - {from: warehouse, minor: 7, days: 1}
"""
        rules = RULES[RULES.index("handling") :] + rate
        problem = Problem(
            (line("a"), line("b", method="ship_from_store")),
            {("MUG", "ST"): 5, ("MUG", "WH-N"): 5},
            PLACES,
            frozenset({"MUG"}),
        )
        found = allocate(problem, Terms(read_rules(rules), NOON))
        assert [(one[0], one[3]) for one in decided(found)] == [("a", "WH-N"), ("b", "ST")]
        assert {round(one.cost_minor or 0) for one in found.decisions} == {17, 51}

    def test_a_parcel_costs_by_what_its_order_weighs(self) -> None:
        rates = """
parcels:
  - {from: warehouse, minor: 300, days: 1, up_to_grams: 1000}
  - {from: warehouse, minor: 900, days: 1, up_to_grams: 2000}
handling_minor: {}
"""
        rules = RULES[RULES.index("unfilled") :] + rates
        orders = (
            *(line("light", quantity=2), line("both"), line("both", "CUP"), line("heavy", quantity=5)),
            line("unknown", "JUG", quantity=9),
        )
        stock = {(sku, "WH-N"): 50 for sku in ("MUG", "CUP", "JUG")}
        problem = Problem(orders, stock, PLACES, frozenset({"MUG", "CUP", "JUG"}), grams={"MUG": 500, "CUP": 600})
        found = allocate(problem, Terms(read_rules(rules), NOON))
        costs = {(one.line.order_ref, one.line.sku): one.cost_minor for one in found.decisions}
        assert costs == {
            ("light", "MUG"): 300, ("both", "MUG"): 450, ("both", "CUP"): 450, ("heavy", "MUG"): None,
            ("unknown", "JUG"): 300,
        }  # fmt: skip

    def test_what_is_picked_up_or_reserved_costs_its_handling_where_the_channel_says(self) -> None:
        for method, words in (("pickup", "to be picked up there"), ("reserve", "reserved there for the customer")):
            found = run(line("a", method=method, location_id="COUNTER"), MUG__WH_N=5, MUG__COUNTER=5)
            (one,) = found.decisions
            assert (one.location_id, one.cost_minor) == ("COUNTER", 50)
            assert (
                f"COUNTER keeps 1 of 1 units {words} for EUR 0.50 (parcel 0.00, handling 0.50, scarcity 0.00)"
                in one.reason
            )

    def test_what_nobody_says_where_to_come_for_waits_for_that(self) -> None:
        (one,) = run(line("a", method="pickup"), MUG__WH_N=5).decisions
        assert (one.decision, one.reason_code) == ("held", "no_place_named")
        assert "does not say where the customer comes for it (pickup)" in one.reason

    def test_an_order_of_two_methods_goes_by_both(self) -> None:
        lines = (line("a"), line("a", "CUP", method="ship_from_store"))
        found = decided(run(*lines, MUG__WH_N=1, MUG__ST=1, CUP__WH_N=1, CUP__ST=1))
        assert [(one[1], one[3]) for one in found] == [("allocated", "ST"), ("allocated", "WH-N")]


class TestTheOrderDesk:
    def test_a_barred_place_sends_nothing_though_it_is_the_cheapest(self) -> None:
        far = decided(run(line("a", barred_location_ids=("WH-N",)), MUG__WH_N=5, MUG__WH_S=5))
        assert [one[1:4] for one in far] == [("allocated", 1, "WH-S")]
        waits = decided(run(line("a", barred_location_ids=("WH-N",)), MUG__WH_N=5))
        assert [(one[1], one[4]) for one in waits] == [("backordered", "no_stock")]

    def test_lines_of_an_order_that_are_not_barred_go_on_from_there(self) -> None:
        found = decided(run(line("a", barred_location_ids=("WH-N",)), line("a", "CUP"), MUG__WH_S=1, CUP__WH_N=1))
        assert [(one[1], one[3]) for one in found] == [("allocated", "WH-N"), ("allocated", "WH-S")]

    def test_an_assigned_line_says_who_chose(self) -> None:
        found = run(line("a", location_id="WH-S", is_assigned_by_desk=True), MUG__WH_N=5, MUG__WH_S=5)
        assert decided(found) == [("a", "allocated", 1, "WH-S", "desk_choice")]
        assert found.decisions[0].reason.endswith("; the order desk chose it.")

    def test_what_is_cancelled_of_a_reservation_ends_though_nothing_of_its_line_is_to_be_decided(self) -> None:
        beside = line("gone", quantity=1)
        ended = Expiring("web:gone:MUG", "WH-N", 3, None, "cancelled", beside)
        problem = Problem((line("a"),), {("MUG", "WH-N"): 1}, PLACES, frozenset({"MUG"}), {}, (ended,))
        assert [(d.decision, d.quantity, d.reason_code, d.reason, d.decision_rank) for d in endings(problem)] == [
            ("expired", 3, "cancelled", "3 units that WH-N was to ship are cancelled.", 2)
        ]


class TestWhichNode:
    def test_the_cheapest_that_has_it_and_what_the_next_best_would_cost(self) -> None:
        found = run(line("a"), MUG__WH_N=1, MUG__WH_S=1)
        (only,) = found.decisions
        assert (only.location_id, only.reason_code, only.cost_minor) == ("WH-N", "cheapest", 410)
        assert (only.alternative_location_id, only.alternative_cost_minor) == ("WH-S", 610)
        assert only.reason == (
            "WH-N ships 1 of 1 units for EUR 4.10 (parcel 4.00, handling 0.10, scarcity 0.00); "
            "WH-S, the next best, would cost 6.10."
        )

    def test_lines_of_an_order_share_a_parcel_where_that_is_cheaper(self) -> None:
        found = run(line("a"), line("a", "CUP"), MUG__WH_N=1, MUG__WH_S=1, CUP__WH_S=1)
        assert {(d.location_id, d.reason_code) for d in found.decisions} == {
            ("WH-S", "shared_parcel"), ("WH-S", "only_place"),
        }  # fmt: skip
        assert (found.parcels, found.cost_minor) == (1, 620)
        assert sum(d.cost_minor or 0 for d in found.decisions) == 620
        assert found.greedy_minor == 400 + 10 + 600 + 10

    def test_the_near_unit_goes_to_the_line_that_has_no_other(self) -> None:
        """The earlier order can be sent from elsewhere; the store may not send to the other one's region."""
        early, late = line("a", placed_at_us=0), line("b", region="south")
        found = run(early, late, MUG__WH_N=1, MUG__ST=1)
        assert decided(found) == [
            ("a", "allocated", 1, "ST", "next_cheapest"),
            ("b", "allocated", 1, "WH-N", "only_place"),
        ]
        assert "WH-N would cost 4.10, but serves others that would lose more" in found.decisions[0].reason

    def test_a_place_that_the_channel_chose_is_the_only_one(self) -> None:
        found = run(line("a", location_id="COUNTER"), MUG__WH_N=5, MUG__COUNTER=1)
        assert decided(found) == [("a", "allocated", 1, "COUNTER", "channel_choice")]

    def test_nothing_is_sent_where_no_rate_fits_or_the_place_ships_no_orders(self) -> None:
        assert decided(run(line("a", region="south"), MUG__ST=3, MUG__COUNTER=3)) == [
            ("a", "backordered", 1, None, "no_stock")
        ]

    def test_what_is_being_cleared_goes_from_where_it_would_be_marked_down(self) -> None:
        clearing = "markdown_minor: {MUG: {WH-S: 300}}"
        assert decided(run(line("a"), MUG__WH_N=1, MUG__WH_S=1, rules=clearing))[0][3] == "WH-S"
        too_little = run(line("a"), MUG__WH_N=1, MUG__WH_S=1, rules="markdown_minor: {MUG: {WH-S: 150}}")
        (found,) = too_little.decisions
        assert (found.location_id, found.cost_minor, found.alternative_cost_minor) == ("WH-N", 560, 610)
        assert "(parcel 4.00, handling 0.10, scarcity 0.00, markdown elsewhere 1.50)" in found.reason
        # Nobody pays for what is not there, other SKUs nothing.
        gone = run(line("a"), line("b", "CUP"), MUG__WH_N=1, CUP__WH_N=1, CUP__WH_S=1, rules=clearing)
        assert [each.cost_minor for each in gone.decisions] == [410, 410]

    def test_no_line_waits_because_another_place_would_have_saved_more(self) -> None:
        dear = "markdown_minor: {MUG: {WH-S: 90000}}"
        found = decided(run(line("a"), line("b"), MUG__WH_N=1, MUG__WH_S=1, rules=dear))
        assert sorted(str(place) for _, _, _, place, _ in found) == ["WH-N", "WH-S"]

    def test_scarcity_sends_from_where_the_unit_will_be_missed_less(self) -> None:
        found = run(line("a"), MUG__WH_N=1, MUG__WH_S=1, scarce={("MUG", "WH-N"): 250.0})
        assert decided(found) == [("a", "allocated", 1, "WH-S", "cheapest")]
        ignored = run(line("a"), MUG__WH_N=1, MUG__WH_S=1, scarce={("MUG", "WH-N"): 250.0}, rules="scarcity_weight: 0")
        assert decided(ignored) == [("a", "allocated", 1, "WH-N", "cheapest")]

    def test_no_line_waits_for_orders_to_come_unless_the_rules_hold_stock_back(self) -> None:
        wanted = {("MUG", "WH-N"): 9_000.0, ("MUG", "WH-S"): 8_900.0}
        found = run(line("a"), MUG__WH_N=1, MUG__WH_S=1, scarce=wanted)
        assert decided(found) == [("a", "allocated", 1, "WH-N", "cheapest")]
        assert found.cost_minor == 510
        held = run(line("a"), MUG__WH_N=1, MUG__WH_S=1, scarce=wanted, rules="hold_back_weight: 1")
        assert decided(held) == [("a", "backordered", 1, None, "dearer_than_waiting")]
        only = run(line("a"), MUG__WH_N=1, scarce={("MUG", "WH-N"): 9_000.0, ("MUG", "WH-S"): 10.0})
        assert decided(only) == [("a", "allocated", 1, "WH-N", "only_place")]

    def test_a_unit_bears_its_part_of_what_a_line_is_missed_for(self) -> None:
        wanted = {("MUG", "WH-N"): 100.0}
        one, ten = (Worth(np.array([0, 9]), np.zeros(2), units) for units in (1.0, 10.0))
        supply = {"MUG__WH_N": 9, "MUG__WH_S": 9, "scarce": wanted}
        assert decided(run(line("a", quantity=4), worth={"MUG": one}, **supply))[0][3] == "WH-S"  # type: ignore[arg-type]
        assert decided(run(line("a", quantity=4), worth={"MUG": ten}, **supply))[0][3] == "WH-N"  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("lines", "rules", "place"),
        [
            pytest.param([{"location_id": "COUNTER"}], "", "COUNTER", id="the channel chose the place"),
            pytest.param([{}], "sources: {web: [WH-N]}", "WH-N", id="the channel may be sent from there only"),
            pytest.param(
                [{}, {"sku": "CUP"}], "keep_together: [web]", "WH-N", id="the other line can only go from there"
            ),
            pytest.param([{}, {"sku": "CUP"}], "ship_complete: [web]", "WH-N", id="all of it or nothing"),
            pytest.param([{"quantity": 5}], "", "WH-N", id="the other place has too few"),
        ],
    )
    def test_nor_where_the_place_that_is_missed_least_is_none_for_it(
        self, lines: list[dict[str, object]], rules: str, place: str
    ) -> None:
        order = [line("a", **options) for options in lines]  # type: ignore[arg-type]
        wanted = {("MUG", "WH-N"): 9_000.0, ("MUG", "COUNTER"): 9_000.0, ("CUP", "WH-N"): 9_000.0}
        found = run(*order, MUG__WH_N=9, MUG__WH_S=1, MUG__COUNTER=1, CUP__WH_N=1, rules=rules, scarce=wanted)
        assert {one.decision for one in found.decisions} == {"allocated"}
        assert place in {one.location_id for one in found.decisions}

    def test_nor_who_gave_his_unit_to_another(self) -> None:
        """No place has all of the large line. What the channel's choice takes of it, the dear place could send."""
        lines = (line("large", quantity=3, priority=1), line("chosen", location_id="WH-N"))
        found = run(*lines, MUG__WH_N=1, MUG__WH_S=2, MUG__ST=2, scarce={("MUG", "ST"): 50_000.0})
        assert "dearer_than_waiting" not in {one.reason_code for one in found.decisions}


def test_the_gap_is_the_distance_to_the_bound() -> None:
    found = run(line("a"), MUG__WH_N=1)
    assert (found.cost_minor, found.gap) == (410, pytest.approx(0.0))
    assert replace(found, bound_minor=None).gap is None


def test_what_arrives_past_its_promise_is_counted_by_line_and_in_days() -> None:
    lines = (
        line("1", promised_date=date(2026, 6, 1)),  # from its own region: a day late
        line("2", region="south", promised_date=date(2026, 6, 1)),  # from the other region: two
        line("3", promised_date=date(2026, 6, 2)),
        line("4"),
        line("5", location_id="COUNTER", promised_date=date(2026, 5, 1)),  # the channel's own place: no parcel of ours
    )
    terms = Terms(read_rules(RULES + "parcels_per_day: {WH-N: 7}"), NOON)
    problem = Problem(lines, {("MUG", "WH-N"): 9, ("MUG", "COUNTER"): 1}, PLACES, frozenset({"MUG"}))
    found = outcome(problem, terms, allocate(problem, terms).decisions)
    assert (found.lines_late, found.days_late) == (2, 3)
    by_place = {place.location_id: place for place in found.places}
    assert by_place["WH-N"] == PlaceUse("WH-N", 4, 7, 4, 4)
    assert by_place["WH-S"] == PlaceUse("WH-S", 0, None, 0, 0)
    assert by_place["COUNTER"].units == 1
