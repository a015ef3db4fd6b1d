"""Two things that every room which keeps files needs: to make one durable, and to name it by its content.

Belongs here: these two. Does not belong here: which files there are, what they hold.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have the disk keep a file's content, or a folder's names: after a rename in it, for instance."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; memory does not grow with the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
