"""Passwords: which are good enough, their hashes, and comparing one with a hash in a time that tells nothing.

Belongs here: Argon2id (RFC 9106) at OWASP's smallest parameters (19 MiB, two passes), by the `cryptography` library.
Does not belong here: whose they are (`users`), how often one may be tried (`sessions`).
"""

from __future__ import annotations

import os
import threading
import unicodedata

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

FEWEST_CHARACTERS = 12
MOST_CHARACTERS = 200
_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1
_PREFIX = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}$"
#: Of nobody: compared where there is no user or no password, so that it takes as long as where there is.
_NOBODYS = f"{_PREFIX}AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#: One at a time: a flood of attempts must not take the machine's memory.
_ONE = threading.Lock()


class WeakPassword(ValueError):  # noqa: N818 - reads as the sentence it is
    """A password that nobody may have; the message says what is wrong with it, never the password."""


def hashed(password: str, login: str) -> str:
    """The salted hash of a new password, with its parameters. Raises WeakPassword."""
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise WeakPassword(f"a password has {FEWEST_CHARACTERS} to {MOST_CHARACTERS} characters")
    if len(set(password)) < FEWEST_CHARACTERS // 2 or password.casefold() == login:
        raise WeakPassword("a password has at least six different characters, and is not the login")
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    with _ONE:
        return kdf.derive_phc_encoded(_bytes(password))


def fits(password: str, password_hash: str | None) -> bool:
    """Whether a password is the one behind a hash; without one it is not, after as much work."""
    candidate = password if len(password) <= MOST_CHARACTERS else ""
    try:
        with _ONE:
            Argon2id.verify_phc_encoded(_bytes(candidate), password_hash or _NOBODYS)
    except InvalidKey:
        return False
    return password_hash is not None


def _bytes(password: str) -> bytes:
    # Two keyboards may send one letter as other code points.
    return unicodedata.normalize("NFC", password).encode()
