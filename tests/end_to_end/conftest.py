"""Homes that have lived: the real commands, on a small network and on real days."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Oms

Once = Callable[[str, Callable[[Path], None]], Path]

_PARTNERS = """
partners:
  WH-NORTH:
    forms: [json, csv, x12]
    answers_within_hours: 24
    x12: {version: "004010", sender: ZZ/QUARTERMASTER, receiver: ZZ/WH-NORTH}
  WH-SOUTH:
    forms: [json, csv, x12]
    x12: {version: "004010", sender: ZZ/QUARTERMASTER, receiver: ZZ/WH-SOUTH}
  DS-01:
    forms: [json, csv, x12]
    x12: {version: "004010", sender: ZZ/QUARTERMASTER, receiver: ZZ/DS-01, document: "850"}
"""


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Oms]:
    def make(name: str) -> Oms:
        return Oms(tmp_path_factory.mktemp(name) / "home")

    return make


@pytest.fixture(scope="session")
def first_day(new_home: Callable[[str], Oms], made_once: Once) -> Callable[[str], Oms]:
    """A home of a name: the demo network after its first day, whose partners are told in X12 too."""

    def make(name: str) -> Oms:
        oms = new_home(name)
        shutil.copytree(made_once("first-day", _live_a_day) / "home", oms.home)
        return oms

    return make


def _live_a_day(folder: Path) -> None:
    oms = Oms(folder / "home")
    oms("init", "--profile", "demo", "--by-hand", "--skus", "60", "--months", "5", "--lines-per-day", "80")
    (oms.home / "partners.yaml").write_text(_PARTNERS, encoding="utf-8")
    oms("simulate")
    oms("run")
