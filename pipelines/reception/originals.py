"""Where the file itself goes: to `received/` once it has landed, or to `quarantine/<feed>/held/` if it stops its feed.

Belongs here: names and moves of original files, each safe to repeat after a crash. Does not belong here: why a file is
held (`landing`), reading it again (`rereading`), the note that pages read of a held one (`oms_core.store.held`).
"""

from __future__ import annotations

import re
from pathlib import Path

from oms_core.files import file_digest
from oms_core.store.held import Held, held_files
from pipelines.home import Home, HomeError
from pipelines.reception.arrivals import Arrival

#: So many letters of a file's hash begin its name in `received/`.
HASH_LETTERS = 16


def received_path(home: Home, feed: str, file_sha256: str, file_name: str) -> Path:
    """Where an original is kept once its feed has dealt with it."""
    path: Path = home.received / feed / f"{file_sha256[:HASH_LETTERS]}-{harmless_name(file_name)}"
    return path


def harmless_name(name: str) -> str:
    """A counterpart's file name as one harmless path component."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-100:].lstrip(".") or "unnamed"


def put_away(home: Home, arrival: Arrival, digest: str) -> None:
    """Take a file out of the inbox: it has landed, now or before."""
    target = received_path(home, arrival.feed, digest, arrival.path.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    arrival.path.replace(target)


def hold(home: Home, arrival: Arrival, digest: str, reason_code: str, reason: str) -> Held:
    """Note that a file stops its feed, then take it out of the inbox.

    The other way round, a crash between the two would let the feed go on without it.
    """
    held = Held(arrival.feed, arrival.path.name, digest, reason_code, reason)
    note = _note(home, held)
    note.parent.mkdir(parents=True, exist_ok=True)
    part = note.with_suffix(".part")
    part.write_text(held.to_json(), encoding="utf-8")
    part.replace(note)
    arrival.path.replace(_data(home, held))
    return held


def list_held(home: Home) -> list[Held]:
    """Files that stop their feed until a person releases or discards them."""
    return held_files(home.quarantine)


def discard_held(home: Home, beginning: str) -> Held:
    """Take the held file whose SHA-256 begins so out of its feed's way: it goes to `received/`, and the feed's later
    files may pass. Raises HomeError where no file's does, or more than one's."""
    found = [held for held in list_held(home) if held.file_sha256.startswith(beginning)]
    if len(found) != 1:
        raise HomeError(
            f"{'No' if not found else 'More than one'} held file's hash begins with {beginning!r}. "
            "`oms quarantine list` names those that are held."
        )
    (held,) = found
    target = received_path(home, held.feed, held.file_sha256, held.file_name)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A crash may have left the file in the inbox, where another of its name may lie by now, or taken it away already.
    for path in (_data(home, held), home.inbox / held.feed / held.file_name):
        if path.is_file() and file_digest(path) == held.file_sha256:
            path.replace(target)
    _note(home, held).unlink()
    return held


def release_held(home: Home, held: Held) -> None:
    """Put a held file back into its inbox, and let its feed go on.

    Raises HomeError where another file of its name waits there.
    """
    data, target = _data(home, held), home.inbox / held.feed / held.file_name
    if target.exists() and file_digest(target) != held.file_sha256:
        raise HomeError(f"Another {held.file_name} waits in inbox/{held.feed}: take it away, or discard the held one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if data.is_file():
        data.replace(target)
    _note(home, held).unlink()


def _note(home: Home, held: Held) -> Path:
    """Why it is held."""
    return _data(home, held).with_suffix(".json")


def _data(home: Home, held: Held) -> Path:
    """The file itself."""
    path: Path = home.quarantine / held.feed / "held" / f"{held.file_sha256}.data"
    return path
