"""The command line: exit codes, clear words, and help that does not load the world."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from rich.table import Table
from sqlalchemy.exc import OperationalError

from pipelines.cli.common import complain, out
from tests.commands import PROGRAM, call

COMMANDS = (
    "init",
    "ingest",
    "run",
    "status",
    "query",
    "lineage",
    "exports",
    "orders",
    "proposals",
    "rebuild",
    "simulate",
    "doctor",
    "mock-edi",
    "backup",
    "restored",
    "quarantine",
    "demo",
    "dagster",
    "users",
    "policies",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = call(tmp_path, command, "--help")
    assert done.code == 0
    assert "Usage:" in done.out


def test_help_loads_no_framework(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv=['oms','--help']\n"
        "from pipelines.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('dagster', 'dbt', 'great_expectations', 'sklearn', 'pandas', 'duckdb')\n"
        "print(sorted(m for m in heavy if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["run", "--until", "yesterday"], ["query"], ["run", "--job", "x"]]
)
def test_wrong_usage_exits_with_2(arguments: list[str], tmp_path: Path) -> None:
    call(tmp_path / "home", "init", "--profile", "empty")
    assert call(tmp_path / "home", *arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["status"],
        ["query", "select 1"],
        ["exports"],
        ["doctor"],
        ["proposals", "list"],
        ["orders", "show", "1"],
    ],
)
def test_without_a_home_the_way_to_one_is_told(arguments: list[str], tmp_path: Path) -> None:
    done = call(tmp_path / "nothing", *arguments)
    assert done.code == 1
    assert "oms init" in done.err
    assert "Traceback" not in done.err


def test_a_home_is_not_made_twice(tmp_path: Path) -> None:
    """The program itself, as at a terminal."""

    def init() -> subprocess.CompletedProcess[str]:
        environment = {"OMS_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
        return subprocess.run([PROGRAM, "init"], capture_output=True, text=True, check=False, env=environment)

    assert init().returncode == 0
    again = init()
    assert again.returncode == 1
    assert "already" in again.stderr
    assert "Traceback" not in again.stderr


def test_an_unknown_profile_names_the_known_ones(tmp_path: Path) -> None:
    done = call(tmp_path / "home", "init", "--profile", "amazon")
    assert done.code == 1
    assert "online-retail" in done.err


def test_a_query_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    call(tmp_path / "home", "init")
    done = call(tmp_path / "home", "query", "select 1")
    assert done.code == 1
    assert "oms run" in done.err


def test_an_empty_home_tells_how_to_fill_it(tmp_path: Path) -> None:
    call(tmp_path / "home", "init", "--profile", "online-retail")
    done = call(tmp_path / "home", "ingest", str(tmp_path / "missing"), environment={"COLUMNS": "200"})
    assert done.code == 1
    assert "does not exist" in done.err


def test_an_old_warehouse_of_which_nothing_is_published_yet_makes_way_for_the_first_run(tmp_path: Path) -> None:
    """The run refuses it and points here: pointing back to the run would leave nobody a way out."""
    home = tmp_path / "home"
    call(home, "init", "--profile", "empty")
    warehouse = home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema raw; create table raw.run (as_of_date date)")
    done = call(home, "rebuild")
    assert (done.code, warehouse.exists()) == (0, False)
    assert "`oms run`" in done.out
    assert call(home, "rebuild").code == 1, "without a warehouse there is nothing to make way"


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (OSError(28, "No space left on device"), True),
        (OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full")), True),
        (OperationalError("select", {}, sqlite3.OperationalError("disk I/O error")), True),
        (OperationalError("select", {}, sqlite3.OperationalError("no such table: runs")), False),
        (OSError(13, "Permission denied"), False),
    ],
)
def test_a_full_disk_is_told_whoever_meets_it(
    error: Exception, is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complain(error) is is_told
    assert ("make room" in capsys.readouterr().err) is is_told


def test_where_nobody_watches_no_line_is_wrapped_and_none_is_filled_up(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("id", "what", box=None)
    for row in ("a" * 300, "short"), ("b", "long " * 60):
        table.add_row(*row)
    out.print(table)
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines) == (3, [line.rstrip() for line in lines])
    assert "a" * 300 in lines[1]
