"""Dagster's own pages, as an operator starts and ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.commands import PROGRAM, Oms
from tests.servers import comes_to_answer, fetch, free_port

_GRAPH = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
    jobs { name } schedules { name } sensors { name } } } } }"""


def test_the_pages_have_the_graph_are_begun_once_a_home_and_end_with_the_command_that_began_them(
    new_home: Callable[[str], Oms], tmp_path: Path
) -> None:
    oms, port = new_home("dagster"), free_port()
    oms("init")
    with _serving(oms, port, tmp_path / "dagster.log"):
        (graph,) = _ask(port)["repositoriesOrError"]["nodes"]
        assert {one["name"] for one in graph["jobs"]} >= {"daily", "allocation", "wave"}
        assert {one["name"] for one in graph["schedules"]} == {"daily_at_five", "allocation_waves"}
        assert {one["name"] for one in graph["sensors"]} == {"inbox", "waves", "fetch"}
        second = subprocess.run(
            [PROGRAM, "dagster", "--port", str(free_port())],
            env=os.environ | {"OMS_HOME": str(oms.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert "Dagster works in" in second.stderr


@contextmanager
def _serving(oms: Oms, port: int, log: Path) -> Iterator[None]:
    """`oms dagster` that answers; and no more once the command is told to end."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            [PROGRAM, "dagster", "--port", str(port)],
            env=os.environ | {"OMS_HOME": str(oms.home)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}/server_info"
    try:
        if not comes_to_answer(server, address):
            pytest.fail(log.read_text())
        yield
        server.terminate()
        server.wait(timeout=120)
        with pytest.raises(urllib.error.URLError):
            fetch(address)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _ask(port: int) -> Any:
    body = json.dumps({"query": _GRAPH}).encode()
    return json.loads(fetch(f"http://127.0.0.1:{port}/graphql", body, seconds=60))["data"]
