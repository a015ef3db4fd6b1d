"""Partners' X12 files are answered once each, whatever they hold, and no two answers have one number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from oms_core.feeds.x12.envelope import Segment, read_interchanges
from oms_core.feeds.x12.writing import Parties, write_interchange
from oms_core.store.operations import OperationsStore, open_operations
from pipelines.assets.reception import landing
from pipelines.backup import back_up, begin_copy
from pipelines.fulfilment.answering import answer_partners
from pipelines.home import Home
from pipelines.reception.landing import land_inbox
from pipelines.reception.originals import discard_held, list_held
from pipelines.resources import HomeResource
from tests.partners.folder import folder_partner

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
THEM = Parties(("ZZ", "WAREHOUSE"), ("ZZ", "QUARTERMASTER"))
FEED = """
feed: wh_x12
format: x12
emits: [stock_counts]
maximum_rejected_share: 0.5
constants: {partner_id: WH-NORTH}
"""


@pytest.fixture
def store(home: Home) -> Iterator[OperationsStore]:
    (home.feeds / "wh_x12.yaml").write_text(FEED, encoding="utf-8")
    with open_operations(home.database_url, now=AT) as opened:
        yield opened


def receive(home: Home, name: str, data: bytes) -> None:
    """A file comes into the inbox, and is landed or held."""
    folder = home.inbox / "wh_x12"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    land_inbox(home, AT)


def sent(control: int, kind: str = "IB", transaction: str = "846") -> bytes:
    document: list[Segment] = [("BIA", "00", "DD", "1", "20260601"), ("LIN", "1", "VN", "MUG"), ("QTY", "17", "4")]
    return write_interchange(THEM, "004010", control, AT, kind, [(transaction, document)])


def answers(home: Home) -> list[Path]:
    return sorted((home.outbox / "WH-NORTH").glob("answer-*.x12"))


def said(home: Home) -> list[Segment]:
    """Our verdicts, in the order of our answers."""
    found = [one for path in answers(home) for one in read_interchanges(path.read_bytes())]
    return [
        segment
        for one in found
        for segment in (*one.acknowledgements, *(s for g in one.groups for t in g.transactions for s in t.segments))
        if segment[0] in ("TA1", "AK5", "AK9")
    ]


def test_every_interchange_is_answered_once_with_a_number_of_its_own(home: Home, store: OperationsStore) -> None:
    receive(home, "a" * 16 + "-two.edi", sent(1) + sent(2))
    assert answer_partners(home, store) == 2
    receive(home, "b" * 16 + "-one.edi", sent(3))
    assert answer_partners(home, store) == 1
    assert answer_partners(home, store) == 0
    assert len(set(numbers_of(home))) == 3


def test_a_file_that_came_under_two_names_is_answered_once(home: Home, store: OperationsStore) -> None:
    receive(home, "a.edi", sent(1))
    receive(home, "b.edi", sent(1))
    assert answer_partners(home, store) == 1
    assert len(store.trail.of_action("interchange.answered")) == 1


def test_answers_of_a_copy_leave_out_numbers_that_its_home_may_have_given_since(
    home: Home, store: OperationsStore, tmp_path: Path
) -> None:
    receive(home, "a.edi", sent(1))
    assert answer_partners(home, store) == 1
    copy = Home(back_up(home, tmp_path / "copy").folder)
    begin_copy(copy)
    copy.copy_mark.unlink()
    for place in (home, copy):
        receive(place, "b.edi", sent(2))
        with open_operations(place.database_url, now=AT) as opened:
            assert answer_partners(place, opened) == 1
    (given,) = (number for number in numbers_of(copy))
    assert given - max(numbers_of(home)) == 1000


def numbers_of(home: Home) -> list[int]:
    return [int(read_interchanges(path.read_bytes())[0].control) for path in answers(home)]


def hold(home: Home, number: int, data: bytes) -> None:
    folder = home.quarantine / "wh_x12" / "held"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{str(number) * 64}.data").write_bytes(data)


def test_a_held_file_is_answered_and_what_cannot_be_answered_stops_nothing(home: Home, store: OperationsStore) -> None:
    broken = sent(1).replace(b"*260601*", b"*26XX01*")
    nobody = sent(2).replace(b"WAREHOUSE      ", b" " * 15)
    for number, data in enumerate((broken, nobody, b"noise", sent(9, "FA"))):
        hold(home, number, data)
    hold(home, 9, sent(4).replace(b"IEA*1*000000004", b"IEA*1*000000005"))
    assert answer_partners(home, store) == 1
    assert [one[4:] for one in said(home)] == [("R", "001")]


@pytest.mark.parametrize(
    ("data", "verdicts"),
    [
        # One group states another count: its number says so, and the good interchange beside it is refused, too.
        (
            sent(1) + sent(2).replace(b"GE*1*2", b"GE*2*2"),
            [("TA1", "000000001", "260601", "1200", "R", "024"), ("AK9", "R", "2", "1", "0", "5")],
        ),
        # More is bad than the feed allows: what is good is not taken either.
        (
            sent(1, "IN", "810") + sent(2, "IN", "810"),
            [("TA1", f"00000000{number}", "260601", "1200", "R", "024") for number in (1, 2)],
        ),
        # Two interchanges with one number.
        (sent(1) + sent(1, "SW"), [("TA1", "000000001", "260601", "1200", "R", "024")] * 2),
    ],
)
def test_nothing_of_a_file_that_is_held_is_said_to_be_taken_even_when_it_is_discarded(
    home: Home, store: OperationsStore, data: bytes, verdicts: list[Segment]
) -> None:
    receive(home, "one.edi", data)
    (held,) = (home.quarantine / "wh_x12" / "held").glob("*.data")
    discard_held(home, held.stem)
    assert answer_partners(home, store) == len(verdicts)
    assert said(home) == verdicts


def test_who_sent_a_file_that_is_held_is_told_by_the_run_that_goes_on_without_it(
    home: Home, store: OperationsStore
) -> None:
    receive(home, "1.x12", sent(6))
    (home.inbox / "wh_x12" / "2.x12").write_bytes(sent(7).replace(b"IEA*1*", b"IEA*2*"))
    (home.inbox / "wh_x12" / "3.x12").write_bytes(sent(8))
    assert take_in(home) == ["wh_x12/2.x12"]
    told = ("TA1", "000000007", "260601", "1200", "R", "021")
    taken = [("AK5", "A"), ("AK9", "A", "1", "1", "1")]
    assert sorted(said(home)) == sorted([told, *taken]), "of the third nothing is said: it waits behind the second"
    (held,) = list_held(home)
    discard_held(home, held.file_sha256)
    assert take_in(home) == []
    assert sorted(said(home)) == sorted([told, *taken, *taken])


def take_in(home: Home) -> list[str]:
    """A run's first step, which succeeds; the files that its gate holds."""
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([landing], resources={"oms": HomeResource(root=str(home.root))}, instance=instance)
    (gate,) = done.get_asset_check_evaluations()
    return [str(name).partition(":")[0] for name in gate.metadata["held"].value]


def test_what_is_set_aside_is_refused_and_the_rest_accepted(home: Home, store: OperationsStore) -> None:
    unreadable = sent(3).replace(b"QTY*17*4", b"QTY*17*x")
    receive(home, "one.edi", sent(1) + sent(2, "IN", "810") + unreadable + sent(4))
    answer_partners(home, store)
    accepted = [("AK5", "A"), ("AK9", "A", "1", "1", "1")]
    refused = ("AK9", "R", "1", "1", "0")
    assert said(home) == [*accepted, ("AK5", "R", "1"), refused, ("AK5", "R", "5"), refused, *accepted]


def test_an_interchange_that_is_twice_in_a_file_is_answered_once(home: Home, store: OperationsStore) -> None:
    receive(home, "one.edi", sent(1) * 2 + sent(2, "IN", "810"))
    assert answer_partners(home, store) == 2
    assert [one[1] for one in said(home)] == ["A", "A", "R", "R"]


def test_a_partner_that_cannot_be_reached_is_answered_later_with_the_same_number(
    home: Home, store: OperationsStore
) -> None:
    receive(home, "a" * 16 + "-one.edi", sent(1))
    with folder_partner(home.outbox / "WH-NORTH") as partner, partner.down():
        assert answer_partners(home, store) == 0
    (why,) = store.trail.of_action("interchange.not_answered")
    assert why.subject == "partner:WH-NORTH"
    receive(home, "0" * 16 + "-two.edi", sent(2))
    assert answer_partners(home, store) == 2
    first = [read_interchanges(path.read_bytes())[0] for path in answers(home)]
    assert [(one.groups[0].transactions[0].segments[0][2], one.control) for one in first] == [
        ("2", "500000002"), ("1", "500000001"),
    ]  # fmt: skip


def test_a_file_of_one_document_that_is_bad_stops_nothing_and_is_refused(home: Home, store: OperationsStore) -> None:
    receive(home, "bad.edi", sent(1, "IN", "810"))
    receive(home, "good.edi", sent(2))
    assert list_held(home) == []
    answer_partners(home, store)
    assert {one[:2] for one in said(home)} == {("AK5", "R"), ("AK9", "R"), ("AK5", "A"), ("AK9", "A")}


def test_who_does_not_name_himself_in_fifteen_characters_is_answered_as_we_write_to_him(
    home: Home, store: OperationsStore
) -> None:
    profile = {"forms": ["x12"], "x12": {"version": "004010", "sender": "ZZ/QUARTERMASTER", "receiver": "ZZ/WHN"}}
    home.partners_path.write_text(yaml.safe_dump({"partners": {"WH-NORTH": profile}}), encoding="utf-8")
    receive(home, "long.edi", sent(1).replace(b"WAREHOUSE      ", b"WAREHOUSE-OF-THE-NORTH"))
    assert answer_partners(home, store) == 1
    (answer,) = read_interchanges(answers(home)[0].read_bytes())
    assert (answer.receiver, answer.sender) == (("ZZ", "WHN"), ("ZZ", "QUARTERMASTER"))
