"""The `oms` command line.

Belongs here: reading arguments, showing progress and results, exit codes (0 done, 1 failed, 2 wrong usage;
`run` has one more).
Does not belong here: the work itself. Commands import what they need only when they run, so that `--help` is fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache

import typer
from typer.models import CommandInfo, TyperInfo

from pipelines.cli.common import complain

app = typer.Typer(
    name="oms",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Quartermaster: orders, stock, forecasts, safety stock and allocation in one replayable flow.",
    epilog="The home is the folder in OMS_HOME, or ./.oms. Exit codes: 0 done, 1 failed, 2 wrong usage.",
)


def main() -> None:
    """Run the command line. An expected failure is one clear message and exit code 1; a defect keeps its traceback."""
    for name, value in {
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }.items():
        os.environ.setdefault(name, value)
    try:
        _command()()
    except Exception as error:
        if not complain(error):
            raise
        sys.exit(1)


@cache
def _command() -> Callable[[], object]:
    """All commands, put together once a process: tests call them hundreds of times in one."""
    from pipelines.cli import (
        allocating,
        exports,
        homes,
        orders,
        planning,
        policies,
        proposals,
        quarantine,
        reading,
        runs,
        trail,
        users,
    )

    panels = {
        "A home, and its runs": (homes, runs, quarantine),
        "Orders, and documents to partners": (allocating, orders, exports),
        "Planning, and what to buy": (planning, policies, proposals),
        "What is known, and who did what": (reading, trail, users),
    }
    for panel, modules in panels.items():
        for module in modules:
            module.register(app)
        registered: list[CommandInfo | TyperInfo] = [*app.registered_commands, *app.registered_groups]
        for command in registered:
            command.rich_help_panel = command.rich_help_panel or panel
    return typer.main.get_command(app)
