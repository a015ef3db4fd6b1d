"""Our answers to partners' X12: for every file that came, a 997 for what its groups held or a TA1 for a bad envelope.

Belongs here: which files are still to be answered, and that each is answered once. Does not belong here: what the
answer says (`oms_core.feeds.x12.answers`), the way to the partner (`delivering`).

Control numbers of answers begin where those of documents, which count from 1 a partner, will not come. A file's numbers
are noted before its answers go, so that an answer that goes again is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from oms_core.feeds import load_definitions
from oms_core.feeds.x12.answers import answer_to
from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.fulfilment.delivery.transport import DeliveryError, OutgoingFile, Transport
from oms_core.store.operations import OperationsStore, State
from pipelines.fulfilment.delivering import transport_of
from pipelines.home import Home, wall_clock

_FIRST_CONTROL = 500_000_001
_NUMBERED, _ANSWERED, _FAILED = "interchange.numbered", "interchange.answered", "interchange.not_answered"


def answer_partners(home: Home, store: OperationsStore) -> int:
    """Send an answer to every interchange that has none yet to its partner; the number sent.

    A partner that cannot be reached is answered by a later run, with the same bytes; the audit trail says why.
    """
    partners, sent = home.partners, 0
    answered, numbered = _numbers(store, _ANSWERED), _numbers(store, _NUMBERED, _ANSWERED)
    for definition in load_definitions(home.feeds).values():
        if definition.format != "x12":
            continue
        partner_id = definition.constants["partner_id"]
        try:
            with closing(transport_of(home, partner_id, partners.of(partner_id))) as transport:
                for path in _files(home, definition.feed):
                    subject = f"received:{definition.feed}/{path.name[:16]}"
                    if subject not in answered:
                        sent += _answer(transport, path, subject, partner_id, numbered, store)
        except DeliveryError as error:
            store.note(_FAILED, f"partner:{partner_id}", wall_clock(), {"reason": str(error)})
    return sent


def _answer(
    transport: Transport,
    path: Path,
    subject: str,
    partner_id: str,
    numbered: dict[str, list[int]],
    store: OperationsStore,
) -> int:
    """Send a file's answers; their number. `numbered`: the control numbers given so far, by file."""
    first = _FIRST_CONTROL + sum(len(numbers) for numbers in numbered.values())
    if numbered.get(subject):
        first = numbered[subject][0]
    answers = _answers(path, first)
    noted: State = {"partner_id": partner_id, "control_numbers": list(range(first, first + len(answers)))}
    if subject not in numbered:
        store.note(_NUMBERED, subject, wall_clock(), noted)
        numbered[subject] = list(range(first, first + len(answers)))
    for place, answer in enumerate(answers, start=1):
        file = OutgoingFile(f"answer-{path.name[:16]}-{place}.x12", answer)
        transport.prepare(file)
        transport.commit(file)
    store.note(_ANSWERED, subject, wall_clock(), noted)
    return len(answers)


def _numbers(store: OperationsStore, *actions: str) -> dict[str, list[int]]:
    """The control numbers of answers, by file."""
    return {act.subject: (act.after or {})["control_numbers"] for action in actions for act in store.acts(action)}


def _files(home: Home, feed: str) -> Iterator[Path]:
    """Files of a feed as they came: those that were taken in, and those that stop it."""
    yield from sorted((home.received / feed).glob("*"))
    yield from sorted((home.quarantine / feed / "held").glob("*.data"))


def _answers(path: Path, first: int) -> list[bytes]:
    """The answers to a file, numbered from `first`: none to answers, none to what is no X12 or names no sender.

    An answer bears the hour of what it answers: the same file has the same answer, whenever it is written.
    """
    try:
        found = read_interchanges(path.read_bytes())
        asking = [one for one in found if one.errors or any(group.kind != "FA" for group in one.groups)]
        return [answer_to(one, number, one.sent_at) for number, one in enumerate(asking, start=first)]
    except ValueError:
        # The feed holds such a file and says why; there is nobody to tell, or nothing to tell him by.
        return []
