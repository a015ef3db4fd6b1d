"""Commands that make a home, bring things into it and copy it: init, ingest, simulate, mock-edi, backup, demo."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oms_core.words import counted
from pipelines.cli.common import err, home, out, person, print_json, say_failure
from pipelines.home import PROFILES, Home, HomeError, create_home, wall_clock

if TYPE_CHECKING:
    from pipelines.reception.landing import LandingReport


#: What a rule accepts in the demo.
_ORDINARY: dict[str, Any] = {"release_transfers": 1, "release_order_minor": 500_000}
_SHARE = typer.Option(min=0.0, max=1.0)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(init)
    app.command()(ingest)
    app.command()(simulate)
    app.command("mock-edi")(mock_edi)
    app.command()(backup)
    app.command()(restored)
    app.command()(demo)


def init(
    profile: Annotated[str, typer.Option(help=f"What to start from: {', '.join(PROFILES)}.")] = "empty",
    seed: Annotated[int, typer.Option(help="Seed of the twin.")] = 7,
    skus: Annotated[int, typer.Option(help="SKUs of the demo network.", min=10)] = 400,
    months: Annotated[int, typer.Option(help="Months of the demo network's history.", min=3)] = 18,
    lines_per_day: Annotated[int, typer.Option(help="Order lines a day in the demo network.", min=10)] = 200,
    by_hand: Annotated[
        bool,
        typer.Option(
            "--by-hand",
            help="In the demo, every proposal waits for a person, and the network's own buyers go on buying.",
        ),
    ] = False,
) -> None:
    """Make a home in OMS_HOME (default ./.oms): its folders, its feed definitions, its operations store."""
    target = Home.locate()
    twin = {"seed": seed, "skus": skus, "months": months, "lines_per_day": lines_per_day}
    make_home(target, profile, twin, is_ordered_by_rule=profile == "demo" and not by_hand)
    out.print(f"Made a home of profile [bold]{profile}[/bold] in {target.root}.")
    hints = {
        "demo": "Next: `oms simulate`, then `oms run`.",
        "online-retail": "Next: `oms ingest FOLDER` with the day files, then `oms run`.",
        "empty": f"Next: describe a channel in {target.feeds}/NAME.yaml, fill {target.inbox}/NAME, `oms run`; "
        "docs/adding-a-channel.md says how, and what else the first order needs.",
    }
    out.print(hints[profile])


def make_home(target: Home, profile: str, twin: dict[str, int], *, is_ordered_by_rule: bool) -> None:
    """Create a home of the named profile with the twin's parameters, and its operations store with a first policy;
    where it is ordered by rule, with a second one that accepts what is ordinary, and the network sends what is ordered.
    """
    if profile not in PROFILES:
        raise HomeError(f"There is no profile {profile!r}. Known: {', '.join(PROFILES)}.")
    from oms_core.replenishment.policy.targets import DEFAULT
    from oms_core.store.operations import PolicyChange, at_the_machine, open_operations

    parameters: dict[str, int | bool] = {**twin, **({"follows_orders": True} if is_ordered_by_rule else {})}
    create_home(target, PROFILES[profile], {"twin_parameters": parameters})
    with open_operations(target.database_url, now=wall_clock()) as store:
        if is_ordered_by_rule:
            first = store.current_policy()
            (default,) = (rule for rule in first.rules if rule.scope == DEFAULT)
            change = PolicyChange.to(DEFAULT, replace(default, **_ORDINARY))
            why = "the demo orders what is ordinary by itself"
            store.save_policy([change], at_the_machine("quartermaster"), why, wall_clock(), first.version)


def ingest(
    source: Annotated[Path, typer.Argument(help="A file, or a folder whose files are taken in name order.")],
    feed: Annotated[str | None, typer.Option(help="Feed of the files, where more than one could be meant.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Take files in: copy them to the feed's inbox and land them. The originals are left alone."""
    from pipelines.reception.inbox import copy_into_inbox, receive
    from pipelines.turn import exclusive

    target = home()
    with err.status("copying") as status, exclusive(target):
        copied = copy_into_inbox(target, source, feed, status.update)
        report = receive(target, wall_clock(), status.update)
    _tell(target, report, copied, as_json)
    if report.held:
        raise typer.Exit(1)


def _tell(target: Home, report: LandingReport, copied: list[Path], as_json: bool) -> None:
    names = ("record_count", "accepted_count", "duplicate_count", "superseded_count", "quarantined_count")
    counts = {name: report.count(name) for name in names}
    if as_json:
        held = [vars(entry) for entry in report.held]
        landed = len(report.landed)
        print_json({"copied": len(copied), "landed": landed, **counts, "held": held, "duplicates": report.duplicates})
        return
    supplied = ", with what the twin supplied for them" if target.config["twin"] == "supply" else ""
    out.print(f"{counted(len(copied), 'file')} received; {len(report.landed)} landed{supplied}.")
    told = ", ".join(f"{counts[name]:,} {name.removesuffix('_count')}" for name in names[1:])
    out.print(f"Records: {counts['record_count']:,}, of which {told}.")
    for feed, name in report.duplicates:
        out.print(f"= {feed}/{name}: landed before, nothing to do.", markup=False)
    for partner_id, reason in report.unreached.items():
        say_failure(f"{partner_id}: its files could not be fetched, and will be by a later run: {reason}")
    for entry in report.held:
        say_failure(f"{entry.feed}/{entry.file_name} is held and stops its feed: {entry.reason}")
    if report.held and (waiting := sum(path.exists() for path in copied)):
        told = counted(waiting, "file")
        err.print(f"Waiting behind it in the inbox: {told}. `oms quarantine discard` lets them pass.")
    if not report.held:
        out.print("Next: `oms run`.")


def simulate(days: Annotated[int, typer.Option(help="Business days to go on.", min=1)] = 1) -> None:
    """Let the demo network live: its whole history the first time, then a day at a time, into the inbox."""
    from pipelines.reception.simulation import advance_network

    with err.status("simulating") as status:
        for _ in range(days):
            day = advance_network(home(), status.update)
    out.print(f"The demo network stands at the end of {day}. Next: `oms run`.")


def mock_edi(
    partner: Annotated[
        str, typer.Argument(help="Partner of partners.yaml whose X12 lies in its folder of the outbox.")
    ],
    until: Annotated[
        datetime | None,
        typer.Option(help="Day up to which it has answered; tomorrow's, if none.", formats=["%Y-%m-%d"]),
    ] = None,
    rejected: Annotated[float, _SHARE] = 0.0,
    refused: Annotated[float, _SHARE] = 0.0,
    silent: Annotated[float, _SHARE] = 0.0,
    short: Annotated[float, _SHARE] = 0.0,
    late: Annotated[float, _SHARE] = 0.0,
    doubled: Annotated[float, _SHARE] = 0.0,
    shuffled: Annotated[float, _SHARE] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of what becomes of which document.")] = 0,
) -> None:
    """Play a trading partner: answer 940s (997, 945), 943s (997, 944), 850s (997, 855, 856) into its feed's inbox.

    Well, unless told otherwise. Each option is how often, from 0 to 1, it does that: refuse or leave unanswered a
    document, refuse an order of one, ship a line short, ship a day late, tell of its shipments twice, or before its
    acknowledgement.
    """
    from oms_core.twin.trading import Habits
    from pipelines.reception.trading import play_partner
    from pipelines.ticket import find_as_of

    target = home()
    habits = Habits(rejected, refused, silent, short, late, doubled, shuffled, seed)
    today = until.date() if until else find_as_of(target).date() + timedelta(days=1)
    written = play_partner(target, partner, habits, today)
    sent = f"sent {counted(len(written), 'file')}. Next: `oms run`." if written else "has nothing to say."
    out.print(f"{partner} {sent}")


def backup(
    folder: Annotated[Path, typer.Argument(help="New folder for the copy, outside the home.")],
    as_json: Annotated[bool, typer.Option("--json", help="What was copied as JSON.")] = False,
) -> None:
    """Copy what may not be lost, log and operations store of one moment, into a new folder that is itself a home.

    Pages may be open; a run that works is waited for, the next one hardly has to wait. A store on a PostgreSQL server
    is copied by pg_dump. To restore, name the copy in OMS_HOME: `oms run`, `oms doctor`, `oms restored`.
    """
    from pipelines.backup import back_up
    from pipelines.cli.common import stages

    with stages("looking at the home") as say:
        made = back_up(home(), folder, say)
    if as_json:
        print_json({"folder": str(made.folder), "units": made.units, "size_bytes": made.size_bytes})
        return
    out.print(f"{made.units:,} units of the log and the operations store, {made.size_bytes / 1e6:,.1f} MB.")
    if made.dump:
        server = (
            f"First, into an empty database: pg_restore --no-owner --dbname=… {made.dump}; name it in OMS_DATABASE_URL."
        )
        out.print(server, markup=False, soft_wrap=True)
    out.print(f"To restore: OMS_HOME={made.folder} oms run, then oms doctor.", markup=False, soft_wrap=True)
    out.print("Until `oms restored` says that it is the home now, it sends and fetches nothing.", soft_wrap=True)


def restored() -> None:
    """Say that this copy is the home now: what waits is sent from here, and partners' files are fetched.

    Before it, a run of a copy sends and fetches nothing: `oms exports list --stuck` has what it would send. Settle what
    a partner has from the lost home; and end that home, if it still lives.
    """
    from oms_core.store.operations import open_operations
    from pipelines.turn import exclusive

    target = home()
    if not target.is_mere_copy:
        raise HomeError(f"{target.root} is no copy that waits to become the home.")
    with exclusive(target), open_operations(target.database_url, now=wall_clock()) as store:
        store.trail.note("home.restored", f"home:{target.root}", wall_clock(), None, person().name)
        waiting = len(store.export_keys(states=("new",)))
        target.copy_mark.unlink()
    told = (
        f"{target.root} is the home now. {counted(waiting, 'document')} to send: `oms exports send`, or the next run."
    )
    out.print(told, markup=False, soft_wrap=True)


def demo() -> None:
    """What `make run` does: make the demo's home if need be, let its network live a day, run."""
    from pipelines.cli.runs import run

    if not Home.locate().exists:
        init("demo")
    if home().config["twin"] != "network":
        raise HomeError(
            f"The home at {home().root} is not the demo's. Use `oms run`, or name another folder in OMS_HOME."
        )
    simulate(1)
    run()
