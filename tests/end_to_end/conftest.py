"""Homes that have lived: the real commands, in processes of their own, on a small network and on real days."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

OMS = str(Path(sys.executable).with_name("oms"))


@dataclass(frozen=True)
class Oms:
    """`oms` in one home."""

    home: Path

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command and return what it printed; fails with its whole output where the exit code is another."""
        done = subprocess.run(
            [OMS, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"OMS_HOME": str(self.home)} | environment,
        )
        assert done.returncode == code, f"oms {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout + done.stderr

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the published snapshot."""
        output = subprocess.run(
            [OMS, "query", sql, "--json"],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"OMS_HOME": str(self.home)},
        ).stdout
        rows: list[dict[str, Any]] = json.loads(output)
        return rows

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        return next(iter(self.query(sql)[0].values()))


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Oms]:
    def make(name: str) -> Oms:
        return Oms(tmp_path_factory.mktemp(name) / "home")

    return make
