"""Commands that run or look after runs: run, status, rebuild, doctor, dagster."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import JSON, err, home, out, print_json, say_failure
from pipelines.home import wall_clock

if TYPE_CHECKING:
    from pipelines.doctor import Finding
    from pipelines.home import Home

#: A run's exit code beside 0, 1 and 2: everything was done but for feeds that a held file stops.
DONE_BUT_HELD = 3


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (run, status, rebuild, doctor, dagster):
        app.command()(command)


def run(
    until: Annotated[datetime | None, typer.Option(help="Business day to take as today.", formats=["%Y-%m-%d"])] = None,
    job: Annotated[
        str, typer.Option(help="daily: the whole way; allocation: on the levels of the last daily run.")
    ] = "daily",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run the main job: take in, model, forecast, set levels, allocate, export, publish.

    Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done and published, while a held file stops its feed.
    """
    from pipelines.cli.summary import show_summary
    from pipelines.progress import shown
    from pipelines.runner import execute

    if job not in ("daily", "allocation"):
        raise typer.BadParameter("choose daily or allocation", param_hint="--job")
    target, started = home(), wall_clock()
    with shown(err):
        outcome = execute(target, job, until.date() if until else None)
    seconds = {**outcome.seconds, "total": (wall_clock() - started).total_seconds()}
    if not outcome.published:
        for failure in outcome.failures:
            say_failure(failure)
        _say_held(target)
        err.print("Nothing was published: readers still see the last snapshot. Mend the cause and `oms run` again.")
        raise typer.Exit(1)
    show_summary(target, seconds, as_json)
    for failure in outcome.failures:
        say_failure(failure)
    if outcome.failures:
        err.print("The snapshot is published; what failed after it is taken up by the next `oms run`.")
        raise typer.Exit(1)
    if _say_held(target):
        err.print("The snapshot is published; what such a file holds, and what waits behind it, is not in it.")
        raise typer.Exit(DONE_BUT_HELD)


def _say_held(target: Home) -> bool:
    """Tell of each file that stops its feed, why, and what lets the feed go on; whether there is one."""
    from oms_core.store.held import held_files

    held = held_files(target.quarantine)
    for one in held:
        say_failure(f"{one.feed}/{one.file_name} is held, and its feed stopped: {one.reason}")
        way = f"`oms quarantine discard {one.file_sha256[:12]}` lets {one.feed} go on without {one.file_name}."
        err.print(way, markup=False, soft_wrap=True)
    return bool(held)


def status(as_json: Annotated[bool, JSON] = False) -> None:
    """Tell where the home stands: last run, snapshot and its age, files waiting or held, documents not sent."""
    from pipelines.status import read_status

    answer = read_status(home(), wall_clock())
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        out.print(f"{name.replace('_', ' '):<20} {value}")


def rebuild(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the current snapshot, mart by mart; exit 1 on a difference.")
    ] = False,
) -> None:
    """Delete the warehouse and build it anew from landing, without deciding anything."""
    from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
    from pipelines.turn import exclusive

    target = home()
    with err.status("rebuilding from landing"), exclusive(target):
        as_of = rebuild_warehouse(target)
    if as_of is None:
        out.print("The warehouse is deleted. Nothing is published yet: `oms run` builds it anew from landing.")
        return
    out.print(f"Built the warehouse anew from landing, as of {as_of:%Y-%m-%d %H:%M} UTC.")
    if check:
        differing = compare_with_snapshot(target)
        for mart, rows in differing.items():
            say_failure(f"{mart}: {rows} rows differ from the snapshot")
        if differing:
            raise typer.Exit(1)
        out.print("Every mart equals the current snapshot, value for value.")


def doctor(as_json: Annotated[bool, JSON] = False) -> None:
    """Prove the home: the log is whole, every identity holds on the warehouse as it is; name the rows that offend."""
    from pipelines.doctor import examine

    findings = examine(home())
    if as_json:
        print_json([vars(finding) for finding in findings])
    for finding in () if as_json else findings:
        out.print(f"{_mark(finding)} {finding.statement}")
        for row in finding.offending:
            out.print(f"    {row}", markup=False)
    if not all(finding.holds for finding in findings if finding.is_error):
        raise typer.Exit(1)


def _mark(finding: Finding) -> str:
    """How it stands: proven, broken, or something for a person to look at."""
    return "[green]✓[/green]" if finding.holds else "[red]✗[/red]" if finding.is_error else "[yellow]![/yellow]"


def dagster(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Open Dagster's own pages on this home, with its schedules and the inbox sensor."""
    from dagster import DagsterInstance

    from pipelines.modelling.building import ensure_manifest
    from pipelines.runner import bury_dead_runs, prepare_instance
    from pipelines.turn import hold_dagster

    target = home()
    hold_dagster(target)
    prepare_instance(target)
    with DagsterInstance.get() as instance:
        bury_dead_runs(target, instance)
    ensure_manifest()
    err.print("A schedule or sensor is off until it is switched on, once, on the page Automation.")
    program = str(Path(sys.executable).with_name("dagster"))
    # In this process's place: whoever ends it ends Dagster, and not a parent that leaves its services behind.
    os.execv(program, [program, "dev", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606
