"""Commands about the people who use a home's pages: add, list, roles, password, disable, enable, sign out.

A password comes from a prompt, or from standard input where that is no terminal; never from an argument, which every
process of the machine could read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.cli.common import home, out, person, print_json, say_failure
from pipelines.home import wall_clock

if TYPE_CHECKING:
    from oms_core.store.operations import People, User

_LOGIN = typer.Argument(help="The login, as `oms users list` shows it.")
_ROLES = "viewer, planner, approver, order_desk, admin"


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group."""
    group = typer.Typer(help="Who may use the pages, and for what. Without users: you alone, on this machine.",
                        no_args_is_help=True)  # fmt: skip
    group.command("list")(list_users)
    for command in (add, roles, password, disable, enable):
        group.command()(command)
    group.command("sign-out")(sign_out)
    app.add_typer(group, name="users")


def add(
    login: Annotated[str, typer.Argument(help="What he signs in with, in small letters.")],
    role: Annotated[list[str], typer.Option(help=f"One of {_ROLES}; say it again for more.")],
    name: Annotated[str, typer.Option(help="How he is called; his login, where nothing is said.")] = "",
    identity: Annotated[
        str | None,
        typer.Option(
            help="As whom an OIDC provider knows him: an address that it has verified, or ISSUER#SUBJECT. "
            "He signs in there, and needs no password here."
        ),
    ] = None,
) -> None:
    """Add a user. From the first one on, the pages ask everybody to sign in.

    Examples:  oms users add ada --role planner · oms users add bo@example.com --role approver --identity bo@example.com
    """
    secret = None if identity else _new_password()
    added = _carry_out(lambda people: people.add(login, name or login, role, person(), wall_clock(), secret, identity))
    out.print(f"{added.login} is added: {', '.join(sorted(added.roles))}.", markup=False)


def list_users(as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False) -> None:
    """List users, what each may do, and how each signs in."""
    from oms_core.store.operations import open_operations

    with open_operations(home().database_url, now=wall_clock()) as store:
        rows = [_row(user) for user in store.people.everybody()]
    if as_json:
        print_json(rows)
        return
    table = Table("login", "name", "roles", "signs in with", "state", header_style="bold", box=None)
    for row in rows:
        table.add_row(*(escape(str(row[name])) for name in ("login", "name", "roles", "signs_in_with", "state")))
    out.print(table if rows else "No users: whoever sits at this machine uses the pages, with every role.")


def roles(
    login: Annotated[str, _LOGIN],
    role: Annotated[list[str], typer.Argument(help=f"All the roles he shall have, of {_ROLES}.")],
) -> None:
    """Give a user exactly these roles. They count from his next click."""
    changed = _carry_out(lambda people: people.set_roles(login, role, person(), wall_clock()))
    out.print(f"{changed.login} is now: {', '.join(sorted(changed.roles))}.", markup=False)


def password(login: Annotated[str, _LOGIN]) -> None:
    """Give a user another password, which ends his sessions and forgets his wrong attempts."""
    secret = _new_password()
    changed = _carry_out(lambda people: people.set_password(login, secret, person(), wall_clock()))
    out.print(f"{changed.login} has a new password.", markup=False)


def disable(login: Annotated[str, _LOGIN]) -> None:
    """Let a user in no more, and end his sessions. What he did stays under his name; nobody is deleted."""
    changed = _carry_out(lambda people: people.set_active(login, False, person(), wall_clock()))
    out.print(f"{changed.login} is disabled.", markup=False)


def enable(login: Annotated[str, _LOGIN]) -> None:
    """Let a user in again, with the roles he had, and forget his wrong attempts."""
    changed = _carry_out(lambda people: people.set_active(login, True, person(), wall_clock()))
    out.print(f"{changed.login} may sign in.", markup=False)


def sign_out(login: Annotated[str, _LOGIN]) -> None:
    """End a user's sessions, wherever they are; he may sign in again."""
    changed = _carry_out(lambda people: people.sign_out_everywhere(login, person(), wall_clock()))
    out.print(f"{changed.login} is signed out everywhere.", markup=False)


def _carry_out(act: Callable[[People], User]) -> User:
    from oms_core.store.operations import UserRefused, WeakPassword, open_operations

    with open_operations(home().database_url, now=wall_clock()) as store:
        try:
            return act(store.people)
        except (UserRefused, WeakPassword) as error:
            say_failure(error)
            raise typer.Exit(1) from error


def _new_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _row(user: User) -> dict[str, object]:
    ways = [
        way for way, has in (("password", user.has_password), (f"provider ({user.identity})", user.identity)) if has
    ]
    return {
        "login": user.login,
        "name": user.display_name,
        "roles": ", ".join(sorted(user.roles)),
        "signs_in_with": ", ".join(ways),
        "state": "active" if user.is_active else "disabled",
    }
