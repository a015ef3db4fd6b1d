"""Where the pages find their data, and what time it is.

Belongs here: the only reading of the environment and the clock among the pages.
Does not belong here: opening what is found (`source`).

Environment, as the command line has it: `OMS_HOME` (default `./.oms`), `OMS_DATABASE_URL` (default: SQLite there).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The published snapshots' folder and the operations store's address."""

    published: Path
    database_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings that the environment names; the folder need not exist."""
        home = Path(environment.get("OMS_HOME") or ".oms").absolute()
        return cls(home / "published", environment.get("OMS_DATABASE_URL") or f"sqlite:///{home / 'operations.db'}")

    @property
    def partners(self) -> Path:
        """Where the home says what its partners want; it need not be there."""
        return self.home / "partners.yaml"

    @property
    def home(self) -> Path:
        return self.published.parent


def now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
