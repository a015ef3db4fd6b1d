"""Homes that have lived: the real commands, on a small network and on real days."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.commands import Oms


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Oms]:
    def make(name: str) -> Oms:
        return Oms(tmp_path_factory.mktemp(name) / "home")

    return make
