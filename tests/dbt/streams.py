"""Facts drawn at random, late, doubled and out of order: what channels, places, suppliers and the order desk may say.

Belongs here: the draw. Does not belong here: what comes of them (`plainly` says it in Python, the models in SQL).
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

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

#: Record type, day and hour it was true, day and hour it became known, values.
Fact = tuple[str, int, int, tuple[int, int], dict[str, Any]]


def drawn() -> list[Fact]:
    """All of them, the same at every call."""
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


def file_of(values: dict[str, Any]) -> str:
    """The file it came in, whose name decides between facts of one instant."""
    return str(sorted(values.items(), key=str))


def instant(day: int, hour: int) -> datetime:
    """Of the stream's n-th day, counted from 0."""
    return datetime.fromisoformat(f"2026-03-{day + 1:02d}T{hour:02d}:00:00+00:00")


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
