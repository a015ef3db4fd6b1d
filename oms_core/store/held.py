"""Files that stop their feed until a person acts: reading what the home's quarantine notes of them.

Belongs here: the note's content, finding the notes. Does not belong here: holding and discarding files
(`pipelines.reception.originals`), records that were set aside (they are in the marts).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Held:
    """A file that stopped its feed, and why. It stays held until a person releases or discards it."""

    feed: str
    file_name: str
    file_sha256: str
    reason_code: str
    reason: str

    def to_json(self) -> str:
        """The note's content."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def held_files(quarantine: Path) -> list[Held]:
    """The files that are held, by feed; none where nothing was ever set aside."""
    notes = sorted(quarantine.glob("*/held/*.json"))
    return [Held(**json.loads(note.read_text(encoding="utf-8"))) for note in notes]
