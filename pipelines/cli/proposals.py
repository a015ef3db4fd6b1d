"""Commands about proposals: list what the last plan would buy and move, accept, reject, take a decision back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import JSON, home, out, person, print_json, say_failure

if TYPE_CHECKING:
    from oms_core.store.operations import Decision, OperationsStore, Outcome
    from pipelines.planning.deciding import Planned, Wanted

_KINDS, _STATES = "purchase, transfer", "open, accepted, rejected, ordered"
_REFS = typer.Argument(help="First letters of proposals' refs, as `oms proposals list` shows them.")
_SUPPLIER = typer.Option(help="Only what is bought from this supplier.")
_LOCATION = typer.Option(help="Only what arrives at this location.")
_KIND = typer.Option(help=f"Only one kind: {_KINDS}.")
_SHOWN_LETTERS = 8


def register(app: typer.Typer) -> None:
    """Add this module's commands as a group."""
    group = typer.Typer(help="What the last plan would buy and move: list, accept, reject, undo.", no_args_is_help=True)
    group.command("list")(list_proposals)
    for command in (accept, reject, undo):
        group.command()(command)
    app.add_typer(group, name="proposals")


def list_proposals(
    supplier: Annotated[str | None, _SUPPLIER] = None,
    location: Annotated[str | None, _LOCATION] = None,
    kind: Annotated[str | None, _KIND] = None,
    state: Annotated[str | None, typer.Option(help=f"Only in this state: {_STATES}.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the last plan's proposals with why, the dearest first, and who decided, or why no rule did; what waits for
    its supplier's turn comes last.

    What waits for a person: oms proposals list --state open
    """
    from oms_core.store.operations import open_operations
    from pipelines.home import wall_clock

    target, wanted = home(), _wanted(supplier, location, kind, state)
    with open_operations(target.database_url, now=wall_clock()) as store:
        rows = sorted(
            (_row(one) for one in _plan(store) if wanted.fits(one)), key=lambda row: row["waits_for"] == "turn"
        )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        # Text, not a table: a narrow terminal would cut the refs that the other commands ask for.
        out.print(f"{row['ref']}  {row['what']}, {row['at_cost']}, there {row['expected_date']}: "
                  f"{row['state']}{', waits' if row['waits_for'] else ''}",
                  markup=False, soft_wrap=True)  # fmt: skip
        out.print(f"          {row['why']}", style="dim", markup=False, soft_wrap=True)
        if row["kept_because"]:
            told = f"          not accepted by rule: {row['kept_because']}"
            out.print(told, style="dim", markup=False, soft_wrap=True)
    out.print(_sums(rows) if rows else "Nothing is proposed that is like that.")


def accept(
    refs: Annotated[list[str] | None, _REFS] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All that is open and need not wait, or what of it the filters leave.")
    ] = False,
    supplier: Annotated[str | None, _SUPPLIER] = None,
    location: Annotated[str | None, _LOCATION] = None,
    kind: Annotated[str | None, _KIND] = None,
    quantity: Annotated[int | None, typer.Option(min=1, help="Another quantity than proposed, for one.")] = None,
    reason: Annotated[str, typer.Option(help="Why, if there is something to say.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Accept proposals: the next `oms run`, `oms allocate` or `oms exports send` orders them.

    oms proposals accept 3f9a2c11 --quantity 48 --reason "pallet" · oms proposals accept --all --supplier SUP-01
    """
    filters = (supplier, location, kind)
    if every == bool(refs):
        raise typer.BadParameter("name proposals by their refs, or say --all", param_hint="REFS")
    if any(filters) and not every:
        raise typer.BadParameter("filters go with --all", param_hint="--supplier, --location, --kind")
    if quantity is not None and (every or len(refs or ()) != 1):
        raise typer.BadParameter("a quantity is for one proposal", param_hint="--quantity")
    wanted = _wanted(*filters, "open")

    plan: list[Planned] = []

    def decide(store: OperationsStore, now: Any) -> Outcome:
        plan.extend(_plan(store))
        # What waits for its supplier's minimum or for room is accepted by name only.
        chosen = [one for one in plan if wanted.fits(one) and not one.waits_for] if every else _named(plan, refs or [])
        amounts = [(one.proposal, quantity or one.proposal.quantity) for one in chosen]
        return store.accept_proposals(amounts, person(), reason, now)

    def left(decided: Iterable[Decision]) -> list[str]:
        from oms_core.replenishment.proposing.deciding import left_behind

        others = (one.proposal for one in plan if one.state == "open" and not one.waits_for)
        return left_behind((one.proposal for one in decided), others)

    _decide(decide, as_json, left)


def reject(
    refs: Annotated[list[str], _REFS],
    reason: Annotated[str, typer.Option(help="Why; colleagues see it.", prompt="Reason")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Reject proposals, with the reason. The next plan proposes them again if they are still needed."""
    _decide(
        lambda store, now: store.reject_proposals(
            [one.proposal for one in _named(_plan(store), refs)], person(), reason, now
        ),
        as_json,
    )


def undo(
    refs: Annotated[list[str], _REFS],
    reason: Annotated[str, typer.Option(help="Why, if there is something to say.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take back what is decided of proposals, of this plan or an earlier one, until a document orders it."""
    from pipelines.planning.deciding import find

    def decide(store: OperationsStore, now: Any) -> Outcome:
        known = [one.proposal.proposal_ref for one in store.decisions()]
        known += [one.proposal.proposal_ref for one in _plan(store)]
        found = [find(list(dict.fromkeys(known)), ref) for ref in refs]
        return store.undo_decisions(found, person(), reason, now)

    _decide(decide, as_json)


def _decide(
    decide: Callable[[OperationsStore, Any], Outcome],
    as_json: bool,
    left: Callable[[Iterable[Decision]], list[str]] = lambda _decided: [],
) -> None:
    """Decide, and tell what was noted, what that leaves, and what was refused; exit code 1 where anything was."""
    from oms_core.store.operations import DecisionRefused, open_operations
    from pipelines.home import wall_clock

    with open_operations(home().database_url, now=wall_clock()) as store:
        try:
            outcome = decide(store, wall_clock())
        except DecisionRefused as error:
            say_failure(error)
            raise typer.Exit(1) from error
    if as_json:
        told = [_told(one) for one in outcome.decided]
        print_json({"decided": told, "left": left(outcome.decided), "refused": list(outcome.refused)})
    else:
        for line in _summary(outcome.decided):
            out.print(line)
        for line in left(outcome.decided):
            out.print(f"{line}.", markup=False, soft_wrap=True)
        for refusal in outcome.refused:
            say_failure(refusal)
        if not outcome.decided and not outcome.refused:
            out.print(
                "Nothing is open that is like that: `oms proposals list` shows what is, and who decided the rest."
            )
    if outcome.refused:
        raise typer.Exit(1)


def _plan(store: OperationsStore) -> list[Planned]:
    from pipelines.planning.deciding import read_plan

    return read_plan(home(), store)


def _named(plan: list[Planned], beginnings: list[str]) -> list[Planned]:
    from pipelines.planning.deciding import find

    by_ref = {one.proposal.proposal_ref: one for one in plan}
    return [by_ref[ref] for ref in dict.fromkeys(find(list(by_ref), each) for each in beginnings)]


def _wanted(supplier: str | None, location: str | None, kind: str | None, state: str | None) -> Wanted:
    from pipelines.planning.deciding import Wanted

    for value, allowed, hint in ((kind, _KINDS, "--kind"), (state, _STATES, "--state")):
        if value is not None and value not in allowed.split(", "):
            raise typer.BadParameter(f"{value!r} is none of {allowed}", param_hint=hint)
    return Wanted(supplier, location, kind, state)


def _row(one: Planned) -> dict[str, Any]:
    proposal, decision = one.proposal, one.decision
    decided = None if decision is None or one.state == "open" else decision
    return {
        "ref": proposal.proposal_ref[:_SHOWN_LETTERS],
        "what": proposal.name,
        "kind": proposal.kind,
        "sku": proposal.sku,
        "from": proposal.partner_id,
        "location_id": proposal.location_id,
        "quantity": proposal.quantity,
        "value_minor": one.row["value_minor"],
        "currency": proposal.currency,
        "at_cost": _money(one.row["value_minor"], proposal.currency),
        "expected_date": proposal.expected_date.isoformat(),
        "state": one.state,
        "waits_for": one.waits_for,
        "qty_accepted": decided.quantity if decided else None,
        "order_ref": decided.order_ref if decided else None,
        "decided": decided.told if decided else None,
        "why": decided.told if decided else one.row["reason"],
        "kept_because": one.kept_because if one.state == "open" else None,
    }


def _sums(rows: list[dict[str, Any]]) -> str:
    """How many of each kind and currency, and what they come to at cost."""
    sums = []
    for kind, currency in sorted({(row["kind"], row["currency"]) for row in rows}):
        values = [row["value_minor"] for row in rows if (row["kind"], row["currency"]) == (kind, currency)]
        sums.append(f"{len(values)} {kind}{'s' if len(values) != 1 else ''}, {_money(sum(values), currency)} at cost")
    return "; ".join(sums)


def _told(decision: Decision) -> dict[str, object]:
    return {
        "ref": decision.proposal.proposal_ref[:_SHOWN_LETTERS],
        "verdict": decision.verdict,
        "quantity": decision.quantity,
        "value_minor": decision.value_minor,
        "currency": decision.proposal.currency,
    }


def _summary(decided: tuple[Decision, ...]) -> list[str]:
    """One line a verdict and currency, with what was accepted at cost."""
    lines = []
    for verdict, currency in sorted({(one.verdict, one.proposal.currency) for one in decided}):
        of_both = [one for one in decided if (one.verdict, one.proposal.currency) == (verdict, currency)]
        text = f"{len(of_both)} proposal{'s' if len(of_both) != 1 else ''} {verdict}"
        if verdict == "accepted":
            worth = _money(sum(one.value_minor for one in of_both), currency)
            text += f", {sum(one.quantity or 0 for one in of_both)} units, {worth} at cost"
        lines.append(f"{text}.")
    return lines


def _money(minor: int, currency: str) -> str:
    from oms_core.money import written

    return f"{written(minor, currency)} {currency}"
