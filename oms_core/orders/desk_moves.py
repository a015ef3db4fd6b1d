"""What a run makes of the order desk's commands: events to land, units to take off documents, a location to be asked.

Belongs here: this, as pure functions over a line as it stands, what has landed of the command and what locations have
answered. Does not belong here: what may be commanded (`desk`), landing it (`pipelines.fulfilment.order_desk`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oms_core.orders.desk import (
    CANCEL,
    EDIT,
    HOLD,
    QUANTITY,
    RELEASE,
    RESOURCE,
    Case,
    Command,
    DeskLine,
    Place,
    many,
    stands_against,
)

#: Events that change how much is left of a line, or where.
_MOVING = ("given_back", "cancelled", "edited")


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """An event to land. `part` numbers it within its command; `corrects`: the part that it takes back."""

    part: int
    event_type: str
    quantity: int
    location_id: str | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What a run notes of a command."""

    kind: str
    reason: str
    quantity: int | None = None
    location_id: str | None = None


@dataclass(slots=True)
class Move:
    """What a run makes of one command: events to land, units to take off documents that were not sent, notes."""

    events: list[DeskEvent] = field(default_factory=list)
    cuts: list[tuple[str, int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def moves_units(self) -> bool:
        """Whether the line must be looked at anew before another command moves units of it."""
        return any(event.event_type in _MOVING for event in self.events)


def move(case: Case, line: DeskLine, landed: Sequence[DeskEvent], short: Mapping[str, int]) -> Move:
    """What the run makes of an open case of a line as it stands.

    `landed`: the command's events in the log. `short`: units that locations could not pick, told since the last run.
    """
    if case.state == "undoing":
        return _undone(case, line, landed)
    if line.qty_left == 0:
        ended = "done" if any(one.event_type in _MOVING for one in landed) else "lapsed"
        return Move(notes=[Note(ended, f"{line.qty_fulfilled} units were shipped, {line.qty_cancelled} cancelled")])
    return {HOLD: _held, RELEASE: _released, CANCEL: _taken, RESOURCE: _taken, EDIT: _edited}[case.command.kind](
        case, line, landed, short
    )


def _undone(case: Case, line: DeskLine, landed: Sequence[DeskEvent]) -> Move:
    """Take a command back: its events are corrected. What a location gave back stays unassigned; and an edit to more
    units stands once a location has been told of them."""
    done = {event.corrects for event in landed}
    words = [one for one in landed if one.corrects is None and one.part not in done and one.event_type != "given_back"]
    corrections = [
        DeskEvent(len(landed) + place, one.event_type, 0, corrects=one.part) for place, one in enumerate(words, start=1)
    ]
    found = Move(corrections)
    if words and (before := _quantity_before(case.command, line)):
        if against := stands_against(line, {QUANTITY: before}):
            return Move(notes=[Note("done", f"it stands: {against}")])
        _keep(found, line, before - line.qty_fulfilled - line.qty_cancelled, landed)
    found.notes.append(Note("undone", "nothing had come of it" if not words else "it counts no more"))
    return found


def _quantity_before(command: Command, line: DeskLine) -> int | None:
    """The ordered quantity that the line had before an edit of it, where that still counts."""
    edited = (command.changes or {}).get(QUANTITY)
    return int((command.before or {})[QUANTITY]) if edited == line.qty_ordered else None


def _held(case: Case, line: DeskLine, landed: Sequence[DeskEvent], short: Mapping[str, int]) -> Move:  # noqa: ARG001
    if landed:
        return Move(notes=[Note("done", "it is held")])
    found = Move([DeskEvent(1, "held", line.qty_left)])
    for place in line.places:
        _take_back(found, place, place.qty_untold, landed)
    told = [f"{one.location_id} has {one.told_by} for {many(one.qty_told)}" for one in line.places if one.qty_told]
    found.notes.append(Note("done", "; ".join(["it is held", *told])))
    return found


def _edited(case: Case, line: DeskLine, landed: Sequence[DeskEvent], short: Mapping[str, int]) -> Move:  # noqa: ARG001
    """Make the change. Units that are too many after it, or are to be sent otherwise, are taken back and decided anew.
    Where a location has meanwhile been told of the line as it was, the command lapses."""
    if landed:
        return Move(notes=[Note("done", "it is changed")])
    changes = case.command.changes or {}
    if against := stands_against(line, changes):
        return Move(notes=[Note("lapsed", against)])
    ordered = int(changes.get(QUANTITY, line.qty_ordered))
    found = Move([DeskEvent(1, "edited", ordered if QUANTITY in changes else line.qty_left)])
    left = ordered - line.qty_fulfilled - line.qty_cancelled
    _keep(found, line, left if changes.keys() == {QUANTITY} else 0, landed)
    found.notes.append(Note("done", "it is changed, and decided by this run"))
    return found


def _keep(found: Move, line: DeskLine, units: int, landed: Sequence[DeskEvent]) -> None:
    """Take back what is reserved beyond so many units, as far as no location was told of it: whole places first."""
    excess = line.qty_placed - units
    for place in sorted(line.places, key=lambda one: one.qty_untold):
        taken = max(min(excess, place.qty_untold), 0)
        _take_back(found, place, taken, landed)
        excess -= taken


def _released(case: Case, line: DeskLine, landed: Sequence[DeskEvent], short: Mapping[str, int]) -> Move:  # noqa: ARG001
    events = [] if landed else [DeskEvent(1, "hold_released", line.qty_left)]
    return Move(events, notes=[Note("done", "it is decided by this run")])


def _taken(case: Case, line: DeskLine, landed: Sequence[DeskEvent], short: Mapping[str, int]) -> Move:
    """Cancel units, or take them from their locations: those that no location was told of at once, then what locations
    have answered; of the rest, ask."""
    command, found = case.command, Move()
    counted = "cancelled" if command.kind == CANCEL else "given_back"
    wanted = (command.quantity or 0) - sum(one.quantity for one in landed if one.event_type == counted)
    if command.kind == RESOURCE and not landed:
        _say_places(found, command, line)
    free = min(wanted, line.qty_left - line.qty_placed) if command.kind == CANCEL else 0
    places = [one for one in line.places if command.from_location_id in (None, one.location_id)]
    untold = _take_untold(found, places, wanted - free, landed)
    answered, asked = _take_told(found, places, wanted - free - untold, case, landed, short)
    taken = free + untold + answered
    if command.kind == CANCEL and taken:
        found.events.append(DeskEvent(_next_part(found, landed), "cancelled", taken))
    _ask(found, case, asked, landed)
    if not asked:
        found.notes.append(_end(case, wanted, taken, landed))
    return found


def _take_untold(found: Move, places: Sequence[Place], wanted: int, landed: Sequence[DeskEvent]) -> int:
    """Take back what no location was told of; the units."""
    left = wanted
    for place in places:
        units = min(left, place.qty_untold)
        _take_back(found, place, units, landed)
        left -= units
    return wanted - left


def _take_told(
    found: Move,
    places: Sequence[Place],
    wanted: int,
    case: Case,
    landed: Sequence[DeskEvent],
    short: Mapping[str, int],
) -> tuple[int, list[tuple[Place, int]]]:
    """Take what locations have given back of what they were told; the units, and what each is still to be asked for."""
    taken, left = 0, wanted
    asked: list[tuple[Place, int]] = []
    for place in places:
        units = min(left, place.qty_told)
        left -= units
        answered = min(units, short.get(place.location_id, 0))
        agreed = min(units - answered, case.asked.get(place.location_id, 0)) if case.state == "agreed" else 0
        _give_back(found, place, answered + agreed, landed)
        taken += answered + agreed
        if units > answered + agreed:
            asked.append((place, units - answered - agreed))
    return taken, asked


def _say_places(found: Move, command: Command, line: DeskLine) -> None:
    """Where it may not go again, and where it must."""
    leaves = [command.from_location_id] if command.from_location_id else [one.location_id for one in line.places]
    for place in dict.fromkeys([*leaves, *command.barred_location_ids]):
        if place != command.to_location_id:
            found.events.append(DeskEvent(len(found.events) + 1, "barred", command.quantity or 1, place))
    if command.to_location_id:
        found.events.append(DeskEvent(len(found.events) + 1, "assigned", command.quantity or 1, command.to_location_id))


def _take_back(found: Move, place: Place, units: int, landed: Sequence[DeskEvent]) -> None:
    """Units that their location was not told of: off its documents, as far as they are on any."""
    _give_back(found, place, units, landed)
    units -= min(units, place.qty_untold - sum(one.quantity for one in place.unsent))
    for document in place.unsent:
        cut = min(units, document.quantity)
        if cut:
            found.cuts.append((document.export_id, cut))
        units -= cut


def _give_back(found: Move, place: Place, units: int, landed: Sequence[DeskEvent]) -> None:
    if units:
        found.events.append(DeskEvent(_next_part(found, landed), "given_back", units, place.location_id))


def _ask(found: Move, case: Case, asked: Sequence[tuple[Place, int]], landed: Sequence[DeskEvent]) -> None:
    """Locations that were not asked yet, or for less."""
    recalled = {one.location_id for one in landed if one.event_type == "recalled"}
    for place, units in asked:
        if case.state == "asked" and case.asked.get(place.location_id) == units:
            continue
        if place.location_id not in recalled:
            found.events.append(DeskEvent(_next_part(found, landed), "recalled", units, place.location_id))
        told = f"{place.location_id} has {place.told_by} for {many(units)}: tell it, and say when it agrees"
        found.notes.append(Note("asked", told, units, place.location_id))


def _end(case: Case, wanted: int, taken: int, landed: Sequence[DeskEvent]) -> Note:
    """How a command ended of which nothing is left to do."""
    whole = case.command.quantity or 0
    done = whole - wanted + taken
    if not done and not any(one.event_type in ("cancelled", "given_back") for one in landed):
        return Note("lapsed", "its units had left or were no location's any more")
    what = "cancelled" if case.command.kind == CANCEL else "taken from their locations and decided anew"
    return Note("done", f"{done} of {whole} units {what}" if done < whole else f"{many(done)} {what}")


def _next_part(found: Move, landed: Sequence[DeskEvent]) -> int:
    return len(landed) + len(found.events) + 1
