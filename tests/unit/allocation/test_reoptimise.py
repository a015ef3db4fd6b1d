"""What a place has not been told of is decided anew: when, when not, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from oms_core.allocation.promises.reoptimise import movable
from oms_core.allocation.sourcing import Allocation, allocate, cost_of
from oms_core.allocation.stated.problem import Expiring, Location, OpenLine, Problem, Unreleased
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.tables import Tables, read_problem
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.worth import Worth

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)
NORTH = Location("WH-N", "warehouse", "north", True, 1)
SOUTH = Location("WH-S", "warehouse", "south", True, 2)
PLACES = (NORTH, SOUTH)
#: A parcel within a region costs 400, to the other one 1000.
RULES = """
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 1000, days: 2}
handling_minor: {warehouse: 0}
unfilled: {line_minor: 5000, unit_minor: 0, per_day_waiting: 0}
waves: {warehouse: {at: ["12:00"]}}
"""
REOPTIMISE = "reoptimise: {gain_minor: 100, lock_hours: 1, lock_days: 1, settled_days: 3}\n"


def line(order: str, sku: str = "MUG", quantity: int = 1, region: str = "north", **options: object) -> OpenLine:
    values: dict[str, object] = {
        "channel_id": "web", "line_ref": sku, "region": region, "location_id": None, "priority": 2,
        "placed_at_us": int(NOON.timestamp() * 1e6), "is_held": False, **options,
    }  # fmt: skip
    return OpenLine(f"web:{order}:{sku}", order_ref=order, sku=sku, qty_to_decide=quantity, **values)  # type: ignore[arg-type]


def promised(one: OpenLine, place: str, due: datetime | None = TOMORROW) -> Unreleased:
    return Unreleased(one, place, due)


def run(
    *lines: OpenLine, before: tuple[Unreleased, ...] = (), rules: str = "", at: datetime = NOON,
    expiring: tuple[Expiring, ...] = (), **supply: int,
) -> Allocation:  # fmt: skip
    """Supply as `SKU__LOCATION` with `_` for `-`: what is there besides what is promised already."""
    stock = {(name.split("__")[0], name.split("__")[1].replace("_", "-")): units for name, units in supply.items()}
    problem = Problem(lines, stock, PLACES, frozenset({"MUG", "CUP"}), {}, expiring, before)
    return allocate(problem, Terms(read_rules(RULES + REOPTIMISE + rules), at, last_run_at=at))


def decided(found: Allocation) -> list[tuple[str, str, int, str | None]]:
    return sorted((d.line.order_ref, d.decision, d.quantity, d.location_id or "") for d in found.decisions)


#: One unit lies in the south besides; the one in the north is promised to an order of the south.
CROSSED = promised(line("old", region="south"), "WH-N")


def test_a_new_order_gets_the_near_unit_where_that_is_cheaper_for_all() -> None:
    found = run(line("new"), before=(CROSSED,), MUG__WH_S=1)
    assert decided(found) == [
        ("new", "allocated", 1, "WH-N"), ("old", "allocated", 1, "WH-S"), ("old", "expired", 1, "WH-N"),
    ]  # fmt: skip
    assert (found.cost_minor, found.kept_minor, found.reopened, found.moved) == (800, 2000, 1, 1)
    assert found.bound_minor == pytest.approx(800)


def test_it_says_what_was_gained_and_where_it_was_before() -> None:
    ended, again = (d for d in run(line("new"), before=(CROSSED,), MUG__WH_S=1).decisions if d.line.order_ref == "old")
    assert (ended.reason_code, ended.release_due_at) == ("replaced", TOMORROW)
    assert ended.reason == (
        "WH-N had not been told of 1 units: decided anew with all that has come, EUR 12.00 cheaper in all."
    )
    assert "Before, 1 of it were to come from WH-N. WH-S is told with its wave of" in again.reason


@pytest.mark.parametrize(
    ("before", "rules"),
    [
        pytest.param(CROSSED, "reoptimise: {gain_minor: 1200}", id="it gains no more than it must"),
        pytest.param(replace(CROSSED, release_due_at=NOON + timedelta(hours=1)), "", id="its wave is near"),
        pytest.param(replace(CROSSED, release_due_at=None), "", id="it was told at once"),
        pytest.param(
            promised(line("old", region="south", promised_date=date(2026, 6, 2)), "WH-N"), "", id="its promise is near"
        ),
        pytest.param(
            promised(line("old", region="south", placed_at_us=int((NOON.timestamp() - 3 * 86_400) * 1e6)), "WH-N"),
            "", id="it has waited for long",
        ),
        pytest.param(CROSSED, "reoptimise: {settled_days: 0}", id="the rules move nothing"),
        pytest.param(CROSSED, "ship_complete: [web]", id="its order goes as a whole"),
        pytest.param(CROSSED, "solver: greedy", id="nothing has a cost"),
        pytest.param(promised(line("old", region="south", location_id="WH-N"), "WH-N"), "", id="its channel chose it"),
        pytest.param(promised(line("old", region="south", is_held=True), "WH-N"), "", id="it is held"),
        pytest.param(promised(line("old", "PEN", region="south"), "WH-N"), "", id="nobody knows its SKU"),
        pytest.param(promised(line("old", region="south"), "GONE"), "", id="nobody knows the place any more"),
    ],
)  # fmt: skip
def test_it_stays_where(before: Unreleased, rules: str) -> None:
    kept = "" if rules.startswith("reoptimise") else REOPTIMISE
    problem = Problem((line("new"),), {("MUG", "WH-S"): 1}, PLACES, frozenset({"MUG"}), unreleased=(before,))
    found = allocate(problem, Terms(read_rules(RULES + kept + rules), NOON, last_run_at=NOON))
    assert [d.line.order_ref for d in found.decisions] == ["new"]
    assert found.moved == 0


def test_how_near_a_promise_is_its_place_says_by_its_own_day() -> None:
    """Noon in UTC is past midnight in Auckland: the day after tomorrow is tomorrow there."""
    old = promised(line("old", region="south", promised_date=date(2026, 6, 3)), "WH-N")
    for zone, moves in (("Pacific/Auckland", False), ("UTC", True)):
        places = (replace(NORTH, timezone=zone), SOUTH)
        problem = Problem((), {}, places, frozenset({"MUG"}), unreleased=(old,))
        assert bool(movable(problem, Terms(read_rules(RULES + REOPTIMISE), NOON))) == moves


def test_it_may_move_up_to_the_run_that_tells_its_place() -> None:
    due_now = replace(CROSSED, release_due_at=NOON)
    problem = Problem((line("new"),), {("MUG", "WH-S"): 1}, PLACES, frozenset({"MUG"}), unreleased=(due_now,))
    rules = read_rules(RULES + REOPTIMISE.replace("lock_hours: 1", "lock_hours: 0"))
    found = allocate(problem, Terms(rules, NOON, last_run_at=NOON - timedelta(hours=1)))
    assert [(d.location_id, d.release_due_at) for d in found.decisions if d.decision == "allocated"] == [
        ("WH-N", NOON), ("WH-S", NOON),
    ]  # fmt: skip


def test_a_reservation_that_ends_for_another_reason_is_not_replaced_too() -> None:
    short = Expiring("web:old:MUG", "WH-N", 1, None)
    found = run(line("old", region="south"), line("new"), before=(CROSSED,), expiring=(short,), MUG__WH_S=2)
    assert [d.reason_code for d in found.decisions if d.decision == "expired"] == ["short_picked"]


def test_a_line_gives_its_unit_to_one_that_is_dearer_to_leave_and_waits() -> None:
    cheap = "unfilled: {line_minor: 1000, unit_minor: 0, priorities: {1: 9.0}, per_day_waiting: 0}"
    text = RULES.replace("unfilled: {line_minor: 5000, unit_minor: 0, per_day_waiting: 0}", cheap)
    problem = Problem(
        (line("urgent", priority=1),), {}, PLACES, frozenset({"MUG"}), unreleased=(promised(line("old"), "WH-N"),)
    )
    found = allocate(problem, Terms(read_rules(text + REOPTIMISE), NOON, last_run_at=NOON))
    assert decided(found) == [
        ("old", "backordered", 1, ""), ("old", "expired", 1, "WH-N"), ("urgent", "allocated", 1, "WH-N"),
    ]  # fmt: skip
    assert "Before, 1 of it were to come from WH-N." in found.decisions[-1].reason


@pytest.mark.parametrize(
    ("before", "waiting"),
    [
        pytest.param({"WH-N": 6}, 0, id="all of a line"),
        pytest.param({"WH-N": 6, "WH-S": 6}, 8, id="a line in parts, of which six units would pay"),
    ],
)
def test_what_is_promised_is_not_taken_back_for_orders_that_may_come(before: dict[str, int], waiting: int) -> None:
    worth = {"MUG": Worth(np.array([0, 6, 100]), np.array([0.0, 12_000.0, 12_500.0]), 1.0)}
    rules = read_rules(RULES + REOPTIMISE + "hold_back_weight: 1")
    old = tuple(promised(line("old", quantity=units), place) for place, units in before.items())
    rest = (line("old", quantity=waiting),) if waiting else ()
    for urgent, waits in (((), False), ((line("urgent", quantity=6, priority=1),), True)):
        problem = Problem((*rest, *urgent), {}, PLACES, frozenset({"MUG"}), unreleased=old)
        found = allocate(problem, Terms(rules, NOON, last_run_at=NOON, worth=worth))
        # Who has ordered and is dearer to leave gets it all the same.
        assert (found.moved == 1) == waits, decided(found)


def test_what_is_promised_of_a_channels_part_is_given_to_no_other_channel() -> None:
    cheap = "unfilled: {line_minor: 1000, unit_minor: 0, priorities: {1: 9.0}, per_day_waiting: 0}"
    text = RULES.replace("unfilled: {line_minor: 5000, unit_minor: 0, per_day_waiting: 0}", cheap)
    terms = Terms(read_rules(text + REOPTIMISE), NOON, last_run_at=NOON)
    old = promised(line("old", channel_id="market"), "WH-N")
    for left in (0, 3):  # of the market's allotment of four, the rest is promised to held lines or still to be had
        problem = Problem(
            (line("urgent", priority=1),), {("MUG", "WH-N"): left}, PLACES, frozenset({"MUG"}),
            {("MUG", "WH-N"): {"market": left}}, unreleased=(old,),
        )  # fmt: skip
        assert decided(allocate(problem, terms)) == [("urgent", "backordered", 1, "")]


def test_only_what_changes_is_a_decision() -> None:
    """Two of three units stay; the line also waits for two more, of which one has come."""
    old = promised(line("old", quantity=3), "WH-N")
    found = run(line("old", quantity=2), line("near", quantity=1), before=(old,), MUG__WH_N=1)
    assert {d.decision for d in found.decisions} == {"allocated", "backordered"}
    assert found.moved == 0
    assert sum(d.quantity for d in found.decisions if d.decision == "allocated") == 1


def test_nobody_moves_for_nothing() -> None:
    """Either order could go from either place for the same money."""
    old = tuple(promised(line(f"old{n}", region="elsewhere"), place) for n, place in enumerate(("WH-N", "WH-S")))
    found = run(line("new", region="elsewhere"), before=old, MUG__WH_N=3, MUG__WH_S=3)
    assert found.moved == 0
    assert decided(found)[0][:2] == ("new", "allocated")


def test_lines_of_one_order_and_sku_do_not_change_places_with_each_other() -> None:
    lines = [line("pair", "CUP", line_ref=ref, region="elsewhere") for ref in ("1", "2")]
    lines = [replace(one, order_line_id=f"web:pair:{one.line_ref}") for one in lines]
    pair = (promised(lines[0], "WH-S"), promised(lines[1], "WH-N"))
    found = run(line("new"), before=(CROSSED, *pair), MUG__WH_S=1)
    assert found.moved == 1
    assert {d.line.order_ref for d in found.decisions} == {"new", "old"}


def test_parcels_that_are_promised_do_not_count_against_the_runs_own() -> None:
    before = (promised(line("old"), "WH-N"),)
    found = run(line("new"), before=before, MUG__WH_N=1, rules="parcels_per_day: {WH-N: 1}")
    assert decided(found) == [("new", "allocated", 1, "WH-N")]


def test_what_rules_decide_is_compared_with_all_that_is_promised() -> None:
    problem = Problem((line("new"),), {("MUG", "WH-S"): 1}, PLACES, frozenset({"MUG"}), unreleased=(CROSSED,))
    terms = Terms(read_rules(RULES + REOPTIMISE), NOON, last_run_at=NOON)
    assert cost_of(problem, terms, allocate(problem, terms).decisions) == 800
    unmoved = replace(terms, rules=read_rules(RULES + "reoptimise: {settled_days: 0}"))
    assert cost_of(problem, terms, allocate(problem, unmoved).decisions) == 2000


def test_the_order_desk_bars_places_for_what_waits_for_a_wave_as_for_what_is_open() -> None:
    """Read from the warehouse's tables: a line that may move must not move to where the desk lets nothing go."""
    known = {
        "order_line_id": "web:a:1", "channel_id": "web", "order_ref": "a", "line_ref": "1", "sku": "MUG",
        "ship_to_region": "north", "priority": 1, "placed_at": TOMORROW, "is_held": False, "promised_date": None,
        "is_held_by_desk": False, "is_assigned_by_desk": False, "fulfilment_method": "ship", "customer_group": None,
    }  # fmt: skip
    waits = known | {
        "chosen_location_id": None, "location_id": "WH-S", "qty_unreleased": 2, "release_due_at": TOMORROW,
    }  # fmt: skip
    places = [
        {"location_id": name, "kind": "warehouse", "region": "north", "ships_orders": True, "sourcing_rank": 1,
         "timezone": "UTC"}
        for name in ("WH-N", "WH-S")
    ]  # fmt: skip
    stated = Tables(
        lines=pa.Table.from_pylist([known | {"order_line_id": "web:b:1", "location_id": None, "qty_to_decide": 1}]),
        supply=pa.table({"sku": ["MUG"], "location_id": ["WH-N"], "qty_ats": [5]}),
        locations=pa.Table.from_pylist(places),
        products=pa.table({"sku": ["MUG"]}),
        unreleased=pa.Table.from_pylist([waits]),
        desk_places=pa.table({"order_line_id": ["web:a:1"], "location_id": ["WH-N"], "word": ["barred"]}),
    )
    problem = read_problem(stated)
    (one,) = problem.unreleased
    assert (one.location_id, one.quantity, one.line.barred_location_ids) == ("WH-S", 2, ("WH-N",))
    assert [line.barred_location_ids for line in problem.lines] == [()]
    found = allocate(problem, Terms(read_rules("{}"), TOMORROW - timedelta(days=1)))
    assert ("web:a:1", "WH-N") not in {(d.line.order_line_id, d.location_id) for d in found.decisions}


@pytest.mark.parametrize("solver", ["optimise", "greedy"])
@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        pytest.param({"method": "drop_ship"}, "methods: {drop_ship: [WH-S]}", id="its method is another place's"),
        pytest.param({"barred_location_ids": ("WH-N",)}, "", id="the desk bars the place"),
        pytest.param({}, "sources: {web: [WH-S]}", id="the rules are others"),
    ],
)
def test_what_a_place_may_not_send_any_more_does_not_wait_for_its_wave(
    changed: dict[str, object], rules: str, solver: str
) -> None:
    rates = "parcels: [{from: WH-S, to: '*', minor: 400, days: 1}, {from: WH-N, to: same, minor: 400, days: 1}]"
    base = RULES[RULES.index("handling_minor") :]
    now = line("old", **changed)  # type: ignore[arg-type]
    problem = Problem((), {("MUG", "WH-S"): 1}, PLACES, frozenset({"MUG"}), unreleased=(promised(now, "WH-N"),))
    terms = Terms(read_rules("\n".join([rates, base, f"solver: {solver}", rules])), NOON, last_run_at=NOON)
    ended, again = allocate(problem, terms).decisions
    assert (ended.decision, ended.reason_code, ended.location_id, ended.quantity) == ("expired", "replaced", "WH-N", 1)
    assert (ended.release_due_at, ended.decision_rank) == (TOMORROW, again.decision_rank)
    assert ended.reason.startswith("WH-N may not send 1 units any more, and had not been told of them")
    assert (again.decision, again.location_id) == ("allocated", "WH-S")


def test_nor_what_goes_by_now_to_where_nobody_there_sends_it() -> None:
    rules = "parcels: [{from: WH-S, to: '*', minor: 400, days: 1}, {from: WH-N, to: same, minor: 400, days: 1}]\n"
    before = (promised(line("old", region="island"), "WH-N"),)
    problem = Problem((), {("MUG", "WH-S"): 1}, PLACES, frozenset({"MUG"}), unreleased=before)
    found = allocate(problem, Terms(read_rules(rules + RULES[RULES.index("handling_minor") :]), NOON, last_run_at=NOON))
    assert decided(found) == [("old", "allocated", 1, "WH-S"), ("old", "expired", 1, "WH-N")]


def test_its_unit_is_there_for_others_at_once() -> None:
    before = (promised(line("old", barred_location_ids=("WH-N",)), "WH-N"),)
    found = run(line("new"), before=before)
    assert decided(found) == [
        ("new", "allocated", 1, "WH-N"),
        ("old", "backordered", 1, ""),
        ("old", "expired", 1, "WH-N"),
    ]
    assert found.cost_minor == 400 + 2 * 5000


def test_what_is_held_stays_where_it_is_until_it_is_released() -> None:
    found = run(before=(promised(line("old", is_held=True, barred_location_ids=("WH-N",)), "WH-N"),), MUG__WH_S=1)
    assert found.decisions == ()
