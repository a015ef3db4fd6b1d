"""Customers become pseudonyms, and card numbers leave free text."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from oms_core.feeds import customer_key, redact_cards


def test_a_pseudonym_is_the_keyed_hash_of_channel_and_customer() -> None:
    expected = hmac.new(b"k", b"web|7", hashlib.sha256).hexdigest()[:16]
    assert customer_key(b"k", "web", "7") == expected
    assert customer_key(b"other", "web", "7") != expected
    assert customer_key(b"k", "pos", "7") != expected


@pytest.mark.parametrize(
    "number", ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005"]
)
def test_a_card_number_in_free_text_is_removed(number: str) -> None:
    assert redact_cards(f"paid with {number}, thanks") == "paid with [card number removed], thanks"


@pytest.mark.parametrize("text", ["order 4242424242424241", "5901234123457", "SKU 123456", "tel. 0049 30 1234567"])
def test_other_numbers_stay(text: str) -> None:
    assert redact_cards(text) == text


def test_a_security_code_is_removed() -> None:
    assert redact_cards("CVV: 123 and done") == "CVV [removed] and done"
