"""Three partners answer in X12, badly: late, short, doubled, out of order, not at all; every unit counts once. One of
them is told on Tuesdays only."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml

from oms_core.feeds.x12.envelope import read_interchanges
from tests.commands import Oms

PARTNERS = ("WH-NORTH", "WH-SOUTH", "DS-01")
EMITS = ["acknowledgements", "stock_movements", "order_events", "stock_counts"]
HABITS = (
    *("--refused", "0.05", "--short", "0.15", "--late", "0.3", "--doubled", "0.5"),
    *("--shuffled", "0.5", "--silent", "0.1", "--seed", "3"),
)
DAYS = 3  # the demo begins on a Sunday
WAVES = 'waves: {WH-SOUTH: {at: ["12:00"], days: [tue]}}'


@pytest.fixture(scope="module")
def loop(first_day: Callable[[str], Oms]) -> Oms:
    oms = first_day("closed_loop")
    _speak_nothing_but_x12(oms)
    for partner_id in PARTNERS:
        feed = {"feed": partner_id.lower().replace("-", "_"), "format": "x12", "emits": EMITS}
        feed |= {"arrival": {"at": "23:30"}, "constants": {"partner_id": partner_id}}
        (oms.home / "feeds" / f"{feed['feed']}.yaml").write_text(yaml.safe_dump(feed), encoding="utf-8")
    rules = oms.home / "sourcing.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("waves: {}", WAVES), encoding="utf-8")
    for _ in range(DAYS):
        oms("simulate")
        for partner_id in PARTNERS:
            oms("mock-edi", partner_id, *HABITS)
        oms("run", "--job", "allocation")
    return oms


def _speak_nothing_but_x12(oms: Oms) -> None:
    """What they are told in JSON is answered by the network itself, which sends it well."""
    profiles = oms.home / "partners.yaml"
    profiles.write_text(profiles.read_text(encoding="utf-8").replace("json, csv, x12", "x12"), encoding="utf-8")
    for partner_id in PARTNERS:
        for told in (oms.home / "outbox" / partner_id).glob("*.json"):
            told.unlink()


def test_the_identities_hold(loop: Oms) -> None:
    loop("doctor")


def test_no_unit_is_shipped_twice_however_often_it_is_told(loop: Oms) -> None:
    told = [
        read_interchanges(path.read_bytes())[0].groups[0].kind
        for partner_id in PARTNERS
        for path in (loop.home / "received" / partner_id.lower().replace("-", "_")).glob("*shipped-again*")
    ]
    assert told
    assert loop.value("select count(*) from fct_exports where qty_shipped > qty_exported") == 0
    assert loop.value("select count(*) from fct_order_lines where qty_fulfilled > qty_ordered") == 0
    assert loop.value("select count(*) from fct_exports where qty_shipped = qty_exported") > 50


def test_what_fell_short_is_decided_anew(loop: Oms) -> None:
    short = loop.query(
        """
        select events.order_line_id, events.effective_at, count(later.event_id)::int as decided_anew
        from fct_order_events as events
        left join fct_order_events as later
            on later.order_line_id = events.order_line_id and later.known_at >= events.known_at
            and later.event_type in ('allocated', 'backordered')
        where events.event_type = 'short_picked'
        group by all"""
    )
    assert len(short) > 3
    assert all(row["decided_anew"] for row in short)


def test_every_document_is_answered_but_those_that_the_partner_is_silent_about(loop: Oms) -> None:
    documents = json.loads(loop("exports", "list", "--json"))
    states = {row["state"] for row in documents}
    assert states == {"acknowledged", "partial", "sent"}
    last = max(row["wave"][:10] for row in documents)
    older = [row for row in documents if row["wave"][:10] < last]
    assert sum(row["state"] in ("acknowledged", "partial") for row in older) > len(older) / 2


def test_what_is_refused_of_a_document_is_that_order_alone(loop: Oms) -> None:
    told = loop.query(
        """
        select answer = 'rejected' as is_refused, sum(qty_shipped)::int as shipped from fct_exports
        where export_id in (select export_id from fct_exports group by all having count(distinct answer) = 2)
        group by all order by all"""
    )
    assert [row["is_refused"] for row in told] == [False, True]
    assert told[0]["shipped"] > 0
    assert told[1]["shipped"] == 0


def test_we_answer_every_file_that_is_no_answer_once(loop: Oms) -> None:
    for partner_id in PARTNERS:
        received = (loop.home / "received" / partner_id.lower().replace("-", "_")).glob("*.edi")
        kinds = [read_interchanges(path.read_bytes())[0].groups[0].kind for path in received]
        answers = list((loop.home / "outbox" / partner_id).glob("answer-*.x12"))
        assert len(answers) == sum(kind != "FA" for kind in kinds) > 0


def test_what_waits_for_a_wave_is_reserved_decided_anew_and_told_on_its_day_once(loop: Oms) -> None:
    told = loop.query("select distinct business_date::varchar as day from fct_exports where location_id = 'WH-SOUTH'")
    assert "2026-06-02" in {row["day"] for row in told} <= {"2026-05-31", "2026-06-02"}
    waited = "location_id = 'WH-SOUTH' and release_due_at > allocated_at and business_date < '2026-06-02'"
    assert loop.value(f"select count(*) from fct_allocations where {waited}") > 3
    assert loop.value("select max(lines_reopened) from fct_allocation_runs") > 3
    assert loop.value("select count(*) from fct_allocation_runs where cost_minor > kept_minor") == 0
    assert loop.value("select count(*) from fct_order_events where event_type = 'released'") > 5
    twice = """
        select count(*) from (
            select order_line_id, sum(qty_exported) as qty_told from fct_exports group by order_line_id
        ) join fct_order_lines using (order_line_id)
        left join (
            select order_line_id, sum(quantity) as qty_short from fct_order_events
            where event_type = 'short_picked' group by order_line_id
        ) using (order_line_id)
        where qty_told > qty_ordered + coalesce(qty_short, 0)"""
    assert loop.value(twice) == 0


def test_a_rebuild_from_landing_equals_the_runs_with_waves(loop: Oms) -> None:
    assert "Every mart equals" in loop("rebuild", "--check")
