"""Scenarios: named sets of changes of policy, kept to be compared; nothing of them is in force.

Belongs here: keeping, changing and withdrawing them, each as a new revision, and what replays gave. Does not belong
here: policies themselves (`policies`), what a scenario would do (`oms_core.replenishment`), replaying (`pipelines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from oms_core.replenishment.policy.targets import PolicyRule
from oms_core.store.operations import audit, policies
from oms_core.store.operations.actors import Actor, require
from oms_core.store.operations.engine import reading, writing
from oms_core.store.operations.policies import InvalidPolicyError, Policy, PolicyChange
from oms_core.store.operations.schema import SCENARIO_REPLAYS, SCENARIOS

_LONGEST_NAME = 60
_LATER = SCENARIOS.alias("later")
_IS_LAST = ~sa.exists().where(_LATER.c.name == SCENARIOS.c.name, _LATER.c.revision > SCENARIOS.c.revision)


class StaleScenario(Exception):  # noqa: N818 - reads as the sentence it is
    """Somebody kept a scenario of that name since; the message names who and when."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A set of changes on top of a version of the policy. Revisions of a name count from 1."""

    name: str
    revision: int
    author: str
    base_version: int
    changes: tuple[PolicyChange, ...]
    saved_at: datetime

    def onto(self, policy: Policy) -> tuple[PolicyRule, ...]:
        """The rules of a policy, whichever it stands on, with the scenario's changes."""
        rules = policies.changed_rules(policy.by_scope, self.changes)
        return tuple(rules[scope] for scope in sorted(rules))


@dataclass(frozen=True, slots=True)
class Replay:
    """What past weeks run again under a revision of a scenario gave, beside the policy in force at that time.

    `figures` are rows of scenario, metric, value, low, high, as `oms backtest` tells them; None where there is none.
    """

    name: str
    revision: int
    replayed_at: datetime
    days: int
    until_date: date
    are_sales_lost: bool
    figures: list[dict[str, Any]]


class Scenarios:
    """Scenarios and what replays of them gave: `OperationsStore.scenarios`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def kept(self) -> list[Scenario]:
        """The last revision of each that is not withdrawn, by name."""
        query = sa.select(SCENARIOS).where(_IS_LAST, ~SCENARIOS.c.is_withdrawn)
        with reading(self._engine) as connection:
            found = [_scenario(row) for row in connection.execute(query)]
        # Sorted here: databases differ in how they collate text.
        return sorted(found, key=lambda scenario: scenario.name)

    def keep(
        self,
        name: str,
        changes: Iterable[PolicyChange],
        actor: Actor,
        now: datetime,
        base_version: int,
        revision: int | None = None,
    ) -> Scenario:
        """Keep changes under a new name, or in place of the `revision` that was seen.

        Raises StaleScenario where the name is not, or no longer, what was seen, InvalidPolicyError for senseless
        changes, NotAllowed.
        """
        name, kept = name.strip(), tuple(changes)
        _require(name, _LONGEST_NAME, "a scenario's name")
        with self._writing(actor) as (connection, author):
            policies.check_changes(policies.load(connection, base_version), kept)
            number = _next_revision(connection, name, revision)
            scenario = Scenario(name, number, author, base_version, kept, now)
            _insert(connection, scenario, is_withdrawn=False)
            audit.record(connection, now, author, "scenario.kept", f"scenario:{name}", None, {"changes": len(kept)})
        return scenario

    def withdraw(self, scenario: Scenario, actor: Actor, now: datetime) -> None:
        """Take a scenario off the list; its revisions stay. Raises StaleScenario, NotAllowed."""
        with self._writing(actor) as (connection, author):
            number = _next_revision(connection, scenario.name, scenario.revision)
            gone = Scenario(scenario.name, number, author, scenario.base_version, scenario.changes, now)
            _insert(connection, gone, is_withdrawn=True)
            audit.record(connection, now, author, "scenario.withdrawn", f"scenario:{scenario.name}", None, None)

    def note_replay(self, replay: Replay) -> None:
        """Keep a replay; the last of a revision counts."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(SCENARIO_REPLAYS).where(_is_of(replay)))
            connection.execute(sa.insert(SCENARIO_REPLAYS), [asdict(replay)])

    def replay(self, scenario: Scenario) -> Replay | None:
        """What replaying that revision gave."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(SCENARIO_REPLAYS).where(_is_of(scenario))).one_or_none()
        return None if row is None else Replay(**row._mapping)

    @contextmanager
    def _writing(self, actor: Actor) -> Iterator[tuple[sa.Connection, str]]:
        with writing(self._engine) as connection:
            require(connection, actor, "scenarios.keep")
            author = actor.name.strip()
            _require(author, policies.LONGEST_TEXT, "author")
            yield connection, author


def _is_of(one: Scenario | Replay) -> sa.ColumnElement[bool]:
    return (SCENARIO_REPLAYS.c.name == one.name) & (SCENARIO_REPLAYS.c.revision == one.revision)


def _require(text: str, longest: int, what: str) -> None:
    if not text or len(text) > longest:
        raise InvalidPolicyError(f"{what} must have 1 to {longest} characters, not {len(text)}")


def _next_revision(connection: sa.Connection, name: str, seen: int | None) -> int:
    last = connection.execute(sa.select(SCENARIOS).where(_IS_LAST, SCENARIOS.c.name == name)).one_or_none()
    if last is None:
        if seen is not None:
            raise StaleScenario(f"There is no scenario {name}.")
        return 1
    if last.revision != seen and not (last.is_withdrawn and seen is None):
        did = "withdrew" if last.is_withdrawn else "kept"
        raise StaleScenario(
            f"{last.author} {did} a scenario {name} on {last.saved_at:%Y-%m-%d %H:%M} UTC. Look at it, or take another "
            "name."
        )
    return int(last.revision) + 1


def _insert(connection: sa.Connection, scenario: Scenario, *, is_withdrawn: bool) -> None:
    # Field by field: asdict would copy thousands of frozen changes.
    row = {name: getattr(scenario, name) for name in ("name", "revision", "author", "base_version", "saved_at")}
    changes = [asdict(change) for change in scenario.changes]
    connection.execute(sa.insert(SCENARIOS), [{**row, "changes": changes, "is_withdrawn": is_withdrawn}])


def _scenario(row: sa.Row[tuple[object, ...]]) -> Scenario:
    stored = dict(row._mapping)
    changes = tuple(PolicyChange(**change) for change in stored["changes"])
    names = ("name", "revision", "author", "base_version", "saved_at")
    return Scenario(**{name: stored[name] for name in names}, changes=changes)
