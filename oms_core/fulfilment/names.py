"""Names of files and folders that identifiers from outside cannot bend.

Belongs here: making an identifier safe to name a file by. Does not belong here: writing files (`delivery`).
"""

from __future__ import annotations

import hashlib
import re

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
#: Names that Windows gives to devices, whatever follows the first dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_LONGEST_NAME = 48


def safe_name(text: str) -> str:
    """A file or folder name for an identifier from outside: letters, digits, `.`, `_`, `-`, not hidden, not long.

    An identifier that is safe already stays as it is; any other gets a hash of itself, so that two different
    identifiers never share a name.
    """
    cleaned = _UNSAFE.sub("_", text).lstrip(".-").rstrip(".")[:_LONGEST_NAME]
    if cleaned == text and text and not _DEVICES.match(text):
        return text
    return f"{cleaned or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:12]}".replace(".", "_")
