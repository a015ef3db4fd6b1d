"""The terms of a run: what it goes by besides the problem.

Belongs here: what every step of a run's decision is handed. Does not belong here: what it makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oms_core.allocation.stated.rules import Rules
from oms_core.allocation.stated.worth import Worth


@dataclass(frozen=True)
class Terms:
    """What a run goes by besides the problem: the rules, the hour (aware), and what giving a unit away is expected to
    lose a place, in minor units by SKU and location. `last_run_at`: the hour of the run before; None: none was.
    `worth`: by SKU, what units at all places are worth to orders to come."""

    rules: Rules
    as_of: datetime
    scarcity: Mapping[tuple[str, str], float] = field(default_factory=dict)
    last_run_at: datetime | None = None
    worth: Mapping[str, Worth] = field(default_factory=dict)
