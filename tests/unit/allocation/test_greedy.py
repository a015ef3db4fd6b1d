"""The greedy solver: who is served first, from where, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.solvers import greedy
from oms_core.allocation.stated.decisions import Decision, to_table
from oms_core.allocation.stated.problem import Expiring, Location, OpenLine, Problem
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.tables import Tables, read_problem
from oms_core.allocation.stated.terms import Terms
from oms_core.contracts import LANDED

LOCATIONS = (
    Location("WH-NORTH", "warehouse", "north", True, 1),
    Location("WH-SOUTH", "warehouse", "south", True, 2),
    Location("DROP", "drop_shipper", "south", True, 3),
    Location("STORE-SHIPS", "store", "north", True, 4),
    Location("STORE-ONLY", "store", "north", False, 5),
)

EVERYWHERE = {"WH_NORTH": 9, "WH_SOUTH": 9, "DROP": 9, "STORE_SHIPS": 9, "STORE_ONLY": 9}


def line(name: str = "1", quantity: int = 1, **options: object) -> OpenLine:
    values = {"sku": "MUG", "region": "north", "location_id": None, "priority": 1, "placed_at_us": 0, "is_held": False}
    return OpenLine(f"web:{name}:1", "web", name, "1", **values | options, qty_to_decide=quantity)  # type: ignore[arg-type]


def allocate(problem: Problem, rules: str = "{}") -> list[Decision]:
    return greedy.allocate(CostedProblem(problem, Terms(read_rules(rules), datetime(2026, 5, 31, tzinfo=UTC))))


def decide(*lines: OpenLine, **ats: int) -> list[tuple[str, str, int, str | None, str]]:
    """Decisions as (order, decision, quantity, location, code); supply by location name with `_` for `-`."""
    return [(d.line.order_ref, d.decision, d.quantity, d.location_id, d.reason_code) for d in decisions(*lines, **ats)]


def decisions(*lines: OpenLine, **ats: int) -> list[Decision]:
    supply = {("MUG", name.replace("_", "-")): quantity for name, quantity in ats.items()}
    return allocate(Problem(lines, supply, LOCATIONS, frozenset({"MUG"})))


class TestTheOrderDesk:
    def test_a_barred_place_sends_nothing_whatever_it_has(self) -> None:
        kept_away = line(barred_location_ids=("WH-NORTH", "WH-SOUTH"))
        assert decide(kept_away, WH_NORTH=9, WH_SOUTH=9, DROP=1) == [("1", "allocated", 1, "DROP", "drop_shipper")]
        assert decide(kept_away, WH_NORTH=9) == [("1", "backordered", 1, None, "no_stock")]

    def test_where_the_desk_assigns_it_it_goes_and_nowhere_else(self) -> None:
        assigned = line(location_id="STORE-ONLY", is_assigned_by_desk=True)
        assert decide(assigned, WH_NORTH=9, STORE_ONLY=1) == [("1", "allocated", 1, "STORE-ONLY", "desk_choice")]
        assert decide(assigned, WH_NORTH=9) == [("1", "backordered", 1, None, "no_stock")]

    def test_what_the_desk_holds_says_so(self) -> None:
        assert decide(line(is_held=True, is_held_by_desk=True), WH_NORTH=9) == [("1", "held", 1, None, "held_by_desk")]


class TestWhoIsServedFirst:
    def test_the_last_unit_goes_to_the_channel_of_higher_priority_and_is_given_once(self) -> None:
        late_but_first = line("b", priority=1, placed_at_us=9)
        early_but_second = line("a", priority=2, placed_at_us=1)
        assert decide(early_but_second, late_but_first, WH_NORTH=1) == [
            ("b", "allocated", 1, "WH-NORTH", "region_warehouse"),
            ("a", "backordered", 1, None, "no_stock"),
        ]

    def test_within_a_priority_the_earlier_order_wins_then_the_id(self) -> None:
        found = decide(line("c", placed_at_us=5), line("b", placed_at_us=5), line("d", placed_at_us=1), WH_NORTH=2)
        assert [(order, decision) for order, decision, *_ in found] == [
            ("d", "allocated"),
            ("b", "allocated"),
            ("c", "backordered"),
        ]

    def test_a_held_line_takes_nothing_from_the_next(self) -> None:
        assert decide(line("a", is_held=True), line("b", placed_at_us=1), WH_NORTH=1) == [
            ("a", "held", 1, None, "held_by_channel"),
            ("b", "allocated", 1, "WH-NORTH", "region_warehouse"),
        ]


class TestFromWhere:
    @pytest.mark.parametrize(
        ("empty", "location_id", "code"),
        [
            ([], "WH-NORTH", "region_warehouse"),
            (["WH_NORTH"], "WH-SOUTH", "other_warehouse"),
            (["WH_NORTH", "WH_SOUTH"], "DROP", "drop_shipper"),
            (["WH_NORTH", "WH_SOUTH", "DROP"], "STORE-SHIPS", "store"),
        ],
    )
    def test_the_customers_region_then_other_warehouses_then_drop_shippers_then_stores(
        self, empty: list[str], location_id: str, code: str
    ) -> None:
        assert decide(line(), **EVERYWHERE | dict.fromkeys(empty, 0)) == [("1", "allocated", 1, location_id, code)]

    def test_a_store_that_does_not_ship_orders_is_never_tried(self) -> None:
        assert decide(line(), STORE_ONLY=9) == [("1", "backordered", 1, None, "no_stock")]

    def test_a_customer_of_no_known_region_is_served_by_rank(self) -> None:
        assert decide(line(region=None), **EVERYWHERE)[0][3:] == ("WH-NORTH", "other_warehouse")

    def test_what_the_channel_chose_is_the_only_place_even_where_others_have_it(self) -> None:
        chosen = line(quantity=3, location_id="STORE-ONLY")
        assert decide(chosen, WH_NORTH=9, STORE_ONLY=2) == [
            ("1", "allocated", 2, "STORE-ONLY", "channel_choice"),
            ("1", "backordered", 1, None, "stock_short"),
        ]

    def test_one_node_that_has_all_of_it_is_better_than_a_nearer_one_that_has_some(self) -> None:
        assert decide(line(quantity=5), WH_NORTH=4, STORE_SHIPS=5) == [("1", "allocated", 5, "STORE-SHIPS", "store")]

    def test_what_no_node_has_whole_is_split_in_order_of_preference_and_the_rest_waits(self) -> None:
        assert decide(line(quantity=9), WH_NORTH=2, WH_SOUTH=3, STORE_SHIPS=1, STORE_ONLY=50) == [
            ("1", "allocated", 2, "WH-NORTH", "region_warehouse_split"),
            ("1", "allocated", 3, "WH-SOUTH", "other_warehouse_split"),
            ("1", "allocated", 1, "STORE-SHIPS", "store_split"),
            ("1", "backordered", 3, None, "stock_short"),
        ]


class TestWhatIsNotKnown:
    def test_an_unknown_sku_is_held_and_does_not_stop_the_run(self) -> None:
        assert decide(line("a", sku="TYPO"), line("b"), WH_NORTH=1) == [
            ("a", "held", 1, None, "unknown_sku"),
            ("b", "allocated", 1, "WH-NORTH", "region_warehouse"),
        ]

    def test_an_unknown_location_chosen_by_the_channel_is_held(self) -> None:
        assert decide(line(location_id="ATLANTIS"), WH_NORTH=1) == [("1", "held", 1, None, "unknown_location")]

    def test_nothing_to_decide_gives_nothing(self) -> None:
        assert decide() == []


class TestReasons:
    def test_a_reason_holds_the_figures_it_was_decided_by(self) -> None:
        first, second, rest = (d.reason for d in decisions(line(quantity=9), WH_NORTH=2, DROP=3))
        assert first == (
            "WH-NORTH, a warehouse of the customer's region, ships 2 of 9 units, part 1 of 2, as no node had them all;"
            " available to sell 2 before, 0 after."
        )
        assert "DROP, a drop-shipper, ships 3 of 9 units, part 2 of 2" in second
        assert rest == "4 of 9 units wait: 5 of MUG were available to sell at the 4 nodes that ship."

    def test_what_was_available_before_is_what_the_lines_before_left(self) -> None:
        found = decisions(line("a", 3), line("b", 2), WH_NORTH=10)
        assert [(d.decision_rank, d.qty_ats_before) for d in found] == [(1, 10), (2, 7)]


class TestTables:
    AT = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)

    def test_the_answer_has_the_contracts_columns_and_types(self) -> None:
        table = to_table(decisions(line(quantity=3), WH_NORTH=2), "run-1", self.AT, date(2026, 5, 31))
        assert table.schema == LANDED["allocations"].arrow_schema
        allocated, backordered = table.to_pylist()
        assert (allocated["order_ref"], allocated["location_id"], allocated["qty_ats_before"]) == ("1", "WH-NORTH", 2)
        assert (backordered["location_id"], backordered["qty_ats_before"], backordered["effective_at"]) == (
            None,
            None,
            self.AT,
        )

    def test_no_decisions_are_an_empty_table_of_the_same_columns(self) -> None:
        table = to_table([], "run-1", self.AT, date(2026, 5, 31))
        assert (table.num_rows, table.schema) == (0, LANDED["allocations"].arrow_schema)

    @pytest.mark.parametrize("as_pandas", [False, True], ids=["arrow", "pandas"])
    def test_a_problem_is_read_from_arrow_or_pandas_alike(self, as_pandas: bool) -> None:
        rows = [
            {
                "order_line_id": f"web:{n}:1",
                "channel_id": "web",
                "order_ref": str(n),
                "line_ref": "1",
                "sku": "MUG",
                "ship_to_region": region,
                "location_id": None,
                "priority": 1,
                "is_held": False,
                "is_held_by_desk": False,
                "is_assigned_by_desk": False,
                "fulfilment_method": "ship",
                "customer_group": None,
                "qty_to_decide": 2,
                "placed_at": self.AT - timedelta(seconds=n),
                "promised_date": None,
            }
            for n, region in enumerate(["north", None])
        ]
        places = [{name: getattr(place, name) for name in Location.__slots__} for place in LOCATIONS]
        supply = [{"sku": "MUG", "location_id": "WH-NORTH", "qty_ats": 3}]
        tables = [pa.Table.from_pylist(content) for content in (rows, supply, places)]
        frames: list[pa.Table | pd.DataFrame] = [t.to_pandas() for t in tables] if as_pandas else list(tables)
        found = allocate(read_problem(Tables(*frames, products=pa.table({"sku": ["MUG"]}))))
        assert [(d.line.order_ref, d.quantity, d.location_id) for d in found] == [
            ("1", 2, "WH-NORTH"),
            ("0", 1, "WH-NORTH"),
            ("0", 1, None),
        ]


@pytest.mark.parametrize(
    ("lines", "supply", "locations", "message"),
    [
        ([line("a"), line("a")], {}, LOCATIONS, "order line web:a:1 occurs twice"),
        ([line("a", 0)], {}, LOCATIONS, "nothing to decide"),
        ([], {("MUG", "WH-NORTH"): -1}, LOCATIONS, "MUG at WH-NORTH is negative"),
        ([], {}, (*LOCATIONS, LOCATIONS[0]), "location WH-NORTH occurs twice"),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(
    lines: list[OpenLine], supply: dict[tuple[str, str], int], locations: tuple[Location, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Problem(tuple(lines), supply, locations, frozenset({"MUG"}))


class TestWhatIsKeptForAChannel:
    def decide(self, *lines: OpenLine, ats: int, kept: dict[str, int]) -> list[tuple[str, str, int, str]]:
        place = ("MUG", "WH-NORTH")
        problem = Problem(lines, {place: ats}, LOCATIONS, frozenset({"MUG"}), {place: kept})
        return [(d.line.order_ref, d.decision, d.quantity, d.reason_code) for d in allocate(problem)]

    def test_another_channel_cannot_take_it_and_is_told_why(self) -> None:
        web, market = line("a", 4), replace(line("b", 4, priority=2), channel_id="market")
        assert self.decide(web, market, ats=6, kept={"market": 3}) == [
            ("a", "allocated", 3, "region_warehouse"),
            ("a", "backordered", 1, "kept_for_other_channels"),
            ("b", "allocated", 3, "region_warehouse"),
            ("b", "backordered", 1, "stock_short"),
        ]

    def test_the_channel_takes_its_own_part_first_and_leaves_the_rest_to_all(self) -> None:
        assert self.decide(line("a", 3), line("b", 3, placed_at_us=1), ats=6, kept={"web": 3}) == [
            ("a", "allocated", 3, "region_warehouse"),
            ("b", "allocated", 3, "region_warehouse"),
        ]

    def test_more_than_there_is_cannot_be_kept(self) -> None:
        with pytest.raises(ValueError, match="kept for channels"):
            self.decide(line("a"), ats=2, kept={"web": 2, "market": 1})

    def test_parts_come_from_the_tables_in_the_order_of_the_channels_priority(self) -> None:
        segments = pd.DataFrame(
            [("MUG", "WH-NORTH", 2, "market", 0.0, 9), ("MUG", "WH-NORTH", 1, "web", 0.5, 0)],
            columns=["sku", "location_id", "priority", "channel_id", "share", "units"],
        )
        supply = pd.DataFrame([("MUG", "WH-NORTH", 7)], columns=["sku", "location_id", "qty_ats"])
        names = {name: [getattr(place, name) for place in LOCATIONS] for name in Location.__slots__}
        no_lines = pd.DataFrame(columns=[*OpenLine.__slots__, "ship_to_region", "placed_at", "fulfilment_method"])
        problem = read_problem(Tables(no_lines, supply, pd.DataFrame(names), pd.DataFrame({"sku": ["MUG"]}), segments))
        assert problem.kept == {("MUG", "WH-NORTH"): {"web": 3, "market": 4}}


def test_what_expires_is_said_before_its_line_is_decided_anew() -> None:
    expiring = (Expiring("web:a:1", "WH-SOUTH", 2, 10), Expiring("web:gone:1", "WH-SOUTH", 1, 10))
    problem = Problem((line("a", 2),), {("MUG", "WH-NORTH"): 5}, LOCATIONS, frozenset({"MUG"}), expiring=expiring)
    expired, allocated = allocate(problem)
    assert (expired.decision, expired.quantity, expired.location_id) == ("expired", 2, "WH-SOUTH")
    assert "WH-SOUTH has not shipped 2 units within 10 days" in expired.reason
    assert (allocated.decision, allocated.quantity, allocated.location_id) == ("allocated", 2, "WH-NORTH")


class TestRules:
    """Whatever may not be done, is not done line by line either."""

    def decide(self, rules: str, *lines: OpenLine, **ats: int) -> list[tuple[str, int, str | None, str]]:
        """Supply as `SKU__LOCATION` with `_` for `-`."""
        stock = {tuple(name.replace("_", "-").split("--")): quantity for name, quantity in ats.items()}
        problem = Problem(lines, stock, LOCATIONS, frozenset({"MUG", "CUP"}))  # type: ignore[arg-type]
        found = sorted(allocate(problem, rules), key=lambda d: (d.line.order_line_id, d.decision))
        return [(d.decision, d.quantity, d.location_id, d.reason_code) for d in found]

    def pair(self, cups: int = 1, **options: object) -> tuple[OpenLine, OpenLine]:
        return line("a", sku="MUG"), replace(line("a", cups, sku="CUP", **options), order_line_id="web:a:2")

    def test_an_order_that_ships_whole_takes_nothing_unless_all_is_there(self) -> None:
        later = line("b", placed_at_us=1)
        assert self.decide("ship_complete: [web]", *self.pair(), later, MUG__WH_NORTH=1) == [
            ("backordered", 1, None, "order_ships_whole"),
            ("backordered", 1, None, "no_stock"),
            ("allocated", 1, "WH-NORTH", "region_warehouse"),
        ]
        assert self.decide("ship_complete: [web]", *self.pair(2), MUG__WH_NORTH=1, CUP__WH_SOUTH=1) == [
            ("backordered", 1, None, "order_ships_whole"),
            ("backordered", 2, None, "order_ships_whole"),
        ]

    def test_what_it_gives_back_was_its_channels_own_again(self) -> None:
        place, market = ("MUG", "WH-NORTH"), replace(line("b", placed_at_us=1), channel_id="market")
        problem = Problem((*self.pair(), market), {place: 1}, LOCATIONS, frozenset({"MUG", "CUP"}), {place: {"web": 1}})
        found = allocate(problem, "ship_complete: [web]")
        assert {d.reason_code for d in found} == {"order_ships_whole", "no_stock", "kept_for_other_channels"}

    def test_an_order_from_one_place_goes_from_where_most_of_it_is(self) -> None:
        stock = {"MUG__WH_NORTH": 1, "MUG__WH_SOUTH": 1, "CUP__WH_SOUTH": 2}
        assert {row[2] for row in self.decide("keep_together: [web]", *self.pair(), **stock)} == {"WH-SOUTH"}
        assert {row[2] for row in self.decide("{}", *self.pair(), **stock)} == {"WH-NORTH", "WH-SOUTH"}

    def test_the_rest_of_it_waits_though_another_place_has_it(self) -> None:
        found = self.decide("keep_together: [web]", *self.pair(2), MUG__WH_NORTH=1, CUP__WH_SOUTH=2)
        assert found == [
            ("backordered", 1, None, "order_keeps_together"),
            ("allocated", 2, "WH-SOUTH", "other_warehouse"),
        ]

    def test_a_place_makes_its_parcels_and_no_more(self) -> None:
        lines = [line(name, placed_at_us=n) for n, name in enumerate("abc")]
        found = self.decide("parcels_per_day: {WH-NORTH: 1, WH-SOUTH: 1}", *lines, MUG__WH_NORTH=9, MUG__WH_SOUTH=9)
        assert found == [
            ("allocated", 1, "WH-NORTH", "region_warehouse"),
            ("allocated", 1, "WH-SOUTH", "other_warehouse"),
            ("backordered", 1, None, "no_parcel_left"),
        ]

    def test_the_lines_of_an_order_share_a_parcel(self) -> None:
        found = self.decide("parcels_per_day: {warehouse: 1}", *self.pair(), MUG__WH_NORTH=9, CUP__WH_NORTH=9)
        assert [row[0] for row in found] == ["allocated", "allocated"]

    def test_only_allowed_places_send_for_a_channel(self) -> None:
        assert self.decide("sources: {web: [drop_shipper]}", line(), MUG__WH_NORTH=9, MUG__DROP=1) == [
            ("allocated", 1, "DROP", "drop_shipper")
        ]
