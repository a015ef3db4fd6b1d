"""From commands of the order desk to what runs make of them, wherever a run dies, and never twice the same unit.

What happens is told in `desk_days`.
"""

from __future__ import annotations

import shutil

import pytest

from oms_core.orders.desk import CommandRefused
from oms_core.store.published.desk_lines import UnknownLine, check_shipping, find_lines
from oms_core.store.published.snapshots import Snapshot
from pipelines.fulfilment import order_desk
from pipelines.fulfilment.order_desk import land_commands
from pipelines.home import Home
from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
from pipelines.modelling.warehouse import select_table
from pipelines.ticket import ticket_of
from tests.pipeline.desk_days import Days, begin, give, go_on, lines, told
from tests.pipeline.hands import AT, Died, dying

_GIVEN_BACK = """
    select order_ref, sum(quantity)::bigint as units from raw.order_events
    where event_type = 'given_back' group by order_ref"""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after the first run, in which nothing is changed."""
    home = Home(tmp_path_factory.mktemp("desk") / "home")
    begin(home)
    return home


@pytest.fixture(scope="module")
def days(first: Home, tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A copy of it after the other five."""
    home = Home(tmp_path_factory.mktemp("desk-days") / "home")
    shutil.copytree(first.root, home.root)
    return go_on(home)


def of(days: Days, order_ref: str) -> list[tuple[dict[str, int], dict[str, int], str | None]]:
    """What each run after the commands left of an order: its units, its documents, its command's state."""
    return [
        (after.units[order_ref], after.asked_for.get(order_ref, {}), after.states.get(order_ref))
        for after in days.after[1:]
    ]


def test_a_held_line_comes_off_a_document_that_was_not_sent_and_is_decided_when_it_is_released(days: Days) -> None:
    assert days.after[0].asked_for["hold"] == {"WH-1": 6}
    second, third, _ = of(days, "hold")
    assert second == ({"held": 6}, {}, "done")
    assert third == ({"allocated": 6}, {"WH-1": 6}, "done")


def test_a_hold_stands_whatever_the_channel_states_until_it_is_released(days: Days) -> None:
    assert [units for units, _, _ in of(days, "lamp")] == [{"held": 6}, {"held": 6}, {"backordered": 6}]


def test_an_edit_is_decided_anew_and_its_document_made_again_until_it_is_taken_back(days: Days) -> None:
    assert days.regions == ["south", "north"]
    second, third, _ = of(days, "moves")
    assert second == ({"allocated": 6}, {"WH-1": 6}, "done")
    assert third == ({"allocated": 6}, {"WH-1": 6}, "undone")


def test_an_edited_quantity_is_reserved_and_asked_for_until_it_is_taken_back_or_stated_anew(days: Days) -> None:
    second, third, _ = of(days, "fewer")
    assert second == ({"allocated": 4}, {"WH-1": 4}, "done")
    assert third == ({"allocated": 5}, {"WH-1": 5}, "done")
    assert of(days, "more")[0] == ({"allocated": 9}, {"WH-1": 9}, "done")
    second, third, _ = of(days, "no-more")
    assert second == ({"allocated": 9}, {"WH-1": 9}, "done")
    assert third == ({"allocated": 6}, {"WH-1": 6}, "undone")


def test_an_order_that_doubles_another_one_is_held_until_it_is_released_and_never_again(days: Days) -> None:
    assert days.after[0].units["twice"] == {"allocated": 6}
    assert days.after[0].units["twice-again"] == {"held": 6}
    assert [units for units, _, _ in of(days, "twice-again")] == [{"held": 6}, {"allocated": 6}, {"allocated": 6}]
    with Snapshot.current(days.home.published) as snapshot:
        sql = "select reason from fct_order_events where order_line_id = 'web:twice-again:1' and event_type = 'held'"
        (event,) = snapshot.query(sql).to_pylist()
    assert event["reason"].startswith("duplicate_review: same customer, goods and amounts as order twice, placed")


def test_a_held_double_waits_for_somebody_to_look_at_it(first: Home) -> None:
    with Snapshot.current(first.published) as snapshot:
        (row,) = snapshot.query("select waits_for from fct_orders where order_ref = 'twice-again'").to_pylist()
    assert row == {"waits_for": "duplicate"}


def test_a_document_that_was_not_sent_is_made_again_with_what_is_left_of_a_line(days: Days) -> None:
    assert of(days, "part")[0] == ({"cancelled": 2, "allocated": 4}, {"WH-1": 4}, "done")


def test_the_channel_that_states_our_cancellation_too_cancels_no_more(days: Days) -> None:
    assert of(days, "part")[1][0] == {"cancelled": 2, "allocated": 4}


def test_what_is_cancelled_and_taken_back_is_decided_anew_and_asked_for_once(days: Days) -> None:
    second, third, _ = of(days, "whole")
    assert second == ({"cancelled": 6}, {}, "done")
    assert third == ({"allocated": 6}, {"WH-1": 6}, "undone")


def test_a_command_that_is_taken_back_before_a_run_changes_nothing(days: Days) -> None:
    assert of(days, "second-thoughts")[0] == ({"allocated": 6}, {"WH-1": 6}, "undone")


def test_a_document_that_somebody_held_stays_held_when_it_is_made_again(days: Days) -> None:
    assert of(days, "kept")[0] == ({"cancelled": 2, "allocated": 4}, {"WH-3": 4}, "done")
    assert [one[1:] for one in days.after[1].exports if one[0] == "WH-3"] == [(1, "void"), (2, "held")]


def test_a_location_that_has_its_document_keeps_its_units_until_somebody_says_that_it_agreed(days: Days) -> None:
    second, third, _ = of(days, "agrees")
    assert second == ({"allocated": 6}, {"WH-2": 6}, "asked")
    assert third[0] == {"cancelled": 2, "allocated": 4}
    assert third[2] == "done"


def test_a_line_is_taken_elsewhere_once_its_location_agrees_and_never_to_where_it_may_not_go(days: Days) -> None:
    second, third, _ = of(days, "away")
    assert second == ({"allocated": 6}, {"WH-2": 6}, "asked")
    # WH-2 keeps the document that it was told not to follow; nothing says so but what somebody said.
    assert third == ({"allocated": 6}, {"WH-2": 6, "WH-3": 6}, "done")


def test_a_line_goes_at_once_where_it_must_if_nobody_was_told_of_it(days: Days) -> None:
    assert of(days, "there")[0] == ({"allocated": 6}, {"WH-2": 6}, "done")


def test_while_nobody_answers_nothing_changes(days: Days) -> None:
    assert {str(left) for left in of(days, "silent")} == {"({'allocated': 6}, {'WH-2': 6}, 'asked')"}


def test_a_short_pick_answers_what_was_asked_and_nothing_is_sent_in_its_stead(days: Days) -> None:
    _, third, fourth = of(days, "short")
    assert third == fourth == ({"cancelled": 2, "allocated": 4}, {"WH-2": 6}, "done")


def test_what_ships_all_the_same_is_shipped_and_the_command_lapses(days: Days) -> None:
    _, third, fourth = of(days, "ships")
    assert third[0] == {"fulfilled": 6}
    assert fourth == ({"fulfilled": 6}, {"WH-2": 6}, "lapsed")


def test_no_unit_is_asked_for_that_is_not_reserved_unless_its_location_has_the_document(days: Days) -> None:
    for after in days.after:
        for ref, places in after.asked_for.items():
            untold = sum(quantity for place, quantity in places.items() if place == "WH-1")
            assert untold <= after.units[ref].get("allocated", 0), (ref, after)


def test_a_rebuild_from_landing_gives_the_same_value_for_value(days: Days) -> None:
    rebuild_warehouse(days.home)
    assert compare_with_snapshot(days.home) == {}


def test_a_document_that_another_replaced_is_void_and_has_shipped_nothing(days: Days) -> None:
    with Snapshot.current(days.home.published) as snapshot:
        sql = "select location_id, is_void, sum(qty_shipped)::bigint as shipped from fct_exports group by all"
        rows = snapshot.query(f"{sql} order by all").to_pylist()
    found = [(row["location_id"], row["is_void"], row["shipped"]) for row in rows]
    assert ("WH-1", True, 0) in found
    assert ("WH-1", False, 0) in found
    assert [one for one in found if one[0] == "WH-2"] == [("WH-2", False, 6)]


def test_what_was_commanded_is_in_a_run_s_id_and_what_a_run_noted_is_not(first: Home, home: Home) -> None:
    shutil.copytree(first.root, home.root, dirs_exist_ok=True)
    before = ticket_of(home, "a")
    give(home, "cancel", "silent")
    after = ticket_of(home, "b")
    assert after.run_id != before.run_id
    land_commands(home, after)
    assert ticket_of(home, "c").run_id == after.run_id


@pytest.mark.parametrize(
    ("name", "place", "when"),
    [("without", 1, "after"), ("without", 2, "after"), ("land_decision", 1, "before"), ("land_decision", 1, "after"),
     ("land_decision", 2, "after"), ("_land", 1, "after"), ("_land_replaced", 2, "after")],
)  # fmt: skip
def test_wherever_a_run_dies_no_unit_is_both_given_back_and_asked_for(
    first: Home, home: Home, monkeypatch: pytest.MonkeyPatch, name: str, place: int, when: str
) -> None:
    """Two lines of one document that was not sent; the run that follows the one that died has nothing modelled anew."""
    shutil.copytree(first.root, home.root, dirs_exist_ok=True)
    give(home, "cancel", "part", quantity=2)
    give(home, "cancel", "whole")
    with monkeypatch.context() as patched:
        patched.setattr(order_desk, name, dying(getattr(order_desk, name), place, when))
        with pytest.raises(Died):
            land_commands(home, ticket_of(home, "second"))
    land_commands(home, ticket_of(home, "third"))
    given = select_table(home, _GIVEN_BACK).to_pylist()
    returned = {row["order_ref"]: row["units"] for row in given}
    asked = told(home).asked_for
    for ref in ("part", "whole"):
        assert returned.get(ref, 0) + asked.get(ref, {}).get("WH-1", 0) <= 6, (returned, asked)
    assert asked["hold"] == {"WH-1": 6}, "other orders keep their place"


def test_lines_are_found_by_what_people_call_them(first: Home) -> None:
    with Snapshot.current(first.published) as snapshot:
        for name in ("part", "web:part", "part/1", "web:part:1"):
            assert find_lines(snapshot.query, name) == ["web:part:1"]
        (document, *_) = snapshot.query("select export_id, count(*) as lines from fct_exports group by all").to_pylist()
        assert len(find_lines(snapshot.query, document["export_id"][:8])) == document["lines"]
        with pytest.raises(UnknownLine, match="No line is called '9'"):
            find_lines(snapshot.query, "9")
        with pytest.raises(
            CommandRefused, match=r"no location WH-9 ships orders. Those that do: WH-1, WH-2, WH-3, WH-4"
        ):
            check_shipping(snapshot.query, ["WH-1", "WH-9"])


def test_of_a_line_that_is_told_in_part_the_rest_goes_first_and_what_comes_back_is_told_once(days: Days) -> None:
    """Four of six units are told at once; two wait for a wave when two are cancelled, and that is taken back later."""
    first, second, third, fourth = days.after
    runs = (first, second, days.after_cancelling, third, days.after_taking_back, fourth)
    assert [(after.units["both"], after.asked_for["both"]) for after in runs if after] == [
        ({"allocated": 4, "backordered": 2}, {"WH-4": 4}),
        ({"allocated": 6}, {"WH-4": 4}),
        ({"allocated": 4, "cancelled": 2}, {"WH-4": 4}),
        ({"allocated": 4, "cancelled": 2}, {"WH-4": 4}),
        ({"allocated": 6}, {"WH-4": 4}),
        ({"allocated": 6}, {"WH-4": 6}),
    ]
    ended = "select quantity, release_due_at from raw.allocations where decision = 'expired' and sku = 'CUP' and "
    rows = select_table(days.home, ended + "business_date = date '2026-06-01'").to_pylist()
    assert rows == [{"quantity": 2, "release_due_at": AT.replace(day=2, hour=6)}]
    (place,) = lines(days.home)["both"].places
    assert (place.location_id, place.qty_told, len(place.documents)) == ("WH-4", 6, 2), "told by another run"
