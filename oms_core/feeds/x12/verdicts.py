"""What became of a partner's interchanges, so that our answers say what was taken, and nothing else.

Belongs here: marking what was refused with the codes of the standard. Does not belong here: what is wrong with an
envelope in itself (`envelope`), what an answer looks like (`answers`), which files landed (`pipelines`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count

from oms_core.feeds.x12.documents import KINDS
from oms_core.feeds.x12.envelope import Interchange, Transaction

#: TA1 (X12 I18): content that cannot be used. AK5 (X12 718): a kind that is not supported; segments in error.
_CONTENT, _NOT_SUPPORTED, _IN_ERROR = "024", "1", "5"
_ANSWERS = "FA"


def of_landed(interchanges: Sequence[Interchange], set_aside: Collection[int]) -> Iterator[Interchange]:
    """Those of a file that landed which want an answer, each once, with an error at every document that was set aside.

    `set_aside`: numbers of records, which count from 1 through the file as `reading` counts them.
    """
    records, seen = count(1), set()
    for one in interchanges:
        numbers = [next(records) for _ in range(one.record_count)][len(one.acknowledgements) :]
        refused = iter([number in set_aside for number in numbers])
        groups = [
            replace(group, transactions=tuple(_judged(document, next(refused)) for document in group.transactions))
            for group in one.groups
        ]
        if _wants_answer(one) and one not in seen:
            yield replace(one, groups=tuple(groups))
        seen.add(one)


def of_refused(interchanges: Sequence[Interchange]) -> Iterator[Interchange]:
    """Those of a file of which nothing was taken, with an error also where one is right in itself."""
    for one in dict.fromkeys(interchanges):
        if _wants_answer(one):
            is_wrong = one.errors or any(group.errors for group in one.groups)
            yield one if is_wrong else replace(one, errors=(_CONTENT,))


def _judged(document: Transaction, is_set_aside: bool) -> Transaction:
    if document.errors or not is_set_aside:
        return document
    return replace(document, errors=(_IN_ERROR if document.kind in KINDS else _NOT_SUPPORTED,))


def _wants_answer(interchange: Interchange) -> bool:
    """Answers are not answered, unless they are none."""
    return bool(interchange.errors) or any(group.kind != _ANSWERS for group in interchange.groups)
