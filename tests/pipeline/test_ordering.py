"""From a proposal that somebody accepts to one document, wherever the run dies, and to a plan that knows of it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.fulfilment.documents import read_document
from oms_core.replenishment.proposing.releasing import Verdict
from oms_core.store.operations import OperationsStore, Outcome, outbox
from oms_core.store.operations import at_the_machine as by
from oms_core.store.published.lineage import ProposalKey, UnknownReference, find_line, trace
from oms_core.store.published.snapshots import Snapshot
from oms_core.twin.trading import Habits
from pipelines.fulfilment import announcing, delivering, ordering
from pipelines.fulfilment.delivering import deliver_pending
from pipelines.fulfilment.exporting import note_answers
from pipelines.fulfilment.ordering import enter_accepted, order_accepted
from pipelines.home import PROFILES, Home, create_home
from pipelines.log import Log
from pipelines.modelling.warehouse import load, select_table
from pipelines.planning.deciding import Planned, Wanted, read_plan
from pipelines.planning.replenishing import propose_replenishment
from pipelines.publication import releasing
from pipelines.publication.releasing import release_proposals
from pipelines.reception.landing import land_inbox
from pipelines.reception.trading import play_partner
from pipelines.ticket import Ticket, ticket_of
from tests.pipeline.hands import AT, Died, decide, dying, land, opened


def receive(home: Home) -> None:
    """Mugs of which WH-1 has one and WH-2 plenty, and cups that nobody else has to spare."""
    product = {"supplier_id": "SUP", "currency": "EUR", "pack_quantity": 6, "is_active": True,
               "unit_cost_minor": 250, "unit_price_minor": 90_000}  # fmt: skip
    named = [product | {"sku": sku, "description": f"A {sku.lower()}"} for sku in ("MUG", "CUP")]
    land(home, "products", *named)
    places = [{"location_id": name, "name": name, "kind": "warehouse", "timezone": "UTC"} for name in ("WH-1", "WH-2")]
    land(home, "locations", *places)
    stock = [("MUG", "WH-1", 1), ("MUG", "WH-2", 60), ("CUP", "WH-1", 1)]
    moved = [
        {"movement_ref": f"open-{sku}", "line_ref": "1", "kind": "opening", "sku": sku, "location_id": place,
         "quantity": quantity}
        for sku, place, quantity in stock
    ]  # fmt: skip
    land(home, "stock_movements", *moved)


def set_levels(home: Home, ticket: Ticket) -> None:
    """Both want 20 at WH-1, and mugs 5 at WH-2."""
    run = {"run_id": ticket.run_id, "effective_at": ticket.as_of, "business_date": ticket.business_date}
    series = [("MUG", "WH-1", 20, 10), ("MUG", "WH-2", 5, 5), ("CUP", "WH-1", 20, 10)]
    levels = [
        run | {"sku": sku, "location_id": place, "qty_order_up_to": level, "qty_reorder_point": point,
               "policy_version": 1, "service_level_target": 0.95, "service_level_expected": 0.95,
               "review_period_days": 7, "protection_days": 12, "lead_time_days_mean": 5.0, "currency": "EUR",
               "transfer_cost_minor": 500, "transfer_cost_share": 0.05, "transfer_days": 2, "holding_share": 0.2,
               "order_cost_minor": 0}
        for sku, place, level, point in series
    ]  # fmt: skip
    grid = [
        run | {"sku": sku, "location_id": place, "protection_days": 12, "probability": p, "qty_demand": level * p}
        for sku, place, level, _ in series
        for p in (0.5, 0.9, 0.99)
    ]
    land(home, "safety_stock", *levels, at=ticket.as_of, run_id=ticket.run_id)
    land(home, "interval_demand", *grid, at=ticket.as_of, run_id=ticket.run_id)
    load(home, ticket.as_of, ticket.run_id)


def set_levels_once(home: Home, ticket: Ticket) -> None:
    if not Log(home.landing).of_run(ticket.run_id, "safety_stock"):
        set_levels(home, ticket)


def deliver(home: Home, _ticket: Ticket) -> None:
    with opened(home) as store:
        deliver_pending(home, store)


def run(home: Home, process_id: str) -> Ticket:
    """What of a daily run concerns proposals, in its order."""
    ticket = ticket_of(home, process_id)
    order_accepted(home, ticket)
    decide(home, ticket, set_levels_once, propose_replenishment, deliver)
    return ticket


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after its first plan: move mugs, buy cups."""
    home = Home(tmp_path_factory.mktemp("ordering") / "home")
    create_home(home, PROFILES["demo"], {})
    receive(home)
    run(home, "first")
    return home


@pytest.fixture
def bought(planned: Home, home: Home) -> Home:
    """A copy of it, in which all that the plan proposes is accepted."""
    shutil.copytree(planned.root, home.root, dirs_exist_ok=True)
    with opened(home) as store:
        assert accept(home, store).refused == ()
    return home


def accept(home: Home, store: OperationsStore, **wanted: Any) -> Outcome:
    plan = [one for one in read_plan(home, store) if Wanted(**wanted).fits(one)]
    return store.accept_proposals([(one.proposal, one.proposal.quantity) for one in plan], by("Ada"), "", AT)


def proposed(home: Home) -> set[tuple[str, str, str]]:
    with opened(home) as store:
        return {_key(one) for one in read_plan(home, store)}


def _key(one: Planned) -> tuple[str, str, str]:
    return (one.proposal.kind, one.proposal.sku, one.proposal.location_id)


def files(home: Home) -> dict[str, list[Path]]:
    """The JSON documents that partners have, by partner."""
    found: dict[str, list[Path]] = {}
    for path in sorted(home.outbox.glob("*/*.json")):
        found.setdefault(path.parent.name, []).append(path)
    return found


def statements(home: Home) -> list[tuple[str, str, int]]:
    rows = select_table(home, "select sku, status, quantity from raw.supply_orders order by all").to_pylist()
    return [(row["sku"], row["status"], row["quantity"]) for row in rows]


def test_the_first_plan_moves_what_there_is_and_buys_the_rest(planned: Home) -> None:
    assert proposed(planned) == {("transfer", "MUG", "WH-1"), ("purchase", "CUP", "WH-1")}


def test_what_is_accepted_is_delivered_counts_as_coming_and_is_not_proposed_again(bought: Home) -> None:
    first = ticket_of(bought, "first")
    second = run(bought, "second")
    assert second.run_id != first.run_id, "what was accepted is an input of a run"
    assert proposed(bought) == set()
    found = {partner: [read_document(path) for path in paths] for partner, paths in files(bought).items()}
    assert {partner: len(documents) for partner, documents in found.items()} == {"SUP": 1, "WH-2": 1}
    (purchase,), (transfer,) = found["SUP"], found["WH-2"]
    assert [(line.sku, line.description, line.quantity) for line in purchase.lines] == [("CUP", "A cup", 24)]
    assert (transfer.ship_to_location_id, [(line.sku, line.quantity) for line in transfer.lines]) == (
        "WH-1", [("MUG", 18)],
    )  # fmt: skip
    with Snapshot.current(bought.published) as snapshot:
        ours = snapshot.query("select sku, supply_state, qty_coming from fct_supply_orders order by sku").to_pylist()
        inbound = snapshot.query("select qty_inbound from fct_inventory_position where sku = 'CUP'").to_pylist()
    assert ours == [
        {"sku": "CUP", "supply_state": "awaited", "qty_coming": 24},
        {"sku": "MUG", "supply_state": "awaited", "qty_coming": 18},
    ]
    assert inbound == [{"qty_inbound": 24}]
    assert ticket_of(bought, "third").run_id == second.run_id, "ordering changes nothing that a run goes by"
    _order_and_deliver(bought, "third")
    assert {partner: len(paths) for partner, paths in files(bought).items()} == {"SUP": 1, "WH-2": 1}
    assert statements(bought) == [("CUP", "open", 24), ("MUG", "open", 18)]


def test_a_line_of_our_own_order_is_followed_back_to_its_proposal_and_forth_to_what_moved(bought: Home) -> None:
    run(bought, "second")
    order_ref = next(line.order_ref for path in files(bought)["WH-2"] for line in read_document(path).lines)
    departed = {"movement_ref": order_ref, "line_ref": "1", "kind": "transfer_out", "sku": "MUG",
                "location_id": "WH-2", "counterparty_location_id": "WH-1", "quantity": 18}  # fmt: skip
    land(bought, "stock_movements", departed, at=AT + timedelta(days=1))
    run(bought, "third")
    with Snapshot.current(bought.published) as snapshot:
        ours = "select * from fct_supply_orders where sku = 'MUG'"
        (line,) = snapshot.query(ours).to_pylist()
        names = (line["line_ref"][:8], f"{line['export_id'][:8]}/1", f"{order_ref}/1", "WH-2#1/1")
        assert {find_line(snapshot, name) for name in names} == {ProposalKey(line["line_ref"])}
        told = {step.name: rows for step, rows in trace(snapshot, find_line(snapshot, "WH-2#1/1"))}
    (order,), (proposal,) = told["order"], told["proposal"]
    assert (order["order_ref"], order["quantity"], order["supply_state"]) == (order_ref, 18, "stated")
    assert (proposal["qty_proposed"], proposal["qty_position"], proposal["qty_order_up_to"]) == (18, 1, 20)
    assert "reorder point" in proposal["reason"]
    known = {(row["location_id"], row["quantity"]) for row in told["stock"] if row["movement_kind"] == "all"}
    assert known == {("WH-1", 1), ("WH-2", 60)}
    assert ("transfer_out", "on_hand", -18) in {
        (row["movement_kind"], row["account"], row["quantity"]) for row in told["postings"]
    }


def test_a_proposal_that_nobody_ordered_yet_is_followed_back_too(planned: Home) -> None:
    with Snapshot.current(planned.published) as snapshot:
        (cup,) = snapshot.query("select proposal_ref, run_id from fct_replenishment where sku = 'CUP'").to_pylist()
        told = {step.name: rows for step, rows in trace(snapshot, find_line(snapshot, cup["proposal_ref"]))}
        with pytest.raises(UnknownReference, match="No line is called 'PO-1/1'"):
            find_line(snapshot, "PO-1/1")
    assert told["order"] == []
    assert [(row["run_id"], row["kind"], row["qty_proposed"]) for row in told["proposal"]] == [
        (cup["run_id"], "purchase", 24)
    ]
    assert [row["qty_reorder_point"] for row in told["levels"]] == [10]


def test_an_order_that_is_taken_back_is_proposed_again(bought: Home) -> None:
    with opened(bought) as store:
        assert enter_accepted(bought, store) == 2
        entry = next(one for one in store.exports("new") if one.document_type == "purchase_order")
        store.act(entry.export_id, "void", AT, by("Ada"), "wrong supplier")
    run(bought, "second")
    assert proposed(bought) == {("purchase", "CUP", "WH-1")}
    assert statements(bought) == [("CUP", "cancelled", 24), ("CUP", "open", 24), ("MUG", "open", 18)]
    with opened(bought) as store:
        assert accept(bought, store).refused == ()


def test_between_two_runs_orders_are_entered_once_and_the_next_run_lands_them(bought: Home) -> None:
    with opened(bought) as store:
        assert enter_accepted(bought, store) == 2
        assert enter_accepted(bought, store) == 0
        assert deliver_pending(bought, store) == 2
        entered = {entry.export_id for entry in store.exports()}
    assert statements(bought) == []
    order_accepted(bought, ticket_of(bought, "second"))
    assert statements(bought) == [("CUP", "open", 24), ("MUG", "open", 18)]
    with opened(bought) as store:
        assert {entry.export_id for entry in store.exports()} == entered


_STEPS = [
    (ordering, name, place)
    for name, places in (("build_orders", (1,)), ("_land", (1,)), ("land_decision", (1,)), ("load", (1, 2)))
    for place in places
] + [(delivering, "render", 1), (delivering, "_hand_over", 2)]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name", "place"), _STEPS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_wherever_a_run_dies_each_acceptance_is_ordered_delivered_and_landed_once(
    bought: Home, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, place: int, when: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, name, dying(getattr(module, name), place, when))
        with pytest.raises(Died):
            _order_and_deliver(bought, "second")
    _order_and_deliver(bought, "third")
    assert {partner: len(paths) for partner, paths in files(bought).items()} == {"SUP": 1, "WH-2": 1}
    assert statements(bought) == [("CUP", "open", 24), ("MUG", "open", 18)]
    with opened(bought) as store:
        assert [entry.state for entry in store.exports()] == ["sent", "sent"]
        assert {one.state for one in store.decisions()} == {"ordered"}
        lines = [line["line_ref"] for entry in store.exports() for line in json.loads(entry.payload)["lines"]]
        assert sorted(lines) == sorted(one.proposal.proposal_ref for one in store.decisions())


X12_PARTNERS = ("WH-1", "WH-2")


@pytest.fixture
def answering(bought: Home) -> Home:
    """The same, where both warehouses speak X12, and want to know what is on its way to them."""
    profiles, emits = {}, ["acknowledgements", "stock_movements", "order_events", "stock_counts"]
    for name in X12_PARTNERS:
        parties = {"sender": "ZZ/US", "receiver": f"ZZ/{name}"}
        profiles[name] = {"forms": ["x12"], "transfer_notices": True, "x12": {"version": "004010", **parties}}
        feed = {"feed": name.lower(), "format": "x12", "emits": emits, "constants": {"partner_id": name}}
        path = bought.feeds / f"{name.lower()}.yaml"
        path.write_text(yaml.safe_dump(feed | {"arrival": {"at": "23:30"}}), encoding="utf-8")
    bought.partners_path.write_text(yaml.safe_dump({"partners": profiles}), encoding="utf-8")
    return bought


def _a_day(home: Home, number: int) -> None:
    """What partners have said by then is received; what is due is ordered, announced and delivered."""
    now = AT + timedelta(days=number)
    for name in X12_PARTNERS:
        play_partner(home, name, Habits(), now.date())
    assert land_inbox(home, now).held == []
    _order_and_deliver(home, f"day-{number}")


def _moved(home: Home) -> list[tuple[str, str, int]]:
    found = select_table(
        home,
        """select kind, location_id, quantity from raw.stock_movements where kind <> 'opening'
        order by effective_at, kind desc""",
    )
    return [(row["kind"], row["location_id"], row["quantity"]) for row in found.to_pylist()]


def _kinds(home: Home) -> list[str]:
    """Of the documents that WH-1 got, in the order of their control numbers."""
    found = [read_interchanges(path.read_bytes())[0] for path in home.outbox.glob("WH-1/[!a]*.x12")]
    return [one.groups[0].transactions[0].kind for one in sorted(found, key=lambda one: one.control)]


@pytest.fixture
def ordinary(planned: Home, home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy of the planned home, all of whose proposals a rule releases but for transfers."""
    shutil.copytree(planned.root, home.root, dirs_exist_ok=True)

    def judged(snapshot: Snapshot, held_feeds: set[str]) -> dict[str, Verdict]:
        rows = snapshot.query("select proposal_ref, kind from fct_replenishment").to_pylist()
        return {row["proposal_ref"]: Verdict(row["kind"] == "purchase", "as it is", RULE) for row in rows}

    monkeypatch.setattr(releasing, "read_verdicts", judged)
    return home


RULE = "rule of policy 3"
_RELEASING = [
    (releasing, "enter_accepted", 1),
    (ordering, "build_orders", 1),
    (releasing, "deliver_pending", 1),
    (delivering, "render", 1),
    (delivering, "_hand_over", 1),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("module", "name", "place"), _RELEASING, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_wherever_a_release_dies_what_a_rule_accepted_is_ordered_and_delivered_once(
    ordinary: Home, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, place: int, when: str
) -> None:
    ticket = ticket_of(ordinary, "first")
    with monkeypatch.context() as patched:
        patched.setattr(module, name, dying(getattr(module, name), place, when))
        with pytest.raises(Died):
            release_proposals(ordinary, ticket)
    if when == "before":
        release_proposals(ordinary, ticket)
    _order_and_deliver(ordinary, "second")
    assert {partner: len(paths) for partner, paths in files(ordinary).items()} == {"SUP": 1}
    assert statements(ordinary) == [("CUP", "open", 24)]
    with opened(ordinary) as store:
        assert [(one.author, one.reason, one.state) for one in store.decisions()] == [(RULE, "as it is", "ordered")]
        assert [entry.state for entry in store.exports()] == ["sent"]


def test_what_a_rule_released_is_known_to_the_next_plan_and_released_no_second_time(ordinary: Home) -> None:
    first = ticket_of(ordinary, "first")
    assert release_proposals(ordinary, first) == {"released": 1, "refused": 0, "documents": 1, "waiting": 1}
    assert release_proposals(ordinary, first) == {"released": 0, "refused": 0, "documents": 0, "waiting": 1}
    second = run(ordinary, "second")
    assert proposed(ordinary) == {("transfer", "MUG", "WH-1")}
    assert release_proposals(ordinary, second)["released"] == 0
    assert release_proposals(ordinary, first)["released"] == 0, "the plan in force is another run's"
    assert {partner: len(paths) for partner, paths in files(ordinary).items()} == {"SUP": 1}


def test_where_no_rule_is_set_nothing_is_released(planned: Home) -> None:
    assert release_proposals(planned, ticket_of(planned, "first")) == {
        "released": 0, "refused": 0, "documents": 0, "waiting": 0,
    }  # fmt: skip


def test_what_the_sender_ships_is_announced_once_to_who_then_receives_it(answering: Home) -> None:
    for number in range(1, 5):
        _a_day(answering, number)
        if number == 2:
            assert _moved(answering) == [("transfer_out", "WH-2", 18)], "it is on its way"
    assert _kinds(answering) == ["943"]
    assert _moved(answering) == [("transfer_out", "WH-2", 18), ("transfer_in", "WH-1", 18)]
    with opened(answering) as store:
        note_answers(answering, store)
        found = {entry.document_type: entry.state for entry in store.exports()}
    assert found == {"purchase_order": "sent", "transfer_order": "acknowledged", "transfer_notice": "acknowledged"}


def test_what_leaves_later_is_announced_by_itself_and_nothing_of_what_is_no_order_of_ours(answering: Home) -> None:
    _order_and_deliver(answering, "second")
    with opened(answering) as store:
        order = next(one.wave for one in store.exports() if one.document_type == "transfer_order")
    leg = {"kind": "transfer_out", "sku": "MUG", "location_id": "WH-2", "counterparty_location_id": "WH-1"}
    for line, ref in enumerate((order, "SOMEBODY-ELSES", order), start=1):
        named = leg | {"movement_ref": ref, "line_ref": str(line), "quantity": line}
        land(answering, "stock_movements", named, named, at=AT + timedelta(minutes=line))
        _order_and_deliver(answering, f"then-{line}")
    with opened(answering) as store:
        notices = [one for one in reversed(store.exports()) if one.document_type == "transfer_notice"]
    said = [(one.wave, [line["quantity"] for line in json.loads(one.payload)["lines"]]) for one in notices]
    assert said == [(f"{order}-1", [1]), (f"{order}-2", [3])]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["build_notices", "announce_departures"])
def test_wherever_a_run_dies_a_departure_is_announced_once(
    answering: Home, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    _a_day(answering, 1)
    module = announcing if name == "build_notices" else ordering
    with monkeypatch.context() as patched:
        patched.setattr(module, name, dying(getattr(module, name), 1, when))
        with pytest.raises(Died):
            _a_day(answering, 2)
    _order_and_deliver(answering, "day-2 again")
    _order_and_deliver(answering, "day-2 once more")
    assert _kinds(answering) == ["943"]


def test_orders_and_notices_that_were_dealt_with_are_not_read_again(
    answering: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        _a_day(answering, number)
    ticket = ticket_of(answering, "again")
    monkeypatch.setattr(outbox, "OutboxEntry", None)
    with opened(answering) as store:
        assert ordering._land(answering, store, ticket) == 0
        assert announcing.announce_departures(answering, store, ticket.as_of, ticket.run_id) == 0


CUPS = """
    select supply_state, qty_promised, promised_date - expected_date, qty_shipped, qty_received, qty_coming
    from fct_supply_orders where sku = 'CUP'"""


def test_what_a_supplier_promises_and_ships_is_counted_on_and_what_it_refuses_is_bought_anew(bought: Home) -> None:
    profile = {"forms": ["x12"], "x12": {"version": "004010", "sender": "ZZ/US", "receiver": "ZZ/SUP"}}
    bought.partners_path.write_text(yaml.safe_dump({"partners": {"SUP": profile}}), encoding="utf-8")
    feed = {"feed": "sup", "format": "x12", "emits": ["acknowledgements", "supplier_confirmations"],
            "arrival": {"at": "23:30"}, "constants": {"partner_id": "SUP"}}  # fmt: skip
    (bought.feeds / "sup.yaml").write_text(yaml.safe_dump(feed), encoding="utf-8")
    run(bought, "second")
    (ours,) = select_table(bought, "select order_ref, line_ref from raw.supply_orders where sku = 'CUP'").to_pylist()
    said = {"supplier_id": "SUP", "po_ref": ours["order_ref"], "line_ref": ours["line_ref"], "part_number": 1}

    land(bought, "supplier_confirmations", said | {"kind": "promised", "statement_ref": "no", "quantity": 0})
    run(bought, "refused")
    assert _asked(bought, CUPS) == [("refused", 0, None, 0, 0, 0)]
    assert proposed(bought) == {("purchase", "CUP", "WH-1")}

    for number in (1, 2):
        now = AT + timedelta(days=number)
        play_partner(bought, "SUP", Habits(short=1.0, late=1.0), now.date())
        assert land_inbox(bought, now).held == []
    came = {"movement_ref": "RC", "line_ref": "1", "kind": "receipt", "sku": "CUP", "location_id": "WH-1",
            "quantity": 9, "po_ref": ours["order_ref"]}  # fmt: skip
    land(bought, "stock_movements", came, at=AT + timedelta(days=2))
    run(bought, "confirmed")
    assert _asked(bought, CUPS) == [("confirmed", 23, 7, 23, 9, 14)]
    supply = "select supply_ref, qty_supply from fct_atp where sku = 'CUP' and supply_type <> 'on_hand'"
    assert _asked(bought, supply) == [(f"{ours['order_ref']}:{ours['line_ref']}", 14)]
    assert proposed(bought) == set()
    with Snapshot.current(bought.published) as snapshot:
        told = {step.name: rows for step, rows in trace(snapshot, find_line(snapshot, f"{ours['order_ref']}/1"))}
    assert [(row["kind"], row["quantity"], row["reason"], row["is_in_force"]) for row in told["confirmations"]] == [
        ("promised", 0, None, False), ("promised", 23, "855 IQ", True), ("shipped", 23, "856 00", True),
    ]  # fmt: skip


def _asked(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with Snapshot.current(home.published) as snapshot:
        return [tuple(row.values()) for row in snapshot.query(sql).to_pylist()]


def _order_and_deliver(home: Home, process_id: str) -> None:
    order_accepted(home, ticket_of(home, process_id))
    with opened(home) as store:
        deliver_pending(home, store)
