"""What a simulated network is made of, and where it keeps its files.

Belongs here: the parameters of a simulation and its folders.
Does not belong here: anything drawn at random (`network`, `demand`), any file format (`wire`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path


@dataclass(frozen=True)
class NetworkSpec:
    """Size, span and seed of the demo network. The same spec gives the same bytes.

    `lines_per_day` is the mean over all channels at the start of the history; trend and promotions come on top.
    `daily_file_days` last days of the history come as one file a day and feed, what is before as one a month.
    """

    seed: int = 7
    sku_count: int = 400
    warehouse_count: int = 2
    store_count: int = 6
    drop_shipper_count: int = 1
    supplier_count: int = 12
    months: int = 18
    lines_per_day: float = 200.0
    history_end: date = date(2026, 5, 31)
    daily_file_days: int = 14
    store_sku_count: int = 120
    drop_ship_sku_count: int = 30
    web_share: float = 0.45
    marketplace_share: float = 0.20
    currency: str = "EUR"
    country: str = "DE"
    timezone: str = "Europe/Berlin"
    has_dirt: bool = True
    #: Whether stores say which warehouse replenishes them. No part of a state's fingerprint: nothing is drawn by it.
    names_replenishers: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        at_least = {"seed": 0, "sku_count": 2, "warehouse_count": 1, "store_count": 0, "drop_shipper_count": 0}
        at_least |= {"supplier_count": 1, "months": 1, "daily_file_days": 0, "store_sku_count": 1}
        for name, minimum in at_least.items():
            if getattr(self, name) < minimum:
                raise ValueError(f"NetworkSpec.{name} must be at least {minimum}, not {getattr(self, name)}")
        if self.lines_per_day <= 0:
            raise ValueError(f"NetworkSpec.lines_per_day must be positive, not {self.lines_per_day}")
        if self.dropped_sku_count >= self.sku_count:
            raise ValueError("NetworkSpec.drop_ship_sku_count leaves no SKU for the warehouses")
        if not 0 <= self.web_share + self.marketplace_share <= 1:
            raise ValueError("NetworkSpec.web_share and marketplace_share must add up to at most 1")

    @property
    def dropped_sku_count(self) -> int:
        """SKUs that only drop-shippers hold."""
        return self.drop_ship_sku_count if self.drop_shipper_count else 0

    @property
    def history_start(self) -> date:
        """First simulated day: `months` calendar months before the day after `history_end`."""
        after = self.history_end + timedelta(days=1)
        month = after.year * 12 + after.month - 1 - self.months
        return date(month // 12, month % 12 + 1, min(after.day, 28))


@dataclass(frozen=True)
class SupplySpec:
    """The supply side invented for a real channel that states none."""

    seed: int = 11
    location_id: str = "UK-DC"
    location_name: str = "UK distribution centre"
    country: str = "GB"
    region: str = "UK"
    timezone: str = "Europe/London"
    channel_id: str = "online-retail"
    channel_name: str = "Online retail"
    currency: str = "GBP"
    supplier_count: int = 8
    review_period_days: int = 7
    #: High on purpose: the invoices say that nearly everything did ship, lumpy as the demand is.
    safety_factor: float = 6.0
    pack_quantity: int = 6

    def __post_init__(self) -> None:
        for name in ("supplier_count", "review_period_days", "pack_quantity"):
            if getattr(self, name) < 1:
                raise ValueError(f"SupplySpec.{name} must be at least 1, not {getattr(self, name)}")
        if self.seed < 0:
            raise ValueError(f"SupplySpec.seed must be at least 0, not {self.seed}")


@dataclass(frozen=True)
class TwinHome:
    """Folders of a simulation: what counterparts deliver, the twin's own memory, and what only tests may see."""

    inbox: Path
    state_dir: Path
    truth_dir: Path
