"""Writing an export's files so that a receiver sees a whole file or none, in the folder it was meant for.

Belongs here: safe names, atomic and durable writing.
Does not belong here: what the files say (`documents`, `spreadsheet`).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
#: Names that Windows gives to devices, whatever follows the first dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_LONGEST_NAME = 48


class ExportFileError(OSError):
    """An export's file cannot be written where it belongs; the message says why and what lies there."""


def safe_name(text: str) -> str:
    """A file or folder name for an identifier from outside: letters, digits, `.`, `_`, `-`, not hidden, not long.

    An identifier that is safe already stays as it is; any other gets a hash of itself, so that two different
    identifiers never share a name.
    """
    cleaned = _UNSAFE.sub("_", text).lstrip(".-").rstrip(".")[:_LONGEST_NAME]
    if cleaned == text and text and not _DEVICES.match(text):
        return text
    return f"{cleaned or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:12]}".replace(".", "_")


def write_atomically(folder: Path, name: str, data: bytes) -> Path:
    """Write a file under its final name only once it is whole and on disk; make the folder if it is missing.

    The same content again changes nothing. Raises ExportFileError where another content has that name, or where the
    name would leave the folder; OSError where the disk refuses, and then nothing is left behind.
    """
    _refuse_unsafe(name)
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)
    path = folder / name
    if path.exists():
        _refuse_other_content(path, data)
        return path
    _write_and_rename(path, data)
    _sync_folder(folder)
    return path


def _refuse_unsafe(name: str) -> None:
    if not name or name.startswith(".") or _UNSAFE.search(name):
        raise ExportFileError(f"{name!r} is no name for an export file: letters, digits, '.', '_' and '-' only")


def _refuse_other_content(path: Path, data: bytes) -> None:
    if path.read_bytes() != data:
        raise ExportFileError(f"{path} exists with another content: it was changed after it was written, and is kept")


def _write_and_rename(path: Path, data: bytes) -> None:
    # `.part` is what receivers ignore; an own name each time, so that two processes never write into one file.
    descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
