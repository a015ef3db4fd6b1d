"""Commands about the policy: its versions, the changes on their way, and what a reviewer makes of them.

Changes are written on the page Safety stock, which shows what they would do before anything is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.cli.common import home, out, person, print_json, say_failure
from pipelines.home import wall_clock

if TYPE_CHECKING:
    from oms_core.store.operations import OperationsStore, PolicyChange, Submission

_NUMBER = typer.Argument(help="The change's number, as `oms policies changes` lists it.")
_JSON = typer.Option("--json", help="The answer as JSON.")


class Review(StrEnum):
    """When a second person has to approve a change."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    WITH_USERS = "with-users"


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group."""
    group = typer.Typer(help="Versions of the policy, and changes that wait for review or for their day.",
                        no_args_is_help=True)  # fmt: skip
    for command in (versions, changes, approve, reject, withdraw, review):
        group.command()(command)
    app.add_typer(group, name="policies")


def versions(as_json: Annotated[bool, _JSON] = False) -> None:
    """List the policy's versions, the latest first, with author and reason."""
    rows = _read(lambda store: [
        {"version": one.version, "saved_at": _at(one.created_at), "author": one.author, "reason": one.reason,
         "rules": {rule.name: str(rule.target) for rule in one.rules}}
        for one in store.policy_history()
    ])  # fmt: skip
    _show(rows, ("version", "saved_at", "author", "reason"), as_json)


def changes(
    every: Annotated[bool, typer.Option("--all", help="Also those that are applied, rejected or withdrawn.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List changes that wait for review or for their day, the latest first."""
    from oms_core.store.operations.submissions import OPEN, STATES

    rows = _read(lambda store: [_row(one) for one in store.policy_submissions(STATES if every else OPEN)])
    names = ("number", "state", "author", "changes", "reason", "applies_from", "reviewer", "review_reason")
    _show(rows, names, as_json)


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

    with open_operations(home().database_url, now=wall_clock()) as store:
        try:
            one = decide(store, wall_clock())
        except (ReviewRefused, StalePolicy) as error:
            say_failure(error)
            raise typer.Exit(1) from error
    became = f", version {one.version}" if one.version else f", from {one.applies_from}" if one.applies_from else ""
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
    out.print(table if rows else "Nothing is on its way: changes are written on the page Safety stock.")


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
    measure = "" if change.measure == "cycle_service" else f"{change.measure} "
    target = "no rule of its own" if change.service_level is None else f"{measure}{change.service_level:g}"
    return f"{':'.join(change.scope)} → {target}"


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
