"""A refusal of the SQL box is said in words, with its place, for somebody who wrote the query."""

from __future__ import annotations

import pytest

from dashboards.data.mistakes import explain

TABLES = ("fct_order_lines", "fct_orders", "dim_product")


def test_a_mistake_is_said_with_the_line_that_it_is_in_and_a_mark_under_it() -> None:
    mistake = explain('Parser Error: syntax error at or near "fro"\n\nLINE 2: fro fct_orders\n        ^', TABLES)
    assert mistake.words == 'This is no SQL that can be read. Syntax error at or near "fro"'
    line, mark = mistake.place.splitlines()
    assert line == "line 2: fro fct_orders"
    assert line[mark.index("^")] == "f"


def test_an_unknown_table_is_told_with_ours_that_are_like_it_and_not_with_duckdbs() -> None:
    message = (
        'Catalog Error: Table with name fct_order does not exist!\nDid you mean "pg_class"?\n\nLINE 1: from x\n  ^'
    )
    words = explain(message, TABLES).words
    assert words.endswith("Table with name fct_order does not exist! Did you mean fct_orders or fct_order_lines?")
    assert "pg_class" not in words
    assert explain("Catalog Error: Table with name zzz does not exist!", TABLES).words.endswith("lists what there is.")


@pytest.mark.parametrize(
    "message",
    [
        'Binder Error: There is no column "hnd"!\nCandidate bindings: "on_hand", "ats", "in_doubt", "blocked"',
        'Binder Error: There is no column "hnd"\n\nCandidate bindings: : "on_hand", "ats", "in_doubt"',
    ],
)
def test_an_unknown_column_is_told_with_those_that_are_like_it(message: str) -> None:
    said = explain(message, TABLES).words
    assert said.endswith('There is no column "hnd". Did you mean on_hand or ats or in_doubt?')


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("one SELECT is answered here, not: COPY", "One SELECT is answered here, not: COPY"),
        ("Odd Error: something new", "Odd Error: something new"),
        ("", ""),
        (
            "Out of Memory Error: no more\n\nPossible solutions:\n* SET threads=1",
            "It needs more memory than a question may take: ask for fewer rows or columns. No more",
        ),
    ],
)
def test_what_has_no_place_is_said_in_words_alone(message: str, words: str) -> None:
    mistake = explain(message, TABLES)
    assert (mistake.words, mistake.place) == (words, "")
