"""The command about sourcing: allocate, for real, as a trial, or rule set against rule set."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.cli.common import home, out, print_json, stages
from pipelines.cli.runs import run

if TYPE_CHECKING:
    from oms_core.allocation.stated.rules import Rules
    from pipelines.fulfilment.trying import Trial
    from pipelines.home import Home

_SHOWN_LINES = 20


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(allocate)


def allocate(
    rules: Annotated[
        list[Path] | None,
        typer.Argument(help="Rule files to try in place of the home's sourcing.yaml.", exists=True, dir_okay=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be decided; decide nothing.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Set rule files beside each other; decide nothing.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Try it on a past day, on what its run knew: 2026-05-20.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON, every line with its reason.")] = False,
) -> None:
    """Decide open lines anew on the levels of the last daily run; or only try, on what the last run had to decide.

    oms allocate --compare rules/a.yaml rules/b.yaml --as-of 2026-05-20
    """
    if not (dry_run or compare):
        if rules or as_of:
            raise typer.BadParameter("rule files and --as-of are for trying: add --dry-run or --compare")
        return run(job="allocation", as_json=as_json)
    if compare and not rules:
        raise typer.BadParameter("name the rule files to compare", param_hint="--compare")
    target = home()
    trials = _try(target, _rule_sets(target, rules or []), as_of)
    if as_json:
        print_json([{**trial.figures, "places": _places(trial), "lines": _lines(trial)} for trial in trials])
        return None
    _show_figures(trials)
    if not compare:
        _show_lines(trials)
    return None


def _rule_sets(target: Home, files: list[Path]) -> dict[str, Rules]:
    from oms_core.allocation.stated.rules import RulesError, read_rules

    sets = {}
    for path in files:
        try:
            sets[path.name] = read_rules(path.read_text(encoding="utf-8"))
        except (RulesError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{path}: {error}", param_hint="RULES") from error
    return sets or {"the home's": target.sourcing_rules}


def _try(target: Home, sets: dict[str, Rules], as_of: str | None) -> list[Trial]:
    from oms_core.store.published.snapshots import Snapshot
    from pipelines.fulfilment.ground import read_ground
    from pipelines.fulfilment.trying import try_rules
    from pipelines.publication.replay import ground_at, run_instant
    from pipelines.turn import exclusive

    own = target.sourcing_rules
    with stages("reading what there is to decide") as say:
        # Only while it reads: a run that is due does not wait until all sets are tried.
        if as_of is None:
            now = Snapshot.current(target.published).manifest.as_of
            with exclusive(target):
                ground = read_ground(target, now, [own, *sets.values()])
        else:
            now = run_instant(as_of)
            say("modelling that day as it was known")
            with ground_at(target, now) as modelled:
                ground = read_ground(modelled, now, [own, *sets.values()])
        return try_rules(ground, own, sets, say)


def _show_figures(trials: list[Trial]) -> None:
    table = Table("", *(trial.name for trial in trials), box=None)
    for name in trials[0].figures:
        if name != "rules":
            table.add_row(name.replace("_", " "), *(_figure(trial.figures[name]) for trial in trials))
    out.print(table)


def _figure(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2%}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _show_lines(trials: list[Trial]) -> None:
    for trial in trials:
        lines = _lines(trial)
        out.print(f"\n{trial.name}: the first {min(_SHOWN_LINES, len(lines))} of {len(lines)} decisions")
        for line in lines[:_SHOWN_LINES]:
            out.print(f"{line['order_line_id']}  {line['sku']}  {line['decision']}: {line['reason']}", markup=False)


def _places(trial: Trial) -> list[dict[str, object]]:
    return [asdict(place) for place in trial.outcome.places]


def _lines(trial: Trial) -> list[dict[str, object]]:
    return [
        {
            "order_line_id": one.line.order_line_id,
            "order_id": f"{one.line.channel_id}:{one.line.order_ref}",
            "sku": one.line.sku,
            "decision": one.decision,
            "quantity": one.quantity,
            "location_id": one.location_id,
            "reason_code": one.reason_code,
            "reason": one.reason,
            "cost_minor": one.cost_minor,
            "alternative_location_id": one.alternative_location_id,
            "alternative_cost_minor": one.alternative_cost_minor,
            "release_due_at": one.release_due_at,
        }
        for one in trial.found.decisions
    ]
