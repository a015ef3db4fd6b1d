"""Whatever moves, postings cancel out; whenever one counts, the ledger says what was counted, ever after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oms_core.inventory.availability import available_to_sell
from oms_core.inventory.ledger import HELD_ACCOUNTS, KINDS, SIGNED_KINDS, Count, Movement, hold, on_hand, post, postings

COUNTING = {"count_variance", "count_held", "count_released"}
START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours))
PLACES = st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(["WH", "ST"]))


@st.composite
def movement_lists(draw: st.DrawFn) -> list[Movement]:
    kinds = draw(st.lists(st.sampled_from(sorted(set(KINDS) - COUNTING)), max_size=15))
    quantities = {True: st.integers(-9, 9), False: st.integers(0, 9)}
    accounts = st.sampled_from(HELD_ACCOUNTS)
    return [
        Movement(
            f"m{n}",
            kind,
            *draw(PLACES),
            draw(quantities[kind in SIGNED_KINDS]),
            draw(INSTANTS),
            draw(INSTANTS),
            "on_hand" if KINDS[kind][1] in HELD_ACCOUNTS else draw(accounts),
        )
        for n, kind in enumerate(kinds)
    ]


@st.composite
def fact_lists(draw: st.DrawFn) -> list[Movement | Count]:
    """Facts that become known late, at once, or in any order; a place may be counted twice at one instant."""
    keys = draw(st.lists(st.tuples(PLACES, INSTANTS), max_size=8))
    counts = [
        Count(f"c{n}", *place, draw(st.integers(0, 20)), instant, draw(INSTANTS))
        for n, (place, instant) in enumerate(draw(st.permutations(keys)))
    ]
    return [*draw(movement_lists()), *counts]


def latest(counts: list[Count], place: tuple[str, str], at: datetime | None = None) -> Count:
    """The last count of a place, or of one instant there: of two of an instant, the one that was known later."""
    of_place = [c for c in counts if (c.sku, c.location_id) == place and (at is None or c.effective_at == at)]
    return max(of_place, key=lambda c: (c.effective_at, c.known_at, c.count_id))


def balance(ledger: list[Movement], count: Count) -> int:
    seen = [movement for movement in ledger if movement.effective_at <= count.effective_at]
    return on_hand(seen).get((count.sku, count.location_id), 0)


@given(movement_lists())
def test_the_postings_of_every_movement_sum_to_zero(movements: list[Movement]) -> None:
    assert all(sum(posting.quantity for posting in postings(movement)) == 0 for movement in movements)


@given(movement_lists())
def test_what_lies_there_is_what_is_for_sale_and_what_is_not_and_a_block_changes_only_which(
    movements: list[Movement],
) -> None:
    parts = [on_hand(movements, accounts=(account,)) for account in HELD_ACCOUNTS]
    assert on_hand(movements) == {place: sum(part.get(place, 0) for part in parts) for place in on_hand(movements)}
    within = [movement for movement in movements if movement.kind in ("block", "unblock")]
    assert set(on_hand(within).values()) <= {0}


@given(fact_lists(), INSTANTS)
def test_at_every_count_the_ledger_says_what_was_counted_ever_after(
    facts: list[Movement | Count], instant: datetime
) -> None:
    known = [movement for movement in post(facts) if movement.known_at <= instant]
    counts = [fact for fact in facts if isinstance(fact, Count) and fact.known_at <= instant]
    for count in counts:
        last = latest(counts, (count.sku, count.location_id), count.effective_at)
        assert balance(known, count) == last.counted_quantity


@given(fact_lists(), INSTANTS)
def test_what_was_known_once_is_what_the_ledger_says_of_that_instant_for_ever(
    facts: list[Movement | Count], instant: datetime
) -> None:
    then = post(fact for fact in facts if fact.known_at <= instant)
    assert [movement for movement in post(facts) if movement.known_at <= instant] == then


@given(
    fact_lists(), st.integers(0, 6), st.dictionaries(st.sampled_from([f"c{n}" for n in range(8)]), INSTANTS), INSTANTS
)
def test_what_is_held_moves_no_stock_until_it_is_accepted_and_then_as_if_it_never_had_been(
    facts: list[Movement | Count], tolerance: int, accepted: dict[str, datetime], instant: datetime
) -> None:
    counts = [fact for fact in facts if isinstance(fact, Count)]
    posted = post(facts)
    tolerances = {count.count_id: tolerance for count in counts}
    holds = hold(posted, tolerances, accepted)
    assert [m for m in holds if m.known_at <= instant] == [
        m for m in hold([m for m in posted if m.known_at <= instant], tolerances, accepted) if m.known_at <= instant
    ]
    held = {m.movement_id.removeprefix("held/") for m in holds} & tolerances.keys()
    assert all(abs(m.quantity) > tolerance for m in posted if m.movement_id in held)
    if held <= accepted.keys():
        assert set(on_hand(holds).values()) <= {0}
    for place in {(count.sku, count.location_id) for count in counts}:
        # Where the last count stands, nothing is in suspense: the ledger is what it found, and what has moved since.
        last = latest(counts, place)
        if last.count_id not in held or last.count_id in accepted:
            assert on_hand(holds).get(place, 0) == 0


@given(fact_lists(), st.randoms())
def test_the_order_of_arrival_does_not_matter(facts: list[Movement | Count], random: object) -> None:
    shuffled = facts.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert post(shuffled) == post(facts)


@given(st.lists(st.tuples(*[st.integers(-1000, 1000)] * 3), max_size=30))
def test_what_is_available_is_never_below_zero_and_never_touches_what_is_promised_or_protected(
    rows: list[tuple[int, int, int]],
) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    for (held, reserved, protected), ats in zip(rows, available_to_sell(*columns), strict=True):
        assert ats >= 0
        assert ats == 0 or ats + reserved + protected == held
