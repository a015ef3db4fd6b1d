"""The look of a run's summary on the terminal.

Belongs here: words and columns. Does not belong here: the figures, which stand in the snapshot's manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from oms_core.money import money
from oms_core.store.operations.runs import STAGES
from oms_core.words import counted
from pipelines.cli.common import out, print_json
from pipelines.home import Home


def show_summary(home: Home, seconds: dict[str, float], as_json: bool) -> None:
    """Print what the run that made the current snapshot has to say."""
    from oms_core.store.published.snapshots import Snapshot
    from pipelines.home import wall_clock
    from pipelines.status import read_status

    manifest = Snapshot.current(home.published).manifest
    if as_json:
        print_json(
            {"snapshot_id": manifest.snapshot_id, "run_id": manifest.run_id, **manifest.summary, "seconds": seconds}
        )
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for label, text in _sentences(manifest.summary):
        table.add_row(label, text)
    if released := _released(home, manifest.run_id):
        table.add_row("by rule", released)
    status = read_status(home, wall_clock())
    if not status["sends_and_fetches"]:
        table.add_row("copy", "[red]nothing was sent or fetched: `oms restored` makes this copy the home[/red]")
    if unread := status["files_unread"]:
        told = counted(unread, "file")
        table.add_row("unread", f"[red]{told} in no feed's folder of the inbox: `oms doctor`[/red]")
    if unreached := status["partners_not_fetched"]:
        told = counted(unreached, "partner")
        table.add_row("not fetched", f"[red]files of {told}: `oms doctor` says why[/red]")
    if stuck := status["documents_stuck"]:
        told = counted(stuck, "document")
        table.add_row("stuck", f"[red]{told} for somebody to see to: `oms exports list --stuck`[/red]")
    table.add_row("snapshot", f"{manifest.snapshot_id}, as of {manifest.as_of:%Y-%m-%d}, run {manifest.run_id}")
    table.add_row("seconds", _seconds(seconds))
    table.add_row("next", 'make dashboards · oms query "select * from fct_orders limit 5" · oms exports · make dagster')
    out.print(table)


def _sentences(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("landed", _landed(figures)),
        ("set aside", _set_aside(figures)),
        *_stopped(figures.get("stopped", [])),
        ("conservation", _proofs(figures["proofs"])),
        ("forecast", _accuracy(figures["accuracy"], figures.get("forecast_alarms", []))),
        ("safety stock", _safety_stock(figures["safety_stock"])),
        ("to order", _replenishment(figures.get("replenishment"))),
        ("this run", _decided(figures["decided"])),
        *_waves(figures.get("waves")),
        ("sourcing", _sourcing(figures.get("sourcing"))),
        ("all lines", _lines(figures["lines"])),
        ("exported", _of(figures["exported"], "document", "line")),
    ]


def _landed(figures: Mapping[str, Any]) -> str:
    new, total = figures["files"], figures["files_total"]
    told = f"{_of(new, 'new file', 'record')} ({_of(total, 'file', 'record')} in all)"
    late = figures.get("late_files", [])
    if late:
        more = f" and {len(late) - 3:,} more" if len(late) > 3 else ""
        told += f"; later than their names say: {', '.join(late[:3])}{more}"
    return told


def _of(figures: Mapping[str, Any], *nouns: str) -> str:
    """How many of each of two things, whose counts are named after them: `3 files, 10 records`."""
    return ", ".join(counted(figures[f"{noun.split()[-1]}s"], noun) for noun in nouns)


def _decided(decided: dict[str, int]) -> str:
    allocated = counted(decided["allocated"], "line")
    return f"{allocated} allocated, {decided['backordered']:,} backordered, {decided['held']:,} held"


def _waves(waves: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Said only where something waits for one."""
    if not waves or not waves["lines"]:
        return []
    told = f"reserved and waiting for their location's wave: {_of(waves, 'line', 'unit')}"
    return [("waves", f"{told}; the next is of {waves['next_due_at'][:16]} UTC")]


def _sourcing(sourcing: dict[str, Any] | None) -> str:
    if sourcing is None or sourcing["solver"] is None:
        return "not told by the run that published this"
    told = counted(sourcing["parcels"], "parcel")
    if sourcing["cost_minor"] is None:
        return f"{told}; the rules rule a part of the plan out, so that it has no cost"
    told += f", {money(sourcing['cost_minor'], sourcing['currency'])} by the rules"
    if sourcing["gap"] is not None:
        told += f", at most {sourcing['gap']:.1%} above the cheapest plan"
    if sourcing["greedy_minor"]:
        told += f", {1 - sourcing['cost_minor'] / sourcing['greedy_minor']:.1%} below line by line"
    return told


def _lines(lines: dict[str, Any]) -> str:
    states = ("fulfilled", "allocated", "backordered", "held", "cancelled")
    parts = ", ".join(f"{lines[f'qty_{state}'] or 0:,} {state}" for state in states)
    return f"{counted(lines['lines'], 'line')}, {counted(lines['qty_ordered'] or 0, 'unit')}: {parts}"


def _set_aside(figures: Mapping[str, Any]) -> str:
    new = figures["files"]
    reasons = ", ".join(f"{q['records']:,} {q['reason_code']} ({q['feed']})" for q in figures["quarantined"][:6])
    more = len(figures["quarantined"]) - 6
    text = (
        f"{new['quarantined']:,} quarantined, {new['duplicate']:,} duplicate, {new['superseded']:,} superseded records"
    )
    return text + (f": {reasons}" if reasons else "") + (f" and {more} reasons more" if more > 0 else "")


def _stopped(stopped: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Said only where a feed is."""
    told = "; ".join(f"{one['stopped_feed']} by {one['stopped_by']}" for one in stopped)
    return [("stopped", f"[red]{escape(told)}: `oms quarantine list` says why[/red]")] if stopped else []


def _proofs(proofs: list[dict[str, Any]]) -> str:
    identities = [proof for proof in proofs if proof["is_error"]]
    broken = [proof["statement"] for proof in identities if proof["offending_rows"]]
    notices = [
        f"{p['offending_rows']:,} × {p['statement']}" for p in proofs if p["offending_rows"] and not p["is_error"]
    ]
    text = f"{len(identities) - len(broken)} of {len(identities)} identities hold"
    text += f"; broken: {'; '.join(broken)}" if broken else ""
    return text + (f"; to look at: {'; '.join(notices)}" if notices else "")


def _accuracy(accuracy: list[dict[str, Any]], alarms: list[dict[str, Any]]) -> str:
    by_model = {(row["model"], row["metric"]): row["value"] for row in accuracy}
    models = sorted({model for model, metric in by_model if metric == "spl" and model != "seasonal_naive"})
    naive = by_model.get(("seasonal_naive", "spl"))
    if naive is None:
        return "too little history to test"
    tested = [f"{model} {by_model[model, 'spl']:.3f}" for model in models]
    raised = ", ".join(f"{alarm['kind']} ({alarm['segment']})" for alarm in alarms)
    alarmed = f"; alarms: {raised}, see rpt_forecast_alarms" if alarms else ""
    return f"scaled pinball loss {', '.join(tested)} against seasonal naive {naive:.3f}{alarmed}"


def _safety_stock(level: dict[str, Any]) -> str:
    if level["qty_safety_stock"] is None:
        return "none set"
    return (
        f"{counted(level['qty_safety_stock'], 'unit')}, {_worth(level['worth'])} at cost, "
        f"expected cycle service {level['service_level_expected']:.1%}, policy {level['policy_version']}"
    )


def _replenishment(proposed: dict[str, Any] | None) -> str:
    if proposed is None:
        return "not told by the run that published this"
    if not proposed["purchases"] and not proposed["transfers"]:
        return "nothing"
    value = f", {_worth(proposed['worth'])} at cost" if proposed["worth"] else ""
    purchases, transfers = counted(proposed["purchases"], "purchase"), counted(proposed["transfers"], "transfer")
    return f"{purchases} proposed{value}; {transfers}"


def _released(home: Home, run_id: str) -> str:
    """What rules accepted of the run's plan; nothing where they did not."""
    from oms_core.replenishment.proposing.releasing import is_by_rule
    from oms_core.store.operations import open_operations
    from pipelines.home import wall_clock

    with open_operations(home.database_url, now=wall_clock()) as store:
        released = [one for one in store.decisions(run_id) if is_by_rule(one.author) and one.quantity]
    if not released:
        return ""
    documents = len({one.export_id for one in released if one.export_id})
    told = f"{counted(len(released), 'proposal')} accepted by the policy, in {counted(documents, 'document')}"
    return f"{told}; what waits for a person: `oms proposals list --state open`"


def _worth(amounts: Iterable[Mapping[str, Any]]) -> str:
    return " + ".join(money(amount["minor"], amount["currency"]) for amount in amounts if amount["minor"]) or "nothing"


def _seconds(seconds: dict[str, float]) -> str:
    return ", ".join(f"{STAGES.get(step, step)} {value:.1f}" for step, value in seconds.items())
