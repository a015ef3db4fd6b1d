"""The fixed part of the simulated network: SKUs, locations, suppliers, and how popular what is where.

Belongs here: what is drawn once from the seed and never changes.
Does not belong here: anything that happens on a day (`demand`, `orders`, `replenish`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oms_core.arrays import Bools, Floats, Ints
from oms_core.twin.spec import NetworkSpec
from oms_core.twin.streams import Stream, stream

WEB, MARKETPLACE, POS = "web", "marketplace", "pos"

#: Latent classes, their share of SKUs, the rate of order lines against the popularity alone, and the mean
#: quantity of a line beyond its first unit.
_ITEM_CLASSES = (
    ("smooth", 0.40, 1.0, 0.3),
    ("erratic", 0.20, 0.8, 1.6),
    ("seasonal", 0.15, 1.0, 0.5),
    ("intermittent", 0.15, 0.12, 2.0),
    ("lumpy", 0.10, 0.25, 5.0),
)
#: Category, day of the year of its peak, relative height of the peak.
CATEGORIES = (
    ("garden", 165, 0.35),
    ("kitchen", 340, 0.15),
    ("lighting", 345, 0.25),
    ("textiles", 20, 0.15),
    ("gifts", 348, 0.45),
    ("toys", 350, 0.40),
    ("office", 250, 0.15),
    ("outdoor", 190, 0.40),
)
_REGIONS = ("NORTH", "SOUTH", "EAST", "WEST")
_ADJECTIVES = (
    "Red",
    "Blue",
    "Oak",
    "Steel",
    "Vintage",
    "Linen",
    "Ceramic",
    "Folding",
    "Small",
    "Large",
    "Striped",
    "Glass",
)
_NOUNS = (
    "lamp",
    "mug",
    "basket",
    "cushion",
    "lantern",
    "tray",
    "box",
    "clock",
    "bowl",
    "frame",
    "bag",
    "planter",
    "stool",
)


@dataclass(frozen=True)
class Location:
    """One node. `region` is an index into `Network.regions`."""

    location_id: str
    name: str
    kind: str
    region: int
    ships_orders: bool


@dataclass(frozen=True)
class Cell:
    """One source of demand: a channel and a region, or a store. `location` is where its demand counts."""

    channel: str
    region: int
    location: int


@dataclass(frozen=True)
class Suppliers:
    """Suppliers by index: quoted lead time in days, spread of the actual one, weekday of their review."""

    ids: tuple[str, ...]
    lead_time_days: Ints
    lead_time_cv: Floats
    review_weekday: Ints


@dataclass(frozen=True)
class Items:
    """SKUs by index. `trend` is growth a year; `launch` the first simulated day (0-based) with demand."""

    skus: tuple[str, ...]
    titles: tuple[str, ...]
    classes: tuple[str, ...]
    category: Ints
    supplier: Ints
    unit_price_minor: Ints
    unit_cost_minor: Ints
    pack_quantity: Ints
    trend: Floats
    season_scale: Floats
    extra_quantity: Floats
    popularity: Floats
    launch: Ints
    is_drop_shipped: Bools


@dataclass(frozen=True)
class Network:
    """Everything fixed. Arrays are by location (L), SKU (S) and cell (C).

    `is_carried` [L, S]; `line_rate` [C, S] mean order lines a day; `home` [L] the warehouse that supplies a store;
    `node_order` [region] the warehouses in the order in which they are tried.
    """

    spec: NetworkSpec
    regions: tuple[str, ...]
    locations: tuple[Location, ...]
    suppliers: Suppliers
    items: Items
    cells: tuple[Cell, ...]
    is_carried: Bools
    line_rate: Floats
    node_order: tuple[tuple[int, ...], ...]
    home: tuple[int, ...]
    drop_shipper_of: Ints

    @property
    def location_ids(self) -> tuple[str, ...]:
        """Location ids in index order."""
        return tuple(location.location_id for location in self.locations)

    def rows(self, kind: str) -> list[int]:
        """Indices of the locations of one kind."""
        return [i for i, location in enumerate(self.locations) if location.kind == kind]


def build_network(spec: NetworkSpec) -> Network:
    """Draw the network of a spec."""
    rng = stream(spec.seed, Stream.NETWORK)
    regions = tuple(_REGIONS[i] if i < 4 else f"REGION-{i + 1}" for i in range(spec.warehouse_count))
    locations = _locations(spec, regions)
    suppliers = _suppliers(spec, rng)
    items = _items(spec, rng)
    stores = [i for i, location in enumerate(locations) if location.kind == "store"]
    is_carried, dropper = _assortments(spec, rng, locations, items)
    cells = _cells(locations, len(regions))
    return Network(
        spec=spec,
        regions=regions,
        locations=locations,
        suppliers=suppliers,
        items=items,
        cells=cells,
        is_carried=is_carried,
        line_rate=_line_rates(spec, rng, cells, items, is_carried, len(stores)),
        node_order=tuple(
            tuple(sorted(range(spec.warehouse_count), key=lambda w, r=r: (w != r, w)))  # type: ignore[misc]
            for r in range(len(regions))
        ),
        home=tuple(location.region for location in locations),
        drop_shipper_of=dropper,
    )


def _locations(spec: NetworkSpec, regions: tuple[str, ...]) -> tuple[Location, ...]:
    found = [Location(f"WH-{r}", f"Warehouse {r.title()}", "warehouse", i, True) for i, r in enumerate(regions)]
    found += [
        Location(f"ST-{n + 1:02d}", f"Store {n + 1}", "store", n % len(regions), False) for n in range(spec.store_count)
    ]
    found += [
        Location(f"DS-{n + 1:02d}", f"Drop-shipper {n + 1}", "drop_shipper", n % len(regions), True)
        for n in range(spec.drop_shipper_count)
    ]
    return tuple(found)


def _suppliers(spec: NetworkSpec, rng: np.random.Generator) -> Suppliers:
    count = spec.supplier_count
    return Suppliers(
        ids=tuple(f"SUP-{n + 1:02d}" for n in range(count)),
        lead_time_days=rng.integers(4, 22, count),
        lead_time_cv=rng.uniform(0.15, 0.45, count),
        review_weekday=rng.integers(0, 5, count),
    )


def _items(spec: NetworkSpec, rng: np.random.Generator) -> Items:
    count = spec.sku_count
    shares = np.array([share for _, share, _, _ in _ITEM_CLASSES])
    drawn = rng.choice(len(_ITEM_CLASSES), size=count, p=shares / shares.sum())
    category = rng.integers(0, len(CATEGORIES), count)
    price = np.round(np.exp(rng.normal(7.0, 0.7, count)) / 10).astype(np.int64) * 10 + 199
    rank = rng.permutation(count)
    words = [
        (_ADJECTIVES[a], _NOUNS[n]) for a, n in zip(rng.integers(0, 12, count), rng.integers(0, 13, count), strict=True)
    ]
    is_new = rng.random(count) < 0.06
    return Items(
        skus=tuple(f"SKU-{n + 1:05d}" for n in range(count)),
        titles=tuple(f"{a} {b} {n + 1}" for n, (a, b) in enumerate(words)),
        classes=tuple(_ITEM_CLASSES[c][0] for c in drawn),
        category=category,
        supplier=rng.integers(0, spec.supplier_count, count),
        unit_price_minor=price,
        unit_cost_minor=(price * rng.uniform(0.4, 0.65, count)).astype(np.int64),
        pack_quantity=rng.choice(np.array([1, 6, 12]), count),
        trend=rng.normal(0.06, 0.12, count).clip(-0.25, 0.4),
        season_scale=np.where(drawn == 2, 2.2, 1.0),
        extra_quantity=np.array([_ITEM_CLASSES[c][3] for c in drawn]),
        popularity=(rank + 4.0) ** -0.8 * np.array([_ITEM_CLASSES[c][2] for c in drawn]),
        launch=np.where(is_new, rng.integers(30, 300, count), 0),
        is_drop_shipped=np.arange(count) >= count - spec.dropped_sku_count,
    )


def _assortments(
    spec: NetworkSpec, rng: np.random.Generator, locations: tuple[Location, ...], items: Items
) -> tuple[Bools, Ints]:
    """Who carries what [L, S], and the drop-shipper of each SKU [S] (-1: none)."""
    carried = np.zeros((len(locations), spec.sku_count), dtype=np.bool_)
    stocked = np.flatnonzero(~items.is_drop_shipped)
    droppers = [i for i, location in enumerate(locations) if location.kind == "drop_shipper"]
    dropper = np.full(spec.sku_count, -1, dtype=np.int64)
    for n, sku in enumerate(np.flatnonzero(items.is_drop_shipped)):
        dropper[sku] = droppers[n % len(droppers)]
        carried[dropper[sku], sku] = True
    weights = items.popularity[stocked] / items.popularity[stocked].sum()
    for i, location in enumerate(locations):
        if location.kind == "warehouse":
            carried[i, stocked] = True
        elif location.kind == "store":
            size = min(spec.store_sku_count, len(stocked))
            carried[i, rng.choice(stocked, size=size, replace=False, p=weights)] = True
    return carried, dropper


def _cells(locations: tuple[Location, ...], region_count: int) -> tuple[Cell, ...]:
    cells = [Cell(channel, r, r) for channel in (WEB, MARKETPLACE) for r in range(region_count)]
    cells += [Cell(POS, loc.region, i) for i, loc in enumerate(locations) if loc.kind == "store"]
    return tuple(cells)


def _line_rates(
    spec: NetworkSpec, rng: np.random.Generator, cells: tuple[Cell, ...], items: Items, carried: Bools, store_count: int
) -> Floats:
    """Mean order lines a day by cell and SKU; all of them sum to `lines_per_day`."""
    share = {WEB: spec.web_share, MARKETPLACE: spec.marketplace_share}
    share[POS] = 1 - spec.web_share - spec.marketplace_share if store_count else 0.0
    weight = rng.uniform(0.7, 1.3, len(cells))
    rates = np.zeros((len(cells), spec.sku_count))
    for channel in (WEB, MARKETPLACE, POS):
        mine = [i for i, cell in enumerate(cells) if cell.channel == channel]
        total = sum(weight[i] for i in mine)
        for i in mine:
            popular = items.popularity * (carried[cells[i].location] if channel == POS else 1.0)
            rates[i] = share[channel] * weight[i] / total * popular / popular.sum()
    return np.asarray(rates / rates.sum() * spec.lines_per_day)
