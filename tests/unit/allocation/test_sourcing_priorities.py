"""An allocation run by rules: who is served where not all can be, by which rules, and what not every place may send."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from oms_core.allocation.sourcing import allocate, cost_of
from oms_core.allocation.stated.problem import Expiring, OpenLine, Problem
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms
from tests.unit.allocation.sourcing_runs import NOON, PLACES, RULES, decided, line, run


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
