"""Random streams of facts, late, doubled and out of order: built load by load, built at once, and posted by a plain
Python ledger, the answer is the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from oms_core.inventory.ledger import hold, post, postings
from oms_core.orders.lifecycle import EventType
from oms_core.orders.quantities import LineFacts, split_quantity
from oms_core.orders.statements import as_edited, is_held, qty_cancel_stated
from tests.dbt import plainly
from tests.dbt.streams import CUTS, LAST_DAY, TOLERANCE, Fact, drawn, file_of, instant


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    """The stream."""
    return drawn()


@pytest.fixture(scope="module")
def loads(facts: list[Fact], workplace: Callable[[str], Any], new_batch: Any, masters: Any) -> Any:
    """Three loads, each built when it has come; with the ledger as it stood after each."""
    dbt, ledgers = workplace("by_loads"), {}
    for load, (start, end) in enumerate(zip((-1, *CUTS), (*CUTS, LAST_DAY), strict=True), start=1):
        raw = new_batch(f"load-{load}", load)
        if load == 1:
            masters(raw)
        _tell(dbt, raw, [fact for fact in facts if start < fact[3][0] <= end])
        for tag in ("ground", "decisions"):
            dbt.build(instant(end, 0).date(), last_load=load, built_load=load - 1, tag=tag)
        ledgers[end] = dbt.rows("select * from fct_inventory_postings order by posting_id")
    return dbt, ledgers


@pytest.fixture(scope="module")
def by_loads(loads: Any) -> Any:
    return loads[0]


@pytest.fixture(scope="module")
def at_once(facts: list[Fact], workplace: Callable[[str], Any], new_batch: Any, masters: Any) -> Any:
    """All of it in one load, the facts in another order."""
    dbt = workplace("at_once")
    raw = new_batch("load-1", 1)
    masters(raw)
    _tell(dbt, raw, sorted(facts, key=str))
    for tag in ("ground", "decisions"):
        dbt.build(instant(LAST_DAY, 0).date(), last_load=1, tag=tag)
    return dbt


def _tell(dbt: Any, raw: Any, facts: list[Fact]) -> None:
    for record_type, day, hour, known, values in facts:
        updated = {"updated_at": instant(day, hour)} if record_type == "order_lines" else {}
        # The file's name decides between facts of one instant: it must not depend on the load or the order of rows.
        lineage = {"file_sha256": file_of(values), "row_number": 1}
        raw.add(record_type, day, hour, instant(*known), **values, **updated, **lineage)
    raw.write(dbt.warehouse)


def test_load_by_load_is_what_one_build_of_everything_gives(by_loads: Any, at_once: Any) -> None:
    assert by_loads.marts_unlike(at_once) == {}


def test_what_was_posted_by_an_instant_is_the_ledger_of_that_instant_for_ever(loads: Any, at_once: Any) -> None:
    _, ledgers = loads
    for end, ledger in ledgers.items():
        until = instant(end, 23).replace(minute=59).isoformat()
        known = at_once.rows(f"select * from fct_inventory_postings where known_at <= '{until}' order by posting_id")
        assert known == ledger != []


def test_the_ledger_is_the_plain_python_ledgers_movement_for_movement(facts: list[Fact], at_once: Any) -> None:
    # Each movement once: a block's other account is the location's, too.
    rows = at_once.rows("""
        select * from fct_inventory_postings where account in ('on_hand', 'drop_ship')
        or (account = 'blocked' and movement_kind not in ('block', 'unblock'))""")
    columns = ("account", "movement_kind", "sku", "location_id", "quantity", "effective_at", "known_at")
    found = Counter(tuple(row[name] for name in columns) for row in rows)
    movements = [*plainly.movements(facts), *plainly.channel_returns(facts)]
    twice = plainly.returns_twice(facts)
    assert len(twice) > 3
    reference = post([*movements, *twice, *plainly.sales(facts), *plainly.counts(facts)])
    tolerances = {c.count_id: 4 for c in plainly.counts(facts) if c.location_id == TOLERANCE["location_id"]}
    holds = hold(reference, tolerances, plainly.accepted(facts))
    assert {movement.kind for movement in holds if movement.quantity} == {"count_held", "count_released"}
    reference += holds
    on_hand = [(movement, postings(movement)[0].quantity) for movement in reference]
    expected = Counter(
        (
            plainly.account(m),
            "sale" if m.movement_id.endswith("-back") else "return" if m.movement_id.startswith("twice") else m.kind,
            m.sku,
            m.location_id,
            quantity,
            m.effective_at,
            m.known_at,
        )
        for m, quantity in on_hand
        if quantity or not m.kind.startswith("count_")
    )
    assert found == expected
    assert sum(1 for movement in reference if movement.movement_id.startswith("explained")) > 20


def test_every_line_is_what_the_plain_rule_says_of_its_facts(facts: list[Fact], at_once: Any) -> None:
    shipped: dict[str, int] = defaultdict(int)
    for movement in plainly.first_statements(facts, "stock_movements", "movement_ref"):
        if movement[4].get("order_ref") and movement[4]["kind"] == "shipment":
            shipped[movement[4]["order_ref"]] += movement[4]["quantity"]
    rows = {row["order_ref"]: row for row in at_once.rows("select * from fct_order_lines")}
    credited = plainly.cancelled_by_credits(facts)
    statements = plainly.statements(facts)
    latest = {ref: stated[-1][4] for ref, stated in statements.items()}
    words = plainly.standing_words(facts)
    assert rows.keys() == latest.keys()
    for ref, line in latest.items():
        sold = line["quantity"] if line["line_status"] == "fulfilled" else 0
        cancelled = line["quantity"] if line["line_status"] == "cancelled" else 0
        last = next(reversed([f for f in words[ref] if f[4]["event_type"] in ("held", "hold_released")]), None)
        edit = next(reversed([fact for fact in words[ref] if fact[4]["event_type"] == "edited"]), None)
        ordered = line["quantity"]
        if edit:
            stated_at, edited_at = instant(*statements[ref][-1][1:3]), instant(*edit[1:3])
            ordered = as_edited(ordered, stated_at, edit[4]["qty_ordered"], edited_at)
        held = is_held(
            line["line_status"] == "held",
            instant(*statements[ref][-1][1:3]),
            EventType(last[4]["event_type"]) if last else None,
            instant(*last[1:3]) if last else None,
        )
        by_desk = sum(fact[4]["quantity"] for fact in words[ref] if fact[4]["event_type"] == "cancelled")
        by_channel = cancelled or credited[ref]
        stated = LineFacts(ordered, held, qty_cancel_stated(by_channel, by_desk), shipped[ref] + sold)
        quantities = split_quantity(stated)
        found = {name: rows[ref][name] for name in ("qty_cancelled", "qty_held", "qty_fulfilled", "qty_open")}
        assert found == {name: getattr(quantities, name) for name in found}, ref
