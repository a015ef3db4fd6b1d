"""What a partner's server for the tests is: a real one, on a line that can be made to fail at any request.

Belongs here: the line and the shape of a partner. Does not belong here: the servers (`sftp`, `s3`, `http`, `folder`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


class Line:
    """The line to a partner. Armed, it breaks once: at the n-th request, `before` the partner acts or `after`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.arm(0, "never")

    def arm(self, at: int, when: str) -> None:
        """Break at request `at`, counted from 1 from now on."""
        self._at, self._when, self._count, self.has_broken = at, when, 0, False

    def begins(self) -> str:
        """A request has come: when it breaks the line, or `never`."""
        with self._lock:
            self._count += 1
            self.has_broken = self.has_broken or self._count == self._at
            return self._when if self._count == self._at else "never"


@dataclass
class Partner:
    """A partner's server. `came`: how often each file came, and its last content; `deliver`: its route as in YAML.

    `take_away` removes what came, as a partner does that has read it; `down` is a time in which it cannot be reached.
    `fetch`: where it lays files down for us, as in YAML; `lay_down` does so, and `left` is what lies there.
    """

    deliver: dict[str, Any]
    secrets: dict[str, str]
    came: Callable[[], dict[str, tuple[int, bytes]]]
    down: Callable[[], AbstractContextManager[None]]
    take_away: Callable[[], None] | None = None
    line: Line = field(default_factory=Line)
    fetch: dict[str, Any] = field(default_factory=dict)
    lay_down: Callable[[str, bytes], None] = lambda name, data: None
    left: Callable[[], dict[str, bytes]] = dict
