"""Commands of the order desk: show an order, hold, release, cancel, take away or edit its lines, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oms_core import words
from pipelines.cli.common import JSON, home, out, person, print_json, say_failure

if TYPE_CHECKING:
    from oms_core.orders.desk import Ask, Case, DeskLine
    from oms_core.store.operations import DeskOutcome, OperationsStore
    from oms_core.store.published.snapshots import Snapshot

_LINES = typer.Argument(
    help="Orders by number and documents by the first letters of their id (all their lines), lines as ORDER/LINE or by "
    "id (channel:order:line)."
)
_NUMBERS = typer.Argument(help="Numbers of commands, as `oms orders list` shows them.", min=1)
_REASON = typer.Option(help="Why; it is kept with the order, and colleagues see it.", prompt="Reason")
_QUANTITY = typer.Option(min=1, help="Units, of one line; without it, all.")
_TRY = typer.Option("--dry-run", help="Only say what would come of it.")


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group."""
    group = typer.Typer(
        help="The order desk: show, hold, release, cancel, re-source, edit; what waits for the next run.",
        no_args_is_help=True,
    )
    group.command("list")(list_commands)
    for command in (show, hold, release, cancel, resource, edit, agree, undo):
        group.command()(command)
    app.add_typer(group, name="orders")


def list_commands(
    everything: Annotated[bool, typer.Option("--all", help="The latest thousand, ended ones too.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List commands that wait: for the next run, or for a location that was asked."""
    from oms_core.store.operations import open_operations
    from pipelines.home import wall_clock

    with open_operations(home().database_url, now=wall_clock()) as store:
        cases = store.desk.cases() if everything else store.desk.open_cases()
    if as_json:
        print_json([_case(case) for case in cases])
        return
    for case in cases:
        _say(case)
    if not cases:
        out.print("No command was ever given." if everything else "No command waits.")


def show(
    order: Annotated[str, typer.Argument(help="An order's number, ORDER/LINE, a line's id, or a tracking number.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show an order's lines: quantities by state, where they are reserved, their events, and commands on them."""

    def tell(snapshot: Snapshot, store: OperationsStore) -> None:
        lines = _named(snapshot, store, [order])
        cases = [
            case for order_id in dict.fromkeys(one.order_id for one in lines) for case in store.desk.cases(order_id)
        ]
        rows = [{**_line(one), **_waiting(snapshot, one), "events": _events(snapshot, one)} for one in lines]
        if as_json:
            print_json({"lines": rows, "commands": [_case(case) for case in cases]})
            return
        for row in rows:
            _show_line(row)
        for case in cases:
            _say(case)

    _with_both(tell)


def hold(
    lines: Annotated[list[str], _LINES],
    reason: Annotated[str, _REASON],
    dry_run: Annotated[bool, _TRY] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Hold lines: nothing of them is allocated until they are released, whatever their channel states."""
    _command("hold", lines, reason, dry_run, as_json)


def release(
    lines: Annotated[list[str], _LINES],
    reason: Annotated[str, _REASON],
    dry_run: Annotated[bool, _TRY] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Release held lines, those that their channel holds, too, unless it holds them anew."""
    _command("release", lines, reason, dry_run, as_json)


def cancel(
    lines: Annotated[list[str], _LINES],
    reason: Annotated[str, _REASON],
    quantity: Annotated[int | None, _QUANTITY] = None,
    dry_run: Annotated[bool, _TRY] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Cancel lines, or units of one. What a location was told to ship it must give back first."""
    _command("cancel", lines, reason, dry_run, as_json, quantity=quantity)


def resource(
    lines: Annotated[list[str], _LINES],
    reason: Annotated[str, _REASON],
    quantity: Annotated[int | None, _QUANTITY] = None,
    source: Annotated[str | None, typer.Option("--from", help="Only what this location is to ship.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The only location that may ship it from now on.")] = None,
    barred: Annotated[list[str] | None, typer.Option("--not", help="A location that may not; may be repeated.")] = None,
    dry_run: Annotated[bool, _TRY] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take lines away from their locations and decide them anew, from anywhere else."""
    places = {"from_location_id": source, "to_location_id": to, "barred_location_ids": tuple(barred or ())}
    _command("resource", lines, reason, dry_run, as_json, quantity=quantity, **places)


def edit(
    lines: Annotated[list[str], _LINES],
    reason: Annotated[str, _REASON],
    method: Annotated[str | None, typer.Option(help="How it is sent: ship, ship_from_store or drop_ship.")] = None,
    country: Annotated[str | None, typer.Option(help="Country to ship to, as its channel writes it.")] = None,
    region: Annotated[str | None, typer.Option(help="Region to ship to: one that a location serves.")] = None,
    quantity: Annotated[int | None, typer.Option(min=1, help="Ordered units of one line, more or fewer.")] = None,
    dry_run: Annotated[bool, _TRY] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Change how and where lines are sent, and how much of one is ordered, before a location is told of them."""
    changes: dict[str, str | int | None] = {"fulfilment_method": method, "ship_to_country": country}
    changes |= {"ship_to_region": region, "qty_ordered": quantity}
    known = {name: value for name, value in changes.items() if value is not None}
    _command("edit", lines, reason, dry_run, as_json, changes=known)


def agree(
    numbers: Annotated[list[int], _NUMBERS],
    reason: Annotated[str, _REASON],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say that the location which was asked will not ship it: with whom you spoke is a good reason."""
    _answer("agree", numbers, reason, as_json)


def undo(
    numbers: Annotated[list[int], _NUMBERS],
    reason: Annotated[str, _REASON],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take commands back: what came of them counts no more as of the next run."""
    _answer("undo", numbers, reason, as_json)


def _command(kind: str, references: list[str], reason: str, dry_run: bool, as_json: bool, **what: Any) -> None:
    from oms_core.orders.desk import Ask
    from oms_core.store.published.desk_lines import check_region
    from pipelines.home import wall_clock

    def give(snapshot: Snapshot, store: OperationsStore) -> None:
        lines = _named(snapshot, store, references)
        is_of_one = what.get("quantity") is not None or "qty_ordered" in what.get("changes", {})
        if is_of_one and len(lines) != 1:
            raise typer.BadParameter(f"a quantity is of one line; these are {len(lines)}", param_hint="--quantity")
        if what.get("to_location_id") or what.get("barred_location_ids"):
            _check_locations(snapshot, [what["to_location_id"], *what["barred_location_ids"]])
        if "ship_to_region" in what.get("changes", {}):
            check_region(snapshot.query, what["changes"]["ship_to_region"])
        asks = [Ask(kind, line, **what) for line in lines]
        if dry_run:
            _foresee(store, asks, as_json)
        else:
            _tell(store.desk.command(asks, person(), reason, wall_clock()), as_json)

    _with_both(give)


def _answer(kind: str, numbers: list[int], reason: str, as_json: bool) -> None:
    from pipelines.home import wall_clock

    _with_both(
        lambda _snapshot, store: _tell(store.desk.answer(numbers, kind, person(), reason, wall_clock()), as_json)
    )


def _with_both(work: Callable[[Snapshot, OperationsStore], None]) -> None:
    """The snapshot and the store; what is refused as a whole is one line and exit code 1."""
    from oms_core.store.operations import CommandRefused, open_operations
    from oms_core.store.published.desk_lines import UnknownLine
    from oms_core.store.published.snapshots import Snapshot
    from pipelines.home import wall_clock

    target = home()
    with Snapshot.current(target.published) as snapshot, open_operations(target.database_url, wall_clock()) as store:
        try:
            work(snapshot, store)
        except (CommandRefused, UnknownLine) as error:
            say_failure(error.args[0])
            raise typer.Exit(1) from error


def _named(snapshot: Snapshot, store: OperationsStore, references: Sequence[str]) -> list[DeskLine]:
    from oms_core.store.published.desk_lines import desk_lines, find_lines

    ids = dict.fromkeys(one for reference in references for one in find_lines(snapshot.query, reference))
    found = desk_lines(snapshot.query, store.export_states, ids)
    return [found[one] for one in ids]


def _check_locations(snapshot: Snapshot, location_ids: Sequence[str | None]) -> None:
    from oms_core.store.published.desk_lines import check_shipping

    check_shipping(snapshot.query, [one for one in location_ids if one])


def _foresee(store: OperationsStore, asks: Sequence[Ask], as_json: bool) -> None:
    from oms_core.orders.desk import CommandRefused, checked, foresee

    said, refused = [], 0
    for ask in asks:
        name = f"{ask.kind} {ask.line.order_ref}/{ask.line.line_ref}"
        try:
            said.append({"line": ask.line.order_line_id, "what": foresee(checked(ask, _cases(store, ask.line)))})
        except CommandRefused as error:
            refused += 1
            said.append({"line": ask.line.order_line_id, "refused": f"{name}: {error}"})
    if as_json:
        print_json(said)
    else:
        for one in said:
            out.print(str(one.get("refused") or f"{one['line']}: {' '.join(one['what'])}"), markup=False)
    if refused:
        raise typer.Exit(1)


def _cases(store: OperationsStore, line: DeskLine) -> list[Case]:
    return [one for one in store.desk.cases(line.order_id) if one.command.order_line_id == line.order_line_id]


def _tell(outcome: DeskOutcome, as_json: bool) -> None:
    if as_json:
        print_json({"given": [_case(case) for case in outcome.given], "refused": list(outcome.refused)})
    else:
        for case in outcome.given:
            _say(case)
        for refusal in outcome.refused:
            say_failure(refusal)
    if outcome.refused:
        raise typer.Exit(1)


def _say(case: Case) -> None:
    # Text, not a table: a narrow terminal would cut what is to be read to the end.
    out.print(f"{case.command.command_number:>4}  {case.command.name}: {case.told}", markup=False, soft_wrap=True)


def _case(case: Case) -> dict[str, Any]:
    command = case.command
    return {
        "command_number": command.command_number,
        "kind": command.kind,
        "order_line_id": command.order_line_id,
        "quantity": command.quantity,
        "changes": dict(command.changes or {}),
        "state": case.state,
        "author": command.author,
        "reason": command.reason,
        "given_at": command.given_at.isoformat(),
        "told": case.told,
        "since": [
            {"kind": one.kind, "author": one.author, "reason": one.reason, "at": one.given_at.isoformat()}
            for one in case.since
        ],
    }


def _line(line: DeskLine) -> dict[str, Any]:
    return {
        "order_line_id": line.order_line_id,
        "sku": line.sku,
        "line_state": line.line_state,
        "qty_ordered": line.qty_ordered,
        "qty_fulfilled": line.qty_fulfilled,
        "qty_cancelled": line.qty_cancelled,
        "qty_left": line.qty_left,
        "reserved": [
            {
                "location_id": place.location_id,
                "quantity": place.quantity,
                "documents": [f"{one.export_id[:12]} ({one.state})" for one in place.documents],
            }
            for place in line.places
        ],
    }


def _waiting(snapshot: Snapshot, line: DeskLine) -> dict[str, Any]:
    """What a line waits for, and why in words."""
    sql = """
        select line.waits_for, coalesce(line.hold_reason, backorder.reason) as why
        from fct_order_lines as line left join fct_backorders as backorder using (order_line_id)
        where order_line_id = ?"""
    (row,) = snapshot.query(sql, [line.order_line_id]).to_pylist()
    return dict(row)


def _events(snapshot: Snapshot, line: DeskLine) -> list[dict[str, Any]]:
    sql = """
        select effective_at, event_type, quantity, location_id, reason, carrier, tracking_ref from fct_order_events
        where order_line_id = ? order by effective_at, event_id"""
    return list(snapshot.query(sql, [line.order_line_id]).to_pylist())


def _show_line(row: dict[str, Any]) -> None:
    units = ", ".join(f"{row[f'qty_{name}']} {name}" for name in ("ordered", "fulfilled", "cancelled", "left"))
    out.print(f"{row['order_line_id']}  {row['sku']}: {row['line_state']}; {units}", markup=False, soft_wrap=True)
    if row["why"]:
        out.print(f"      waits for {words.told(row['waits_for'])}: {row['why']}", markup=False, soft_wrap=True)
    for place in row["reserved"]:
        documents = f" by {', '.join(place['documents'])}" if place["documents"] else ""
        out.print(f"      {place['quantity']} reserved at {place['location_id']}{documents}", markup=False)
    for event in row["events"]:
        where = f" at {event['location_id']}" if event["location_id"] else ""
        told = [event[name] for name in ("reason", "carrier", "tracking_ref") if event[name]]
        why = f": {', '.join(told)}" if told else ""
        out.print(
            f"      {event['effective_at']:%Y-%m-%d %H:%M}  {event['event_type']} {event['quantity']}{where}{why}",
            style="dim", markup=False, soft_wrap=True,
        )  # fmt: skip
