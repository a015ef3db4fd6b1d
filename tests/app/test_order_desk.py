"""The order desk on the page of an order: commands given, refused and taken back; orders found by all their names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.orders.desk_view import LABELS
from dashboards.orders.queries import FINDS, Search, count
from oms_core.orders.desk_moves import Note
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.published.desk_lines import UnknownLine, find_lines
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener


def opened(home: Path) -> OperationsStore:
    return open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC))


@pytest.fixture
def waiting(home: Path) -> str:
    """An order of which something waits for stock."""
    with Snapshot.current(home / "published") as snapshot:
        return str(snapshot.query("select order_id from fct_backorders order by order_id").column(0)[0].as_py())


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*app.caption, *app.success, *app.warning)).replace("\\", "")


def give(app: AppTest, kind: str, reason: str = "rang") -> AppTest:
    app.selectbox(key="desk-kind").set_value(kind).run()
    app.text_input(key="desk-reason").set_value(reason)
    return app.button(key="desk-give").click().run()


def test_a_line_is_held_from_the_page_with_who_and_why_and_taken_back(
    home: Path, open_page: Opener, waiting: str
) -> None:
    app = give(open_page("orders", order=waiting), "hold")
    assert not app.exception
    assert "waits for the next run; by Ada" in texts(app)
    with opened(home) as store:
        cases = store.desk.open_cases()
    assert {case.command.order_id for case in cases} == {waiting}
    assert {(case.command.kind, case.command.author, case.command.reason) for case in cases} == {
        ("hold", "Ada", "rang")
    }
    number = cases[0].command.command_number
    app.text_input(key="desk-reason").set_value("wrong order")
    app = app.button(key=f"desk-undo-{number}").click().run()
    assert "taken back by Ada, waits for the next run" in texts(app)


def test_what_will_come_of_it_is_said_before_and_what_is_refused_after(
    home: Path, open_page: Opener, waiting: str
) -> None:
    app = open_page("orders", order=waiting)
    app.selectbox(key="desk-kind").set_value("cancel").run()
    assert "The next run cancels" in texts(app)
    app.selectbox(key="desk-kind").set_value("edit").run()
    assert "say what to change" in texts(app)
    app.selectbox(key="desk-method").set_value("drop_ship").run()
    assert "The next run changes its method to drop-ship" in texts(app)
    with Snapshot.current(home / "published") as snapshot:
        lines = (
            snapshot.query("select count(*) from fct_order_lines where order_id = ?", [waiting]).column(0)[0].as_py()
        )
    if lines > 1:
        app.multiselect(key="desk-lines").set_value(app.multiselect(key="desk-lines").options[:1]).run()
    app.number_input(key="desk-ordered").set_value(900).run()
    assert re.search("changes its method to drop-ship, quantity to 900, and decides 9.. units anew", texts(app))
    app.selectbox(key="desk-kind").set_value("release").run()
    assert "it is not held, but" in texts(app)
    assert app.button(key="desk-give").disabled, "nothing of it can be done"
    app = give(app, "cancel", reason=" ")
    assert "Nothing is commanded: say why" in texts(app)
    with opened(home) as store:
        assert store.desk.cases() == []


def test_whatever_is_asked_of_several_lines_is_said_of_each(home: Path, open_page: Opener) -> None:
    with Snapshot.current(home / "published") as snapshot:
        (row,) = snapshot.query("""
            select order_id, count(*) as lines from fct_order_lines where qty_allocated + qty_backordered > 0
            group by order_id having count(*) > 1 order by order_id limit 1""").to_pylist()  # fmt: skip
    app = open_page("orders", order=row["order_id"])
    for kind in LABELS:
        app.selectbox(key="desk-kind").set_value(kind).run()
        assert [element.value for element in app.exception] == [], kind
        assert texts(app).count(":material/arrow_forward:") + texts(app).count(":material/block:") == row["lines"]


def test_a_location_that_was_asked_has_agreed_from_the_page(home: Path, open_page: Opener, waiting: str) -> None:
    app = give(open_page("orders", order=waiting), "cancel")
    with opened(home) as store:
        case = store.desk.open_cases()[0]
        store.desk.note(case, [Note("asked", "WH-1 has document d for 1 unit", 1, "WH-1")], datetime.now(UTC))
    app = app.run()
    app.text_input(key="desk-reason").set_value("Jo at WH-1")
    app = app.button(key=f"desk-agree-{case.command.command_number}").click().run()
    assert "Ada says that it is agreed" in texts(app)


def test_an_order_of_which_nothing_is_left_has_no_form(open_page: Opener) -> None:
    app = open_page("orders", order="web:100005")
    assert not app.exception
    assert [box for box in app.selectbox if box.key == "desk-kind"] == []


@pytest.mark.parametrize("by", [None, *FINDS])
def test_orders_are_found_by_what_is_said_and_what_is_typed_is_never_sql(home: Path, by: str | None) -> None:
    with Snapshot.current(home / "published") as snapshot:
        row = snapshot.query("""
            select o.order_ref, o.customer_key, o.ship_to_country, l.sku, x.export_id, e.tracking_ref
            from fct_orders o join fct_order_lines l using (order_id) join fct_exports x using (order_line_id)
            join fct_order_events e using (order_line_id)
            where o.customer_key is not null and e.tracking_ref is not null limit 1""").to_pylist()[0]  # fmt: skip
        typed = {
            None: row["export_id"][:10], "order": row["order_ref"], "customer": row["customer_key"], "SKU": row["sku"],
            "document": row["export_id"], "shipment": "", "ship-to": row["ship_to_country"],
            "tracking": row["tracking_ref"],
        }[by]  # fmt: skip
        for text, at_least in ((typed, 1), ("'; drop table fct_orders; --", 0)):
            query = count(Search(text, by))
            found = snapshot.query(query.sql, query.parameters).to_pylist()[0]["orders"]
            assert found >= at_least if at_least else found == 0


def test_lines_are_found_by_the_tracking_number_of_their_parcel_however_it_is_written(home: Path) -> None:
    with Snapshot.current(home / "published") as snapshot:
        (row,) = snapshot.query("""
            select order_line_id, lower(tracking_ref) as typed from fct_order_events where tracking_ref is not null
            order by order_line_id limit 1""").to_pylist()  # fmt: skip
        assert row["order_line_id"] in find_lines(snapshot.query, row["typed"])
        with pytest.raises(UnknownLine, match="a parcel's tracking number"):
            find_lines(snapshot.query, row["typed"][:-1])
