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
from oms_core.feeds.x12.envelope import read_interchanges
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
    answered = store.acts(_ACT)
    subjects = {act.subject for act in answered}
    number = _FIRST_CONTROL + sum(len((act.after or {})["control_numbers"]) for act in answered)
    first = number
    for definition in load_definitions(home.feeds).values():
        if definition.format != "x12":
            continue
        partner_id = definition.constants["partner_id"]
        for path in _files(home, definition.feed):
            subject = f"received:{definition.feed}/{path.name[:16]}"
            if subject in subjects:
                continue
            answers = _answers(path, number)
            for place, answer in enumerate(answers, start=1):
                name = f"answer-{path.name[:16]}-{place}.x12"
                write_atomically(home.outbox / safe_name(partner_id), name, answer)
            numbers = list(range(number, number + len(answers)))
            store.note(_ACT, subject, wall_clock(), {"partner_id": partner_id, "control_numbers": numbers})
            number += len(answers)
    return number - first


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
