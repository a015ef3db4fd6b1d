"""A simulated retail network with known truth: demo data, back-tests of policies, warehouses that answer.

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
