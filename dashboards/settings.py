"""Where the pages find their data, and what time it is.

Belongs here: the only reading of the environment and the clock among the pages.
Does not belong here: opening what is found (`source`).

Environment, as the command line has it: `OMS_HOME` (default `./.oms`), `OMS_DATABASE_URL` (default: SQLite there).
Of the pages alone: `OMS_USER`, who sits at this machine where nobody has to sign in (default: the system's user), and
`OMS_IDLE_MINUTES`, after how many minutes without use somebody is signed out (default: 30), and `OMS_ASK_SECONDS`, how
long a question of the SQL box may take (default: 30).
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SettingsError(ValueError):
    """A setting that makes no sense; the message says what would."""


@dataclass(frozen=True)
class Settings:
    """The published snapshots' folder, the operations store's address, who sits here, how long one may be idle and a
    question of the SQL box may take."""

    published: Path
    database_url: str
    person: str = "somebody"
    idle: timedelta = timedelta(minutes=30)
    ask_seconds: int = 30

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings that the environment names; the folder need not exist. Raises SettingsError."""
        home = Path(environment.get("OMS_HOME") or ".oms").absolute()
        return cls(
            home / "published",
            environment.get("OMS_DATABASE_URL") or _own_database(home),
            environment.get("OMS_USER", "").strip() or _system_user(),
            timedelta(minutes=_whole(environment, "OMS_IDLE_MINUTES", 30, 720)),
            _whole(environment, "OMS_ASK_SECONDS", 30, 3600),
        )

    @property
    def partners(self) -> Path:
        """Where the home says what its partners want; it need not be there."""
        return self.home / "partners.yaml"

    @property
    def sourcing_rules(self) -> Path:
        """Where the home says how lines find their location; without it the defaults hold."""
        return self.home / "sourcing.yaml"

    @property
    def quarantine(self) -> Path:
        """Where the home keeps what was set aside; it need not be there."""
        return self.home / "quarantine"

    @property
    def home(self) -> Path:
        return self.published.parent

    @property
    def has_home(self) -> bool:
        """Whether there is anything at all: the home's folder, or a store elsewhere."""
        return self.home.is_dir() or self.database_url != _own_database(self.home)


def _own_database(home: Path) -> str:
    return f"sqlite:///{home / 'operations.db'}"


def _whole(environment: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    text = environment.get(name) or str(otherwise)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise SettingsError(f"{name} is a whole number from 1 to {most}, not {text!r}.")
    return int(text)


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return f"user {os.getuid()}"


def now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
