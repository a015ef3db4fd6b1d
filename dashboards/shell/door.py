"""Whether somebody may use the pages without signing in: only the person at the machine itself, and only in a home
without users.

Belongs here: pure functions over where the server listens and what a visitor's browser says of its way here.
Does not belong here: signing in (`signing`), what somebody may do (`oms_core.store.operations.actors`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

#: What a proxy adds. A request that bears one was made on another machine.
_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")


def listens_here_only(address: str | None) -> bool:
    """Whether a server bound to `address` can be reached from its own machine alone."""
    return address is not None and _is_loopback(address)


def comes_from_here(headers: Mapping[str, str]) -> bool:
    """Whether a visitor has named this machine as such, and nobody passed him on.

    Both matter on a server that listens on loopback: a proxy on the same machine opens it to others, and a foreign page
    whose name was made to point here (DNS rebinding) reaches it from the planner's own browser, under its own name.
    A browser always says from where it asks; a program that does not is not let in.
    """
    if any(name in headers for name in _FORWARDED):
        return False
    return all(_is_loopback(_host(url)) for url in (f"//{headers.get('Host', '')}", headers.get("Origin", "")))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
