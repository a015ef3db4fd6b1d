"""One typed contract per landed record type and per mart: the words that every room agrees on.

What comes in: `landed` and `masters` from counterparts (with `landed_columns`, and `conditions` of a row), `rules`,
`overrides` and `planned_events` from planners. What we decide: `decisions` (with `decision_columns`) and `documents`,
landed as well. What is published: `marts`. `schema` is how a contract is written, `properties` makes dbt's YAML of it.

Belongs here: grain, key, columns, types, units, allowed values. Landing's Parquet, the gates, the dbt
properties and the documentation are all derived from these.
Does not belong here: behaviour.
"""

from oms_core.contracts.conditions import row_conditions
from oms_core.contracts.decisions import DECIDED
from oms_core.contracts.landed import LINEAGE, RECEIVED
from oms_core.contracts.marts import MARTS
from oms_core.contracts.schema import Column, Contract

LANDED: dict[str, Contract] = {contract.name: contract for contract in (*RECEIVED, *DECIDED)}
PUBLISHED: dict[str, Contract] = {contract.name: contract for domain in MARTS.values() for contract in domain}

__all__ = ["DECIDED", "LANDED", "LINEAGE", "MARTS", "PUBLISHED", "RECEIVED", "Column", "Contract", "row_conditions"]
