"""What assets are handed by Dagster: the home they work in.

Belongs here: Dagster resources. Does not belong here: what is done with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.home import Home
from pipelines.recording import on_record
from pipelines.ticket import Ticket, ticket_of
from pipelines.turn import OURS, exclusive


class HomeResource(dg.ConfigurableResource[Any]):
    """The installation's home: `root`, or where `OMS_HOME` says."""

    root: str = ""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[HomeResource]:
        """Hold the home for the whole run: two that decide at once on the same stock would promise it twice. The run is
        on record from here to its end.

        A run of the daemon, or of Dagster's page, waits for its turn; `oms run` holds the home before it begins.
        """
        is_ours = context.run is not None and OURS in context.run.tags
        log = context.log or dg.get_dagster_logger()
        with nullcontext() if is_ours else exclusive(self.home, on_wait=log.info):
            if context.run is None or context.instance is None:
                yield self
                return
            with on_record(self.home, context.instance, context.run.run_id):
                yield self

    @property
    def home(self) -> Home:
        return Home.locate(Path(self.root) if self.root else None).require()

    def ticket(self, context: dg.AssetExecutionContext) -> Ticket:
        """The `as_of` and id of the run that this step belongs to."""
        return ticket_of(self.home, context.run.run_id)
