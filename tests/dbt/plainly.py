"""What the plain Python ledger and the plain rules of an order line make of a stream of facts.

Belongs here: the answer that the models must give, by another road. Does not belong here: the facts (`streams`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from oms_core.inventory.ledger import Count, Movement
from tests.dbt.streams import DROP_SHIPPER, DROP_SHIPPER_KNOWN, INSPECTED_FROM, INSPECTION_KNOWN, Fact, file_of, instant


def standing_words(facts: list[Fact]) -> dict[str, list[Fact]]:
    """The desk's words that it has not taken back, by order, in the order in which they count."""
    said = [fact for fact in facts if fact[0] == "order_events"]
    taken_back = {fact[4].get("corrects_ref") for fact in said}
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(said, key=lambda f: (f[1], f[2], f[4]["event_ref"])):
        if fact[4]["quantity"] and fact[4]["event_ref"] not in taken_back:
            found[fact[4]["order_ref"]].append(fact)
    return found


def first_statements(facts: list[Fact], record_type: str, key: str) -> list[Fact]:
    """What was stated first of each thing that `key` names, at each place."""
    first: dict[tuple[str, str | None, str], Fact] = {}
    ordered = sorted((f for f in facts if f[0] == record_type), key=lambda f: (f[3], file_of(f[4])))
    for fact in ordered:
        first.setdefault(
            (fact[4].get("location_id", "WH1"), fact[4].get("counterparty_location_id"), fact[4][key]), fact
        )
    return list(first.values())


def movements(facts: list[Fact]) -> list[Movement]:
    """What places state that moved, each as it was stated first."""
    return [
        Movement(
            v["movement_ref"],
            v["kind"],
            v["sku"],
            v.get("location_id", "WH1"),
            v["quantity"],
            instant(day, hour),
            instant(*known),
            "blocked" if v.get("disposition") == "blocked" or _is_inspected(day, known, v) else "on_hand",
        )
        for _, day, hour, known, v in first_statements(facts, "stock_movements", "movement_ref")
    ]


def channel_returns(facts: list[Fact]) -> list[Movement]:
    """What channels say came back to a place of ours, of a line that they name."""
    return [
        Movement(
            f"return:{v['adjustment_ref']}", "return", v["sku"], v["location_id"], v["quantity"], instant(day, hour),
            instant(*known), "blocked" if _is_inspected(day, known, v | {"kind": "return"}) else "on_hand",
        )
        for name, day, hour, known, v in facts
        if name == "order_adjustments" and v["kind"] == "returned" and v.get("location_id")
    ]  # fmt: skip


def returns_twice(facts: list[Fact]) -> list[Movement]:
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
            times = instant(day, hour), instant(*known)
            twice.append(Movement(name, "shipment", v["sku"], "WH1", quantity, *times, account))
    return twice


def cancelled_by_credits(facts: list[Fact]) -> dict[str, int]:
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


def account(movement: Movement) -> str:
    """Where it lies: what is for sale at a place known as a drop-shipper's is his."""
    is_his = movement.location_id == DROP_SHIPPER["location_id"] and movement.known_at >= instant(*DROP_SHIPPER_KNOWN)
    return "drop_ship" if is_his and movement.account == "on_hand" else movement.account


def counts(facts: list[Fact]) -> list[Count]:
    """What places counted."""
    return [
        Count(
            f"count:{v['location_id']}:{v['count_ref']}:{v['sku']}",
            v["sku"],
            v["location_id"],
            v["counted_quantity"],
            instant(day, hour),
            instant(*known),
        )
        for name, day, hour, known, v in facts
        if name == "stock_counts"
    ]  # fmt: skip


def accepted(facts: list[Fact]) -> dict[str, datetime]:
    """When counts that had been held for review were accepted."""
    return {
        f"count:{v['location_id']}:{v['count_ref']}:{v['sku']}": instant(*known)
        for name, _, _, known, v in facts
        if name == "count_reviews" and v["decision"] == "accepted"
    }


def statements(facts: list[Fact]) -> dict[str, list[Fact]]:
    """Statements of each line by the channel's clock, the deciding one last."""
    stated: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact[0] == "order_lines":
            stated[fact[4]["order_ref"]].append(fact)
    return {ref: sorted(rows, key=lambda f: (f[1:4], file_of(f[4]))) for ref, rows in stated.items()}


def sales(facts: list[Fact]) -> list[Movement]:
    """What tills handed over, statement by statement as they became known: one at odds with the last is two."""
    movements: list[Movement] = []
    for ref, stated in statements(facts).items():
        current: Fact | None = None
        for fact in sorted(stated, key=lambda f: (f[3], f[1:3], file_of(f[4]))):
            if current and fact[1:3] < current[1:3]:
                continue
            before, after = _sale(current), _sale(fact)
            if before != after:
                known = instant(*fact[3])
                if before:
                    movements.append(Movement(f"{ref}-back", "return", *before, known))
                if after:
                    movements.append(Movement(ref, "sale", *after, known))
            current = fact
    return movements


def _sale(fact: Fact | None) -> tuple[str, str, int, datetime] | None:
    if fact is None or fact[4]["line_status"] != "fulfilled":
        return None
    return (fact[4]["sku"], fact[4]["location_id"], fact[4]["quantity"], instant(*fact[1:3]))
