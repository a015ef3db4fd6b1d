"""A home: the folder that holds one installation's data, and the few facts that make it what it is.

Belongs here: the folder's layout, its configuration file, its creation. Does not belong here: what is done
with the data, nor any other reading of the environment than the three variables below.

Environment: `OMS_HOME` (default `./.oms`), `OMS_DATABASE_URL` (default: SQLite in the home),
`OMS_PSEUDONYM_KEY` (default: a random key kept in the home, readable by its owner only).
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from oms_core.yaml_reading import read_yaml

if TYPE_CHECKING:
    from oms_core.allocation.stated.rules import Rules
    from oms_core.fulfilment.partners import Partners

CONFIG_NAME = "oms.yaml"
STORE_NAME = "operations.db"
DEFINITIONS = Path(__file__).parent.parent / "oms_core" / "feeds" / "definitions"


class HomeError(Exception):
    """The home is missing, exists already, or its configuration cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Profile:
    """What a new home starts from: which feed definitions it knows, whose clock it follows, who plays its counterparts.

    `clock`: `data` reads the time from the files' arrival (simulations, histories), `wall` from the machine.
    `twin`: `network` simulates every counterpart, `supply` only stock and suppliers, `none` nothing. `currency`: that
    of the sourcing rules' costs.
    """

    name: str
    definitions: tuple[str, ...]
    clock: Literal["data", "wall"]
    twin: Literal["network", "supply", "none"]
    currency: str = "EUR"


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("demo", ("canonical", "demo"), "data", "network"),
        Profile("online-retail", ("canonical", "online_retail"), "data", "supply", "GBP"),
        Profile("empty", ("canonical",), "wall", "none"),
    )
}


@dataclass(frozen=True)
class Home:
    """Where one installation keeps its data. Paths only: nothing is read until asked for."""

    root: Path

    inbox = property(lambda self: self.root / "inbox")
    landing = property(lambda self: self.root / "landing")
    quarantine = property(lambda self: self.root / "quarantine")
    received = property(lambda self: self.root / "received")
    warehouse = property(lambda self: self.root / "warehouse.duckdb")
    published = property(lambda self: self.root / "published")
    outbox = property(lambda self: self.root / "outbox")
    feeds = property(lambda self: self.root / "feeds")
    twin = property(lambda self: self.root / "twin")
    models = property(lambda self: self.root / "models")
    scratch = property(lambda self: self.root / "scratch")
    dagster = property(lambda self: self.root / "dagster")
    dbt_target = property(lambda self: self.root / "dbt")
    config_path = property(lambda self: self.root / CONFIG_NAME)
    partners_path = property(lambda self: self.root / "partners.yaml")
    sourcing_rules_path = property(lambda self: self.root / "sourcing.yaml")

    #: There in a copy that a backup made, until `oms restored` says that it is the home now.
    copy_mark = property(lambda self: self.root / "COPY")

    @classmethod
    def locate(cls, override: Path | None = None) -> Home:
        """The home named by the argument, by `OMS_HOME`, or `./.oms`; it need not exist yet."""
        return cls((override or Path(os.environ.get("OMS_HOME", ".oms"))).absolute())

    @property
    def exists(self) -> bool:
        return bool(self.config_path.is_file())

    @property
    def is_mere_copy(self) -> bool:
        """Whether its home may still live: then nothing is sent from here, and nothing fetched."""
        return bool(self.copy_mark.exists())

    def require(self) -> Home:
        """This home, or an error that says how to make one."""
        if not self.exists:
            raise HomeError(f"There is no home at {self.root}. Make one with `oms init`, or name another in OMS_HOME.")
        return self

    @property
    def config(self) -> dict[str, Any]:
        """The configuration file's content; at least `profile`, `clock` and `twin`."""
        try:
            content = read_yaml(self.config_path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise HomeError(f"{self.config_path} is not valid YAML: {error}") from error
        missing = {"profile", "clock", "twin"} - set(content if isinstance(content, dict) else ())
        if missing:
            raise HomeError(f"{self.config_path} lacks {', '.join(sorted(missing))}: compare it with a new home's.")
        return dict(content)

    @property
    def forecast_horizon_days(self) -> int:
        """How many days ahead are forecast: 28, unless the configuration says another number from 7 to 90."""
        return self._days("forecast_horizon_days", 28, least=7, most=90)

    @property
    def forecast_retrain_days(self) -> int:
        """Every how many days the forecast's model is trained: 7, unless the configuration says 1 to 28."""
        return self._days("forecast_retrain_days", 7, least=1, most=28)

    @property
    def planning_history_days(self) -> int:
        """How many days of demand planning learns from: three years, unless the configuration says one year to ten."""
        return self._days("planning_history_days", 1096, least=365, most=3653)

    def _days(self, name: str, otherwise: int, *, least: int, most: int) -> int:
        days = self.config.get(name, otherwise)
        if not isinstance(days, int) or not least <= days <= most:
            raise HomeError(f"{self.config_path}: {name} is a whole number from {least} to {most}, not {days!r}.")
        return days

    @property
    def sourcing_rules(self) -> Rules:
        """The rules in the home's `sourcing.yaml`, or the defaults where it has none. Raises HomeError."""
        # Here and below, imported where they are needed: the domain costs `--help` half a second.
        from oms_core.allocation.stated.rules import RulesError, default_rules, read_rules

        if not self.sourcing_rules_path.exists():
            return default_rules()
        try:
            return read_rules(self.sourcing_rules_path.read_text(encoding="utf-8"))
        except RulesError as error:
            raise HomeError(f"{self.sourcing_rules_path}: {error}") from error

    @property
    def partners(self) -> Partners:
        """The profiles in the home's `partners.yaml`; none where it has none. Raises HomeError."""
        from oms_core.fulfilment.partners import Partners, PartnersError, read_partners

        if not self.partners_path.exists():
            return Partners()
        try:
            return read_partners(self.partners_path.read_text(encoding="utf-8"))
        except PartnersError as error:
            raise HomeError(f"{self.partners_path}: {error}") from error

    @property
    def database_url(self) -> str:
        """Where the operations store is: `OMS_DATABASE_URL`, else SQLite in the home."""
        return os.environ.get("OMS_DATABASE_URL") or f"sqlite:///{self.root / STORE_NAME}"

    @property
    def pseudonym_key(self) -> bytes:
        """The secret under which customers are pseudonymised."""
        from_environment = os.environ.get("OMS_PSEUDONYM_KEY")
        return from_environment.encode() if from_environment else (self.root / "pseudonym.key").read_bytes()


def create_home(home: Home, profile: Profile, options: dict[str, Any]) -> None:
    """Make a home of a profile. `options` go into its configuration (the twin's size and seed, for instance).

    Raises HomeError where there is one already: a home is never overwritten.
    """
    from oms_core.allocation.stated.rules import default_rules

    if home.exists:
        raise HomeError(f"There is a home at {home.root} already. Use it, or name another folder in OMS_HOME.")
    for folder in (home.inbox, home.landing, home.quarantine, home.published, home.outbox, home.feeds, home.dagster):
        folder.mkdir(parents=True, exist_ok=True)
    for group in profile.definitions:
        for definition in sorted((DEFINITIONS / group).glob("*.yaml")):
            shutil.copyfile(definition, home.feeds / definition.name)
            (home.inbox / definition.stem).mkdir(exist_ok=True)
    rules = default_rules()
    text = rules.text.replace(f"currency: {rules.currency}", f"currency: {profile.currency}")
    home.sourcing_rules_path.write_text(text, encoding="utf-8")
    _write_key(home.root / "pseudonym.key")
    config = {"profile": profile.name, "clock": profile.clock, "twin": profile.twin, **options}
    home.config_path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def _write_key(path: Path) -> None:
    """Write a new key, whole or not at all. One that is there, of an `init` that was interrupted, stays."""
    if path.exists():
        return
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    part.replace(path)


def wall_clock() -> datetime:
    """Now, in UTC: the one place that reads the machine's clock."""
    return datetime.now(UTC)
