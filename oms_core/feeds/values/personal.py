"""Personal data at the border: pseudonyms for customers, and no card numbers in free text.

Belongs here: what is done to personal data before anything is landed.
Does not belong here: which columns are personal (the definitions and contracts say so).
"""

from __future__ import annotations

import hashlib
import hmac
import re

_KEY_DIGITS = 16
_REDACTED = "[card number removed]"
_CARD = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){13,18}(?![0-9])")
#: Both take at least this; most texts do not have it, and one cheap look spares them two dear ones.
_THREE_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){2}")
_SECURITY_CODE = re.compile(r"\b(cvv2?|cvc2?|security code)\b\W{0,3}[0-9]{3,4}\b", re.IGNORECASE)


def customer_key(key: bytes, channel_id: str, customer_ref: str) -> str:
    """The customer's pseudonym: the first 16 hex digits of HMAC-SHA-256(key, channel|customer).

    Stable for one key, so that a customer's orders stay together; not to be undone without the key.
    """
    # JSON may carry half a surrogate pair in an address: it is hashed as it stands.
    message = f"{channel_id}|{customer_ref}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_KEY_DIGITS]


def redact_cards(text: str) -> str:
    """Free text without payment-card numbers (14-19 digits that pass the Luhn check) and security codes.

    Thirteen digits are a barcode: cards of that length are long withdrawn."""
    if not _THREE_DIGITS.search(text):
        return text
    without_codes = _SECURITY_CODE.sub(r"\1 [removed]", text)
    return _CARD.sub(lambda match: _REDACTED if _passes_luhn(match.group()) else match.group(), without_codes)


def _passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
