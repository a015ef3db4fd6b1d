"""Codes of ours in words: no raw name is shown, and no two codes of one column read the same."""

from __future__ import annotations

import doctest

import pytest

from oms_core import words
from oms_core.contracts import PUBLISHED
from oms_core.orders.lifecycle import EventType

COLUMNS = {
    f"{contract.name}.{column.name}": column.allowed
    for contract in PUBLISHED.values()
    for column in contract.columns
    if column.allowed
}


def test_the_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize("codes", [*COLUMNS.values(), tuple(EventType)], ids=[*COLUMNS, "events"])
def test_codes_of_one_column_are_words_and_can_be_told_apart(codes: tuple[str, ...]) -> None:
    told = [words.told(code) for code in codes]
    assert not [text for text in told if "_" in text]
    assert len(set(told)) == len(codes)
