"""The commands that read the published snapshot: query, lineage."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from oms_core.words import counted
from pipelines.cli.common import err, home, out, print_json, say_failure

if TYPE_CHECKING:
    from oms_core.store.published.snapshots import Snapshot

_SHOWN_ROWS = 200


class Format(StrEnum):
    """Ways in which a result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(query)
    app.command()(lineage)


def query(
    sql: Annotated[
        str, typer.Argument(help='DuckDB SQL over the marts, for instance "select * from fct_orders limit 5".')
    ],
    output_format: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; Parquet needs one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="What we knew then: 2011-06-01T09:00Z, or a day for its end.")
    ] = None,
    effective: Annotated[
        str | None, typer.Option(metavar="TIME", help="What was true then, by all we know (or knew at --as-of).")
    ] = None,
) -> None:
    """Ask the published snapshot. Reading never waits for a run, nor a run for reading."""
    wanted = Format.JSON if as_json else output_format
    if wanted is Format.PARQUET and output is None:
        raise typer.BadParameter("Parquet goes to a file: name it with --output.")
    result = _snapshot(as_of, effective).query(sql)
    if wanted is Format.TABLE and output is None:
        out.print(_as_table(result.column_names, result.slice(0, _SHOWN_ROWS).to_pylist()))
        cut = f", the first {_SHOWN_ROWS} shown" if len(result) > _SHOWN_ROWS else ""
        out.print(counted(len(result), "row") + cut)
    else:
        _write(result, wanted, output)


def lineage(
    line: Annotated[
        str,
        typer.Argument(
            help="An order line's id (channel:order:line); a document's line: 9d3fd4af/12 by the first letters of its "
            "id, WH-NORTH#7/12 by its X12 control number; or a proposal: 3f9a2c11."
        ),
    ],
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="As we knew it then: 2011-06-01T09:00Z, or a day for its end.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every step and its rows as JSON.")] = False,
) -> None:
    """Trace a line back: document, decision, rules, levels, forecast, stock, and the channel's file and row; a line of
    our own orders to its proposal.
    """
    from oms_core.store.published.lineage import UnknownReference, find_line, trace

    snapshot = _snapshot(as_of, None)
    try:
        steps = trace(snapshot, find_line(snapshot, line))
    except UnknownReference as error:
        say_failure(error.args[0])
        raise typer.Exit(1) from error
    if as_json:
        print_json([{"step": step.name, "what": step.statement, "rows": rows} for step, rows in steps])
        return
    for step, rows in steps:
        out.print(f"[bold]{step.name}[/bold]: {step.statement}")
        out.print(_as_facts(rows[0]) if len(rows) == 1 else _as_table(list(rows[0]), rows) if rows else "  nothing")
        out.print()


def _snapshot(as_of: str | None, effective: str | None) -> Snapshot:
    from oms_core.store.published.snapshots import Snapshot

    if as_of is None and effective is None:
        return Snapshot.current(home().published)
    from pipelines.publication.replay import Question, answering, parse_instant

    question = Question(*(None if text is None else parse_instant(text) for text in (as_of, effective)))
    with err.status("looking for the snapshot of that time") as status:
        return answering(home(), question, status.update)


def _as_table(names: list[str], rows: list[dict[str, Any]]) -> Table:
    table = Table(*map(escape, names), header_style="bold", box=None)
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    return table


def _as_facts(row: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, value in row.items():
        if value is not None:
            table.add_row(escape(name), escape(str(value)))
    return table


def _write(result: Any, wanted: Format, output: Path | None) -> None:
    if wanted is Format.PARQUET:
        import pyarrow.parquet as pq

        pq.write_table(result, output)
    elif wanted is Format.JSON and output is None:
        print_json(result.to_pylist())
    elif wanted is Format.JSON and output is not None:
        result.to_pandas().to_json(output, orient="records", date_format="iso", indent=2)
    else:
        from oms_core.fulfilment import neutralise_frame

        # A spreadsheet opens this file: what a counterpart wrote must not run there as a formula.
        text = neutralise_frame(result.to_pandas()).to_csv(index=False)
        sys.stdout.write(text) if output is None else output.write_text(text, encoding="utf-8")
