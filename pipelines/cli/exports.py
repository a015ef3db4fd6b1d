"""Commands about export documents: list them, show one, send, hold, release, send again, settle, void."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from oms_core.words import counted
from pipelines.cli.common import home, out, person, print_json, say_failure

if TYPE_CHECKING:
    from oms_core.store.operations import OutboxEntry

_STATES = "new, held, sent, acknowledged, partial, rejected, unknown, void"
_DOCUMENT = typer.Argument(help="First letters of the document's id, as `oms exports` lists it.")
_DOCUMENTS = typer.Argument(help="First letters of documents' ids, as `oms exports` lists them.")
_REASON = typer.Option(help="Why; it goes into the audit trail.", prompt="Reason")


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group that lists documents when none is named."""
    group = typer.Typer(help="Export documents and how far each has come; without a command, the list.")
    group.callback(invoke_without_command=True)(_list_without_command)
    group.command("list")(list_documents)
    for command in (show, send, hold, release, retry, settle, void):
        group.command()(command)
    app.add_typer(group, name="exports")


def _list_without_command(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help=f"Only documents in this state: {_STATES}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
) -> None:
    if context.invoked_subcommand is None:
        list_documents(state, False, as_json)


def list_documents(
    state: Annotated[str | None, typer.Option(help=f"Only documents in this state: {_STATES}.")] = None,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="Only what needs somebody: held, refused, unknown, or without an answer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
) -> None:
    """List documents, the latest first. An answer is overdue by the partner's profile in partners.yaml."""
    from oms_core.store.operations import open_operations
    from oms_core.store.operations.outbox import is_overdue, is_stuck
    from pipelines.home import wall_clock

    target, now = home(), wall_clock()
    if state is not None and state not in _STATES.split(", "):
        raise typer.BadParameter(f"{state!r} is none of {_STATES}", param_hint="--state")
    with open_operations(target.database_url, now=now) as store:
        documents = store.exports(state=state)
    partners = target.partners
    if stuck:
        documents = [one for one in documents if is_stuck(one, partners, now)]
    rows = [_row(one, is_overdue(one, partners, now)) for one in documents]
    if as_json:
        print_json(rows)
        return
    table = Table(
        *("document", "partner", "kind", "wave or number", "lines", "state", "sent", "answer or problem"),
        header_style="bold",
        box=None,
    )
    for row in rows:
        known = (row[name] for name in ("partner", "kind", "wave", "lines", "state", "sent_at"))
        said = "overdue" if row["is_overdue"] else row["answer"] or row["problem"]
        table.add_row(*("" if value is None else escape(str(value)) for value in (row["export_id"][:12], *known, said)))
    nothing = "Nothing is stuck." if stuck else "No documents yet: `oms run` writes them when it allocates."
    out.print(table if rows else nothing)


def _row(document: OutboxEntry, is_overdue: bool) -> dict[str, Any]:
    return {
        "export_id": document.export_id,
        "partner": document.partner_id,
        "kind": document.document_type.replace("_", " "),
        "wave": document.wave,
        "lines": document.line_count,
        "state": document.state,
        "sent_at": document.sent_at.isoformat(timespec="seconds") if document.sent_at else None,
        "control_number": document.control_number,
        "attempts": document.attempts,
        "answered_at": document.answered_at.isoformat(timespec="seconds") if document.answered_at else None,
        "answer": document.answer,
        "problem": document.problem,
        "is_overdue": is_overdue,
    }


def show(
    document: Annotated[str, _DOCUMENT],
    as_json: Annotated[bool, typer.Option("--json", help="The document as it is sent as JSON.")] = False,
) -> None:
    """Show what a document says, line by line, and how far it has come."""
    from oms_core.fulfilment.documents import WAREHOUSE_ORDER, parse_document
    from oms_core.store.operations import open_operations
    from pipelines.home import wall_clock

    with open_operations(home().database_url, now=wall_clock()) as store:
        try:
            found = store.export(document)
        except KeyError as error:
            say_failure(error.args[0])
            raise typer.Exit(1) from error
    content = parse_document(found.payload.encode(), found.export_id)
    if as_json:
        print_json(content.payload)
        return
    end = f" for {content.ship_to_location_id}" if content.ship_to_location_id else ""
    head = f"{found.document_type.replace('_', ' ')} {found.wave} to {found.partner_id} at {found.location_id}{end}"
    out.print(f"{head}: {_told(found)}", markup=False, soft_wrap=True)
    # Our own orders have one number and no channel: the head says it.
    said = ("line_number",) if found.document_type == WAREHOUSE_ORDER else ("line_number", "channel_id", "order_ref")
    names = [name for name in content.line_names if name not in said]
    table = Table(*(name.replace("_", " ") for name in names), header_style="bold", box=None)
    for line in content.lines:
        table.add_row(*(escape(str(getattr(line, name))) for name in names))
    out.print(table)


def _told(document: OutboxEntry) -> str:
    """How far it has come, and the last words said of it."""
    sent = f", sent {document.sent_at:%Y-%m-%d %H:%M} UTC" if document.sent_at else ""
    times = f", handed over {counted(document.attempts, 'time')}" if document.attempts else ""
    said = "".join(f": {words}" for words in (document.problem, document.answer) if words)
    return f"{document.state}{sent}{times}, control number {document.control_number}{said}"


def send() -> None:
    """Deliver now what waits: new documents, and those of unknown fate after asking the partner. Runs do it, too.

    Proposals that are accepted and not ordered yet become documents first.
    """
    from oms_core.store.operations import open_operations
    from pipelines.fulfilment.delivering import deliver_pending
    from pipelines.fulfilment.ordering import enter_accepted
    from pipelines.home import wall_clock

    target = home()
    with open_operations(target.database_url, now=wall_clock()) as store:
        enter_accepted(target, store)
        delivered = deliver_pending(target, store)
        left = [*store.exports("new"), *store.exports("unknown")]
    out.print(f"{counted(delivered, 'document')} delivered.")
    for one in left:
        say_failure(f"{one.export_id[:12]} for {one.partner_id} is {one.state}: {one.problem}")
    if left:
        raise typer.Exit(1)


def hold(documents: Annotated[list[str], _DOCUMENTS], reason: Annotated[str, _REASON]) -> None:
    """Keep new documents from being sent, until they are released."""
    _act(documents, "hold", reason)


def release(documents: Annotated[list[str], _DOCUMENTS], reason: Annotated[str, _REASON]) -> None:
    """Let held documents go: the next run sends them."""
    _act(documents, "release", reason)


def retry(documents: Annotated[list[str], _DOCUMENTS], reason: Annotated[str, _REASON]) -> None:
    """Send documents again whose fate is unknown, or whose answer is overdue: the same id, so that each counts once."""
    _act(documents, "retry", reason)


def settle(documents: Annotated[list[str], _DOCUMENTS], reason: Annotated[str, _REASON]) -> None:
    """Say that somebody has seen to it: the partner has the document, though it never answered or was handed it by
    another way; orders that it refused are seen to; or it knows what was taken back."""
    _act(documents, "settle", reason)


def void(documents: Annotated[list[str], _DOCUMENTS], reason: Annotated[str, _REASON]) -> None:
    """Take back documents that no partner works on. Order lines on it stay reserved where they are until that ends, or
    `oms orders resource DOCUMENT` decides them anew; what it ordered for us is proposed anew."""
    _act(documents, "void", reason)


def _act(beginnings: list[str], action: str, reason: str) -> None:
    from oms_core.store.operations import OutboxRefusal, open_operations
    from pipelines.home import wall_clock

    refused = False
    with open_operations(home().database_url, now=wall_clock()) as store:
        for beginning in beginnings:
            try:
                found = store.export(beginning)
                store.act(found.export_id, action, wall_clock(), person(), reason)
            except (KeyError, OutboxRefusal) as error:
                say_failure(error.args[0])
                refused = True
                continue
            after = store.export(found.export_id)
            out.print(f"{after.export_id[:12]} for {after.partner_id} ({after.wave}) is {after.state}.{_then(after)}")
    if refused:
        raise typer.Exit(1)


def _then(document: OutboxEntry) -> str:
    """What is to be known of a document once it is taken back."""
    from oms_core.fulfilment.documents import WAREHOUSE_ORDER

    if document.state != "void" or document.document_type != WAREHOUSE_ORDER:
        return ""
    return (
        f" Its lines stay reserved at {document.location_id}: `oms orders resource {document.export_id[:12]}` decides "
        f"them anew, with `--to {document.location_id}` from there."
    )
