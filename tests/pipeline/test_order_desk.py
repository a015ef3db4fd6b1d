"""From commands of the order desk to what runs make of them, wherever a run dies, and never twice the same unit.

One home, six runs; each order is a story of its own. WH-1 cannot be reached, so that its documents are not sent; WH-2
has got its own; somebody holds WH-3's; WH-4, which alone has cups, is told in waves from the second run on.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from oms_core.contracts import LANDED
from oms_core.orders.desk import Ask, CommandRefused, DeskLine
from oms_core.store.desk_lines import UnknownLine, check_shipping, desk_lines, find_lines
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.operations import at_the_machine as by
from oms_core.store.snapshots import Snapshot
from pipelines.fulfilment import order_desk
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.fulfilment.doubled_orders import hold_doubled_orders
from pipelines.fulfilment.exporting import export_documents
from pipelines.fulfilment.order_desk import land_commands
from pipelines.home import PROFILES, Home, create_home
from pipelines.log import Log, land_decision
from pipelines.modelling.building import build
from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
from pipelines.modelling.warehouse import load, note_run, select_table
from pipelines.publication.publishing import publish
from pipelines.ticket import Ticket, ticket_of

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
_ZERO = {"string": "", "bigint": 0, "double": 0.0, "boolean": False, "timestamp": AT, "date": AT.date()}
#: The secret that WH-1's server wants is not set.
_UNREACHED = """\
partners:
  WH-1: {deliver: {by: sftp, host: sftp.wh-1.example, user: us, folder: /in, host_key: ssh-ed25519 AAAA,
         password_env: OMS_TEST_NO_SUCH_SECRET}}
"""
#: Orders of one line of six mugs, by the location that their channel chose; the stories below are about them.
_ORDERS = {
    "hold": "WH-1", "part": "WH-1", "whole": "WH-1", "second-thoughts": "WH-1", "kept": "WH-3",
    "agrees": "WH-2", "short": "WH-2", "ships": "WH-2", "silent": "WH-2", "away": "WH-2", "there": "WH-1",
    "moves": "WH-1", "fewer": "WH-1", "more": "WH-1", "no-more": "WH-1",
}  # fmt: skip


_GIVEN_BACK = """
    select order_ref, sum(quantity)::bigint as units from raw.order_events
    where event_type = 'given_back' group by order_ref"""


class Died(BaseException):
    """The process ended here."""


def land(home: Home, record_type: str, *rows: dict[str, Any], at: datetime = AT) -> None:
    contract = LANDED[record_type]
    blank = {column.name: _ZERO[column.dtype] if column.required else None for column in contract.columns}
    stated = {"effective_at": at, "business_date": at.date(), "updated_at": at}
    stated = {name: value for name, value in stated.items() if name in contract.names}
    table = pa.Table.from_pylist([blank | stated | row for row in rows], contract.arrow_schema)
    land_decision(Log(home.landing), table, record_type, "", at)


def receive(home: Home) -> None:
    """Three warehouses with plenty of mugs, one with four cups; nobody has a lamp."""
    product = {"currency": "EUR", "pack_quantity": 1, "is_active": True, "unit_cost_minor": 250,
               "unit_price_minor": 900}  # fmt: skip
    land(home, "products", *(product | {"sku": sku, "description": sku} for sku in ("MUG", "CUP", "LAMP")))
    names = ("WH-1", "WH-2", "WH-3", "WH-4")
    places = [{"location_id": name, "name": name, "kind": "warehouse", "timezone": "UTC", "region": "north",
               "country": "DE", "ships_orders": True, "sourcing_rank": rank}
              for rank, name in enumerate(names, start=1)]  # fmt: skip
    land(home, "locations", *places)
    land(home, "channels", {"channel_id": "web", "name": "Web", "kind": "web", "currency": "EUR", "priority": 1})
    opening = {"line_ref": "1", "kind": "opening", "sku": "MUG", "quantity": 100}
    land(home, "stock_movements",
         *(opening | {"movement_ref": f"open-{name}", "location_id": name} for name in names[:3]))  # fmt: skip
    _cups_come(home, "at once", 1, 4)
    land(home, "order_lines", *(order(ref, location_id=place) for ref, place in _ORDERS.items()),
         order("lamp", "LAMP"), order("free"), order("both", "CUP"),
         *(order(ref, location_id="WH-3", customer_key="ada") for ref in ("twice", "twice-again")))  # fmt: skip
    land(home, "availability_rules", {"rule": "duplicate_hours", "channel_id": "web", "value": 24.0})


def _cups_come(home: Home, ref: str, hours: int, quantity: int) -> None:
    came = {"movement_ref": ref, "line_ref": "1", "kind": "receipt", "sku": "CUP", "location_id": "WH-4"}
    land(home, "stock_movements", came | {"quantity": quantity}, at=AT + timedelta(hours=hours))


def order(order_ref: str, sku: str = "MUG", status: str = "open", **values: Any) -> dict[str, Any]:
    return {"channel_id": "web", "order_ref": order_ref, "line_ref": "1", "sku": sku, "quantity": 6, "currency": "EUR",
            "ship_to_country": "DE", "ship_to_region": "north", "fulfilment_method": "ship", "line_status": status,
            "unit_price_minor": 900, **values}  # fmt: skip


def run(home: Home, process_id: str, *, is_proven: bool = False) -> Ticket:
    """What of a run concerns orders, in its order."""
    ticket = ticket_of(home, process_id)
    load(home, ticket.as_of, ticket.run_id)
    hold_doubled_orders(home, ticket)
    land_commands(home, ticket)
    note_run(home, ticket.business_date, "ground")
    build(home, "ground", is_proven=is_proven)
    allocate_open_lines(home, ticket)
    export_documents(home, ticket)
    note_run(home, ticket.business_date, "decisions")
    build(home, "decisions", is_proven=is_proven)
    publish(home, ticket.run_id, ticket.as_of, ticket.as_of, {})
    return ticket


def opened(home: Home) -> OperationsStore:
    return open_operations(home.database_url, now=AT)


def lines(home: Home) -> dict[str, DeskLine]:
    """The lines as published, by their orders' numbers."""
    with Snapshot.current(home.published) as snapshot, opened(home) as store:
        ids = snapshot.query("select order_line_id from fct_order_lines").column(0).to_pylist()
        return {one.order_ref: one for one in desk_lines(snapshot.query, store.export_states, ids).values()}


def give(home: Home, kind: str, order_ref: str, **what: Any) -> None:
    with opened(home) as store:
        assert store.desk.command([Ask(kind, lines(home)[order_ref], **what)], by("Ada"), "rang", AT).refused == ()


def answer(home: Home, kind: str, order_ref: str) -> None:
    with opened(home) as store:
        number = store.desk.cases(f"web:{order_ref}")[0].command.command_number
        assert store.desk.answer([number], kind, by("Bo"), "Jo agrees", AT).refused == ()


@dataclass
class Told:
    """How a run left things, by order: units by state, what its documents ask for by location, its command's state."""

    units: dict[str, dict[str, int]]
    asked_for: dict[str, dict[str, int]]
    states: dict[str, str]
    exports: list[tuple[str, int, str]] = field(default_factory=list)


def told(home: Home) -> Told:
    names = ("cancelled", "held", "fulfilled", "allocated", "backordered", "open")
    columns = ", ".join(f"qty_{name} as {name}" for name in names)
    with Snapshot.current(home.published) as snapshot:
        rows = snapshot.query(f"select order_ref, {columns} from fct_order_lines").to_pylist()
    units = {row.pop("order_ref"): {name: quantity for name, quantity in row.items() if quantity} for row in rows}
    asked_for: dict[str, dict[str, int]] = {}
    with opened(home) as store:
        entries = sorted(store.exports(), key=lambda entry: (entry.location_id, entry.revision, entry.wave))
        for entry in entries:
            for line in json.loads(entry.payload)["lines"] if entry.state != "void" else ():
                places = asked_for.setdefault(line["order_ref"], {})
                places[entry.location_id] = places.get(entry.location_id, 0) + line["quantity"]
        states = {case.command.order_ref: case.state for case in reversed(store.desk.cases())}
    return Told(units, asked_for, states, [(entry.location_id, entry.revision, entry.state) for entry in entries])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after its first run, and WH-3's document held."""
    home = Home(tmp_path_factory.mktemp("desk") / "home")
    create_home(home, PROFILES["demo"], {})
    held = "  WH-3: {deliver: {by: sftp, host: sftp.wh-3.example, user: us, folder: /in, host_key: ssh-ed25519 AAAA, "
    text = _UNREACHED + held + "password_env: OMS_TEST_NO_SUCH_SECRET}}\n"
    (home.root / "partners.yaml").write_text(text, encoding="utf-8")
    receive(home)
    run(home, "first")
    with opened(home) as store:
        (entry,) = (one for one in store.exports() if one.location_id == "WH-3")
        store.act(entry.export_id, "hold", AT, by("Ada"), "a strike")
    return home


@dataclass
class Days:
    """A home, and how its runs left it: the four that the mugs' stories are of, and two between them for the cups."""

    home: Home
    after: list[Told] = field(default_factory=list)
    after_cancelling: Told | None = None
    after_taking_back: Told | None = None
    regions: list[str] = field(default_factory=list)


def region(home: Home) -> str:
    """Where the order that moves is sent."""
    with Snapshot.current(home.published) as snapshot:
        (row,) = snapshot.query("select ship_to_region from fct_order_lines where order_ref = 'moves'").to_pylist()
    return str(row["ship_to_region"])


@pytest.fixture(scope="module")
def days(first: Home, tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A copy of it after five more runs."""
    home = Home(tmp_path_factory.mktemp("desk-days") / "home")
    shutil.copytree(first.root, home.root)
    lived = Days(home, [told(home)])
    for kind, ref, what in _COMMANDS:
        give(home, kind, ref, **what)
    give(home, "cancel", "second-thoughts")
    answer(home, "undo", "second-thoughts")
    rules = home.root / "sourcing.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("waves: {}", "waves: {WH-4: {at: ['06:00']}}"), encoding="utf-8")
    _cups_come(home, "with waves", 2, 2)
    run(home, "second")
    lived.after.append(told(home))
    give(home, "cancel", "both", quantity=2)
    _cups_come(home, "cancelled", 3, 1)
    run(home, "second, cancelled")
    lived.after_cancelling = told(home)
    lived.regions.append(region(home))
    for kind, ref in (("agree", "agrees"), ("agree", "away"), ("undo", "whole"), ("undo", "moves"),
                      ("undo", "no-more")):  # fmt: skip
        answer(home, kind, ref)
    give(home, "release", "hold")
    give(home, "release", "twice-again")
    _news(home, AT + timedelta(days=1))
    _cups_come(home, "its wave", 20, 1)
    run(home, "third", is_proven=True)
    lived.regions.append(region(home))
    lived.after.append(told(home))
    answer(home, "undo", "both")
    _cups_come(home, "taken back", 21, 1)
    run(home, "third, taken back")
    lived.after_taking_back = told(home)
    give(home, "release", "lamp")
    land(home, "order_lines", order("later"), at=AT + timedelta(days=2))
    _cups_come(home, "the next wave", 44, 1)
    run(home, "fourth", is_proven=True)
    lived.after.append(told(home))
    return lived


_COMMANDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("hold", "hold", {}),
    ("hold", "lamp", {}),
    ("cancel", "part", {"quantity": 2}),
    ("cancel", "whole", {}),
    ("cancel", "kept", {"quantity": 2}),
    ("cancel", "agrees", {"quantity": 2}),
    ("cancel", "short", {"quantity": 2}),
    ("cancel", "ships", {}),
    ("cancel", "silent", {}),
    ("resource", "away", {"barred_location_ids": ("WH-1",)}),
    ("resource", "there", {"to_location_id": "WH-2"}),
    ("edit", "moves", {"changes": {"ship_to_region": "south"}}),
    ("edit", "fewer", {"changes": {"qty_ordered": 4}}),
    ("edit", "more", {"changes": {"qty_ordered": 9}}),
    ("edit", "no-more", {"changes": {"qty_ordered": 9}}),
)


def _news(home: Home, at: datetime) -> None:
    """The channel states the lamp anew and credits what we cancelled; WH-2 picks one short, and ships another."""
    land(home, "order_lines", order("lamp", "LAMP"), order("fewer", quantity=5, location_id="WH-1"), at=at)
    named = {"channel_id": "web", "order_line_ref": "1"}
    credit = {"adjustment_ref": "c1", "line_ref": "1", "kind": "cancelled", "order_ref": "part", "sku": "MUG",
              "quantity": 2, "currency": "EUR"}  # fmt: skip
    land(home, "order_adjustments", named | credit, at=at)
    event = {"source_id": "WH-2", "event_ref": "short", "event_type": "short_picked", "order_ref": "short",
             "quantity": 2, "location_id": "WH-2"}  # fmt: skip
    land(home, "order_events", named | event, at=at)
    moved = {"movement_ref": "s1", "line_ref": "1", "kind": "shipment", "sku": "MUG", "location_id": "WH-2",
             "quantity": 6, "order_ref": "ships"}  # fmt: skip
    land(home, "stock_movements", named | moved, at=at)


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
        patched.setattr(order_desk, name, _dying(getattr(order_desk, name), place, when))
        with pytest.raises(Died):
            land_commands(home, ticket_of(home, "second"))
    land_commands(home, ticket_of(home, "third"))
    given = select_table(home, _GIVEN_BACK).to_pylist()
    returned = {row["order_ref"]: row["units"] for row in given}
    asked = told(home).asked_for
    for ref in ("part", "whole"):
        assert returned.get(ref, 0) + asked.get(ref, {}).get("WH-1", 0) <= 6, (returned, asked)
    assert asked["hold"] == {"WH-1": 6}, "other orders keep their place"


def _dying(function: Callable[..., Any], at: int, when: str) -> Callable[..., Any]:
    calls = 0

    def mortal(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and when == "before":
            raise Died
        done = function(*arguments, **named)
        if calls == at:
            raise Died
        return done

    return mortal


def test_lines_are_found_by_what_people_call_them(first: Home) -> None:
    with Snapshot.current(first.published) as snapshot:
        for name in ("part", "web:part", "part/1", "web:part:1"):
            assert find_lines(snapshot.query, name) == ["web:part:1"]
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
    assert (place.location_id, place.qty_told, len(place.documents)) == ("WH-4", 6, 2), (
        "told in another run than decided"
    )
