"""Questions in somebody's own SQL: answered, refused in words or ended, within their limits, with no way out."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oms_core.store.published.sandbox import QueryError
from oms_core.store.published.snapshots import Manifest, TableEntry
from oms_core.store.questions.asking import Answer, Limits, Question

AT = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)
#: Small, so that attacks end soon; time enough for an honest question on a loaded machine.
LIMITS = Limits(seconds=30, rows=100, answer_bytes=1 << 20, memory_megabytes=200, address_bytes=2 << 30)
BRIEF = replace(LIMITS, seconds=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of one table with 500 rows."""
    folder = tmp_path_factory.mktemp("published") / "2026-05-31-it's"
    folder.mkdir()
    path = folder / "fct_orders.parquet"
    pq.write_table(pa.table({"order_id": [f"web:{n}" for n in range(500)]}), path)
    entry = TableEntry(500, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    manifest = Manifest(folder.name, "run-1", AT, AT, {"fct_orders": entry})
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return folder


def ask(folder: Path, sql: str, limits: Limits = LIMITS) -> Answer:
    question = Question(folder, sql, limits)
    while not question.wait(0.5):
        pass
    return question.answer()


def test_an_answer_comes_with_its_types_and_says_whether_there_is_more(folder: Path) -> None:
    whole = ask(folder, "select count(*) as n, timestamptz '2026-01-01 00:00:00Z' as t from fct_orders")
    assert whole.table.to_pylist() == [{"n": 500, "t": datetime(2026, 1, 1, tzinfo=UTC)}]
    assert not whole.is_cut
    cut = ask(folder, "select * from fct_orders order by all")
    assert (cut.table.num_rows, cut.is_cut) == (100, True)
    exact = ask(folder, "select * from fct_orders limit 100")
    assert (exact.table.num_rows, exact.is_cut) == (100, False)
    assert ask(folder, "select * from fct_orders where false").table.column_names == ["order_id"]


def test_a_question_does_not_load_pandas_which_takes_longer_than_its_answer(folder: Path) -> None:
    asked = json.dumps({"folder": str(folder), "sql": "select 'it''s' as a", "limits": asdict(LIMITS)}).encode()
    command = [sys.executable, "-X", "importtime", "-m", "oms_core.store.questions.answering"]
    done = subprocess.run(command, input=asked, capture_output=True, check=True)
    assert pa.ipc.open_stream(done.stdout).read_all().to_pylist() == [{"a": "it's"}]
    assert b"duckdb" in done.stderr
    assert b"pandas" not in done.stderr


def test_columns_of_one_name_are_told_apart(folder: Path) -> None:
    assert ask(folder, "select 1 as a, 2 as a, 3 as a_2, 4 as a").table.column_names == ["a", "a_2", "a_2_2", "a_3"]


def test_a_mistake_comes_back_in_duckdbs_words_with_its_place(folder: Path) -> None:
    with pytest.raises(QueryError, match=r"(?s)Parser Error.*LINE 1: selct 1\n +\^"):
        ask(folder, "selct 1")


#: By what they would use up, or reach.
ATTACKS = {
    "time by recursion": "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
    "rows by recursion": "with recursive r as (select 1 as n union all select n + 1 from r) select * from r order by 1",
    "time by a product": "select count(*) from range(1000000) a, range(1000000) b where hash(a.range + b.range) = 1",
    "time by sleeping": "select sleep_ms(600000)",
    "memory by one value": "select length(repeat('x', 4000000000))",
    "memory by values of values": "select repeat(repeat('x', 100000000), 30)",
    "memory by a list": "select list_sum(range(3000000000))",
    "memory by an aggregate": "select length(string_agg(x::varchar, '')) from range(10000000000) t(x)",
    "disk by a sort": "select * from range(3000000000) order by hash(range)",
    "the answer's size": "select repeat('x', 100000) from range(90)",
    "a file": "select * from read_text('/etc/passwd')",
    "a file by its path": "select * from '/etc/hosts.csv'",
    "the network": "select * from 'http://127.0.0.1:9/x.parquet'",
    "another database": "attach '/tmp/other.db'",
    "writing": "copy (select 1) to '/tmp/quartermaster-was-here.csv'",
    "settings": "set enable_external_access = true",
    "a pragma": "pragma enable_profiling",
    "an extension": "install httpfs",
    "a second statement": "select 1; select 2",
    "nesting": "select " + "(" * 20_000 + "1" + ")" * 20_000,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_or_ended_in_time_and_leaves_nothing(folder: Path, attack: str) -> None:
    before, began = sorted(folder.iterdir()), time.monotonic()
    with pytest.raises(QueryError) as refused:
        ask(folder, ATTACKS[attack], BRIEF)
    assert len(str(refused.value)) > 10
    # Generous for a loaded machine: without its limit each would go on for minutes.
    assert time.monotonic() - began < BRIEF.seconds + 26
    assert sorted(folder.iterdir()) == before
    assert not Path("/tmp/quartermaster-was-here.csv").exists()


def test_a_question_sees_nothing_of_our_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_DATABASE_URL", "postgresql://secret@host/db")
    question = Question(folder, "select sleep_ms(60000)", LIMITS)
    while not question.is_running:
        question.wait(0.1)
    assert question._process is not None
    seen = Path(f"/proc/{question._process.pid}/environ")
    content = seen.read_bytes() if seen.exists() else b""
    question.cancel()
    assert b"secret" not in content


def test_a_cancelled_question_is_gone_at_once_and_the_next_one_has_its_turn(folder: Path) -> None:
    question = Question(folder, "select count(*) from range(1000000000) a, range(1000000000) b", LIMITS)
    while not question.is_running:
        question.wait(0.1)
    assert question._process is not None
    pid = question._process.pid
    question.cancel()
    question.cancel()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert ask(folder, "select 1 as a").table.to_pylist() == [{"a": 1}]


def test_a_question_beyond_those_that_may_run_waits_for_its_turn(folder: Path) -> None:
    slow = [Question(folder, "select sleep_ms(60000)", LIMITS) for _ in range(2)]
    for one in slow:
        while not one.is_running:
            one.wait(0.1)
    third = Question(folder, "select 1 as a", LIMITS)
    assert not third.wait(0.2)
    assert not third.is_running
    slow[0].cancel()
    while not third.wait(0.5):
        pass
    assert third.answer().table.num_rows == 1
    slow[1].cancel()


def test_a_question_that_has_not_ended_has_no_answer(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="has not ended"):
        Question(folder, "select 1").answer()


def test_a_damaged_snapshot_is_told_in_words(folder: Path) -> None:
    with pytest.raises(QueryError, match=r"manifest\.json"):
        ask(folder / "nowhere", "select 1")
