"""X12 envelopes: read, refused with the right code, answered; and what is written reads back."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.feeds.x12.answers import Answer, answer_to, envelope_answers, functional_answer
from oms_core.feeds.x12.envelope import Interchange, NotX12Error, Segment, read_interchanges
from oms_core.feeds.x12.writing import Parties, identifier, text, write_interchange

AT = datetime(2026, 6, 1, 14, 5, tzinfo=UTC)
PARTIES = Parties(("ZZ", "QUARTERMASTER"), ("ZZ", "WHNORTH"))
DOCUMENT = [("W05", "N", "1001"), ("LX", "1"), ("W01", "2", "EA", "", "VN", "MUG")]


def written(count: int = 2, version: str = "004010") -> bytes:
    return write_interchange(PARTIES, version, 42, AT, "OW", [("940", list(DOCUMENT))] * count)


def answered(interchange: Interchange) -> list[Answer]:
    """What its 997s answer."""
    transactions = [one for group in interchange.groups for one in group.transactions]
    return [functional_answer(one) for one in transactions if one.kind == "997"]


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_what_is_written_reads_back(version: str) -> None:
    (found,) = read_interchanges(written(version=version))
    assert (found.sender, found.receiver, found.control, found.errors) == (
        *[PARTIES.sender, PARTIES.receiver],
        "000000042",
        (),
    )
    assert (found.header[12], len(written(version=version).split(b"~")[0])) == (version[:5], 105)
    (group,) = found.groups
    assert (group.kind, group.control, group.version, group.errors) == ("OW", "42", version, ())
    assert [(t.kind, t.control, list(t.segments), t.errors) for t in group.transactions] == [
        ("940", "0001", DOCUMENT, ()), ("940", "0002", DOCUMENT, ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "envelope", "group", "document"),
    [
        (b"IEA*1*000000042", b"IEA*1*000000043", ("001",), (), ()),
        (b"IEA*1*000000042", b"IEA*2*000000042", ("021",), (), ()),
        (b"IEA*1*000000042", b"IEA*1*42", (), (), ()),
        (b"GE*1*42", b"GE*1*43", (), ("4",), ()),
        (b"GE*1*42", b"GE*2*42", (), ("5",), ()),
        (b"GE*1*42~\n", b"", (), ("3",), ()),
        (b"SE*5*0001", b"SE*5*0002", (), (), ("3",)),
        (b"SE*5*0001", b"SE*6*0001", (), (), ("4",)),
        (b"SE*5*0001~\n", b"", (), (), ("2",)),
    ],
)
def test_counts_and_control_numbers_that_differ_have_the_codes_of_the_standard(
    old: bytes, new: bytes, envelope: tuple[str, ...], group: tuple[str, ...], document: tuple[str, ...]
) -> None:
    (found,) = read_interchanges(written(1).replace(old, new))
    assert found.errors == envelope
    assert found.groups[0].errors == group
    assert found.groups[0].transactions[0].errors == document


@pytest.mark.parametrize(
    ("data", "message", "code"),
    [
        (b"<xml/>", "does not begin with ISA", None),
        (b"ISA*00*", "cut short", None),
        (written()[:-30], "has no IEA: it is cut short", "023"),
        (written() + b"GS*OW~", "stands something that is no interchange", "022"),
        (written().replace(b"GS*", b"XX*"), "XX stands where a group should begin", "022"),
        (written().replace(b"ST*940*0001", b"W06*940*0001"), "W06 stands where a document should begin", "022"),
        (written().replace(b"*", b"A"), "sixteen elements|cannot be told apart", None),
    ],
)
def test_what_is_no_interchange_is_refused(data: bytes, message: str, code: str | None) -> None:
    with pytest.raises(NotX12Error, match=message) as refused:
        read_interchanges(data)
    assert refused.value.code == code


def test_other_delimiters_line_ends_and_several_interchanges_are_read() -> None:
    other = written().replace(b"\n", b"").replace(b"*", b"|").replace(b"~", b"\r\n").replace(b">", b":")
    found = read_interchanges(other + other)
    assert [(one.control, len(one.groups[0].transactions)) for one in found] == [("000000042", 2)] * 2


def test_we_answer_each_document_and_each_group() -> None:
    data = written().replace(b"SE*5*0002", b"SE*9*0002")
    (found,) = read_interchanges(data)
    (answer,) = read_interchanges(answer_to(found, 7, AT))
    assert (answer.sender, answer.receiver) == (PARTIES.receiver, PARTIES.sender)
    assert answer.groups[0].kind == "FA"
    assert list(answer.groups[0].transactions[0].segments) == [
        ("AK1", "OW", "42"),
        ("AK2", "940", "0001"), ("AK5", "A"),
        ("AK2", "940", "0002"), ("AK5", "R", "4"),
        ("AK9", "P", "2", "2", "1"),
    ]  # fmt: skip
    assert answered(answer) == [
        Answer(42, "accepted", "", (("2", "refused: it has another number of segments than SE states (AK5 R 4)"),))
    ]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([("AK9", "E", "2", "2", "2")], Answer(42, "accepted", "")),
        (
            [("AK9", "R", "2", "2", "0", "5")],
            Answer(42, "rejected", "refused: it has another number of documents than GE states (AK9 R 2 2 0 5)"),
        ),
        ([("AK9", "R", "2", "2", "0", "40")], Answer(42, "rejected", "refused (AK9 R 2 2 0 40)")),
        (
            [
                ("AK2", "940", "0001"),
                ("AK3", "W01", "7", "", "8"),
                ("AK4", "4", "235", "7", "XX"),
                ("AK5", "R", "5", "99"),
                ("AK9", "R", "1", "1", "0"),
            ],
            Answer(
                42,
                "rejected",
                "segment W01, number 7: its elements are in error (AK3 W01 7  8); "
                "element 4, XX: its code is not valid (AK4 4 235 7 XX); "
                "refused: segments are in error (AK5 R 5 99); refused (AK9 R 1 1 0)",
            ),
        ),
        ([("AK9", "P", "2", "2", "1")], Answer(42, "accepted", "", (("?", "taken in part (AK9 P 2 2 1)"),))),
        (
            [
                ("AK2", "940", "0001"),
                ("AK3", "W01", "3"),
                ("AK5", "E"),
                ("AK2", "940", "2"),
                ("AK5", "R"),
                ("AK9", "P"),
            ],
            Answer(42, "accepted", "", (("2", "refused (AK5 R)"),)),
        ),
    ],
)
def test_a_refusal_of_some_documents_is_no_refusal_of_the_others(verdicts: list[Segment], expected: Answer) -> None:
    data = write_interchange(PARTIES, "004010", 9, AT, "FA", [("997", [("AK1", "OW", "42"), *verdicts])])
    assert answered(read_interchanges(data)[0]) == [expected]


def test_a_wrong_envelope_is_answered_by_a_ta1() -> None:
    (found,) = read_interchanges(written().replace(b"IEA*1*000000042", b"IEA*1*000000043"))
    (answer,) = read_interchanges(answer_to(found, 7, AT))
    assert answer.acknowledgements == (("TA1", "000000042", "260601", "1405", "R", "001"),)
    assert list(envelope_answers(answer)) == [
        Answer(42, "rejected", "the control numbers of ISA and IEA differ (TA1 001)")
    ]


def test_an_accepted_interchange_is_answered_so() -> None:
    (found,) = read_interchanges(written())
    (answer,) = read_interchanges(answer_to(found, 7, AT))
    assert answered(answer) == [Answer(42, "accepted", "")]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_no_text_breaks_the_envelope(texts: list[str]) -> None:
    segments = [("NTE", "WHI", text(value, 60)) for value in texts]
    (found,) = read_interchanges(write_interchange(PARTIES, "004010", 1, AT, "OW", [("940", segments)]))
    assert not found.errors
    assert not found.groups[0].transactions[0].errors
    assert len(found.groups[0].transactions[0].segments) == len(texts)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_there_is_an_answer_or_a_refusal(noise: bytes) -> None:
    data = written(1)
    for broken in (noise, data[:100] + noise + data[100:], data[:110] + noise + data[110:], data + noise):
        with contextlib.suppress(NotX12Error):
            found = read_interchanges(broken)
            assert found
            assert [(list(envelope_answers(one)), answered(one)) for one in found]


@pytest.mark.parametrize("bad", ["", "a*b", "a~b", "a^b", "é", "x" * 23])
def test_an_identifier_that_would_not_arrive_as_it_is_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in an X12 element"):
        identifier(bad, 22)
