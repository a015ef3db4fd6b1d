"""Answering partners' X12: for every file that came, a 997 or a TA1 for each of its interchanges.

Belongs here: which files are still to be answered, what was taken of each, and that each is answered once. Does not
belong here: what the answer says (`oms_core.feeds.x12`), the way to the partner (`delivering`).

Our documents are numbered from 1 for each partner; numbers of answers begin so high that documents never reach them. A
file's numbers are noted before its answers go, so that an answer that goes again is the same to the byte. A copy of a
home leaves out as many as it does of documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from oms_core.feeds import load_definitions
from oms_core.feeds.x12.answers import answer_to
from oms_core.feeds.x12.envelope import Interchange, read_interchanges
from oms_core.feeds.x12.verdicts import of_landed, of_refused
from oms_core.feeds.x12.writing import Parties
from oms_core.fulfilment.delivery.transport import DeliveryError, OutgoingFile, Transport
from oms_core.store.operations import OperationsStore, State
from oms_core.store.operations.outbox import COPIED, NUMBERS_LEFT_OUT
from pipelines.fulfilment.delivering import transport_of
from pipelines.home import Home, wall_clock
from pipelines.log import Log
from pipelines.reception.originals import HASH_LETTERS

_FIRST_CONTROL = 500_000_001
_NUMBERED, _ANSWERED, _FAILED = "interchange.numbered", "interchange.answered", "interchange.not_answered"


@dataclass(frozen=True)
class _Received:
    """A file as it came. `set_aside`: where its quarantined records are listed (no such file: none were); None where
    nothing of it was taken."""

    feed: str
    path: Path
    set_aside: Path | None

    @property
    def prefix(self) -> str:
        return self.path.name[:HASH_LETTERS]

    @property
    def subject(self) -> str:
        return f"received:{self.feed}/{self.prefix}"

    def answers(self, first: int, known: Parties | None) -> list[bytes]:
        """Our answers to the file, numbered from `first`. None to a file that holds answers only, that is not X12, or
        that names no sender, unless its partner's profile does (`known`).

        An answer bears the hour of what it answers: the same file has the same answer, whenever it is written.
        """
        try:
            return [
                answer_to(one, number, one.sent_at, known)
                for number, one in enumerate(self._interchanges(), start=first)
            ]
        except ValueError:
            # The feed holds such a file and says why; there is nobody to tell, or nothing to tell him by.
            return []

    def _interchanges(self) -> Iterator[Interchange]:
        found = read_interchanges(self.path.read_bytes())
        if self.set_aside is None:
            return of_refused(found)
        is_noted = self.set_aside.exists()
        return of_landed(found, set(pq.read_table(self.set_aside)["row_number"].to_pylist()) if is_noted else ())


def answer_partners(home: Home, store: OperationsStore) -> int:
    """Send an answer to every interchange that has none yet to its partner; the number sent.

    It says what was taken: nothing of a file that is held, or was discarded. A partner that cannot be reached is
    answered by a later run, with the same bytes; the audit trail says why. A mere copy of a home answers nobody.
    """
    if home.is_mere_copy:
        return 0
    answering = _Answering(home, store)
    for definition in load_definitions(home.feeds).values():
        if definition.format == "x12":
            answering.answer(definition.feed, definition.constants["partner_id"])
    return answering.sent


class _Answering:
    """What is answered in one go: the control numbers given so far, by file, and how many answers were sent."""

    def __init__(self, home: Home, store: OperationsStore) -> None:
        self._home, self._store, self._log, self._partners = home, store, Log(home.landing), home.partners
        self._answered, self._numbered = _numbers(store, _ANSWERED), _numbers(store, _NUMBERED, _ANSWERED)
        self.sent = 0

    def answer(self, feed: str, partner_id: str) -> None:
        """Answer the files of a partner's feed that have no answer yet, as far as he can be reached."""
        partner = self._partners.of(partner_id)
        known = partner.x12.parties if partner.x12 else None
        try:
            with closing(transport_of(self._home, partner_id, partner)) as transport:
                for file in _files(self._home, self._log, feed):
                    if file.subject not in self._answered:
                        self._send(transport, file, partner_id, known)
        except DeliveryError as error:
            self._store.trail.note(_FAILED, f"partner:{partner_id}", wall_clock(), {"reason": str(error)})

    def _send(self, transport: Transport, file: _Received, partner_id: str, known: Parties | None) -> None:
        first = self._first_number(file)
        answers = file.answers(first, known)
        numbers = list(range(first, first + len(answers)))
        noted: State = {"partner_id": partner_id, "control_numbers": numbers}
        if file.subject not in self._numbered:
            self._store.trail.note(_NUMBERED, file.subject, wall_clock(), noted)
            self._numbered[file.subject] = numbers
        for place, answer in enumerate(answers, start=1):
            outgoing = OutgoingFile(f"answer-{file.prefix}-{place}.x12", answer)
            transport.prepare(outgoing)
            transport.commit(outgoing)
        self._store.trail.note(_ANSWERED, file.subject, wall_clock(), noted)
        # The same bytes may have come under two names.
        self._answered[file.subject] = self._numbered[file.subject]
        self.sent += len(answers)

    def _first_number(self, file: _Received) -> int:
        """The control number of the file's first answer: the one that it was given, else the next."""
        if given := self._numbered.get(file.subject):
            return given[0]
        left_out = NUMBERS_LEFT_OUT * len(self._store.trail.of_action(COPIED))
        return _FIRST_CONTROL + left_out + sum(len(numbers) for numbers in self._numbered.values())


def _numbers(store: OperationsStore, *actions: str) -> dict[str, list[int]]:
    """The control numbers of answers, by file."""
    return {
        act.subject: (act.after or {})["control_numbers"] for action in actions for act in store.trail.of_action(action)
    }


def _files(home: Home, log: Log, feed: str) -> Iterator[_Received]:
    """Files of a feed as they came: those that were put away, and those that stop it."""
    folder = home.quarantine / feed
    landed = {unit.file_sha256[:HASH_LETTERS]: unit.file_sha256 for unit in log.units if unit.feed == feed}
    for path in sorted((home.received / feed).glob("*")):
        digest = landed.get(path.name[:HASH_LETTERS])
        yield _Received(feed, path, folder / f"{digest}.parquet" if digest else None)
    for path in sorted((folder / "held").glob("*.data")):
        yield _Received(feed, path, None)
