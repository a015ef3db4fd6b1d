"""A refusal of the SQL box in plain words: what is wrong, where, and what may have been meant.

Belongs here: pure functions from DuckDB's message. Does not belong here: refusing (`oms_core.store.published.sandbox`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

#: By the kind that DuckDB names first.
_KINDS = {
    "Parser Error": "This is no SQL that can be read",
    "Catalog Error": "Something of this name does not exist here",
    "Binder Error": "A name or a type does not fit",
    "Conversion Error": "A value cannot be turned into the type that is asked for",
    "Invalid Input Error": "A value does not fit what it is given to",
    "Out of Range Error": "A number is too large for its type",
    "Out of Memory Error": "It needs more memory than a question may take: ask for fewer rows or columns",
    "Permission Error": "Files and the network cannot be read from here: only the published tables",
}
_PLACE = re.compile(r"\n+LINE (?P<line>\d+): (?P<text>.*)\n(?P<caret> *\^)")
_UNKNOWN_TABLE = re.compile(r"Table with name (?P<name>\S+) does not exist")
#: Columns that DuckDB would have known, for one that it does not.
_CANDIDATES = re.compile(r"[!\s]+Candidate bindings:[:\s]*(?P<names>.+)$", re.DOTALL)
_HINT = re.compile(r"\nDid you mean .*", re.DOTALL)
_ADVICE = re.compile(r"\n+(Possible solutions|Database is launched|Unused blocks|\tCandidate functions).*", re.DOTALL)


@dataclass(frozen=True)
class Mistake:
    """`words` say what is wrong; `place` is the line that it is in, with a mark under it; empty where it has none."""

    words: str
    place: str = ""


def explain(message: str, tables: Iterable[str]) -> Mistake:
    """A message of DuckDB's, or of the sandbox's own, for somebody who wrote the query."""
    found = _PLACE.search(message)
    said = _ADVICE.sub("", _PLACE.sub("", message)).strip()
    kind, _, rest = said.partition(": ")
    lead = _KINDS.get(kind)
    words = f"{lead}. {_capital(rest)}" if lead else _capital(said)
    if candidates := _CANDIDATES.search(words):
        names = candidates["names"].replace('"', "")
        words = f"{_CANDIDATES.sub('', words)}. Did you mean {' or '.join(names.split(', ')[:3])}?"
    unknown = _UNKNOWN_TABLE.search(words)
    if unknown:
        words = _HINT.sub("", words) + _meant(unknown["name"], tables)
    return Mistake(" ".join(words.split()), _marked(found) if found else "")


def _meant(name: str, tables: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), list(tables), 3, 0.5)
    return f" Did you mean {' or '.join(near)}?" if near else " `show tables` lists what there is."


def _marked(found: re.Match[str]) -> str:
    head = f"line {found['line']}: "
    # DuckDB's mark stands under its own head, `LINE n: `, of the same length.
    return f"{head}{found['text']}\n{found['caret']}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
