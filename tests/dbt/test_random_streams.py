"""Random streams of facts, late, doubled and out of order: built load by load, built at once, and posted by a plain
Python ledger, the answer is the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import pytest

from oms_core.inventory.ledger import Count, Movement, hold, post, postings
from oms_core.orders.lifecycle import EventType, LineFacts, as_edited, is_held, qty_cancel_stated, split_quantity

LAST_DAY = 20
#: Three loads: what is known by these days, and the rest.
CUTS = (7, 14)
KINDS = ["opening", "receipt", "shipment", "transfer_out", "transfer_in", "return", "adjustment"]
#: A place that is known as a drop-shipper's on the second day only.
DROP_SHIPPER = {"location_id": "WH3", "name": "WH3", "kind": "drop_shipper", "region": "north", "timezone": "UTC"}
DROP_SHIPPER_KNOWN = (2, 12)

#: Counts of one place are held for review where they differ by more.
TOLERANCE = {"rule": "count_tolerance", "location_id": "WH2", "value": 4.0}

#: What comes back to one place is to be looked at, as of its sixth day, which is known a day later.
INSPECTION = {"rule": "inspect_returns", "location_id": "WH1", "value": 1.0}
INSPECTED_FROM, INSPECTION_KNOWN = 5, (6, 0)

Fact = tuple[str, int, int, tuple[int, int], dict[str, Any]]


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    """Record type, day and hour it was true, day and hour it became known, values."""
    random = Random(20261123)
    rows = [row for n in range(160) for row in _line(random, n)]
    rows += [row for n in range(50) for row in _place(random, f"P{n % 40}", f"{n}")]
    # A stream of its own, so that the rest is what it was without it.
    rows += [
        _from_a_sender(Random(n), fact) for n, fact in enumerate(rows) if fact[0] == "stock_movements" and n % 3 == 0
    ]
    rows += [row for n in range(20) for row in _dispositions(Random(n), f"D{n % 10}", f"d{n}")]
    rows += [row for n in range(20) for row in _purchases(Random(n), n)]
    rows += [row for n in range(30) for row in _credits(Random(n), n)]
    rows.append(("availability_rules", 0, 0, (0, 0), TOLERANCE))
    rows.append(("availability_rules", INSPECTED_FROM, 0, INSPECTION_KNOWN, INSPECTION))
    rows.append(("locations", *DROP_SHIPPER_KNOWN, DROP_SHIPPER_KNOWN, DROP_SHIPPER))
    return rows + [row for fact in rows if fact[0] == "stock_counts" for row in _review(random, fact)]


def _when(random: Random) -> tuple[int, int, tuple[int, int]]:
    """A fact's time, and when it became known: at once, late, or by a clock that is ahead."""
    day, hour = random.randrange(LAST_DAY), random.randrange(24)
    known = min(max(day + random.choice([0, 0, 0, 1, 2, 6, -1]), 0), LAST_DAY)
    return day, hour, (known, random.randrange(24))


def _line(random: Random, number: int) -> list[Fact]:
    line = {"order_ref": f"L{number}", "sku": random.choice("AB"), "customer_key": None}
    status = random.choice(["open", "open", "sold"])
    rows: list[Fact] = []
    for _ in range(random.choice([1, 1, 2, 3])):
        day, hour, known = _when(random)
        stated = random.choice(["fulfilled", "fulfilled", "cancelled"] if status == "sold" else ["open", "held"])
        where = {"location_id": random.choice(["ST1", "WH1"])} if status == "sold" else {}
        rows.append(
            ("order_lines", day, hour, known, {**line, **where, "quantity": 1 + number % 7, "line_status": stated})
        )
    # A chance of their own, so that the rest of the stream is what it was without them.
    rows += _desk_words(Random(number), line["order_ref"]) if status == "open" else []
    rows += _edits(Random(number), line["order_ref"]) if status == "open" else []
    for part in range(random.choice([0, 1, 2]) if status == "open" else 0):
        day, hour, known = _when(random)
        moved = {"sku": line["sku"], "kind": random.choice(["shipment", "shipment", "return"]), "quantity": 1 + part}
        named = {"channel_id": "web", "order_ref": line["order_ref"], "order_line_ref": "1"}
        rows.append(("stock_movements", day, hour, known, {**moved, **named, "movement_ref": f"S{number}-{part}"}))
    return rows


def _purchases(random: Random, number: int) -> list[Fact]:
    """A known customer's order, goods of it that come back without its number, what it cost beside its goods; and, of
    some, that another SKU was bought."""
    bought = {"order_ref": f"C{number}", "customer_key": f"c{number % 9}", "quantity": 2, "line_status": "open"}
    back = {"adjustment_ref": f"B{number}", "kind": "returned", "customer_key": bought["customer_key"], "sku": "A"}
    charge = {"order_ref": bought["order_ref"], "amount_minor": 490}
    ordered, returned, charged, said_anew = sorted(random.sample(range(LAST_DAY), 4))
    rows: list[Fact] = [
        ("order_lines", ordered, 9, (ordered, 9), {**bought, "sku": "A"}),
        ("order_adjustments", returned, 9, (returned, 9), {**back, "quantity": 1}),
        ("order_charges", charged, 9, (charged, 9), charge),
    ]
    if number % 2:
        rows.append(("order_lines", said_anew, 9, (said_anew, 9), {**bought, "sku": "B"}))
    return rows


def _credits(random: Random, number: int) -> list[Fact]:
    """An order that leaves in part, what its channel credits of it, and what both say came back."""
    order = {"order_ref": f"K{number}", "sku": "A", "customer_key": None}
    named = {"channel_id": "web", "order_ref": order["order_ref"], "order_line_ref": "1", "sku": "A"}
    day, hour, known = _when(random)
    rows: list[Fact] = [("order_lines", day, hour, known, {**order, "quantity": 8, "line_status": "open"})]
    for part in range(random.randrange(4)):
        day, hour, known = _when(random)
        kind = random.choice(["shipment", "shipment", "return"])
        moved = {**named, "kind": kind, "quantity": random.randrange(1, 5), "movement_ref": f"K{number}-{part}"}
        if kind == "return":
            moved["disposition"] = random.choice([None, "sellable", "blocked"])
        rows.append(("stock_movements", day, hour, known, moved))
    for part in range(random.randrange(4)):
        day, hour, known = _when(random)
        credit = {**named, "adjustment_ref": f"K{number}-{part}", "quantity": random.randrange(1, 6)}
        credit["kind"] = random.choice(["cancelled", "cancelled", "returned"])
        if credit["kind"] == "returned" and random.random() < 0.7:
            credit["location_id"] = "WH1"
        rows.append(("order_adjustments", day, hour, known, {**credit, "customer_key": None}))
    return rows


def _desk_words(random: Random, order_ref: str) -> list[Fact]:
    """What the order desk says of a line; some of it it takes back, at once or later."""
    rows: list[Fact] = []
    for part in range(random.choice([0, 0, 1, 2, 3])):
        day, hour, known = _when(random)
        word = random.choice(["held", "hold_released", "cancelled"])
        said = {"source_id": "order_desk", "channel_id": "web", "order_ref": order_ref, "order_line_ref": "1"}
        said |= {"event_ref": f"{order_ref}-{part}", "event_type": word, "quantity": 1 + part}
        rows.append(("order_events", day, hour, known, said))
        if random.random() < 0.3:
            back = {"event_ref": f"{order_ref}-{part}-back", "corrects_ref": said["event_ref"], "quantity": 0}
            rows.append(("order_events", day, hour, (min(known[0] + random.choice([0, 4]), LAST_DAY), 23), said | back))
    return rows


def _edits(random: Random, order_ref: str) -> list[Fact]:
    """Other quantities that somebody orders of a line; some of them are taken back."""
    rows: list[Fact] = []
    for part in range(random.choice([0, 0, 1, 2])):
        day, hour, known = _when(random)
        said = {"source_id": "order_desk", "channel_id": "web", "order_ref": order_ref, "order_line_ref": "1"}
        said |= {"event_ref": f"{order_ref}-edit-{part}", "event_type": "edited", "quantity": 1}
        rows.append(("order_events", day, hour, known, said | {"qty_ordered": random.randrange(1, 9)}))
        if random.random() < 0.3:
            back = {"event_ref": f"{order_ref}-edit-{part}-back", "corrects_ref": said["event_ref"], "quantity": 0}
            rows.append(("order_events", day, hour, (min(known[0] + random.choice([0, 4]), LAST_DAY), 23), said | back))
    return rows


def _place(random: Random, sku: str, name: str) -> list[Fact]:
    place = {"sku": sku, "location_id": random.choice(["WH1", "WH2"])}
    rows: list[Fact] = []
    for n in range(random.randrange(1, 8)):
        day, hour, known = _when(random)
        kind = random.choice(KINDS)
        quantity = random.randrange(-5, 6) if kind == "adjustment" else random.randrange(1, 9)
        moved = {**place, "kind": kind, "quantity": quantity, "movement_ref": f"M{name}-{n}"}
        rows.append(("stock_movements", day, hour, known, moved))
        if random.random() < 0.2:  # the same document again, worded differently
            rows.append(("stock_movements", day, hour, (known[0], 23), {**moved, "quantity": abs(quantity) + 1}))
    for n in range(random.randrange(0, 4)):
        day, hour, known = _when(random)
        counted = {**place, "count_ref": f"{name}-{n}", "counted_quantity": n * 3}
        rows.append(("stock_counts", day, hour, known, counted))
        if random.random() < 0.3:  # of the same instant, under a name that comes before or after it
            again = {"count_ref": random.choice("0z") + counted["count_ref"], "counted_quantity": n * 3 + 1}
            rows.append(("stock_counts", day, hour, (random.randint(known[0], LAST_DAY), 23), counted | again))
    return rows


def _from_a_sender(random: Random, fact: Fact) -> Fact:
    """What arrives of a transfer under its sender's number, which is one of the place's own, too."""
    day, hour, known = _when(random)
    values = {
        "sku": fact[4]["sku"],
        "location_id": fact[4].get("location_id", "WH1"),
        "quantity": random.randrange(1, 9),
    }
    values |= {"kind": "transfer_in", "counterparty_location_id": "ST1", "movement_ref": fact[4]["movement_ref"]}
    return "stock_movements", day, hour, known, values


def _dispositions(random: Random, sku: str, name: str) -> list[Fact]:
    """Goods that come back blocked, are blocked and unblocked, given up and counted; at a drop-shipper's, too."""
    place = {"sku": sku, "location_id": random.choice(["WH1", "WH3"])}
    rows: list[Fact] = []
    for n in range(random.randrange(1, 8)):
        day, hour, known = _when(random)
        kind = random.choice(["receipt", "return", "shipment", "block", "unblock", "write_off", "adjustment"])
        moved = {**place, "kind": kind, "quantity": random.randrange(1, 9), "movement_ref": f"M{name}-{n}"}
        if kind not in ("block", "unblock"):
            moved["disposition"] = random.choice([None, "sellable", "blocked"])
        rows.append(("stock_movements", day, hour, known, moved))
    day, hour, known = _when(random)
    rows.append(("stock_counts", day, hour, known, {**place, "count_ref": name, "counted_quantity": 4}))
    return rows


def _review(random: Random, count: Fact) -> list[Fact]:
    if random.random() < 0.5:
        return []
    day, hour, _ = _when(random)
    named = {name: count[4][name] for name in ("location_id", "count_ref", "sku")}
    decision = random.choice(["accepted", "accepted", "rejected"])
    return [("count_reviews", day, hour, (day, hour), {**named, "decision": decision, "reason": "recounted"})]


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
            dbt.build(_day(end), last_load=load, built_load=load - 1, tag=tag)
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
        dbt.build(_day(LAST_DAY), last_load=1, tag=tag)
    return dbt


def _tell(dbt: Any, raw: Any, facts: list[Fact]) -> None:
    for record_type, day, hour, known, values in facts:
        updated = {"updated_at": _at(day, hour)} if record_type == "order_lines" else {}
        # The file's name decides between facts of one instant: it must not depend on the load or the order of rows.
        lineage = {"file_sha256": _file(values), "row_number": 1}
        raw.add(record_type, day, hour, _at(*known), **values, **updated, **lineage)
    raw.write(dbt.warehouse)


def _file(values: dict[str, Any]) -> str:
    return str(sorted(values.items(), key=str))


def _at(day: int, hour: int) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day + 1:02d}T{hour:02d}:00:00+00:00")


def _day(day: int) -> Any:
    return _at(day, 0).date()


def test_load_by_load_is_what_one_build_of_everything_gives(by_loads: Any, at_once: Any) -> None:
    assert by_loads.marts_unlike(at_once) == {}


def test_what_was_posted_by_an_instant_is_the_ledger_of_that_instant_for_ever(loads: Any, at_once: Any) -> None:
    _, ledgers = loads
    for end, ledger in ledgers.items():
        until = _at(end, 23).replace(minute=59).isoformat()
        known = at_once.rows(f"select * from fct_inventory_postings where known_at <= '{until}' order by posting_id")
        assert known == ledger != []


def test_the_ledger_is_the_plain_python_ledgers_movement_for_movement(facts: list[Fact], at_once: Any) -> None:
    # Each movement once: a block's other account is the location's, too.
    rows = at_once.rows("""
        select * from fct_inventory_postings where account in ('on_hand', 'drop_ship')
        or (account = 'blocked' and movement_kind not in ('block', 'unblock'))""")
    columns = ("account", "movement_kind", "sku", "location_id", "quantity", "effective_at", "known_at")
    found = Counter(tuple(row[name] for name in columns) for row in rows)
    movements = [*_movements(facts), *_channel_returns(facts)]
    twice = _returns_twice(facts)
    assert len(twice) > 3
    reference = post([*movements, *twice, *_sales(facts), *_counts(facts)])
    tolerances = {c.count_id: 4 for c in _counts(facts) if c.location_id == TOLERANCE["location_id"]}
    holds = hold(reference, tolerances, _accepted(facts))
    assert {movement.kind for movement in holds if movement.quantity} == {"count_held", "count_released"}
    reference += holds
    on_hand = [(movement, postings(movement)[0].quantity) for movement in reference]
    expected = Counter(
        (
            _account(m),
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
    for movement in _first_statements(facts, "stock_movements", "movement_ref"):
        if movement[4].get("order_ref") and movement[4]["kind"] == "shipment":
            shipped[movement[4]["order_ref"]] += movement[4]["quantity"]
    rows = {row["order_ref"]: row for row in at_once.rows("select * from fct_order_lines")}
    credited = _cancelled_by_credits(facts)
    statements = _statements(facts)
    latest = {ref: stated[-1][4] for ref, stated in statements.items()}
    words = _standing_words(facts)
    assert rows.keys() == latest.keys()
    for ref, line in latest.items():
        sold = line["quantity"] if line["line_status"] == "fulfilled" else 0
        cancelled = line["quantity"] if line["line_status"] == "cancelled" else 0
        last = next(reversed([f for f in words[ref] if f[4]["event_type"] in ("held", "hold_released")]), None)
        edit = next(reversed([fact for fact in words[ref] if fact[4]["event_type"] == "edited"]), None)
        ordered = line["quantity"]
        if edit:
            ordered = as_edited(ordered, _at(*statements[ref][-1][1:3]), edit[4]["qty_ordered"], _at(*edit[1:3]))
        held = is_held(
            line["line_status"] == "held",
            _at(*statements[ref][-1][1:3]),
            EventType(last[4]["event_type"]) if last else None,
            _at(*last[1:3]) if last else None,
        )
        by_desk = sum(fact[4]["quantity"] for fact in words[ref] if fact[4]["event_type"] == "cancelled")
        by_channel = cancelled or credited[ref]
        stated = LineFacts(ordered, held, qty_cancel_stated(by_channel, by_desk), shipped[ref] + sold)
        quantities = split_quantity(stated)
        found = {name: rows[ref][name] for name in ("qty_cancelled", "qty_held", "qty_fulfilled", "qty_open")}
        assert found == {name: getattr(quantities, name) for name in found}, ref


def _standing_words(facts: list[Fact]) -> dict[str, list[Fact]]:
    """The desk's words that it has not taken back, by order, in the order in which they count."""
    said = [fact for fact in facts if fact[0] == "order_events"]
    taken_back = {fact[4].get("corrects_ref") for fact in said}
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(said, key=lambda f: (f[1], f[2], f[4]["event_ref"])):
        if fact[4]["quantity"] and fact[4]["event_ref"] not in taken_back:
            found[fact[4]["order_ref"]].append(fact)
    return found


def _first_statements(facts: list[Fact], record_type: str, key: str) -> list[Fact]:
    first: dict[tuple[str, str | None, str], Fact] = {}
    ordered = sorted((f for f in facts if f[0] == record_type), key=lambda f: (f[3], _file(f[4])))
    for fact in ordered:
        first.setdefault(
            (fact[4].get("location_id", "WH1"), fact[4].get("counterparty_location_id"), fact[4][key]), fact
        )
    return list(first.values())


def _movements(facts: list[Fact]) -> list[Movement]:
    return [
        Movement(
            v["movement_ref"],
            v["kind"],
            v["sku"],
            v.get("location_id", "WH1"),
            v["quantity"],
            _at(day, hour),
            _at(*known),
            "blocked" if v.get("disposition") == "blocked" or _is_inspected(day, known, v) else "on_hand",
        )
        for _, day, hour, known, v in _first_statements(facts, "stock_movements", "movement_ref")
    ]


def _channel_returns(facts: list[Fact]) -> list[Movement]:
    """What channels say came back to a place of ours, of a line that they name."""
    return [
        Movement(
            f"return:{v['adjustment_ref']}", "return", v["sku"], v["location_id"], v["quantity"], _at(day, hour),
            _at(*known), "blocked" if _is_inspected(day, known, v | {"kind": "return"}) else "on_hand",
        )
        for name, day, hour, known, v in facts
        if name == "order_adjustments" and v["kind"] == "returned" and v.get("location_id")
    ]  # fmt: skip


def _returns_twice(facts: list[Fact]) -> list[Movement]:
    """What goes out again of returns that a channel and a place both state, as the second of them becomes known."""
    said = [(f[3], f[1:3], "return", f) for f in facts if f[0] == "order_adjustments" and f[4].get("location_id")]
    said += [
        (f[3], f[1:3], "movement", f)
        for f in facts
        if f[0] == "stock_movements" and f[4]["kind"] == "return" and f[4].get("order_ref")
    ]
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    twice: list[Movement] = []
    for known, (day, hour), side, (_, _, _, _, v) in sorted(said, key=lambda entry: (*entry[:3], str(entry[3]))):
        total = totals[v["order_ref"]]
        before = min(total["return"], total["movement"])
        total[side] += v["quantity"]
        quantity = min(total["return"], total["movement"]) - before
        if quantity:
            unsaid = {"kind": "return", "location_id": "WH1"}
            account = "blocked" if _is_inspected(day, known, unsaid) else "on_hand"
            name = f"twice:{v['order_ref']}:{len(twice)}"
            times = _at(day, hour), _at(*known)
            twice.append(Movement(name, "shipment", v["sku"], "WH1", quantity, *times, account))
    return twice


def _cancelled_by_credits(facts: list[Fact]) -> dict[str, int]:
    """Units of each order that its channel's credits cancel: of each credit, as many as have not left by then."""
    cancelled: dict[str, int] = defaultdict(int)
    lines = {f[4]["order_ref"]: f[4]["quantity"] for f in facts if f[0] == "order_lines"}
    stated = [f for f in facts if f[0] == "order_adjustments" and f[4]["kind"] == "cancelled"]
    for credit in sorted(stated, key=lambda f: (f[1:3], f[4]["adjustment_ref"])):
        ref = credit[4]["order_ref"]
        left = sum(
            f[4]["quantity"]
            for f in facts
            if f[0] == "stock_movements"
            and f[4].get("order_ref") == ref
            and f[4]["kind"] == "shipment"
            and f[1:3] <= credit[1:3]
        )
        most = max(lines[ref] - left - cancelled[ref], 0) if left else credit[4]["quantity"]
        cancelled[ref] += min(credit[4]["quantity"], most)
    return cancelled


def _is_inspected(day: int, known: tuple[int, int], values: dict[str, Any]) -> bool:
    """Whether it came back and nobody has looked at it, where somebody must."""
    is_unsaid = values["kind"] == "return" and values.get("disposition") is None
    return (
        is_unsaid and values.get("location_id", "WH1") == "WH1" and day >= INSPECTED_FROM and known >= INSPECTION_KNOWN
    )


def _account(movement: Movement) -> str:
    """Where it lies: what is for sale at a place known as a drop-shipper's is his."""
    is_his = movement.location_id == DROP_SHIPPER["location_id"] and movement.known_at >= _at(*DROP_SHIPPER_KNOWN)
    return "drop_ship" if is_his and movement.account == "on_hand" else movement.account


def _counts(facts: list[Fact]) -> list[Count]:
    return [
        Count(
            f"count:{v['location_id']}:{v['count_ref']}:{v['sku']}",
            v["sku"],
            v["location_id"],
            v["counted_quantity"],
            _at(day, hour),
            _at(*known),
        )
        for name, day, hour, known, v in facts
        if name == "stock_counts"
    ]  # fmt: skip


def _accepted(facts: list[Fact]) -> dict[str, datetime]:
    return {
        f"count:{v['location_id']}:{v['count_ref']}:{v['sku']}": _at(*known)
        for name, _, _, known, v in facts
        if name == "count_reviews" and v["decision"] == "accepted"
    }


def _statements(facts: list[Fact]) -> dict[str, list[Fact]]:
    """Statements of each line by the channel's clock, the deciding one last."""
    stated: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact[0] == "order_lines":
            stated[fact[4]["order_ref"]].append(fact)
    return {ref: sorted(rows, key=lambda f: (f[1:4], _file(f[4]))) for ref, rows in stated.items()}


def _sales(facts: list[Fact]) -> list[Movement]:
    """What tills handed over, statement by statement as they became known: one at odds with the last is two."""
    movements: list[Movement] = []
    for ref, statements in _statements(facts).items():
        current: Fact | None = None
        for fact in sorted(statements, key=lambda f: (f[3], f[1:3], _file(f[4]))):
            if current and fact[1:3] < current[1:3]:
                continue
            before, after = _sale(current), _sale(fact)
            if before != after:
                known = _at(*fact[3])
                if before:
                    movements.append(Movement(f"{ref}-back", "return", *before, known))
                if after:
                    movements.append(Movement(ref, "sale", *after, known))
            current = fact
    return movements


def _sale(fact: Fact | None) -> tuple[str, str, int, datetime] | None:
    if fact is None or fact[4]["line_status"] != "fulfilled":
        return None
    return (fact[4]["sku"], fact[4]["location_id"], fact[4]["quantity"], _at(*fact[1:3]))
