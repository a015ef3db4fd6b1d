"""Commands about the policy: its versions, the changes on their way, and what a reviewer makes of them.

The page Safety stock shows what a change would do before it is submitted; here it is submitted as it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.cli.common import JSON, home, out, person, print_json, say_failure
from pipelines.home import wall_clock

if TYPE_CHECKING:
    from oms_core.store.operations import OperationsStore, Policy, PolicyChange, Submission

_NUMBER = typer.Argument(help="The change's number, as `oms policies changes` lists it.")


class Review(StrEnum):
    """When a second person has to approve a change."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    WITH_USERS = "with-users"


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group."""
    group = typer.Typer(help="Versions of the policy, and changes that wait for review or for their day.",
                        no_args_is_help=True)  # fmt: skip
    for command in (versions, changes, submit, approve, reject, withdraw, review):
        group.command()(command)
    app.add_typer(group, name="policies")


def versions(as_json: Annotated[bool, JSON] = False) -> None:
    """List the policy's versions, the latest first, with author and reason."""
    rows = _read(lambda store: [
        {"version": one.version, "saved_at": _at(one.created_at), "author": one.author, "reason": one.reason,
         "rules": {rule.name: str(rule.target) for rule in one.rules}}
        for one in store.policy_history()
    ])  # fmt: skip
    _show(rows, ("version", "saved_at", "author", "reason"), as_json)


def changes(
    every: Annotated[bool, typer.Option("--all", help="Also those that are applied, rejected or withdrawn.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List changes that wait for review or for their day, the latest first."""
    from oms_core.store.operations.submissions import OPEN, STATES

    rows = _read(lambda store: [_row(one) for one in store.policy_submissions(STATES if every else OPEN)])
    names = ("number", "state", "author", "changes", "reason", "applies_from", "reviewer", "review_reason")
    _show(rows, names, as_json)


def submit(
    scope: Annotated[
        str,
        typer.Argument(
            metavar="KIND:VALUE",
            help="What the rule covers: default:*, abc_class:A, supplier:SUP-01, sku:SKU-1, sku_location:SKU-1@WH-1 …",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; its reviewer sees it.", prompt="Reason")],
    wanted: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="service_level=0.98, measure=fill_rate, lead_time_days=14, qty_minimum=5 …; an empty value takes that "
            "away. Say it again for more; what is not named stays.",
        ),
    ] = None,
    take_away: Annotated[bool, typer.Option("--take-away", help="Take the whole rule away.")] = False,
    applies_from: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The business day it applies from.")
    ] = None,
) -> None:
    """Submit a change of one rule for review; where changes are not reviewed, it is in force from the next run on, or
    from its day.

    oms policies submit abc_class:A --set service_level=0.98 --reason "promised to customers" --from 2026-06-08
    """
    from oms_core.store.operations import InvalidPolicyError, ReviewRefused, StalePolicy, open_operations

    day = _not_over(applies_from)
    with open_operations(home().database_url, now=wall_clock()) as store:
        policy = store.current_policy()
        change = _changed(policy, scope, [] if take_away else wanted or [], take_away)
        try:
            told = _hand_in(store, change, reason, policy.version, day)
        except (InvalidPolicyError, ReviewRefused, StalePolicy) as error:
            say_failure(error)
            raise typer.Exit(1) from error
    out.print(f"{_told(change)}. {told}", markup=False)
    if not take_away and not _covers_something(change):
        say_failure(f"{scope} covers no SKU that is planned at a location today: is it written as in the data?")


def _others(store: OperationsStore, one: Submission) -> str:
    """What else is on its way to the same rule."""
    from oms_core.store.operations.submissions import OPEN

    met = [str(other.submission_number) for other in store.policy_submissions(OPEN) if one.meets(other)]
    return f" On its way to the same rule: change {', '.join(met)}; what applies later replaces it." if met else ""


def _hand_in(store: OperationsStore, change: PolicyChange, reason: str, version: int, day: date | None) -> str:
    """Submit or save a change of that version of the policy; what comes of it, in words."""
    given = ([change], person(), reason, wall_clock(), version)
    if store.is_policy_reviewed():
        one = store.submit_policy(*given, day)
        told = f"Change {one.submission_number} is {one.state}: `oms policies approve` is a second person's."
        return told + _others(store, one)
    if day is not None:
        one = store.submit_policy(*given, day)
        return f"Change {one.submission_number} applies from {day}.{_others(store, one)}"
    return f"Version {store.save_policy(*given).version} is in force from the next run on."


def _covers_something(change: PolicyChange) -> bool:
    """Whether the last run's levels have the scope. True before there are any: then nobody knows."""
    from oms_core.replenishment.policy.policies import TRAITS, covered
    from oms_core.store.published.snapshots import NoSnapshot, Snapshot

    try:
        levels = Snapshot.current(home().published)
    except NoSnapshot:
        return True
    series = levels.query(f"select {', '.join(TRAITS)} from fct_safety_stock where is_current")  # noqa: S608 - our own names
    return not len(series) or bool(covered(series.to_pandas(), [change.scope]).any())


def _not_over(applies_from: datetime | None) -> date | None:
    """The day from which a change applies. Raises BadParameter for one that is over: its runs decide nothing anew."""
    from oms_core.store.published.snapshots import published_as_of

    known = published_as_of(home().published)
    if applies_from is not None and known is not None and applies_from.date() < known.date():
        told = f"{applies_from:%Y-%m-%d} is over: the last run was of {known:%Y-%m-%d}. Without --from: the next run"
        raise typer.BadParameter(told, param_hint="--from")
    return applies_from.date() if applies_from else None


def _changed(policy: Policy, scope: str, wanted: list[str], take_away: bool) -> PolicyChange:
    """The rule of the scope as it is in force, with what is wanted of it. Raises BadParameter."""
    from dataclasses import replace

    from oms_core.store.operations import PolicyChange

    kind, colon, value = scope.partition(":")
    if not (kind and colon and value):
        raise typer.BadParameter(f"{scope!r} is no KIND:VALUE, such as abc_class:A", param_hint="KIND:VALUE")
    if take_away:
        return PolicyChange(kind, value)
    if not wanted:
        raise typer.BadParameter("say what is to be: --set service_level=0.98, or --take-away", param_hint="--set")
    change = PolicyChange.to((kind, value), policy.by_scope.get((kind, value)))
    given: dict[str, Any] = dict(_setting(one) for one in wanted)
    return replace(change, **given)


def _setting(text: str) -> tuple[str, Any]:
    """Name and value of one `NAME=VALUE`. Raises BadParameter."""
    from oms_core.replenishment.policy.terms import BY_NAME

    name, equals, value = text.partition("=")
    known = ("service_level", "measure", *BY_NAME)
    if not equals or name not in known:
        raise typer.BadParameter(f"{text!r}: write NAME=VALUE, NAME one of {', '.join(known)}", param_hint="--set")
    if name == "measure":
        return name, value or "cycle_service"
    if not value:
        return name, None
    is_whole = name in BY_NAME and BY_NAME[name].is_whole
    try:
        return name, int(value) if is_whole else float(value)
    except ValueError as error:
        kind = "whole number" if is_whole else "number"
        raise typer.BadParameter(f"{text!r}: {value!r} is no {kind}", param_hint="--set") from error


def approve(
    number: Annotated[int, _NUMBER],
    reason: Annotated[str, typer.Option(help="What there is to say to it.")] = "",
) -> None:
    """Approve a change on top of the version in force; never one's own. It applies from its day, or the next run."""
    _decide(lambda store, now: store.approve_policy(number, person(), reason, now, store.current_policy().version))


def reject(
    number: Annotated[int, _NUMBER],
    reason: Annotated[str, typer.Option(help="Why; its author sees it.", prompt="Reason")],
) -> None:
    """Reject a change that is not in force yet."""
    _decide(lambda store, now: store.reject_policy(number, person(), reason, now))


def withdraw(
    number: Annotated[int, _NUMBER],
    reason: Annotated[str, typer.Option(help="Why, if there is something to say.")] = "",
) -> None:
    """Withdraw your own change that is not in force yet."""
    _decide(lambda store, now: store.withdraw_policy(number, person(), reason, now))


def review(when: Annotated[Review, typer.Argument(help="In any case, never, or where there are users.")]) -> None:
    """Say whether a second person has to approve a change. Where nothing is said: in homes that have users."""
    from oms_core.store.operations import open_operations

    required = {Review.REQUIRED: True, Review.NOT_REQUIRED: False, Review.WITH_USERS: None}[when]
    with open_operations(home().database_url, now=wall_clock()) as store:
        store.set_policy_review(required, person(), wall_clock())
        is_reviewed = store.is_policy_reviewed()
    out.print(f"Changes of the policy are {'' if is_reviewed else 'not '}reviewed.")


def _decide(decide: Callable[[OperationsStore, datetime], Submission]) -> None:
    from oms_core.store.operations import ReviewRefused, StalePolicy, open_operations
    from oms_core.store.published.snapshots import published_as_of

    with open_operations(home().database_url, now=wall_clock()) as store:
        try:
            one = decide(store, wall_clock())
        except (ReviewRefused, StalePolicy) as error:
            say_failure(error)
            raise typer.Exit(1) from error
    day = one.day_to_come(published_as_of(home().published)) or "the next run on"
    became = f", version {one.version}" if one.version else f", from {day}" if one.state == "approved" else ""
    out.print(f"Change {one.submission_number} is {one.state}{became}.")


def _read(read: Callable[[OperationsStore], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    from oms_core.store.operations import open_operations

    with open_operations(home().database_url, now=wall_clock()) as store:
        return read(store)


def _show(rows: list[dict[str, Any]], names: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    table = Table(*(name.replace("_", " ") for name in names), header_style="bold", box=None)
    for row in rows:
        table.add_row(*("" if row[name] is None else escape(str(row[name])) for name in names))
    out.print(table if rows else "Nothing is on its way: `oms policies submit`, or the page Safety stock.")


def _row(one: Submission) -> dict[str, Any]:
    return {
        "number": one.submission_number,
        "state": one.state,
        "author": one.author,
        "changes": ", ".join(_told(change) for change in one.changes),
        "reason": one.reason,
        "applies_from": one.applies_from.isoformat() if one.applies_from else None,
        "submitted_at": _at(one.submitted_at),
        "reviewer": one.reviewer,
        "review_reason": one.review_reason,
        "version": one.version,
    }


def _told(change: PolicyChange) -> str:
    rule = change.rule
    measure = "" if change.measure == "cycle_service" else f"{change.measure} "
    target = [] if change.service_level is None else [f"{measure}{change.service_level:g}"]
    told = "no rule of its own" if rule is None else ", ".join([*target, *rule.terms_told])
    return f"{':'.join(change.scope)} → {told}"


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
