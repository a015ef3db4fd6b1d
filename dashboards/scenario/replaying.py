"""Past weeks run again under a scenario, by the command that does it. Belongs here: the command, and why it failed.

Does not belong here: its look (`replay_view`), what it gave, which it keeps in the operations store.
"""

from __future__ import annotations

import sys
import threading

from dashboards.settings import Settings
from oms_core.store.questions.errands import Errand

#: Seconds that all of it may take.
MOST_SECONDS = 1_800


class ReplayFailed(Exception):  # noqa: N818 - reads as the sentence it is
    """The command could not run the weeks again; the message is its own last word."""


class Replaying(Errand):
    """Weeks under way; one scenario at a time on this server, for it takes all of a core."""

    _all_turns = threading.BoundedSemaphore(1)

    def __init__(self, settings: Settings, scenario: str, weeks: int) -> None:
        command = [sys.executable, "-m", "pipelines.cli", "backtest", f"--scenario={scenario}", f"--weeks={weeks}"]
        # Plain words of what it refuses, in one line.
        plain = {"TYPER_USE_RICH": "0", "COLUMNS": "1000"}
        environment = {"OMS_HOME": str(settings.home), "OMS_DATABASE_URL": settings.database_url, **plain}
        super().__init__([*command, "--json"], b"", environment, MOST_SECONDS, self._all_turns)

    def finish(self) -> None:
        """Nothing, once it has ended well. Raises ReplayFailed."""
        code, _ = self.result()
        if self.seconds >= MOST_SECONDS:
            raise ReplayFailed(f"It took more than {MOST_SECONDS // 60} minutes, and was ended. Try fewer weeks.")
        if code:
            refused = self.errors.rpartition("Error: ")[2].rpartition("✗")[2]
            raise ReplayFailed(" ".join(refused.split()) or f"The command ended with {code}.")
