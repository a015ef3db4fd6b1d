"""dbt's events where nobody listens: what dbt makes of each, for logs that are off, is a fifth of a day's build.

Belongs here: leaving that out. Does not belong here: what went wrong, which dbt returns as results.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager


class UnheardEvents(EventManager):
    """Passes on only what may become an error."""

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        if force_warn_or_error_handling or self.require_warn_or_error_handling:
            super().fire_event(e, level, node, force_warn_or_error_handling)


def make_messages_when_read() -> None:
    """Have an event keep what it was made of, and make its message of that once somebody reads it. Once a process."""
    make = BaseEvent.__init__

    def keep(self: BaseEvent, *arguments: Any, **said: Any) -> None:
        # Past the event's own way, which sets the columns of its message.
        object.__setattr__(self, "_made_of", (arguments, said))

    def message(self: BaseEvent) -> Any:
        arguments, said = self._made_of
        make(self, *arguments, **said)
        return vars(self)["pb_msg"]

    late = cached_property(message)
    late.__set_name__(BaseEvent, "pb_msg")
    BaseEvent.__init__ = keep  # type: ignore[method-assign]
    BaseEvent.pb_msg = late
