"""An event of dbt's has its message once somebody reads it, and the same one."""

from __future__ import annotations

import pytest
from dbt.adapters.events.types import SQLQuery
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.types import Note

from pipelines.modelling.unheard import UnheardEvents, make_messages_when_read

_SAID = {"conn_name": "ours", "sql": "select 1"}
_AT_ONCE = SQLQuery(**_SAID)

pytestmark = pytest.mark.usefixtures("_made_late")


@pytest.fixture
def _made_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseEvent, "__init__", BaseEvent.__init__)
    monkeypatch.setattr(BaseEvent, "pb_msg", None, raising=False)
    make_messages_when_read()


def test_what_an_event_says_is_what_it_would_have_said() -> None:
    late = SQLQuery(**_SAID)
    assert "pb_msg" not in vars(late)
    assert (late.sql, late.message(), late.to_dict()) == (_AT_ONCE.sql, _AT_ONCE.message(), _AT_ONCE.to_dict())
    late.sql = "select 2"
    assert late.pb_msg.sql == "select 2"


def test_an_event_that_nobody_hears_has_no_message() -> None:
    event = Note(msg="a model was built")
    UnheardEvents().fire_event(event)
    assert "pb_msg" not in vars(event)


def test_what_may_become_an_error_is_heard() -> None:
    heard = []
    manager = UnheardEvents()
    manager.add_callback(lambda message: heard.append(message.info.msg))
    manager.fire_event(Note(msg="this may be an error"), level=EventLevel.WARN, force_warn_or_error_handling=True)
    assert heard == ["this may be an error"]
