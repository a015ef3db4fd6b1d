"""Whatever is commanded, answered, shipped and picked short in between: no unit is given back that its location may
ship, none is cancelled twice, and every command comes to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oms_core.orders.desk import Ask, Case, Command, CommandRefused, DeskLine, OnDocument, Place, answerable, checked
from oms_core.orders.desk_moves import DeskEvent, move

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KINDS = st.sampled_from(["cancel", "resource", "hold", "edit"])
TOLD = ("sent", "unknown", "acknowledged", "partial")
STATES = st.sampled_from([*TOLD, "new", "held", "rejected", "void"])


@st.composite
def lines(draw: st.DrawFn) -> DeskLine:
    places = tuple(
        Place(name, sum(one.quantity for one in documents), documents)
        for name in ("WH-1", "WH-2")
        if (documents := _documents(draw, name))
    )
    waiting, gone, cancelled = (draw(st.integers(0, 4)) for _ in range(3))
    ordered = waiting + gone + cancelled + sum(place.quantity for place in places)
    state = "allocated" if places else "backordered"
    return DeskLine("web:o:1", "web:o", "web", "o", "1", "MUG", state, ordered, gone, cancelled, True, places=places)


def _documents(draw: st.DrawFn, place: str) -> tuple[OnDocument, ...]:
    count = draw(st.integers(0, 2))
    return tuple(OnDocument(f"{place}-{n}", draw(st.integers(1, 5)), draw(STATES)) for n in range(count))


class World:
    """A line as runs change it, and what has landed of its one command."""

    def __init__(self, line: DeskLine, ask: Ask) -> None:
        self.line, self.landed = line, list[DeskEvent]()
        self.case = Case(_row(1, ask.kind, quantity=ask.quantity, from_location_id=ask.from_location_id,
                              to_location_id=ask.to_location_id, changes=dict(ask.changes),
                              before=ask.line.before))  # fmt: skip

    def say(self, kind: str, **values: Any) -> None:
        row = _row(2 + len(self.case.since), kind, about_number=1, **values)
        self.case = Case(self.case.command, (*self.case.since, row))

    def run(self, short: dict[str, int]) -> None:
        """One run; checks what it takes from where."""
        found = move(self.case, self.line, self.landed, short)
        agreed = self.case.asked if self.case.state == "agreed" else {}
        given = {event.location_id: event.quantity for event in found.events if event.event_type == "given_back"}
        total = {place: sum(e.quantity for e in found.events if e.event_type == "given_back" and e.location_id == place)
                 for place in given}  # fmt: skip
        for place in self.line.places:
            units = total.get(place.location_id, 0)
            answered = agreed.get(place.location_id, 0) + short.get(place.location_id, 0)
            assert units <= min(place.quantity, place.qty_untold + answered)
        cuts: dict[str, int] = {}
        for export_id, units in found.cuts:
            cuts[export_id] = cuts.get(export_id, 0) + units
        self._take(total, cuts)
        cancelled = sum(event.quantity for event in found.events if event.event_type == "cancelled")
        changed = self.case.command.changes if any(e.event_type == "edited" for e in found.events) else None
        self.line = replace(self.line, qty_cancelled=self.line.qty_cancelled + cancelled, **changed or {})
        self.landed += found.events
        for note in found.notes:
            self.say(note.kind, quantity=note.quantity, from_location_id=note.location_id)
        assert len({event.part for event in self.landed}) == len(self.landed)
        assert self.line.qty_left >= self.line.qty_placed >= 0

    def _take(self, given: dict[str | None, int], cuts: dict[str, int]) -> None:
        places = []
        for place in self.line.places:
            left = place.quantity - given.get(place.location_id, 0)
            kept = []
            for document in place.documents:
                assert cuts.get(document.export_id, 0) <= document.quantity
                assert not cuts.get(document.export_id) or document.state in ("new", "held")
                units = min(document.quantity - cuts.get(document.export_id, 0), left)
                kept += [replace(document, quantity=units)] if units else []
            unsent = sum(one.quantity for one in kept if one.state in ("new", "held"))
            assert unsent <= left, "a document that will be sent asks for no more than is reserved"
            places += [Place(place.location_id, left, tuple(kept))] if left else []
        self.line = replace(self.line, places=tuple(places))

    def ship(self, units: int) -> None:
        """The first location that was told ships some of it."""
        for at, place in enumerate(self.line.places):
            if not place.qty_told:
                continue
            gone, rest = min(units, place.qty_told), list(self.line.places)
            shrunk, left = [], gone
            for document in place.documents:
                off = min(document.quantity, left) if document.state in TOLD else 0
                left -= off
                shrunk += [replace(document, quantity=document.quantity - off)] if document.quantity > off else []
            rest[at] = Place(place.location_id, place.quantity - gone, tuple(shrunk))
            kept = tuple(one for one in rest if one.quantity)
            self.line = replace(self.line, places=kept, qty_fulfilled=self.line.qty_fulfilled + gone)
            return


def _row(number: int, kind: str, about_number: int | None = None, **values: Any) -> Command:
    known: dict[str, Any] = {
        "quantity": None,
        "from_location_id": None,
        "to_location_id": None,
        "before": None,
        **values,
    }
    return Command(number, kind, about_number, "web:o:1", "web:o", "web", "o", "1", "MUG", **known,
                   barred_location_ids=(), author="Ada", reason="rang", given_at=NOON)  # fmt: skip


@given(lines(), KINDS, st.data())
def test_no_unit_is_taken_that_its_location_may_ship(line: DeskLine, kind: str, data: st.DataObject) -> None:
    try:
        units = data.draw(st.none() | st.integers(1, 8)) if kind in ("cancel", "resource") else None
        ask = checked(Ask(kind, line, units, changes=_changes(kind, data.draw(st.integers(1, 40)))), [])
    except CommandRefused:
        return
    world, before = World(line, ask), line.qty_cancelled
    for _ in range(data.draw(st.integers(1, 4))):
        if data.draw(st.booleans()):
            world.ship(data.draw(st.integers(1, 5)))
        if world.case.state == "asked" and data.draw(st.booleans()):
            world.say("agree")
        told = [place for place in world.line.places if place.qty_told]
        short = {told[0].location_id: data.draw(st.integers(1, told[0].qty_told))} if told and data.draw(
            st.booleans()) else {}  # fmt: skip
        if world.case.is_open:
            world.run(short)
    if kind == "edit":
        assert world.line.qty_ordered in (line.qty_ordered, ask.changes["qty_ordered"])
    if kind == "cancel":
        assert world.line.qty_cancelled - before <= (ask.quantity or 0)
    else:
        assert world.line.qty_cancelled == before


def _changes(kind: str, ordered: int) -> dict[str, str | int]:
    return {"qty_ordered": ordered} if kind == "edit" else {}


@given(lines(), KINDS, st.integers(1, 40))
def test_once_everybody_has_agreed_a_command_ends(line: DeskLine, kind: str, ordered: int) -> None:
    try:
        ask = checked(Ask(kind, line, changes=_changes(kind, ordered)), [])
    except CommandRefused:
        return
    world = World(line, ask)
    world.run({})
    if world.case.state == "asked":
        assert answerable(world.case, "agree")
        world.say("agree")
        world.run({})
    assert not world.case.is_open
    if kind == "cancel":
        assert world.line.qty_left == 0
