"""What was known at an instant is answered the same for ever; what was true then, by all that we have learnt since."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboards.inventory.ledger import balances, postings
from oms_core.store.published.snapshots import Snapshot
from pipelines.home import PROFILES, Home, HomeError, create_home
from pipelines.modelling.building import TAGS, build
from pipelines.modelling.warehouse import load, note_run
from pipelines.publication.publishing import publish
from pipelines.publication.replay import Question, answering, parse_instant
from pipelines.reception.landing import land_inbox

Till = Callable[..., Path]
HEADER = "receipt_no,line_no,store_id,sold_at,sku,qty,unit_price,discount,tax,currency,customer_card"
LEDGER = "select posting_id, quantity, known_at from fct_inventory_postings {} order by posting_id"
LINES = "select order_ref, qty_ordered, line_state from fct_order_lines order by order_ref, sku"


def run_day(home: Home, as_of: datetime) -> None:
    land_inbox(home, as_of)
    load(home, as_of, "run")
    for tag in TAGS:
        note_run(home, as_of.date(), tag)
        build(home, tag, is_proven=False)
    publish(home, as_of.isoformat(), as_of, as_of, {})


def end_of(day: int) -> datetime:
    return datetime(2026, 5, day, 23, 59, 59, tzinfo=UTC)


#: Short of the first day's snapshot, which would answer itself.
THEN = end_of(30).replace(second=58)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after its first day, in which nothing is changed."""
    home = Home(tmp_path_factory.mktemp("replay") / "home")
    create_home(home, PROFILES["demo"], {})
    _sell(home, 30, "R1", "R2")
    run_day(home, end_of(30))
    return home


@pytest.fixture(scope="module")
def later(lived: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of it after the next day, on which a file of the first came late. Nothing but answers is added to it:
    which of them are kept already changes none."""
    home = Home(tmp_path_factory.mktemp("replay-later") / "home")
    shutil.copytree(lived.root, home.root)
    _sell(home, 31, "R3")
    _sell(home, 30, "R9", name="pos_sales_2026-05-30_late_2026-05-30.csv", quantity=4)
    run_day(home, end_of(31))
    return home


def _sell(home: Home, day: int, *receipts: str, name: str = "", quantity: int = 2) -> None:
    """A till's file of a day: receipts of one line each."""
    rows = [f"{one},1,S01,2026-05-{day}T10:00:00+02:00,SKU-1,{quantity},10.00,0.00,0.00,EUR," for one in receipts]
    path = home.inbox / "pos_sales" / (name or f"pos_sales_2026-05-{day}.csv")
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def answer(home: Home, sql: str, **question: datetime) -> list[dict[str, Any]]:
    with answering(home, Question(**question)) as snapshot:
        return snapshot.query(sql).to_pylist()


@pytest.fixture(scope="module")
def asked_at_once(later: Home) -> list[list[dict[str, Any]]]:
    """What two are told who are the first to ask what was true then, and ask at once."""
    with ThreadPoolExecutor(2) as readers:
        asked = [readers.submit(answer, later, LINES, effective_until=THEN) for _ in range(2)]
    return [one.result() for one in asked]


def test_a_late_file_changes_what_was_true_and_never_what_was_known(
    lived: Home, later: Home, asked_at_once: list[list[dict[str, Any]]]
) -> None:
    with Snapshot.current(lived.published) as snapshot:
        told = snapshot.query(LINES).to_pylist()
    assert [line["order_ref"] for line in told] == ["R1", "R2"]
    assert answer(later, LINES, known_until=THEN) == told
    assert [line["order_ref"] for line in asked_at_once[0]] == ["R1", "R2", "R9"]


def test_a_day_is_answered_the_same_before_and_after_a_file_of_it_came_late(lived: Home, later: Home) -> None:
    day = parse_instant("2026-05-30")
    assert answer(lived, LINES, known_until=day) == answer(later, LINES, known_until=day) != []


def test_what_no_run_has_settled_yet_is_not_answered(lived: Home) -> None:
    with pytest.raises(HomeError, match="not settled: the last run was of 2026-05-30T23:59:59Z"):
        answering(lived, Question(parse_instant("2026-05-31T09:00Z")))


def test_the_postings_known_by_an_instant_are_the_ledger_of_that_instant(later: Home) -> None:
    with Snapshot.current(later.published) as snapshot:
        now = snapshot.query(LEDGER.format("where known_at <= ?"), [THEN]).to_pylist()
        assert len(now) < len(snapshot.query(LEDGER.format("")).to_pylist())
    assert answer(later, LEDGER.format(""), known_until=THEN) == now != []


@pytest.mark.usefixtures("asked_at_once")
def test_the_inventory_page_reckons_from_the_ledger_what_a_replay_answers(later: Home) -> None:
    on_hand = "select qty_on_hand from fct_inventory_position where sku = 'SKU-1' and location_id = 'S01'"
    (known,) = answer(later, on_hand, known_until=THEN)
    (true,) = answer(later, on_hand, effective_until=THEN)
    query = postings("SKU-1", "S01")
    with Snapshot.current(later.published) as snapshot:
        reckoned = balances(snapshot.query(query.sql, query.parameters).to_pandas(), THEN, end_of(31))
    assert (reckoned["qty_known"], reckoned["qty_true"]) == (known["qty_on_hand"], true["qty_on_hand"]) == (-4, -8)
    assert (reckoned["qty_late"], reckoned["late_count"]) == (-4, 1)


def test_a_file_that_claims_to_have_come_before_what_readers_saw_is_known_after_it(
    lived: Home, home: Home, till: Till
) -> None:
    shutil.copytree(lived.root, home.root, dirs_exist_ok=True)
    till("2026-05-29", [("R0", "SKU-1", "1", "10.00")])
    (unit,) = land_inbox(home, end_of(30)).landed
    assert unit.known_at == end_of(30).replace(microsecond=1)


def test_an_answer_is_kept_and_a_published_snapshot_is_used_where_it_answers(later: Home) -> None:
    assert answering(later, Question(end_of(30))).folder.parent == later.published
    first = answering(later, Question(THEN)).folder
    kept, made = set(first.parent.iterdir()), (first / "manifest.json").stat().st_mtime_ns
    assert first.parent == later.root / "replays"
    assert answering(later, Question(THEN)).folder == first
    assert (first / "manifest.json").stat().st_mtime_ns == made
    assert set(first.parent.iterdir()) == kept


def test_two_who_ask_the_same_at_once_have_one_answer(asked_at_once: list[list[dict[str, Any]]]) -> None:
    one, other = asked_at_once
    assert one == other != []


def test_before_anything_was_known_there_is_a_clear_word(lived: Home) -> None:
    with pytest.raises(HomeError, match="Nothing was known by 2020-01-01 00:00 UTC"):
        answering(lived, Question(datetime(2020, 1, 1, tzinfo=UTC)))


def test_an_instant_is_written_with_its_zone_or_is_a_day() -> None:
    assert parse_instant("2011-06-01T09:00Z") == datetime(2011, 6, 1, 9, tzinfo=UTC)
    assert parse_instant("2011-06-01T09:00+02:00") == datetime(2011, 6, 1, 7, tzinfo=UTC)
    assert parse_instant("2011-06-01").isoformat() == "2011-06-01T23:59:59+00:00"
    with pytest.raises(HomeError, match="names no time zone"):
        parse_instant("2011-06-01T09:00")
    with pytest.raises(HomeError, match="is no instant"):
        parse_instant("yesterday")
