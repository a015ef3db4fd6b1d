"""Whatever moves, postings cancel out; whenever one counts, the ledger then says what was counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from oms_core.inventory.availability import available_to_sell
from oms_core.inventory.ledger import (
    KINDS,
    SIGNED_KINDS,
    Count,
    Movement,
    count_variances,
    on_hand,
    postings,
    unbalanced_movements,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours))
PLACES = st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(["WH", "ST"]))


@st.composite
def movement_lists(draw: st.DrawFn) -> list[Movement]:
    kinds = draw(st.lists(st.sampled_from(sorted(set(KINDS) - {"count_variance"})), max_size=15))
    return [
        Movement(f"m{n}", kind, *draw(PLACES), draw(st.integers(-9 if kind in SIGNED_KINDS else 0, 9)), draw(INSTANTS))
        for n, kind in enumerate(kinds)
    ]


@st.composite
def count_lists(draw: st.DrawFn) -> list[Count]:
    keys = draw(st.lists(st.tuples(PLACES, INSTANTS), max_size=8, unique=True))
    return [Count(f"c{n}", *place, draw(st.integers(0, 20)), instant) for n, (place, instant) in enumerate(keys)]


@given(movement_lists())
def test_the_postings_of_every_movement_sum_to_zero(movements: list[Movement]) -> None:
    rows = [(p.movement_id, p.sku, p.quantity) for movement in movements for p in postings(movement)]
    frame = pd.DataFrame(rows, columns=["movement_id", "sku", "quantity"])
    assert unbalanced_movements(frame).empty


@given(movement_lists(), count_lists())
def test_right_after_a_count_the_ledger_says_what_was_counted(movements: list[Movement], counts: list[Count]) -> None:
    ledger = movements + count_variances(movements, counts)
    for count in counts:
        known = [movement for movement in ledger if movement.effective_at <= count.effective_at]
        assert on_hand(known).get((count.sku, count.location_id), 0) == count.counted_quantity


@given(movement_lists(), count_lists(), st.randoms())
def test_the_order_of_arrival_does_not_matter(movements: list[Movement], counts: list[Count], random: object) -> None:
    variances = count_variances(movements, counts)
    shuffled = movements.copy(), counts.copy()
    for items in shuffled:
        random.shuffle(items)  # type: ignore[attr-defined]
    assert count_variances(*shuffled) == variances


@given(st.lists(st.tuples(*[st.integers(-1000, 1000)] * 3), max_size=30))
def test_what_is_available_is_never_below_zero_and_never_touches_what_is_promised_or_protected(
    rows: list[tuple[int, int, int]],
) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    for (held, reserved, protected), ats in zip(rows, available_to_sell(*columns), strict=True):
        assert ats >= 0
        assert ats == 0 or ats + reserved + protected == held
