"""A trading partner that answers our X12: a warehouse its 940s and 943s, a supplier its 850s, with habits good and bad.

Belongs here: what such a partner sends back, and after how many days. Does not belong here: where it reads and writes
(`pipelines.reception.trading`), what we make of it (`feeds.x12`).

What becomes of a document follows from the partner's seed and the document's own numbers: asked again, it says the
same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from oms_core.feeds.x12.envelope import Group, Interchange, Segment, Transaction
from oms_core.feeds.x12.writing import Parties, write_interchange

#: Code (SCAC) of the carrier that takes its parcels.
_CARRIER = "PRCL"
#: The partner's control numbers for one interchange of ours: ten of its own.
_NUMBERS = 10


@dataclass(frozen=True)
class Habits:
    """How often, from 0 to 1, the partner does what it should not.

    rejected   refuses a whole interchange; silent: never answers one, and ships nothing
    refused    refuses an order of one that it takes
    short      ships one unit less of a line than it was asked for, or has received one less than was announced; of an
               order for our own stock it says so when it promises it
    late       ships a day later, and promises our own stock for a week later
    doubled    tells of its shipments twice, in two interchanges
    shuffled   tells of shipments in files that are read before its acknowledgement
    """

    rejected: float = 0.0
    refused: float = 0.0
    silent: float = 0.0
    short: float = 0.0
    late: float = 0.0
    doubled: float = 0.0
    shuffled: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A file of the partner's. `after_days`: when it comes, counted from our document's day."""

    after_days: int
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line that we asked for. `wanted`: by which day, of an order for our own stock."""

    line_ref: str
    sku: str
    quantity: int
    wanted: date | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """An order that we asked for, from a 940 or an 850."""

    kind: str
    order_ref: str
    channel_id: str
    lines: tuple[_Asked, ...]
    ship_to: Segment | None = None


def replies(interchange: Interchange, habits: Habits) -> list[Reply]:
    """All that the partner ever says to an interchange of ours. Nothing to what is neither 940s, 850s nor 943s."""
    return list(_Partner(interchange, habits).replies())


class _Partner:
    def __init__(self, interchange: Interchange, habits: Habits) -> None:
        self._ours, self._habits = interchange, habits
        self._number = int(interchange.control)
        self._parties = Parties(interchange.receiver, interchange.sender, interchange.header[15] == "T")

    def replies(self) -> Iterator[Reply]:
        groups = [group for group in self._ours.groups if group.kind in ("OW", "PO", "AR")]
        if not groups or self._does("silent"):
            return
        is_rejected, days = self._does("rejected"), 1 + int(self._does("late"))
        first = "z" if self._does("shuffled") else "b"
        yield self._reply(1, 1, f"{first}-997", "FA", [("997", self._verdict(group, is_rejected)) for group in groups])
        if is_rejected:
            return
        for group in groups:
            taken = [one for one in group.transactions if not self._refuses(one)]
            if not taken:
                continue
            if group.kind == "AR":
                received = [("944", list(self._receive(one, days))) for one in taken]
                yield self._reply(3, days, "d-received", "RE", received)
                if self._does("doubled"):
                    yield self._reply(4, days, "e-received-again", "RE", received)
                continue
            orders = [_order(transaction) for transaction in taken]
            if group.kind == "PO":
                promised = [("855", list(self._promise(order))) for order in orders]
                yield self._reply(2, 1, "c-855", "PR", promised)
            shipped = [(_ANSWERS[order.kind], list(self._ship(order, days))) for order in orders]
            kind = "SH" if group.kind == "PO" else "SW"
            yield self._reply(3, days, "d-shipped", kind, shipped)
            if self._does("doubled"):
                yield self._reply(4, days, "e-shipped-again", kind, shipped)

    def _reply(
        self, place: int, days: int, name: str, kind: str, documents: Sequence[tuple[str, list[Segment]]]
    ) -> Reply:
        at = self._at(days)
        version = self._ours.groups[0].version
        control = self._number * _NUMBERS + place
        data = write_interchange(self._parties, version, control, at, kind, documents)
        return Reply(days, f"{name}_{self._number}_{at:%Y-%m-%d}.edi", data)

    def _at(self, days: int) -> datetime:
        return self._ours.sent_at + timedelta(days=days)

    def _promise(self, order: _Order) -> Iterator[Segment]:
        said_on = f"{self._at(1):%Y%m%d}"
        yield "BAK", "00", "AD", order.order_ref, said_on, "", "", "", "", said_on
        yield "REF", "ZZ", order.channel_id
        for number, line in enumerate(order.lines, start=1):
            yield "PO1", str(number), str(line.quantity), "EA", "", "", "VN", line.sku
            if line.wanted is None:
                yield "ACK", "IA", str(line.quantity), "EA"
            else:
                units = self._sent(order, line)
                code = "IQ" if units < line.quantity else "DR" if self._does("late") else "IA"
                yield "ACK", code, str(units), "EA", "067", f"{self._due(line.wanted):%Y%m%d}"
            yield "REF", "LI", line.line_ref
        yield "CTT", str(len(order.lines))

    def _ship(self, order: _Order, days: int) -> Iterator[Segment]:
        day, ref = f"{self._at(days):%Y%m%d}", f"SH{self._number}-{order.order_ref}"[:30]
        yield from _HEADS[order.kind](order, day, ref)
        for number, line in enumerate(order.lines, start=1):
            yield from _LINES[order.kind](number, line, self._sent(order, line))
            if line.wanted is not None:
                yield "DTM", "017", f"{self._due(line.wanted):%Y%m%d}"
        yield _TAILS[order.kind](order)

    def _sent(self, order: _Order, line: _Asked) -> int:
        return line.quantity - int(self._does("short", order.order_ref, line.line_ref))

    def _due(self, wanted: date) -> date:
        """The day on which goods of an order for our own stock are to be there."""
        return wanted + timedelta(days=7 * int(self._does("late")))

    def _receive(self, notice: Transaction, days: int) -> Iterator[Segment]:
        _, _, order_ref, _, number = notice.segments[0]
        yield "W17", "F", f"{self._at(days):%Y%m%d}", f"RC{self._number}", order_ref, number
        yield from (one for one in notice.segments if one[0] == "N1")
        total = 0
        for line in (one for one in notice.segments if one[0] == "W04"):
            came = int(line[1]) - int(self._does("short", order_ref, line[5]))
            total += came
            if came:
                yield "W07", str(came), "EA", "", "VN", line[5]
        yield "W14", str(total)

    def _refuses(self, document: Transaction) -> bool:
        return self._does("refused", document.control)

    def _verdict(self, group: Group, is_rejected: bool) -> list[Segment]:
        """Only what is refused is named, as the standard allows."""
        refused = [] if is_rejected else [one for one in group.transactions if self._refuses(one)]
        named = [segment for one in refused for segment in (("AK2", one.kind, one.control), ("AK5", "R", "5"))]
        received = len(group.transactions)
        taken = 0 if is_rejected else received - len(refused)
        verdict = "A" if taken == received else "P" if taken else "R"
        return [("AK1", group.kind, group.control), *named, ("AK9", verdict, *map(str, (received, received, taken)))]

    def _does(self, habit: str, *about: str) -> bool:
        share: float = getattr(self._habits, habit)
        key = "|".join((str(self._habits.seed), habit, str(self._number), *about))
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64 < share


def _order(transaction: Transaction) -> _Order:
    segments = transaction.segments
    refs = {segment[1]: segment[2] for segment in segments if segment[0] in ("N9", "REF") and segment[1] != "LI"}
    lines: list[_Asked] = []
    for place, segment in enumerate(segments):
        if segment[0] in ("W01", "PO1"):
            units, sku = (segment[1], segment[5]) if segment[0] == "W01" else (segment[2], segment[7])
            named = next(one for one in segments[place:] if one[0] in ("N9", "REF") and one[1] == "LI")
            lines.append(_Asked(named[2], sku, int(units), _wanted(segments[place + 1 :])))
    order_ref = segments[0][2] if transaction.kind == "940" else segments[0][3]
    ship_to = next((one for one in segments if one[:2] == ("N1", "ST")), None)
    return _Order(transaction.kind, order_ref, refs["ZZ"], tuple(lines), ship_to)


def _wanted(after: Sequence[Segment]) -> date | None:
    """The day (DTM 002) of the line that a segment opened, if it has one."""
    own = takewhile(lambda one: one[0] not in ("W01", "PO1"), after)
    told = next((one[2] for one in own if one[:2] == ("DTM", "002")), None)
    return datetime.strptime(told, "%Y%m%d").date() if told else None  # noqa: DTZ007 - a day has no zone


def _head_945(order: _Order, day: str, ref: str) -> Iterator[Segment]:
    yield "W06", "F", order.order_ref, day, ref
    if order.ship_to is not None:
        yield order.ship_to
    yield "N9", "ZZ", order.channel_id
    yield "N9", "2I", f"{_CARRIER}{ref}"
    yield "W27", "M", _CARRIER


def _line_945(number: int, line: _Asked, sent: int) -> Iterator[Segment]:
    yield "LX", str(number)
    missing = line.quantity - sent
    status = "BP" if missing else "CC"
    yield "W12", status, str(line.quantity), str(sent), str(missing), "EA", "", "VN", line.sku
    yield "N9", "LI", line.line_ref


def _head_856(order: _Order, day: str, ref: str) -> Iterator[Segment]:
    yield "BSN", "00", ref, day, "1200"
    yield "HL", "1", "", "S"
    yield "TD5", "B", "2", _CARRIER
    yield "REF", "2I", f"{_CARRIER}{ref}"
    yield "HL", "2", "1", "O"
    yield "PRF", order.order_ref
    yield "REF", "ZZ", order.channel_id


def _line_856(number: int, line: _Asked, sent: int) -> Iterator[Segment]:
    yield "HL", str(number + 2), "2", "I"
    yield "LIN", str(number), "VN", line.sku
    yield "SN1", str(number), str(sent), "EA", "", str(line.quantity), "EA"
    yield "REF", "LI", line.line_ref


def _tail_945(order: _Order) -> Segment:
    return "W03", str(sum(line.quantity for line in order.lines))


def _tail_856(order: _Order) -> Segment:
    return "CTT", str(len(order.lines) + 2)


_ANSWERS = {"940": "945", "850": "856"}
_HEADS = {"940": _head_945, "850": _head_856}
_LINES = {"940": _line_945, "850": _line_856}
_TAILS = {"940": _tail_945, "850": _tail_856}
