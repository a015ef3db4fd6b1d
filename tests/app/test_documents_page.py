"""The page of export documents: what is stuck, one document, and what a person does with it, audited."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.documents import rows
from oms_core.fulfilment.documents import PURCHASE_ORDER, Document, DocumentLine, SupplyLine
from oms_core.store.operations import OperationsStore, at_the_machine, open_operations, outbox
from oms_core.store.operations.actors import RUNS
from oms_core.store.published.lineage import PROPOSAL_STEPS
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener, assert_in_order

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def opened(home: Path) -> OperationsStore:
    return open_operations(f"sqlite:///{home / 'operations.db'}", now=NOW)


@pytest.fixture
def document(home: Path) -> str:
    """A document that is rejected, beside one that is on its way."""
    line = DocumentLine(1, "web", "1001", "1", "SKU-001", "=Product", 3)
    stuck, fine = (Document("WH-1", "WH-1", f"2026-06-01-W{wave}", NOW, (line,)) for wave in (1, 2))
    with opened(home) as store:
        store.enqueue([stuck, fine], NOW, "run-1")
        for action, words in (("begin", ""), ("send", ""), ("reject", "unknown SKU")):
            store.act(stuck.export_id, action, NOW, RUNS, words)
    return stuck.export_id


def texts(app: AppTest) -> str:
    elements = (*app.caption, *app.success, *app.warning, *app.info)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def act(app: AppTest, name: str, reason: str) -> AppTest:
    app.text_input(key="document-reason").set_value(reason)
    return app.button(key=f"document-{name}").click().run()


def test_what_is_stuck_is_listed_with_why_and_opens(open_page: Opener, document: str) -> None:
    app = open_page("documents")
    assert not app.exception
    (listed,) = (element.value for element in app.dataframe)
    assert list(listed["document"]) == [document[:12]]
    assert list(listed["why"]) == ["unknown SKU"]
    app = open_page("documents", state="new")
    assert list(app.dataframe[0].value["wave"]) == ["2026-06-01-W2"]
    app = open_page("documents", document=document[:12])
    assert not app.exception
    assert "unknown SKU" in texts(app)
    assert list(app.dataframe[0].value["sku"]) == ["SKU-001"]


@pytest.mark.parametrize(
    ("query", "waves"),
    [
        ({"state": "all"}, {"2026-06-01-W1", "2026-06-01-W2"}),
        ({"state": "all", "find": "06-01-w2"}, {"2026-06-01-W2"}),
        ({"state": "all", "partner": "WH-1", "kind": "warehouse_order", "made": "2026-06-01"}, None),
        ({"state": "all", "made": "2026-06-02"}, set()),
        ({"partner": "WH-GONE"}, set()),
        ({"find": "06-01-w1"}, {"2026-06-01-W1"}),
        ({"find": "06-01-w2"}, set()),
    ],
)
def test_documents_are_found_by_partner_kind_day_and_text_in_the_url(
    open_page: Opener, document: str, query: dict[str, str], waves: set[str] | None
) -> None:
    app = open_page("documents", **query)
    assert not app.exception
    ours = {wave for one in app.dataframe for wave in one.value["wave"]}
    assert ours >= waves if waves else ours == set() if waves is not None else len(ours) >= 2
    assert waves != set() or "No document is like that" in texts(app)


def test_what_is_done_with_it_is_audited_with_who_and_why(home: Path, open_page: Opener, document: str) -> None:
    app = act(open_page("documents", document=document), "void", " ")
    assert "Nothing is done: say why" in texts(app)
    app = act(app, "void", "sold out there")
    assert not app.exception
    assert "It is **void** now" in texts(app)
    assert "Nothing can be done with a document that is void" in texts(app)
    with opened(home) as store:
        (latest, *_) = store.audit_trail(f"export:{document}")
    assert (latest.actor, latest.action) == ("Ada", "export.void")
    assert (latest.after or {})["reason"] == "sold out there"
    assert next(iter(app.dataframe[1].value["actor"])) == "Ada"


def test_what_is_held_says_who_holds_it_and_why(home: Path, open_page: Opener, document: str) -> None:
    with opened(home) as store:
        (entry,) = [one for one in store.exports("new") if one.wave == "2026-06-01-W2"]
        store.act(entry.export_id, "hold", NOW, at_the_machine("Grace"), "their dock is closed")
    listed = open_page("documents").dataframe[0].value.set_index("document")
    assert listed.loc[entry.export_id[:12], "why"] == "Grace holds it: their dock is closed"
    assert "Grace holds it: their dock is closed" in texts(open_page("documents", document=entry.export_id))


def test_every_state_has_its_list_and_what_is_offered_is_what_the_store_allows(home: Path, document: str) -> None:
    assert set(rows.STATES) == {*outbox.STATES, "stuck", "all"}
    with opened(home) as store:
        for entry in store.exports():
            assert {one.name for one in rows.possible(entry)} == {
                name for name in outbox.BY_PERSONS if outbox.is_possible(entry, name)
            }


def test_who_comes_second_is_told_the_state_it_has_by_then(home: Path, open_page: Opener, document: str) -> None:
    app = open_page("documents", document=document)
    with opened(home) as store:
        store.act(document, "void", NOW, at_the_machine("Grace"), "first")
    app = act(app, "void", "second")
    assert not app.exception
    assert "It is **void** now" in texts(app)
    with opened(home) as store:
        store.enqueue([Document("WH-1", "WH-1", "2026-06-02-W1", NOW, ())], NOW, "run-2")
        (entry,) = [one for one in store.exports("new") if one.wave == "2026-06-02-W1"]
    app = open_page("documents", document=entry.export_id)
    with opened(home) as store:
        store.act(entry.export_id, "begin", NOW, RUNS)
    app = act(app, "hold", "too late")
    assert "hold needs one that is new" in texts(app)


def test_a_line_of_our_own_order_is_followed_back_to_its_proposal(home: Path, open_page: Opener) -> None:
    with Snapshot.current(home / "published") as snapshot:
        (planned,) = snapshot.query("select * from fct_replenishment order by proposal_ref limit 1").to_pylist()
    line = SupplyLine(
        1, "replenishment", "PO-1", planned["proposal_ref"], planned["sku"], "", 6, 100, "EUR", "2026-06-09"
    )
    order = Document("SUP-1", "WH-1", "PO-1", NOW, (line,), document_type=PURCHASE_ORDER)
    with opened(home) as store:
        store.enqueue([order], NOW, "run-1")
    app = open_page("documents", document=order.export_id[:12])
    assert_in_order(app)
    captions = [caption.value for caption in app.caption]
    for step in PROPOSAL_STEPS:
        assert any(caption.startswith(f"**{step.name.capitalize()}**") for caption in captions)
    proposal = next(element.value for element in app.dataframe if "qty_proposed" in element.value.columns)
    assert list(proposal["reason"]) == [planned["reason"]]


def test_an_id_that_nobody_knows_is_told(open_page: Opener, document: str) -> None:
    app = open_page("documents", document="zzz")
    assert not app.exception
    assert "No export begins with" in texts(app)
