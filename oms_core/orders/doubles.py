"""Orders that were probably placed twice: the same customer, goods and amounts, within some hours.

Belongs here: which of the orders of a channel double another one, as a pure function.
Does not belong here: how they are read and held (`pipelines.fulfilment.doubled_orders`), who releases them (`desk`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Basket:
    """An order as its channel states it. `goods`: its lines' SKUs, quantities and amounts, in an order of their own;
    `is_new`: nobody has decided it yet."""

    order_id: str
    channel_id: str
    customer_key: str
    goods: str
    placed_at: datetime
    known_at: datetime
    is_new: bool


def doubled(baskets: Iterable[Basket], hours: Mapping[str, float]) -> dict[str, Basket]:
    """New orders that double one that was known before, by id, with the nearest of those.

    `hours`: how far apart two orders of a channel may be placed to be taken for one; a channel without hours is not
    looked at, and nor is a guest, of whom nobody knows who he is. Of two that became known together, the one that was
    placed later doubles the other.
    """
    alike: dict[tuple[str, str, str], list[Basket]] = defaultdict(list)
    for basket in baskets:
        if basket.customer_key and hours.get(basket.channel_id, 0) > 0:
            alike[basket.channel_id, basket.customer_key, basket.goods].append(basket)
    found: dict[str, Basket] = {}
    for (channel_id, _, _), group in alike.items():
        window = timedelta(hours=hours[channel_id])
        group.sort(key=lambda one: (one.known_at, one.placed_at, one.order_id))
        for place, basket in enumerate(group):
            near = [one for one in group[:place] if abs(basket.placed_at - one.placed_at) <= window]
            if basket.is_new and near:
                found[basket.order_id] = min(
                    near, key=lambda one: (abs(basket.placed_at - one.placed_at), one.order_id)
                )
    return found
