"""What counterparts state of the network itself: products, locations, suppliers, channels and rules of availability on
the first day, and each week the promotions to come.

Belongs here: master data rows of the demo network, and its plan of promotions.
Does not belong here: how they were drawn (`network`).
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from oms_core.twin.book import DayBook
from oms_core.twin.demand import PROMOTION_DISCOUNT_PERCENT, WEEKS_PLANNED_AHEAD, first_of_week, promoted_skus
from oms_core.twin.network import CATEGORIES, MARKETPLACE, POS, WEB, Network
from oms_core.twin.replenish import REVIEW_PERIOD_DAYS

_FORMULA_DESCRIPTION = "=1+1 Discount lamp"
CHANNELS = ((WEB, "Web shop", "web", 2), (MARKETPLACE, "Marketplace", "marketplace", 3), (POS, "Stores", "pos", 1))

#: Rule, the channel it is about, its value: for all suppliers, locations and SKUs.
AVAILABILITY_RULES = (
    ("supply_confidence", "", 0.9),
    ("channel_share", WEB, 0.1),
    ("stale_days", "", 4),
    ("failing_share", "", 0.5),
    ("doubt_share", "", 0.25),
    ("reservation_days", "", 14),
    ("peg_lock_days", "", 2),
    ("pre_sell_share", WEB, 0.5),
)


def state_masters(network: Network, book: DayBook) -> None:
    """State every master record, effective at the start of the day. One product's text is a formula."""
    spec, at, iso = network.spec, book.clock.at(0), book.clock.iso
    for rank, location in enumerate(network.locations):
        place = (spec.country, network.regions[location.region], spec.timezone)
        ships = "true" if location.ships_orders else "false"
        row = (
            location.location_id,
            location.name,
            location.kind,
            *place,
            ships,
            rank + 1,
            network.location_ids[network.home[rank]] if spec.names_replenishers and location.kind == "store" else "",
            at,
            iso,
        )
        book.add("locations", row)
    for n, supplier_id in enumerate(network.suppliers.ids):
        lead = int(network.suppliers.lead_time_days[n])
        book.add("suppliers", (supplier_id, f"Supplier {n + 1}", lead, REVIEW_PERIOD_DAYS, at, iso))
    for row_number in network.rows("drop_shipper"):
        location = network.locations[row_number]
        terms = (3, REVIEW_PERIOD_DAYS)
        book.add("suppliers", (f"SUP-{location.location_id}", location.name, *terms, at, iso))
    for channel_id, name, kind, priority in CHANNELS:
        book.add("channels", (channel_id, name, kind, spec.currency, priority, at, iso))
    _state_products(network, book, at)
    for rule, channel_id, value in AVAILABILITY_RULES:
        book.add("availability_rules", (rule, "", channel_id, "", "", value, at, iso))


def plan_promotions(network: Network, book: DayBook) -> None:
    """On the first day of a week, state the promotions of the week that begins in four; on the very first, all until
    then.
    """
    day, start = book.clock.day, network.spec.history_start
    if day != start and day != first_of_week(day):
        return
    weeks = range(0 if day == start else WEEKS_PLANNED_AHEAD, WEEKS_PLANNED_AHEAD + 1)
    for first in (first_of_week(day) + timedelta(weeks=week) for week in weeks):
        last = first + timedelta(days=6)
        for n in np.flatnonzero(promoted_skus(network, first)):
            sku = network.items.skus[int(n)]
            what = (f"{first.isoformat()}-{sku}", "promotion", PROMOTION_DISCOUNT_PERCENT / 100, sku, "", "")
            when = (first.isoformat(), last.isoformat(), "Week's offer", book.clock.at(0), book.clock.iso)
            book.add("planned_events", (*what, *when))


def _state_products(network: Network, book: DayBook, at: str) -> None:
    items, spec = network.items, network.spec
    for n, sku in enumerate(items.skus):
        dropper = int(network.drop_shipper_of[n])
        dropped = dropper >= 0
        supplier = (
            f"SUP-{network.locations[dropper].location_id}" if dropped else network.suppliers.ids[items.supplier[n]]
        )
        title = _FORMULA_DESCRIPTION if n == 0 and spec.has_dirt else items.titles[n]
        money = (int(items.unit_cost_minor[n]), int(items.unit_price_minor[n]), spec.currency)
        category, pack = CATEGORIES[items.category[n]][0], int(items.pack_quantity[n])
        least = 4 * pack if n % 12 == 5 else ""
        terms = (pack, "true", least, "", "")
        book.add("products", (sku, title, category, supplier, *money, *terms, at, book.clock.iso))
        like = [m for m in range(len(items.skus)) if items.category[m] == items.category[n]]
        book.add("substitutes", (sku, items.skus[like[like.index(n) - 1]], 1, at, book.clock.iso))
    if spec.has_dirt:
        planted = {"kind": "formula_text", "feed": "products", "business_day": book.clock.iso}
        book.dirt.append({**planted, "text": _FORMULA_DESCRIPTION, "sku": items.skus[0]})
