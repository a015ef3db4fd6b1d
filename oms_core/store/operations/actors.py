"""Who acts, and who may do what. Every writing method that a person reaches asks here, in its own transaction.

Belongs here: actors, the roles as data, the refusal. Does not belong here: how somebody proves who he is (`sessions`),
keeping users (`users`), hiding what a role may not do (`dashboards`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from oms_core.store.operations.schema import USER_ROLES, USERS

#: What can be done, in the words of a refusal.
ACTS: Mapping[str, str] = {
    "pages.view": "see the pages",
    "policy.submit": "change the policy",
    "policy.review": "review changes of the policy",
    "scenarios.keep": "keep or withdraw scenarios",
    "proposals.decide": "decide about proposals",
    "proposals.release": "accept proposals by rule",
    "orders.command": "hold, release, cancel or re-source order lines",
    "exports.act": "hold, release, send again or void documents",
    "exports.deliver": "say how far a document has come",
    "users.manage": "manage users",
    "trail.read": "read what others did",
    "settings.change": "change how this home works",
}
#: Which role may do which act. Who needs more has more roles.
ROLES: Mapping[str, frozenset[str]] = {
    "viewer": frozenset({"pages.view"}),
    "planner": frozenset({"pages.view", "policy.submit", "scenarios.keep", "proposals.decide"}),
    "approver": frozenset({"pages.view", "policy.review"}),
    "order_desk": frozenset({"pages.view", "orders.command", "exports.act"}),
    "admin": frozenset({"pages.view", "users.manage", "trail.read", "settings.change"}),
}
_EVERY_ROLE = frozenset(ROLES)
#: The one role that nobody can be given: what runs and partners do.
_SYSTEM = "system"
_SYSTEM_ACTS = frozenset({"exports.act", "exports.deliver", "proposals.release"})


class NotAllowed(Exception):  # noqa: N818 - reads as the sentence it is
    """The actor has no role that may do this; the message says which one may."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, under the name that the audit trail and his work bear.

    `is_user`: `name` is the login of a user of the store. What the store says of him when he writes counts then, not
    `roles`: who was disabled a moment ago writes nothing, whatever an open page remembers.
    """

    name: str
    roles: frozenset[str]
    is_user: bool = False

    def may(self, act: str) -> bool:
        """Whether one of the roles may do one of ACTS: for showing, not for enforcing."""
        return act in _acts(self.roles)


def at_the_machine(name: str) -> Actor:
    """Who can read the home can do anything with it anyway: a person at its machine, with every role."""
    return Actor(name, _EVERY_ROLE)


def system(name: str) -> Actor:
    """A run, or a partner whose answer a run passes on."""
    return Actor(name, frozenset({_SYSTEM}))


#: The runs.
RUNS = system("oms run")


def require(connection: sa.Connection, actor: Actor, act: str) -> None:
    """Raise NotAllowed unless the actor may do one of ACTS now. In the transaction of what is done."""
    roles = _roles_now(connection, actor.name) if actor.is_user else actor.roles
    if act not in _acts(roles):
        raise NotAllowed(f"{actor.name} may not {ACTS[act]}: {needed(act)}.")


def needed(act: str) -> str:
    """Which role an act needs, in words."""
    able = [role for role, acts in ROLES.items() if act in acts]
    return f"that needs the role {' or '.join(able)}" if able else "only a run does that"


def _acts(roles: frozenset[str]) -> frozenset[str]:
    personal = frozenset[str]().union(*(ROLES[role] for role in roles & _EVERY_ROLE))
    return personal | _SYSTEM_ACTS if _SYSTEM in roles else personal


def _roles_now(connection: sa.Connection, login: str) -> frozenset[str]:
    active = sa.select(USER_ROLES.c.role).join(USERS).where(USERS.c.login == login, USERS.c.is_active)
    return frozenset(connection.execute(active).scalars())
