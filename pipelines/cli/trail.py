"""`oms audit`: who did what to which subject, and how it was before and after.

Belongs here: the command. Does not belong here: what is worth an entry (`oms_core.store.operations`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.cli.common import err, home, out, person, print_json
from pipelines.home import wall_clock

_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("audit")(show_trail)


def show_trail(
    who: Annotated[str | None, typer.Option(help="A login, or `oms run`.")] = None,
    what: Annotated[
        str | None, typer.Option(help="An action, such as user.password, or a kind: user, policy …")
    ] = None,
    about: Annotated[str, typer.Option(help="Part of a subject, such as policy:3 or user:ada.")] = "",
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="From this day on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Up to this day, UTC.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="The entries as JSON.")] = False,
) -> None:
    """Tell who did what, the latest first: everything that somebody, a run or a partner wrote.

    Examples:  oms audit --who ada --since 2026-06-01 · oms audit --what user · oms audit --about policy:3
    """
    from oms_core.store.operations import Asked, open_operations

    last = None if until is None else _in_utc(until) + timedelta(days=1)
    asked = Asked(who, what, about, None if since is None else _in_utc(since), last)
    with open_operations(home().database_url, now=wall_clock()) as store:
        found, count = store.trail.find(asked, person(), limit), store.trail.count(asked, person())
    rows: list[dict[str, Any]] = [
        {"at": one.at.isoformat(timespec="seconds"), "who": one.actor, "what": one.action, "about": one.subject,
         "before": one.before, "after": one.after}
        for one in found
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    table = Table("at", "who", "what", "about", "how it changed", header_style="bold", box=None)
    for one, row in zip(found, rows, strict=True):
        table.add_row(*(escape(str(row[name])) for name in ("at", "who", "what", "about")), escape(one.told))
    out.print(table if rows else "Nothing is on record that is like that.")
    if count > len(rows):
        err.print(f"{count - len(rows):,} more: --limit, or --json.", markup=False)


def _in_utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)
