"""Who may use the pages of a home without users."""

from __future__ import annotations

import pytest
from streamlit.runtime.context import StreamlitHeaders

from dashboards.shell.door import comes_from_here, listens_here_only

HERE = {"host": "localhost:8501", "origin": "http://localhost:8501", "user-agent": "Chromium"}


def from_here(**headers: str | None) -> bool:
    changed = {**HERE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return comes_from_here(StreamlitHeaders([(name, value) for name, value in changed.items() if value is not None]))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_a_server_on_loopback_is_reached_from_its_machine_alone(address: str) -> None:
    assert listens_here_only(address)


@pytest.mark.parametrize(
    "address", [None, "", "0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "oms.example.com", "unix://x"]
)
def test_a_server_on_any_other_address_is_not(address: str | None) -> None:
    assert not listens_here_only(address)


@pytest.mark.parametrize("name", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_a_visitor_who_names_this_machine_is_at_it(name: str) -> None:
    assert from_here(host=name, origin=f"http://{name}")


def test_a_name_that_was_made_to_point_here_is_not_this_machine() -> None:
    assert not from_here(host="evil.example:8501", origin="http://evil.example:8501")
    assert not from_here(origin="http://evil.example:8501")
    assert not from_here(host="localhost.evil.example", origin="http://localhost.evil.example")
    assert not from_here(host="evil.example:8501")
    assert not from_here(host="127.0.0.1@evil.example", origin="http://127.0.0.1@evil.example")
    assert not from_here(host="[::1", origin="http://localhost")


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip", "X-FORWARDED-HOST"])
def test_who_was_passed_on_by_a_proxy_is_somewhere_else(header: str) -> None:
    assert not from_here(**{header: "127.0.0.1"})


def test_a_program_that_does_not_say_from_where_it_asks_is_not_let_in() -> None:
    assert not from_here(origin=None)
    assert not from_here(host=None)
    assert not from_here(origin="null")
    assert not from_here(origin="http://[::1")
    assert not comes_from_here({})
