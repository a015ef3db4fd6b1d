"""Master data invented for a channel that has none: suppliers, and products from what order lines say.

Belongs here: supplier choice, categories, costs.
Does not belong here: stock (`supply`).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from oms_core.twin.clock import DayClock
from oms_core.twin.spec import SupplySpec
from oms_core.twin.streams import Stream, stream

Rows = dict[str, list[tuple[object, ...]]]

#: First category whose word stands in the description; what has none goes by price.
_CATEGORY_WORDS = (
    ("christmas", ("CHRISTMAS", "XMAS", "ADVENT", "REINDEER", "SNOW")),
    ("lighting", ("LIGHT", "LANTERN", "CANDLE", "LAMP", "HOLDER")),
    ("bags", ("BAG", "PURSE", "SHOPPER", "RUCKSACK")),
    ("kitchen", ("MUG", "CUP", "PLATE", "BOWL", "CAKE", "TEA", "JAR", "BAKING", "LUNCH", "KITCHEN", "TIN")),
    ("stationery", ("CARD", "PAPER", "WRAP", "PENCIL", "NOTEBOOK", "STICKER", "BOOK")),
    ("jewellery", ("NECKLACE", "BRACELET", "EARRING", "RING", "BROOCH")),
    ("garden", ("GARDEN", "PLANT", "FLOWER", "BIRD")),
    ("textiles", ("CUSHION", "BLANKET", "TOWEL", "APRON", "DOORMAT", "RUG")),
    ("decoration", ("HEART", "SIGN", "FRAME", "CLOCK", "DECORATION", "WREATH", "BUNTING", "HANGING")),
    ("toys", ("TOY", "DOLL", "GAME", "PUZZLE", "CHILD", "SPACEBOY", "DOLLY")),
)
_UNPRICED = "unpriced"


@dataclass(frozen=True)
class SupplierSpec:
    """One invented supplier: quoted lead time, spread of the actual one, weekday or offset of its review."""

    supplier_id: str
    lead_time_days: int
    lead_time_cv: float
    review_offset: int


@dataclass
class Assortment:
    """What has been stated of products so far: price and description by SKU."""

    spec: SupplySpec
    price_minor: dict[str, int] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)

    def state(self, clock: DayClock, seen: dict[str, tuple[int, str]], rows: Rows) -> None:
        """State the products of a day's `seen` (SKU to first non-zero price and description) that say something new.

        A SKU is stated when first seen, and once more when its first price or description comes later.
        """
        for sku in sorted(seen):
            price, text = seen[sku]
            known_price, known_text = self.price_minor.get(sku, 0), self.description.get(sku, "")
            is_new = sku not in self.price_minor
            if not is_new and not (known_price == 0 < price) and not (not known_text and text):
                continue
            self.price_minor[sku], self.description[sku] = known_price or price, known_text or text
            rows.setdefault("products", []).append(self._row(clock, sku))

    def _row(self, clock: DayClock, sku: str) -> tuple[object, ...]:
        price, text, spec = self.price_minor[sku], self.description[sku] or sku, self.spec
        supplier = supplier_id(supplier_of(spec, sku))
        money = ((price + 1) // 2, price, spec.currency)
        return (
            sku,
            text,
            _category_of(text, price),
            supplier,
            *money,
            spec.pack_quantity,
            "true",
            *("", "", ""),
            clock.at(0),
            clock.iso,
        )


def supplier_of(spec: SupplySpec, sku: str) -> int:
    """Index of the supplier of a SKU: from its code and the seed alone, so that later SKUs change nothing."""
    return zlib.crc32(f"{spec.seed}:{sku}".encode()) % spec.supplier_count


def supplier_id(index: int) -> str:
    """Supplier number."""
    return f"SUP-{index + 1:02d}"


def _category_of(description: str, price_minor: int) -> str:
    """Merchandise group from the words of a description, else from the price."""
    words = description.upper()
    for category, signs in _CATEGORY_WORDS:
        if any(sign in words for sign in signs):
            return category
    if price_minor == 0:
        return _UNPRICED
    bands = ((100, "small goods"), (500, "gifts"))
    return next((name for limit, name in bands if price_minor < limit), "homeware")


def invent_suppliers(spec: SupplySpec) -> list[SupplierSpec]:
    """The suppliers of a spec."""
    rng = stream(spec.seed, Stream.SUPPLY_STATIC)
    lead, cv = rng.integers(3, 19, spec.supplier_count), rng.uniform(0.15, 0.45, spec.supplier_count)
    return [
        SupplierSpec(supplier_id(i), int(lead[i]), float(cv[i]), i % spec.review_period_days)
        for i in range(spec.supplier_count)
    ]


def state_static(spec: SupplySpec, clock: DayClock, suppliers: list[SupplierSpec], rows: Rows) -> None:
    """State location, channel and suppliers, effective at the start of the day."""
    at, iso = clock.at(0), clock.iso
    place = (spec.country, spec.region, spec.timezone, "true", 1, "")
    rows["locations"] = [(spec.location_id, spec.location_name, "warehouse", *place, at, iso)]
    rows["channels"] = [(spec.channel_id, spec.channel_name, "web", spec.currency, 1, at, iso)]
    rows["suppliers"] = [
        (s.supplier_id, f"Supplier {n + 1}", s.lead_time_days, spec.review_period_days, at, iso)
        for n, s in enumerate(suppliers)
    ]
