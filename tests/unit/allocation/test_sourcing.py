"""An allocation run by rules: what it decides, and what it says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from oms_core.allocation.costs import CostedProblem
from oms_core.allocation.decisions import endings
from oms_core.allocation.outcome import PlaceUse, outcome
from oms_core.allocation.problem import Expiring, Location, OpenLine, Problem
from oms_core.allocation.rules import read_rules
from oms_core.allocation.sourcing import Allocation, allocate, cost_of
from oms_core.allocation.terms import Terms

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NORTH = Location("WH-N", "warehouse", "north", True, 1, "Europe/London")
SOUTH = Location("WH-S", "warehouse", "south", True, 2, "Europe/London")
STORE = Location("ST", "store", "north", True, 3, "Europe/London")
COUNTER = Location("COUNTER", "store", "north", False, 4, "Europe/London")
PLACES = (NORTH, SOUTH, STORE, COUNTER)
RULES = """
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 600, days: 2}
  - {from: store, to: same, minor: 900, days: 1}
handling_minor: {warehouse: 10, store: 50}
unfilled: {line_minor: 5000, unit_minor: 0, priorities: {1: 2.0}, per_day_waiting: 0.1}
"""


def line(order: str, sku: str = "MUG", quantity: int = 1, **options: object) -> OpenLine:
    values: dict[str, object] = {
        "channel_id": "web", "line_ref": sku, "region": "north", "location_id": None, "priority": 2,
        "placed_at_us": int(NOON.timestamp() * 1e6), "is_held": False, **options,
    }  # fmt: skip
    name = f"{values['channel_id']}:{order}:{values['line_ref']}"
    return OpenLine(name, order_ref=order, sku=sku, qty_to_decide=quantity, **values)  # type: ignore[arg-type]


def run(
    *lines: OpenLine, rules: str = "", kept: dict[str, int] | None = None, places: tuple[Location, ...] = PLACES,
    scarce: dict[tuple[str, str], float] | None = None, at: datetime = NOON, expiring: tuple[Expiring, ...] = (),
    base: str = RULES, **supply: int,
) -> Allocation:  # fmt: skip
    """Supply as `SKU__LOCATION` with `_` for `-`; what is kept, by channel, of MUG at WH-N."""
    stock = {(name.split("__")[0], name.split("__")[1].replace("_", "-")): units for name, units in supply.items()}
    problem = Problem(
        lines, stock, places, frozenset({"MUG", "CUP"}), {("MUG", "WH-N"): kept} if kept else {}, expiring
    )
    return allocate(problem, Terms(read_rules(base + rules), at, scarce or {}))


def decided(found: Allocation) -> list[tuple[str, str, int, str | None, str]]:
    return [
        (d.line.order_ref, d.decision, d.quantity, d.location_id, d.reason_code)
        for d in sorted(found.decisions, key=lambda d: (d.line.order_line_id, d.decision, d.location_id or ""))
    ]


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


class TestWhoIsServed:
    def test_the_more_urgent_line_and_of_equals_the_one_that_has_waited_longer(self) -> None:
        urgent, plain = line("b", priority=1), line("a")
        assert decided(run(urgent, plain, MUG__WH_N=1))[1][:2] == ("b", "allocated")
        old = line("c", placed_at_us=int((NOON.timestamp() - 5 * 86_400) * 1e6))
        assert [row[:2] for row in decided(run(old, plain, MUG__WH_N=1))] == [("a", "backordered"), ("c", "allocated")]

    def test_what_waits_says_why(self) -> None:
        found = run(line("a"), line("b"), line("c", "CUP"), MUG__WH_N=1)
        assert decided(found) == [
            ("a", "allocated", 1, "WH-N", "only_place"),
            ("b", "backordered", 1, None, "given_to_others"),
            ("c", "backordered", 1, None, "no_stock"),
        ]

    def test_what_could_be_sent_and_is_not_says_what_keeps_it(self) -> None:
        def why(*lines: OpenLine, rules: str, base: str = RULES) -> set[str]:
            found = run(*lines, MUG__WH_N=9, rules=rules, base=base)
            return {d.reason_code for d in found.decisions if d.decision == "backordered" and d.line.sku == "MUG"}

        cheap = "unfilled: {line_minor: 100, unit_minor: 0}"
        assert why(line("a"), rules=cheap, base=RULES[: RULES.index("unfilled")]) == {"dearer_than_waiting"}
        assert why(line("a"), line("b"), rules="parcels_per_day: {WH-N: 1}") == {"no_parcel_left"}
        assert why(line("a"), line("a", "CUP"), rules="ship_complete: [web]") == {"order_ships_whole"}

    def test_without_any_location_everything_waits(self) -> None:
        found = run(line("a"), places=())
        assert [(d.decision, d.reason_code) for d in found.decisions] == [("backordered", "no_stock")]

    def test_a_line_that_no_node_has_all_of_is_sent_in_parts_and_waits_for_the_rest(self) -> None:
        found = run(line("a", quantity=9), MUG__WH_N=4, MUG__WH_S=3)
        assert decided(found) == [
            ("a", "allocated", 4, "WH-N", "split_line"),
            ("a", "allocated", 3, "WH-S", "split_line"),
            ("a", "backordered", 2, None, "stock_short"),
        ]

    def test_what_is_kept_for_a_channel_is_given_to_no_other(self) -> None:
        market = line("b", channel_id="market")
        assert decided(run(line("a"), MUG__WH_N=1, kept={"market": 1})) == [
            ("a", "backordered", 1, None, "kept_for_other_channels")
        ]
        assert decided(run(line("a"), market, MUG__WH_N=1, kept={"market": 1}))[0][:2] == ("b", "allocated")

    def test_held_lines_and_ended_reservations_are_said(self) -> None:
        found = run(line("a", is_held=True), line("b"), MUG__WH_N=1, expiring=(Expiring("web:b:MUG", "WH-S", 1, 3),))
        assert [(d.decision, d.reason_code) for d in found.decisions] == [
            ("held", "held_by_channel"), ("expired", "reservation_expired"), ("allocated", "only_place"),
        ]  # fmt: skip

    def test_what_a_place_could_not_pick_is_said_to_be_decided_anew(self) -> None:
        found = run(line("b", quantity=2), MUG__WH_N=2, expiring=(Expiring("web:b:MUG", "WH-S", 2, None),))
        assert (found.decisions[0].reason_code, found.decisions[0].reason) == (
            "short_picked", "WH-S could not pick 2 units: they are decided anew.",
        )  # fmt: skip


class TestRules:
    def test_late_parcels_cost_more_and_after_the_cut_off_all_leave_a_day_later(self) -> None:
        promised = line("a", promised_date=date(2026, 6, 2))
        late = "late_day_minor: 1000\ncut_offs: {WH-N: '12:30'}"
        assert run(promised, MUG__WH_N=1, rules=late).decisions[0].cost_minor == 410 + 1000
        # Noon in UTC is 13:00 in London in June; before its cut-off the parcel would be in time.
        early = datetime(2026, 6, 1, 11, tzinfo=UTC)
        assert run(promised, MUG__WH_N=1, rules=late, at=early).decisions[0].cost_minor == 410

    def test_what_a_place_is_told_later_leaves_later(self) -> None:
        promised = line("a", promised_date=date(2026, 6, 3))
        tomorrow = "late_day_minor: 1000\nwaves: {WH-N: {at: ['12:00']}}"
        assert run(promised, MUG__WH_N=1, rules=tomorrow).decisions[0].cost_minor == 410
        in_three_days = "late_day_minor: 1000\nwaves: {WH-N: {at: ['12:00'], days: [thu]}}"
        assert run(promised, MUG__WH_N=1, rules=in_three_days).decisions[0].cost_minor == 410 + 2 * 1000

    def test_units_that_stay_at_a_node_are_not_given_away_by_either_solver(self) -> None:
        for solver in ("optimise", "greedy"):
            rules = f"keep_units: {{warehouse: 2}}\nsolver: {solver}"
            assert [d.decision for d in run(line("a"), MUG__WH_N=2, rules=rules).decisions] == ["backordered"]

    @pytest.mark.parametrize("solver", ["optimise", "greedy"])
    def test_they_stay_for_channels_too_that_have_some_of_their_own(self, solver: str) -> None:
        lines = (line("a", quantity=9, channel_id="shop"), line("b", quantity=9), line("c", quantity=9, channel_id="x"))
        rules = f"keep_units: {{WH-N: 4}}\nsources: {{x: [WH-N]}}\nsolver: {solver}"
        found = run(*lines, kept={"shop": 5, "web": 3}, MUG__WH_N=10, rules=rules)
        sent = {d.line.channel_id: d.quantity for d in found.decisions if d.decision == "allocated"}
        assert sent == {"shop": 5, "web": 1}

    def test_parcels_a_day_are_a_limit(self) -> None:
        found = run(line("a"), line("b"), MUG__WH_N=2, MUG__WH_S=2, rules="parcels_per_day: {WH-N: 1}")
        assert sorted(d.location_id or "" for d in found.decisions) == ["WH-N", "WH-S"]

    def test_a_channel_is_served_from_its_sources_only(self) -> None:
        found = run(line("a"), MUG__WH_N=1, MUG__WH_S=1, rules="sources: {web: [far]}\nnode_groups: {far: [WH-S]}")
        assert decided(found)[0][3] == "WH-S"

    def test_regions_can_be_named_together(self) -> None:
        rules = RULES.replace("to: same, minor: 900", "to: island, minor: 900") + "region_groups: {island: [south]}"
        terms = Terms(read_rules(rules), NOON)
        problem = Problem((line("a", region="south"),), {("MUG", "ST"): 1}, PLACES, frozenset({"MUG"}))
        assert allocate(problem, terms).decisions[0].location_id == "ST"

    def test_whole_orders_wait_whole(self) -> None:
        found = run(line("a"), line("a", "CUP"), MUG__WH_N=1, rules="ship_complete: [web]")
        assert {d.decision for d in found.decisions} == {"backordered"}
        assert found.greedy_minor == found.cost_minor

    def test_the_greedy_solver_decides_as_ever_and_tells_its_cost(self) -> None:
        found = run(line("a"), line("a", "CUP"), MUG__WH_N=1, CUP__WH_S=1, rules="solver: greedy")
        assert [d.reason_code for d in found.decisions] == ["other_warehouse", "region_warehouse"]
        assert (found.cost_minor, found.bound_minor) == (1020, None)

    def test_a_greedy_plan_that_the_rates_rule_out_has_no_cost(self) -> None:
        found = run(line("a", region="south"), MUG__ST=1, rules="solver: greedy")
        assert (found.decisions[0].location_id, found.cost_minor) == ("ST", None)
        problem = Problem((line("a"),), {("MUG", "WH-N"): 1}, PLACES, frozenset({"MUG"}))
        found = run(line("a"), MUG__WH_N=1)
        assert cost_of(problem, Terms(read_rules(RULES + "sources: {web: [WH-S]}"), NOON), found.decisions) is None


@pytest.mark.parametrize("solver", ["optimise", "greedy"])
class TestGoodsThatNotEverybodyMaySend:
    HAZARDOUS = "handling_classes: {hazardous: {from: [WH-S], methods: [ship]}}\n"

    def sent(self, solver: str, *lines: OpenLine, rules: str = HAZARDOUS, **supply: int) -> dict[str, str | None]:
        """From where each SKU goes; MUG is hazardous. Supply as in `run`."""
        stock = {(name.split("__")[0], name.split("__")[1].replace("_", "-")): units for name, units in supply.items()}
        problem = Problem(lines, stock, PLACES, frozenset({"MUG", "CUP"}), handling_class={"MUG": "hazardous"})
        found = allocate(problem, Terms(read_rules(f"{RULES}{rules}solver: {solver}"), NOON))
        return {d.line.sku: d.location_id for d in found.decisions}

    def test_they_go_from_where_they_may_and_the_rest_of_the_order_from_anywhere(self, solver: str) -> None:
        pair = (line("a"), line("a", "CUP"))
        stock = {"MUG__WH_N": 5, "MUG__WH_S": 5, "CUP__WH_N": 5}
        assert self.sent(solver, *pair, **stock) == {"MUG": "WH-S", "CUP": "WH-N"}
        assert self.sent(solver, *pair, rules="", **stock) == {"MUG": "WH-N", "CUP": "WH-N"}

    def test_or_wait(self, solver: str) -> None:
        assert self.sent(solver, line("a"), MUG__WH_N=5) == {"MUG": None}
        by_store = line("a", method="ship_from_store")
        assert self.sent(
            solver, by_store, MUG__WH_S=5, MUG__ST=5, rules="handling_classes: {hazardous: {methods: [ship]}}\n"
        ) == {"MUG": None}

    def test_but_are_handed_over_wherever_the_customer_comes(self, solver: str) -> None:
        comes = line("a", method="pickup", location_id="COUNTER")
        assert self.sent(solver, comes, MUG__COUNTER=5) == {"MUG": "COUNTER"}


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
