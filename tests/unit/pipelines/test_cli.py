"""The command line: exit codes, clear words, and help that does not load the world."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

OMS = str(Path(sys.executable).with_name("oms"))
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
    "quarantine",
    "demo",
    "dagster",
    "users",
    "policies",
)


def oms(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [OMS, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"OMS_HOME": str(home), "PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = oms(tmp_path, command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


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
    oms(tmp_path / "home", "init", "--profile", "empty")
    assert oms(tmp_path / "home", *arguments).returncode == 2


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
    done = oms(tmp_path / "nothing", *arguments)
    assert done.returncode == 1
    assert "oms init" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_is_not_made_twice(tmp_path: Path) -> None:
    assert oms(tmp_path / "home", "init").returncode == 0
    done = oms(tmp_path / "home", "init")
    assert done.returncode == 1
    assert "already" in done.stderr


def test_an_unknown_profile_names_the_known_ones(tmp_path: Path) -> None:
    done = oms(tmp_path / "home", "init", "--profile", "amazon")
    assert done.returncode == 1
    assert "online-retail" in done.stderr


def test_a_query_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    oms(tmp_path / "home", "init")
    done = oms(tmp_path / "home", "query", "select 1")
    assert done.returncode == 1
    assert "oms run" in done.stderr


def test_an_empty_home_tells_how_to_fill_it(tmp_path: Path) -> None:
    oms(tmp_path / "home", "init", "--profile", "online-retail")
    done = oms(tmp_path / "home", "ingest", str(tmp_path / "missing"))
    assert done.returncode == 1
    assert "does not exist" in done.stderr
