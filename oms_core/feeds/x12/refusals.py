"""What X12's error codes say, in words: partners refuse our documents by number.

Belongs here: the codes of TA1, AK3, AK4, AK5 and AK9, and how a segment of them reads. A code that is not listed stays
a number. Does not belong here: which document is refused (`answers`), what we refuse ourselves (`verdicts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_VERDICTS = {
    "E": "taken with errors",
    "M": "refused, its authentication code is wrong",
    "P": "taken in part",
    "R": "refused",
    "W": "refused, its assurance is not valid",
    "X": "refused, it could not be decrypted",
}
_INTERCHANGE = {
    "001": "the control numbers of ISA and IEA differ",
    "002": "the standard (ISA11) is not supported",
    "003": "the version (ISA12) is not supported",
    "004": "the segment terminator is not valid",
    "005": "the sender's qualifier (ISA05) is not valid",
    "006": "the sender (ISA06) is not known",
    "007": "the receiver's qualifier (ISA07) is not valid",
    "008": "the receiver (ISA08) is not valid",
    "009": "the receiver (ISA08) is not known",
    "014": "the date (ISA09) is not valid",
    "015": "the time (ISA10) is not valid",
    "017": "the version (ISA12) is not valid",
    "018": "the control number (ISA13) is not valid",
    "020": "the mark of a test (ISA15) is not valid",
    "021": "the number of groups is not that of IEA",
    "022": "the control structure is not valid",
    "023": "it ends too early",
    "024": "its content cannot be used",
    "025": "its control number was used before",
    "026": "the element separator is not valid",
    "027": "the component separator is not valid",
}
_GROUP = {
    "1": "the kind of group is not supported",
    "2": "the version of the group is not supported",
    "3": "its GE is missing",
    "4": "its control number differs at GS and GE",
    "5": "it has another number of documents than GE states",
    "6": "its control number is not valid",
}
_DOCUMENT = {
    "1": "the kind of document is not supported",
    "2": "its SE is missing",
    "3": "its control number differs at ST and SE",
    "4": "it has another number of segments than SE states",
    "5": "segments are in error",
    "6": "its kind (ST01) is missing or not valid",
    "7": "its control number (ST02) is missing or not valid",
    "23": "its control number is not the only one of its group",
}
_SEGMENT = {
    "1": "it is not known",
    "2": "it is not expected",
    "3": "it is missing",
    "4": "its loop occurs too often",
    "5": "it occurs too often",
    "6": "it is none of this kind of document",
    "7": "it is out of order",
    "8": "its elements are in error",
}
_ELEMENT = {
    "1": "it is missing",
    "2": "it is missing beside another one",
    "3": "there are too many",
    "4": "it is too short",
    "5": "it is too long",
    "6": "it has a character that is not valid",
    "7": "its code is not valid",
    "8": "it is no valid date",
    "9": "it is no valid time",
    "10": "it excludes another one",
}


class _Kind(NamedTuple):
    """A segment's codes, and which of its elements have them."""

    words: dict[str, str]
    codes: slice


_KINDS = {
    "TA1": _Kind(_INTERCHANGE, slice(5, 6)),
    "AK3": _Kind(_SEGMENT, slice(4, 5)),
    "AK4": _Kind(_ELEMENT, slice(3, 4)),
    "AK5": _Kind(_DOCUMENT, slice(2, None)),
    "AK9": _Kind(_GROUP, slice(5, None)),
}


def told(name: str, code: str) -> str:
    """A code of a kind of segment in words, with itself; alone where it is not known."""
    words = _KINDS[name].words.get(code)
    return f"{words} ({name} {code})" if words else f"{name} {code}"


def in_words(segment: Sequence[str]) -> str:
    """What a segment of an answer says is wrong, and the segment itself, by which the partner finds it."""
    name, *said = segment
    words, codes = _KINDS[name]
    reasons = ", ".join(words[code] for code in segment[codes] if code in words)
    parts = ": ".join(filter(None, (_subject(name, said), reasons)))
    whole = " ".join(segment)
    return f"{parts} ({whole})" if parts else whole


def _subject(name: str, said: Sequence[str]) -> str:
    """The verdict; of a note, the segment by its name and place, or the element by its place and what stood there."""
    if name == "AK3" and len(said) > 1:
        return f"segment {said[0]}, number {said[1]}"
    if name == "AK4" and said:
        return f"element {said[0]}{f', {said[3]}' if len(said) > 3 else ''}"
    return _VERDICTS.get(said[0], "") if said else ""
