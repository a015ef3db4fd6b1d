"""Commands for what was set aside: list quarantined records and held files, read them again, discard a held file."""

from __future__ import annotations

from typing import Annotated

import typer

from oms_core.words import counted
from pipelines.cli.common import home, out, print_json
from pipelines.home import wall_clock


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group."""
    group = typer.Typer(no_args_is_help=True, help="What was set aside: bad records, and files that stop their feed.")
    group.command("list")(list_set_aside)
    group.command()(again)
    group.command()(discard)
    app.add_typer(group, name="quarantine")


def list_set_aside(as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False) -> None:
    """Held files first, then quarantined records, newest file first: file, record number, reason."""
    import pyarrow.parquet as pq

    from pipelines.reception.originals import list_held

    target = home()
    held = [vars(entry) for entry in list_held(target)]
    files = sorted(target.quarantine.glob("*/*.parquet"))
    records = [row for path in files for row in pq.read_table(path).to_pylist()]
    records.sort(key=lambda row: (row["known_at"], row["feed"], row["file_name"]), reverse=True)
    if as_json:
        print_json({"held": held, "records": records})
        return
    for entry in held:
        name = f"{entry['feed']}/{entry['file_name']} ({entry['file_sha256'][:12]})"
        out.print(f"held {name}: {entry['reason']}", markup=False)
    for row in records:
        out.print(
            f"{row['feed']}/{row['file_name']} ({row['file_sha256'][:12]}) record {row['row_number']}: "
            f"{row['reason_code']}: {row['reason']}",
            markup=False,
        )
    out.print(f"{counted(len(held), 'file')} held, {counted(len(records), 'record')} quarantined.")


def again(file_sha256: Annotated[str, typer.Argument(help="First letters of the file's hash.")]) -> None:
    """Read a held file, or the records of a landed one that were set aside, by its feed's definition as it is now."""
    from oms_core.store.held import Held
    from pipelines.reception.originals import release_held
    from pipelines.reception.rereading import find_set_aside, read_again
    from pipelines.turn import exclusive

    target = home()
    with exclusive(target):
        aside = find_set_aside(target, file_sha256)
        if isinstance(aside, Held):
            release_held(target, aside)
            out.print(f"{aside.feed}/{aside.file_name} waits in the inbox again. Next: `oms run`.", markup=False)
            return
        reading = read_again(target, aside, wall_clock())
    taken = reading.unit.counts["record_count"] if reading.unit else 0
    before = "" if reading.is_new or not taken else ", as they were before"
    out.print(f"{aside.feed}/{aside.file_name}: {taken} of {len(aside.rows)} records landed{before}.", markup=False)
    for rejection in reading.still_bad:
        out.print(f"still set aside: record {rejection.row_number}: {rejection.reason}", markup=False)
    if not taken:
        raise typer.Exit(1)
    out.print("Next: `oms run`.")


def discard(file_sha256: Annotated[str, typer.Argument(help="First letters of the held file's hash.")]) -> None:
    """Let a feed go on without a held file; the file is kept in the home's received/ folder."""
    from pipelines.reception.originals import discard_held
    from pipelines.turn import exclusive

    target = home()
    with exclusive(target):
        entry = discard_held(target, file_sha256)
    out.print(
        f"{entry.feed}/{entry.file_name} stops its feed no longer; received/{entry.feed} keeps it. Next: `oms run`."
    )
