"""A simulated retail network with known truth: demo data, back-tests of policies, warehouses that answer.

`simulate` is a day of the demo network: `spec` says what it is made of, `network` is its fixed part, `state` what it
remembers, `clock` its times, `streams` its chance.

- What happens: `demand`, `orders` and `store_sales`; `replenish` and `ordered`; `shipping`; `stocktake`.
- What is said of it: `masters` and the `book` of a day, as the channels write it (`wire`), with mistakes (`dirt`), in
  `files`; and what really happened, for tests alone (`truth`).
- `supply` gives a real channel the stock that it does not state: `supply_input`, `supply_products`, `supply_orders`,
  `grouping`. `trading` is a partner that answers X12.

Belongs here: everything that plays our counterparts. It speaks to the product through files only.
Does not belong here: the product's own rules; the twin must not agree with them by sharing their code.
"""

from oms_core.twin.simulate import TwinReport, last_simulated_day, simulate_day, simulate_history
from oms_core.twin.spec import NetworkSpec, SupplySpec, TwinHome
from oms_core.twin.supply import simulate_supply
from oms_core.twin.truth import read_dirt, read_truth

__all__ = [
    "NetworkSpec",
    "SupplySpec",
    "TwinHome",
    "TwinReport",
    "last_simulated_day",
    "read_dirt",
    "read_truth",
    "simulate_day",
    "simulate_history",
    "simulate_supply",
]
