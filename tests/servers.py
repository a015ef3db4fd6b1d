"""Real servers of ours, as tests start and end them: a port, a wait until it answers, an end.

Belongs here: what is the same for every server. Does not belong here: homes, and how one is started (fixtures).
"""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress

START_SECONDS = 120


def free_port() -> int:
    """A port of the loopback that nobody has by now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def fetch(address: str, body: bytes | None = None, *, seconds: float = 5) -> bytes:
    """What an address on this machine answers. No proxy: the environment may name one, which does not know loopback."""
    headers = {"content-type": "application/json"} if body else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, body, headers), timeout=seconds) as answer:
        said: bytes = answer.read()
        return said


def comes_to_answer(server: subprocess.Popen[bytes], address: str) -> bool:
    """Whether the server answers before the deadline; between two looks it is waited for, lest it has ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            fetch(address)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=0.1)
                return False
        else:
            return True
    return False


def end(server: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and make it where it does not."""
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
