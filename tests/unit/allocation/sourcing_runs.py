"""Small allocation runs by rules: places, lines, a run, and what it decided.

Does not belong here: assertions.
"""

from __future__ import annotations

from datetime import UTC, datetime

from oms_core.allocation.sourcing import Allocation, allocate
from oms_core.allocation.stated.problem import Expiring, Location, OpenLine, Problem
from oms_core.allocation.stated.rules import read_rules
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.worth import Worth

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NORTH = Location("WH-N", "warehouse", "north", True, 1, "Europe/London")
SOUTH = Location("WH-S", "warehouse", "south", True, 2, "Europe/London")
STORE = Location("ST", "store", "north", True, 3, "Europe/London")
COUNTER = Location("COUNTER", "store", "north", False, 4, "Europe/London")
PLACES = (NORTH, SOUTH, STORE, COUNTER)
RULES = """
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 600, days: 2}
  - {from: store, to: same, minor: 900, days: 1}
handling_minor: {warehouse: 10, store: 50}
unfilled: {line_minor: 5000, unit_minor: 0, priorities: {1: 2.0}, per_day_waiting: 0.1}
"""


def line(order: str, sku: str = "MUG", quantity: int = 1, **options: object) -> OpenLine:
    values: dict[str, object] = {
        "channel_id": "web", "line_ref": sku, "region": "north", "location_id": None, "priority": 2,
        "placed_at_us": int(NOON.timestamp() * 1e6), "is_held": False, **options,
    }  # fmt: skip
    name = f"{values['channel_id']}:{order}:{values['line_ref']}"
    return OpenLine(name, order_ref=order, sku=sku, qty_to_decide=quantity, **values)  # type: ignore[arg-type]


def run(
    *lines: OpenLine, rules: str = "", kept: dict[str, int] | None = None, places: tuple[Location, ...] = PLACES,
    scarce: dict[tuple[str, str], float] | None = None, at: datetime = NOON, expiring: tuple[Expiring, ...] = (),
    base: str = RULES, worth: dict[str, Worth] | None = None, **supply: int,
) -> Allocation:  # fmt: skip
    """Supply as `SKU__LOCATION` with `_` for `-`; what is kept, by channel, of MUG at WH-N."""
    stock = {(name.split("__")[0], name.split("__")[1].replace("_", "-")): units for name, units in supply.items()}
    problem = Problem(
        lines, stock, places, frozenset({"MUG", "CUP"}), {("MUG", "WH-N"): kept} if kept else {}, expiring
    )
    return allocate(problem, Terms(read_rules(base + rules), at, scarce or {}, worth=worth or {}))


def decided(found: Allocation) -> list[tuple[str, str, int, str | None, str]]:
    return [
        (d.line.order_ref, d.decision, d.quantity, d.location_id, d.reason_code)
        for d in sorted(found.decisions, key=lambda d: (d.line.order_line_id, d.decision, d.location_id or ""))
    ]
