"""Past weeks under scenarios that planners have kept: finding these, and keeping what came of it for their page.

Belongs here: the way between the operations store and a back-test. Does not belong here: the back-test
(`backtest`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from oms_core.store.operations import OperationsStore, Replay, Scenario
from pipelines.planning.backtest import Scenario as Run


def find_scenarios(kept: Sequence[Scenario], names: Sequence[str]) -> list[Scenario]:
    """The scenarios of those names. Raises KeyError with the names that there are."""
    by_name = {one.name: one for one in kept}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise KeyError(f"no scenario {', '.join(unknown)}; there are {', '.join(by_name) or 'none yet'}")
    return [by_name[name] for name in dict.fromkeys(names)]


def keep_replays(
    store: OperationsStore,
    scenarios: Sequence[Scenario],
    found: pd.DataFrame,
    policy: str,
    until_date: date,
    days: int,
    are_sales_lost: bool,
    now: datetime,
) -> None:
    """Keep each scenario's figures of one stock policy, beside those of the targets in force where they were asked."""
    in_force = Run(policy).name
    for one in scenarios:
        name = Run(policy, None, (), one.name).name
        rows = found[found["scenario"].isin([in_force, name])].astype(object)
        # A figure that nothing can be divided by is no JSON.
        figures = [
            {str(key): value for key, value in row.items()} for row in rows.where(rows.notna(), None).to_dict("records")
        ]
        store.scenarios.note_replay(Replay(one.name, one.revision, now, days, until_date, are_sales_lost, figures))
