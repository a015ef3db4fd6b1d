"""A store of an earlier version, with rows in it, brought up to date: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from oms_core.store.operations import open_operations
from oms_core.store.operations.engine import connect
from oms_core.store.operations.schema import LINE_COMMANDS


def _make(url: str, revision: str) -> sa.Engine:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "oms_core:store/migrations")
        command.upgrade(config, revision)
    return engine


def _row(now: datetime, kind: str, **values: object) -> dict[str, object]:
    texts = dict.fromkeys(("order_line_id", "order_id", "channel_id", "order_ref", "line_ref", "sku"), "x")
    return {
        **texts,
        "kind": kind,
        "barred_location_ids": [],
        "author": "Ada",
        "reason": "so",
        "given_at": now,
        **values,
    }


def test_the_desks_book_is_kept_where_its_table_is_made_anew(url: str, now: datetime) -> None:
    earlier = _make(url, "0011")
    told = [_row(now, "resource"), _row(now, "agree", about_number=1)]
    with earlier.begin() as connection:
        for row in told:
            connection.execute(sa.insert(LINE_COMMANDS).values(row))
    earlier.dispose()
    open_operations(url, now).close()
    with connect(url).begin() as connection:
        kept = connection.execute(sa.select(LINE_COMMANDS).order_by(LINE_COMMANDS.c.command_number)).mappings().all()
        assert [{name: row[name] for name in given} for row, given in zip(kept, told, strict=True)] == told
        number: int = connection.execute(
            sa.insert(LINE_COMMANDS).values(_row(now, "edit", changes={"ship_to_region": "SOUTH"}))
            .returning(LINE_COMMANDS.c.command_number)
        ).scalar_one()  # fmt: skip
        assert number == 3
    wrong = (_row(now, "wish"), _row(now, "agree"), _row(now, "undo", about_number=9), _row(now, "hold", quantity=0))
    for row in wrong:
        with pytest.raises(sa.exc.IntegrityError), connect(url).begin() as connection:
            connection.execute(sa.insert(LINE_COMMANDS).values(row))
