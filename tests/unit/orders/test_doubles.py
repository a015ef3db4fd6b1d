"""Which orders double another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oms_core.orders.doubles import Basket, doubled

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST = Basket("web:1", "web", "ada", "MUG|2|900", NOON, NOON, is_new=False)
HOURS = {"web": 24.0}


def again(order_id: str = "web:2", hours: float = 1, **changes: object) -> Basket:
    at = NOON + timedelta(hours=hours)
    return replace(FIRST, order_id=order_id, placed_at=at, known_at=at, is_new=True, **changes)  # type: ignore[arg-type]


def test_the_same_customer_goods_and_amounts_within_the_hours_are_a_double() -> None:
    assert doubled([FIRST, again()], HOURS) == {"web:2": FIRST}
    assert doubled([FIRST, again(hours=24)], HOURS) == {"web:2": FIRST}
    for other in (
        again(hours=24.1),
        again(customer_key="bo"),
        again(goods="MUG|2|800"),
        again(channel_id="shop"),
        replace(again(), is_new=False),
    ):
        assert doubled([FIRST, other], HOURS) == {}


def test_no_rule_looks_for_none_and_a_guest_is_nobody() -> None:
    assert doubled([FIRST, again()], {}) == doubled([FIRST, again()], {"web": 0}) == {}
    assert doubled([replace(FIRST, customer_key=""), again(customer_key="")], HOURS) == {}


def test_what_was_known_first_stands_whenever_it_was_placed_and_the_nearest_is_named() -> None:
    late = replace(again(hours=-2), known_at=NOON + timedelta(hours=5))
    assert doubled([late, FIRST], HOURS) == {"web:2": FIRST}
    near = again("web:3", 2)
    assert doubled([FIRST, again(), near], HOURS)["web:3"].order_id == "web:2"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3), st.booleans()), max_size=12), st.randoms())
def test_of_orders_that_are_alike_one_always_stands_and_their_order_does_not_matter(
    rows: list[tuple[int, int, bool]], random: object
) -> None:
    baskets = [
        replace(FIRST, order_id=f"web:{n}", placed_at=NOON + timedelta(hours=hours),
                known_at=NOON + timedelta(hours=hours + late), is_new=is_new)
        for n, (hours, late, is_new) in enumerate(rows)
    ]  # fmt: skip
    found = doubled(baskets, HOURS)
    random.shuffle(baskets)  # type: ignore[attr-defined]
    assert doubled(baskets, HOURS) == found
    assert len(found) < max(len(baskets), 1)
    assert all(earlier.order_id != order_id for order_id, earlier in found.items())
