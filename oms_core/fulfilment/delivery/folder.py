"""A shelf that is a folder of this machine, or one that is mounted here."""

from __future__ import annotations

import os
from pathlib import Path

from oms_core.files import sync
from oms_core.fulfilment.delivery.pickup import Waiting


class FolderShelf:
    """A folder, made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, data: bytes) -> None:
        """Write and sync a file; a disk that refuses leaves nothing behind."""
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            sync(self._folder.parent)
        path = self._folder / name
        try:
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        sync(self._folder)

    def rename(self, old: str, new: str) -> None:
        """Rename a file, durably."""
        (self._folder / old).rename(self._folder / new)
        sync(self._folder)

    def read(self, name: str) -> bytes | None:
        """A file's content."""
        path = self._folder / name
        return path.read_bytes() if path.exists() else None

    def files(self) -> list[Waiting]:
        """What is there, the earliest first. Raises OSError where there is no such folder."""
        with os.scandir(self._folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
        found.sort(key=lambda one: (one[1].st_mtime_ns, one[0]))
        return [_waiting(name, look) for name, look in found]

    def look(self, name: str) -> Waiting | None:
        """A file as it is now."""
        try:
            return _waiting(name, (self._folder / name).stat())
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open."""


def _waiting(name: str, look: os.stat_result) -> Waiting:
    return Waiting(name, look.st_size, f"{look.st_size}-{look.st_mtime_ns}")
