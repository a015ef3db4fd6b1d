"""Our answers to partners' X12: for every file that came, a 997 for what its groups held or a TA1 for a bad envelope.

Belongs here: which files are still to be answered, and that each is answered once. Does not belong here: what the
answer says (`oms_core.feeds.x12.answers`).

Control numbers of answers begin where those of documents, which count from 1 a partner, will not come.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oms_core.feeds import load_definitions
from oms_core.feeds.x12.answers import answer_to
from oms_core.feeds.x12.envelope import Interchange, NotX12Error, read_interchanges
from oms_core.fulfilment.files import safe_name, write_atomically
from oms_core.store.operations import OperationsStore
from pipelines.home import Home, wall_clock

_FIRST_CONTROL = 500_000_001
_ACT = "interchange.answered"


def answer_partners(home: Home, store: OperationsStore) -> int:
    """Write an answer to every interchange that has none yet into its partner's folder; the number written.

    A file is answered once however often this is called: the answer's name and number follow from what was answered
    before, and the audit trail remembers it last.
    """
    written = 0
    for definition in load_definitions(home.feeds).values():
        if definition.format != "x12":
            continue
        partner_id = definition.constants["partner_id"]
        for path in _files(home, definition.feed):
            subject = f"received:{definition.feed}/{path.name[:16]}"
            if store.audit_trail(subject, limit=1):
                continue
            numbers = []
            for place, interchange in enumerate(_to_answer(path), start=1):
                number = _FIRST_CONTROL + store.count_acts(_ACT) + place - 1
                name = f"answer-{path.name[:16]}-{place}.x12"
                write_atomically(home.outbox / safe_name(partner_id), name, _answer(interchange, number))
                numbers.append(number)
            store.note(_ACT, subject, wall_clock(), {"partner_id": partner_id, "control_numbers": numbers})
            written += len(numbers)
    return written


def _files(home: Home, feed: str) -> Iterator[Path]:
    """Files of a feed as they came: those that were taken in, and those that stop it."""
    yield from sorted((home.received / feed).glob("*"))
    yield from sorted((home.quarantine / feed / "held").glob("*.data"))


def _to_answer(path: Path) -> list[Interchange]:
    """What asks for an answer: an answer is never answered, and what is no X12 has no sender."""
    try:
        found = read_interchanges(path.read_bytes())
    except NotX12Error:
        return []
    return [one for one in found if one.errors or any(group.kind != "FA" for group in one.groups)]


def _answer(interchange: Interchange, number: int) -> bytes:
    # The partner's own hour: the same file has the same answer, whenever it is written.
    return answer_to(interchange, number, interchange.sent_at)
