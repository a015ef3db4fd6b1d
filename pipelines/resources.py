"""What assets are handed by Dagster: the home they work in.

Belongs here: Dagster resources. Does not belong here: what is done with them.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines.home import Home
from pipelines.ticket import Ticket, ticket_of


class HomeResource(dg.ConfigurableResource[Home]):
    """The installation's home: `root`, or where `OMS_HOME` says."""

    root: str = ""

    @property
    def home(self) -> Home:
        return Home.locate(Path(self.root) if self.root else None).require()

    def ticket(self, context: dg.AssetExecutionContext) -> Ticket:
        """The `as_of` and id of the run that this step belongs to."""
        return ticket_of(self.home, context.run_id)
