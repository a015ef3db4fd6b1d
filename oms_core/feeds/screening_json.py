"""The first look at a JSON file's bytes: nesting, string lengths, truncation and the number of records.

Belongs here: what can be told of JSON without parsing it. Does not belong here: any key's meaning.

A record is an object in the array under the one top-level key (`{"orders": [{…}, …]}`), or the one object
under it (`{"order": {…}}`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from oms_core.feeds.chunks import Screening
from oms_core.feeds.mapping.definition import FeedDefinition
from oms_core.feeds.rejections import FileRefused

_MAXIMUM_DEPTH = 64
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_QUOTE, _OPEN_OBJECT, _OPEN_ARRAY, _CLOSE_OBJECT, _CLOSE_ARRAY = b'"{[}]'


def screen_json(definition: FeedDefinition, path: Path, blocks: Iterable[bytes]) -> Screening:
    """Look at a JSON file block by block. Raises FileRefused where no parser may see it."""
    scan = _JsonScan(definition, path.name)
    for block in blocks:
        scan.block(block)
    scan.conclude()
    return Screening(path.name, scan.records)


class _JsonScan:
    """Where the look stands: depth, whether inside a string, the container at depth 2, records so far."""

    def __init__(self, definition: FeedDefinition, file_name: str) -> None:
        self.definition, self.file_name = definition, file_name
        self.depth = self.records = self.consumed = self.string_bytes = 0
        self.in_string = self.in_list = self.held_back = False
        self._decoder = codecs.getincrementaldecoder(definition.encoding)()

    def block(self, block: bytes) -> None:
        self._check_encoding(block)
        data = b"\\" + block if self.held_back else block
        plain = _ESCAPE.sub(b"__", data)
        self.held_back = plain.endswith(b"\\")
        codes = np.frombuffer(plain[:-1] if self.held_back else plain, dtype=np.uint8)
        is_quote = codes == _QUOTE
        inside = (np.cumsum(is_quote) + self.in_string) & 1
        self._strings(np.flatnonzero(is_quote), len(codes))
        outside = (inside == 0) & ~is_quote
        opens = outside & ((codes == _OPEN_OBJECT) | (codes == _OPEN_ARRAY))
        closes = outside & ((codes == _CLOSE_OBJECT) | (codes == _CLOSE_ARRAY))
        places = np.flatnonzero(opens | closes)
        self._nesting(codes[places], opens[places])
        self.consumed += len(block)

    def _check_encoding(self, block: bytes) -> None:
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError as error:
            raise FileRefused(
                "wrong_encoding",
                f"{self.file_name}: near byte {self.consumed + error.start:,}, after record {self.records:,}, it is "
                f"not {self.definition.encoding.upper()}. Ask for the file in UTF-8.",
                self.records + 1,
            ) from error

    def _strings(self, quotes: np.ndarray, length: int) -> None:
        """Measure the block's strings; one that runs on into the next block, as far as it goes."""
        edges = np.concatenate([[-self.string_bytes - 1], quotes]) if self.in_string else quotes
        ends = edges[1::2]
        longest = int((ends - edges[0::2][: len(ends)]).max(initial=1)) - 1
        self.in_string = bool(len(edges) % 2)
        self.string_bytes = length - int(edges[-1]) - 1 if self.in_string else 0
        if max(longest, self.string_bytes) > self.definition.maximum_field_bytes:
            raise FileRefused(
                "field_too_long",
                f"{self.file_name}: a text near record {max(self.records, 1):,} has more than "
                f"{self.definition.maximum_field_bytes:,} bytes. Mend the record and send the file again.",
                max(self.records, 1),
            )

    def _nesting(self, brackets: np.ndarray, opens: np.ndarray) -> None:
        if not len(brackets):
            return
        after = self.depth + np.cumsum(np.where(opens, 1, -1))
        at_two = np.flatnonzero(opens & (after == 2))
        is_list = np.concatenate([[self.in_list], brackets[at_two] == _OPEN_ARRAY])
        objects = np.flatnonzero(opens & (after == 3) & (brackets == _OPEN_OBJECT))
        in_list = is_list[np.searchsorted(at_two, objects)]
        self.records += int(in_list.sum()) + int((brackets[at_two] == _OPEN_OBJECT).sum())
        self.in_list, self.depth = bool(is_list[-1]), int(after[-1])
        if after.max() > _MAXIMUM_DEPTH:
            raise FileRefused(
                "nested_too_deep",
                f"{self.file_name}: near record {max(self.records, 1):,} it is nested deeper than {_MAXIMUM_DEPTH} "
                "levels. No order is: look at the file before anything else does.",
                max(self.records, 1),
            )
        if after.min() < 0:
            message = f"{self.file_name}: a bracket closes that was never opened. Ask for the file again."
            raise FileRefused("invalid_json", message)

    def conclude(self) -> None:
        if self.in_string or self.depth or self.held_back:
            raise FileRefused(
                "truncated_json",
                f"{self.file_name}: it ends inside record {max(self.records, 1):,}, after {self.consumed:,} bytes: the "
                "file was cut short. Ask for it again.",
                max(self.records, 1),
            )
