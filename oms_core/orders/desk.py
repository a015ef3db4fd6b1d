"""What the order desk may do to an order line: commands, answers to them, and when one is refused.

Belongs here: the words in which lines and commands are spoken of, and checks over them as pure functions.
Does not belong here: what a run makes of a command (`desk_moves`), keeping them (`store.operations`), how events move a
line (`quantities` and dbt).

A unit on a document that its location has, or may have, is the location's: the desk asks it back, and it is reserved
there until the location answers or somebody says that it agreed. So nothing is shipped twice by a command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oms_core import words

HOLD, RELEASE, CANCEL, RESOURCE, EDIT = "hold", "release", "cancel", "resource", "edit"
#: What is said of a line, of a command before it, and what runs note of commands.
COMMANDS, ANSWERS, NOTES = (
    (HOLD, RELEASE, CANCEL, RESOURCE, EDIT),
    ("agree", "undo"),
    ("asked", "done", "lapsed", "undone"),
)
#: A case's state by the kind of its last row; what a command waits for until then is the next run.
STATES = {
    **dict.fromkeys(COMMANDS, "waiting"),
    "agree": "agreed",
    "undo": "undoing",
    "asked": "asked",
    "done": "done",
    "lapsed": "lapsed",
    "undone": "undone",
}
#: States in which a run looks at a case.
_OPEN_STATES = ("waiting", "asked", "agreed", "undoing")
#: What an edit may change of a line, in words.
_METHOD = "fulfilment_method"
EDITABLE = {
    _METHOD: "method",
    "ship_to_country": "country",
    "ship_to_region": "region",
    "qty_ordered": "quantity",
}
QUANTITY = "qty_ordered"
#: Methods that it may be changed between: whoever picks up goes to the place that the channel named.
SENT_METHODS = ("ship", "ship_from_store", "drop_ship")
_LONGEST_TEXT = 500
_MOST_UNITS = 1_000_000
#: Outbox states of a document that its location will never follow.
_GONE = ("void", "rejected")
#: Of a document that its location does not have yet.
_UNSENT = ("new", "held")


class CommandRefused(ValueError):  # noqa: N818 - reads as the sentence it is
    """Something that cannot be done to a line; the message says why, and what can."""


@dataclass(frozen=True, slots=True)
class OnDocument:
    """Units of a line on one document to its location; `state` is the outbox's."""

    export_id: str
    quantity: int
    state: str


@dataclass(frozen=True, slots=True)
class Place:
    """What one location is to ship of a line: reserved there, and the documents that told it so."""

    location_id: str
    quantity: int
    documents: tuple[OnDocument, ...] = ()

    @property
    def qty_told(self) -> int:
        """Units that the location has, or may have, a document for."""
        return min(sum(one.quantity for one in self._told), self.quantity)

    @property
    def qty_untold(self) -> int:
        """Units that it knows nothing of yet: they can be taken back without asking."""
        return self.quantity - self.qty_told

    @property
    def told_by(self) -> str:
        """The documents that it has, in words."""
        return f"document{'s' if len(self._told) != 1 else ''} {', '.join(one.export_id[:12] for one in self._told)}"

    @property
    def unsent(self) -> list[OnDocument]:
        """Documents that it does not have yet."""
        return [one for one in self.documents if one.state in _UNSENT]

    @property
    def _told(self) -> list[OnDocument]:
        return [one for one in self.documents if one.state not in (*_GONE, *_UNSENT)]


@dataclass(frozen=True, slots=True)
class DeskLine:
    """An order line as published; quantities in base units. `is_known_sku`: whether the product feed describes it."""

    order_line_id: str
    order_id: str
    channel_id: str
    order_ref: str
    line_ref: str
    sku: str
    line_state: str
    qty_ordered: int
    qty_fulfilled: int
    qty_cancelled: int
    is_known_sku: bool = True
    fulfilment_method: str = "ship"
    ship_to_country: str | None = None
    ship_to_region: str | None = None
    places: tuple[Place, ...] = ()

    @property
    def qty_left(self) -> int:
        """Neither gone nor cancelled."""
        return self.qty_ordered - self.qty_fulfilled - self.qty_cancelled

    @property
    def qty_placed(self) -> int:
        """Reserved at locations."""
        return sum(place.quantity for place in self.places)

    @property
    def before(self) -> dict[str, Any]:
        """What a command finds, for its record."""
        return {
            "line_state": self.line_state,
            **{name: getattr(self, name) for name in (*EDITABLE, "qty_fulfilled", "qty_cancelled")},
            "reserved": {place.location_id: place.quantity for place in self.places},
        }


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants of a line. `quantity` None: all of it. `changes`: what an edit makes of EDITABLE's columns.
    The rest is for taking it to another location."""

    kind: str
    line: DeskLine
    quantity: int | None = None
    from_location_id: str | None = None
    to_location_id: str | None = None
    barred_location_ids: tuple[str, ...] = ()
    changes: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the order desk's book: a command, an answer to one (`about_number`), or what a run noted of one."""

    command_number: int
    kind: str
    about_number: int | None
    order_line_id: str
    order_id: str
    channel_id: str
    order_ref: str
    line_ref: str
    sku: str
    quantity: int | None
    from_location_id: str | None
    to_location_id: str | None
    barred_location_ids: tuple[str, ...]
    author: str
    reason: str
    given_at: datetime
    before: Mapping[str, Any] | None
    changes: Mapping[str, str | int] | None = None

    @property
    def name(self) -> str:
        """The command in words."""
        verb = "re-source" if self.kind == RESOURCE else self.kind
        units = "" if self.quantity is None else f" {many(self.quantity)} of"
        to = f" to {self.to_location_id}" if self.to_location_id else ""
        what = f": {in_words(self.changes)}" if self.changes else ""
        return f"{verb}{units} {self.sku}, line {self.line_ref} of {self.order_ref}{to}{what}"


@dataclass(frozen=True, slots=True)
class Case:
    """A command with everything that was said and noted of it since, in order."""

    command: Command
    since: tuple[Command, ...] = ()

    @property
    def state(self) -> str:
        """One of STATES' values."""
        return STATES[self.since[-1].kind if self.since else self.command.kind]

    @property
    def is_open(self) -> bool:
        """Whether the next run looks at it."""
        return self.state in _OPEN_STATES

    @property
    def asked(self) -> dict[str, int]:
        """Units that locations were last asked to give back."""
        return {one.from_location_id or "": one.quantity or 0 for one in self.since if one.kind == "asked"}

    @property
    def told(self) -> str:
        """Where it stands, for people."""
        last = self.since[-1] if self.since else self.command
        who = f"by {self.command.author}, {self.command.given_at:%Y-%m-%d %H:%M} UTC: {self.command.reason}"
        if self.state in ("waiting", "agreed", "undoing"):
            word = {"waiting": "waits", "agreed": f"{last.author} says that it is agreed, waits"}
            return f"{word.get(self.state, f'taken back by {last.author}, waits')} for the next run; {who}"
        return f"{self.state}: {last.reason}; {who}"


def in_words(changes: Mapping[str, str | int]) -> str:
    """What is changed to what."""
    told = {name: words.told(str(value)) if name == _METHOD else value for name, value in sorted(changes.items())}
    return ", ".join(f"{EDITABLE[name]} to {value}" for name, value in told.items())


def many(quantity: int) -> str:
    """So many units, in words."""
    return words.counted(quantity, "unit")


def check_texts(author: str, reason: str) -> None:
    """Raises CommandRefused where nobody commands, nobody says why, or a text is too long to be one."""
    if not author.strip():
        raise CommandRefused("say who asks for it")
    if not reason.strip():
        raise CommandRefused("say why: it is what a colleague, and the customer, will ask for")
    if max(len(author), len(reason)) > _LONGEST_TEXT:
        raise CommandRefused(f"a name or a reason has {_LONGEST_TEXT} characters at most")


def checked(ask: Ask, cases: Iterable[Case]) -> Ask:
    """The command with its quantity. Raises CommandRefused, saying what stands against it.

    `cases`: what was commanded of the line so far.
    """
    line, still = ask.line, [case for case in cases if case.is_open]
    if line.qty_left == 0:
        raise CommandRefused(f"nothing is left of it: {line.qty_fulfilled} shipped, {line.qty_cancelled} cancelled")
    for case in still:
        if case.state == "waiting" and {ask.kind, case.command.kind} <= {HOLD, RELEASE}:
            raise CommandRefused(
                f"a {case.command.kind} (number {case.command.command_number}) waits for the next run: take that back"
            )
    if ask.kind == HOLD and line.line_state == "held" and line.is_known_sku:
        raise CommandRefused("it is held already")
    if ask.kind == RELEASE:
        _check_release(line)
    if ask.kind == EDIT:
        _check_edit(ask)
    return _with_quantity(ask, still)


def _check_release(line: DeskLine) -> None:
    if line.line_state != "held":
        raise CommandRefused(f"it is not held, but {line.line_state}")
    if not line.is_known_sku:
        raise CommandRefused(f"no product describes {line.sku}: it is decided once the product feed does")


def _check_edit(ask: Ask) -> None:
    line, changes = ask.line, ask.changes
    if not changes or changes.keys() - EDITABLE.keys():
        raise CommandRefused(f"say what to change: {', '.join(EDITABLE.values())}")
    same = [EDITABLE[name] for name, value in changes.items() if getattr(line, name) == value]
    if same:
        raise CommandRefused(f"its {' and '.join(same)} is that already")
    if _METHOD in changes and not {changes[_METHOD], line.fulfilment_method} <= {*SENT_METHODS}:
        methods = ", ".join(map(words.told, SENT_METHODS))
        raise CommandRefused(f"a method is changed between {methods}; it is {words.told(line.fulfilment_method)}")
    if QUANTITY in changes and not 1 <= int(changes[QUANTITY]) <= _MOST_UNITS:
        raise CommandRefused(f"a quantity is 1 to {_MOST_UNITS:,}; to want none of it is to cancel it")
    if against := stands_against(line, changes):
        raise CommandRefused(against)


def stands_against(line: DeskLine, changes: Mapping[str, str | int]) -> str | None:
    """Why an edit cannot be made of the line as it stands: what its locations know of it, what is gone; else None."""
    told = [place for place in line.places if place.qty_told]
    names = ", ".join(f"{place.location_id} ({place.told_by})" for place in told)
    if told and changes.keys() - {QUANTITY}:
        return f"it is with {names} as it was: cancel it, or take it elsewhere first"
    least = line.qty_fulfilled + line.qty_cancelled + sum(place.qty_told for place in told)
    if int(changes.get(QUANTITY, least)) >= least:
        return None
    known = [f"{line.qty_fulfilled} are shipped" if line.qty_fulfilled else ""]
    known += [f"{line.qty_cancelled} cancelled" if line.qty_cancelled else ""]
    known += [f"{place.qty_told} with {place.location_id} ({place.told_by})" for place in told]
    asked = ": cancel units, so that it is asked for them" if told else ""
    return f"its quantity can be no less than {least}, as {', '.join(filter(None, known))}{asked}"


def _with_quantity(ask: Ask, still: Sequence[Case]) -> Ask:
    if ask.kind in (HOLD, RELEASE, EDIT):
        if ask.quantity is not None:
            raise CommandRefused(f"{'an' if ask.kind == EDIT else 'a'} {ask.kind} is of the whole line")
        return ask
    same = sum(case.command.quantity or 0 for case in still if case.command.kind == ask.kind)
    if ask.kind == CANCEL:
        most, what = ask.line.qty_left - same, "left to cancel"
    else:
        _check_places(ask)
        placed = [one for one in ask.line.places if ask.from_location_id in (None, one.location_id)]
        most, what = sum(one.quantity for one in placed) - same, "allocated to take elsewhere"
    if most < 1:
        waits = f"; {same} are commanded already" if same else ""
        raise CommandRefused(f"it has no units {what}{waits}")
    quantity = most if ask.quantity is None else ask.quantity
    if not 1 <= quantity <= most:
        raise CommandRefused(f"it has {many(most)} {what}, not {quantity}")
    return Ask(ask.kind, ask.line, quantity, ask.from_location_id, ask.to_location_id, ask.barred_location_ids)


def _check_places(ask: Ask) -> None:
    if ask.to_location_id and ask.to_location_id in (ask.from_location_id, *ask.barred_location_ids):
        raise CommandRefused(f"it cannot both go to {ask.to_location_id} and not go there")
    if ask.from_location_id and ask.from_location_id not in {place.location_id for place in ask.line.places}:
        raise CommandRefused(f"{ask.from_location_id} is not to ship any of it")


def answerable(case: Case, kind: str) -> Case:
    """The case. Raises CommandRefused where nobody was asked, or there is nothing to take back."""
    if kind == "agree" and case.state != "asked":
        raise CommandRefused(f"no location was asked for it: {case.told}")
    if kind == "undo" and case.state in ("undoing", "undone", "lapsed"):
        raise CommandRefused(f"there is nothing to take back: {case.told}")
    return case


def foresee(ask: Ask) -> list[str]:
    """What will come of a command with the next run, in sentences, for whoever is about to give it."""
    line = ask.line
    if ask.kind == RELEASE:
        return ["The next run decides it."]
    if ask.kind == EDIT:
        return [_foresee_edit(line, ask.changes)]
    told = [place for place in line.places if place.qty_told]
    untold = sum(place.qty_untold for place in line.places)
    if ask.kind == HOLD:
        said = [f"The next run holds {many(line.qty_left)}; nothing of it is allocated until it is released."]
        if untold:
            said.append(f"{many(untold)} taken back before any location is told.")
        return said + [
            f"{one.location_id} has {one.told_by} for {many(one.qty_told)} and will ship them: tell it." for one in told
        ]
    quantity = ask.quantity or 0
    at_once = quantity if ask.kind == CANCEL else 0
    at_once = min(at_once, line.qty_left - line.qty_placed)
    at_once += min(quantity - at_once, untold)
    verb = "cancels" if ask.kind == CANCEL else "takes back and decides anew"
    said = [f"The next run {verb} {many(at_once)}."] if at_once else []
    if at_once < quantity:
        names = ", ".join(f"{one.location_id} ({one.told_by})" for one in told)
        said.append(
            f"With {names}: {many(quantity - at_once)}. Tell it: they stay reserved there until it answers, "
            "or you say that it agreed."
        )
    return said


def _foresee_edit(line: DeskLine, changes: Mapping[str, str | int]) -> str:
    more = int(changes.get(QUANTITY, line.qty_ordered)) - line.qty_ordered
    if changes.keys() != {QUANTITY}:
        then = f"decides {many(line.qty_left + more)} anew"
    elif more > 0:
        then = f"decides {many(more)} more"
    else:
        back = max(line.qty_placed - line.qty_left - more, 0)
        then = f"takes {many(back)} back" if back else f"{many(-more)} wait no more"
    return f"The next run changes its {in_words(changes)}, and {then}."
