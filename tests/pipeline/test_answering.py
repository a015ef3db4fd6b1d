"""Partners' X12 files are answered once each, whatever they hold, and no two answers have one number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.feeds.x12.writing import Parties, write_interchange
from oms_core.store.operations import OperationsStore, open_operations
from pipelines.fulfilment.answering import answer_partners
from pipelines.home import Home
from tests.partners.folder import folder_partner

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
THEM = Parties(("ZZ", "WAREHOUSE"), ("ZZ", "QUARTERMASTER"))
FEED = """
feed: wh_x12
format: x12
emits: [stock_counts]
constants: {partner_id: WH-NORTH}
"""


@pytest.fixture
def store(home: Home) -> Iterator[OperationsStore]:
    (home.feeds / "wh_x12.yaml").write_text(FEED, encoding="utf-8")
    with open_operations(home.database_url, now=AT) as opened:
        yield opened


def receive(home: Home, name: str, data: bytes, place: str = "received/wh_x12") -> None:
    folder = home.root / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def sent(control: int, kind: str = "IB") -> bytes:
    return write_interchange(THEM, "004010", control, AT, kind, [("846", [("BIA", "00", "DD", "1", "20260601")])])


def answers(home: Home) -> list[Path]:
    return sorted((home.outbox / "WH-NORTH").glob("answer-*.x12"))


def test_every_interchange_is_answered_once_with_a_number_of_its_own(home: Home, store: OperationsStore) -> None:
    receive(home, "a" * 16 + "-two.edi", sent(1) + sent(2))
    assert answer_partners(home, store) == 2
    receive(home, "b" * 16 + "-one.edi", sent(3))
    assert answer_partners(home, store) == 1
    assert answer_partners(home, store) == 0
    numbers = [read_interchanges(path.read_bytes())[0].control for path in answers(home)]
    assert len(set(numbers)) == 3


def test_a_held_file_is_answered_and_what_cannot_be_answered_stops_nothing(home: Home, store: OperationsStore) -> None:
    broken = sent(1).replace(b"*260601*", b"*26XX01*")
    nobody = sent(2).replace(b"WAREHOUSE      ", b" " * 15)
    for number, data in enumerate((broken, nobody, b"noise", sent(9, "FA"))):
        receive(home, f"{number}" * 64 + ".data", data, "quarantine/wh_x12/held")
    receive(home, "9" * 64 + ".data", sent(4).replace(b"IEA*1*000000004", b"IEA*1*000000005"), "quarantine/wh_x12/held")
    assert answer_partners(home, store) == 1
    (answer,) = read_interchanges(answers(home)[0].read_bytes())
    assert answer.acknowledgements[0][4:] == ("R", "001")


def test_a_partner_that_cannot_be_reached_is_answered_later_with_the_same_number(
    home: Home, store: OperationsStore
) -> None:
    receive(home, "a" * 16 + "-one.edi", sent(1))
    with folder_partner(home.outbox / "WH-NORTH") as partner, partner.down():
        assert answer_partners(home, store) == 0
    (why,) = store.acts("interchange.not_answered")
    assert why.subject == "partner:WH-NORTH"
    receive(home, "0" * 16 + "-two.edi", sent(2))
    assert answer_partners(home, store) == 2
    first = [read_interchanges(path.read_bytes())[0] for path in answers(home)]
    assert [(one.groups[0].transactions[0].segments[0][2], one.control) for one in first] == [
        ("2", "500000002"), ("1", "500000001"),
    ]  # fmt: skip
