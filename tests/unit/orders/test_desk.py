"""The order desk's rules: what may be commanded of a line, and what a run makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oms_core.orders.desk import (
    Ask,
    Case,
    Command,
    CommandRefused,
    DeskLine,
    OnDocument,
    Place,
    answerable,
    check_texts,
    checked,
    foresee,
)
from oms_core.orders.desk_moves import DeskEvent, move

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SENT = Place("WH-N", 6, (OnDocument("d-sent", 6, "sent"),))
UNSENT = Place("WH-S", 4, (OnDocument("d-new", 4, "new"),))


def line(*places: Place, **values: Any) -> DeskLine:
    """Ten units, nothing of them gone."""
    known = {"line_state": "allocated" if places else "backordered", "qty_ordered": 10, "qty_fulfilled": 0}
    known |= {"qty_cancelled": 0}
    return DeskLine("web:o:1", "web:o", "web", "o", "1", "MUG", **{**known, **values}, places=places)


def command(kind: str, number: int = 1, about: int | None = None, **values: Any) -> Command:
    known: dict[str, Any] = {"quantity": None, "from_location_id": None, "to_location_id": None}
    known |= {"barred_location_ids": (), "author": "Ada", "reason": "rang", "given_at": NOON, "before": None}
    return Command(number, kind, about, "web:o:1", "web:o", "web", "o", "1", "MUG", **{**known, **values})


def case(kind: str, *since: Command, **values: Any) -> Case:
    return Case(command(kind, **values), since)


def asked(location_id: str, quantity: int, number: int = 2) -> Command:
    return command("asked", number, about=1, from_location_id=location_id, quantity=quantity)


def events(of: Case, on: DeskLine, landed: tuple[DeskEvent, ...] = (), **short: int) -> list[tuple[Any, ...]]:
    found = move(of, on, landed, {name.replace("_", "-"): units for name, units in short.items()})
    return [(one.event_type, one.quantity, one.location_id) for one in found.events]


def notes(of: Case, on: DeskLine, landed: tuple[DeskEvent, ...] = ()) -> list[str]:
    return [one.kind for one in move(of, on, landed, {}).notes]


class TestCommanding:
    @pytest.mark.parametrize(
        ("ask", "why"),
        [
            (Ask("hold", line(qty_fulfilled=7, qty_cancelled=3)), "nothing is left of it: 7 shipped, 3 cancelled"),
            (Ask("hold", line(line_state="held")), "it is held already"),
            (Ask("release", line(SENT)), "it is not held, but allocated"),
            (Ask("release", line(line_state="held", is_known_sku=False)), "no product describes MUG"),
            (Ask("hold", line(), quantity=3), "of the whole line"),
            (Ask("cancel", line(qty_fulfilled=4), quantity=7), "it has 6 units left to cancel, not 7"),
            (Ask("cancel", line(), quantity=0), "it has 10 units left to cancel, not 0"),
            (Ask("resource", line()), "it has no units allocated to take elsewhere"),
            (Ask("resource", line(SENT), from_location_id="WH-S"), "WH-S is not to ship any of it"),
            (Ask("resource", line(SENT), from_location_id="WH-N", to_location_id="WH-N"), "cannot both go to WH-N"),
            (Ask("edit", line()), "say what to change: method, country, region, quantity"),
            (Ask("edit", line(), changes={"qty_ordered": 10}), "its quantity is that already"),
            (Ask("edit", line(), changes={"qty_ordered": 0}), "a quantity is 1 to 1,000,000"),
            (
                Ask("edit", line(qty_fulfilled=3, qty_cancelled=2), changes={"qty_ordered": 4}),
                "no less than 5, as 3 are shipped, 2 cancelled$",
            ),
            (
                Ask("edit", line(SENT, UNSENT), changes={"qty_ordered": 5}),
                r"no less than 6, as 6 with WH-N \(document d-sent\): cancel units",
            ),
            (Ask("edit", line(), changes={"sku": "CUP"}), "say what to change"),
            (Ask("edit", line(), quantity=3, changes={"ship_to_region": "south"}), "an edit is of the whole line"),
            (Ask("edit", line(), changes={"fulfilment_method": "ship"}), "its method is that already"),
            (Ask("edit", line(), changes={"fulfilment_method": "pickup"}), "changed between ship, ship from store"),
            (Ask("edit", line(SENT), changes={"ship_to_region": "south"}), r"it is with WH-N \(document d-sent\)"),
        ],
    )
    def test_what_a_line_does_not_allow_is_refused_with_the_reason(self, ask: Ask, why: str) -> None:
        with pytest.raises(CommandRefused, match=why):
            checked(ask, [])

    def test_without_a_quantity_it_is_all_that_is_left_and_not_commanded_yet(self) -> None:
        waiting = case("cancel", quantity=4)
        assert checked(Ask("cancel", line(qty_fulfilled=1)), [waiting]).quantity == 5
        assert checked(Ask("resource", line(SENT, UNSENT)), [waiting]).quantity == 10
        assert checked(Ask("resource", line(SENT, UNSENT), from_location_id="WH-S"), []).quantity == 4
        with pytest.raises(CommandRefused, match=r"no units left to cancel; 10 are commanded already"):
            checked(Ask("cancel", line()), [case("cancel", quantity=10)])

    def test_a_hold_that_waits_is_taken_back_rather_than_released(self) -> None:
        with pytest.raises(CommandRefused, match=r"a hold \(number 1\) waits for the next run: take that back"):
            checked(Ask("release", line(line_state="held")), [case("hold")])
        ended = case("hold", command("done", 2, about=1))
        assert checked(Ask("release", line(line_state="held")), [ended]).kind == "release"

    @pytest.mark.parametrize(("author", "reason"), [(" ", "why"), ("Ada", " "), ("Ada", "x" * 501)])
    def test_nobody_no_reason_or_a_book_is_refused(self, author: str, reason: str) -> None:
        with pytest.raises(CommandRefused):
            check_texts(author, reason)

    def test_only_who_was_asked_can_agree_and_what_ended_by_itself_is_not_taken_back(self) -> None:
        with pytest.raises(CommandRefused, match="no location was asked"):
            answerable(case("cancel", quantity=1), "agree")
        with pytest.raises(CommandRefused, match="nothing to take back"):
            answerable(case("hold", command("lapsed", 2, about=1)), "undo")
        agreed = answerable(case("cancel", asked("WH-N", 1), quantity=1), "agree")
        assert agreed.state == "asked"


class TestMoving:
    def test_a_hold_takes_units_off_documents_that_were_not_sent_and_names_those_that_were(self) -> None:
        found = move(case("hold"), line(SENT, UNSENT), [], {})
        assert events(case("hold"), line(SENT, UNSENT)) == [("held", 10, None), ("given_back", 4, "WH-S")]
        assert found.cuts == [("d-new", 4)]
        assert found.notes[0].reason == "it is held; WH-N has document d-sent for 6 units"

    def test_an_edit_is_decided_anew_unless_its_location_was_told_meanwhile_and_is_taken_back_as_a_word(self) -> None:
        found = case("edit", changes={"ship_to_region": "south"})
        assert found.command.name == "edit MUG, line 1 of o: region to south"
        assert events(found, line(UNSENT)) == [("edited", 10, None), ("given_back", 4, "WH-S")]
        assert move(found, line(UNSENT), [], {}).cuts == [("d-new", 4)]
        assert (events(found, line(SENT)), notes(found, line(SENT))) == ([], ["lapsed"])
        landed = (DeskEvent(1, "edited", 10), DeskEvent(2, "given_back", 4, "WH-S"))
        assert notes(found, line(), landed) == ["done"]
        taken_back = case("edit", command("undo", 2, about=1), changes={"ship_to_region": "south"})
        assert events(taken_back, line(), landed) == [("edited", 0, None)]

    def test_fewer_units_are_taken_from_where_the_fewest_are_and_more_are_decided_beside_what_is_there(self) -> None:
        other = Place("WH-A", 6, (OnDocument("d-other", 6, "new"),))
        fewer = case("edit", changes={"qty_ordered": 5})
        assert fewer.command.name == "edit MUG, line 1 of o: quantity to 5"
        found = move(fewer, line(other, UNSENT), [], {})
        assert [(one.event_type, one.quantity, one.location_id) for one in found.events] == [
            ("edited", 5, None), ("given_back", 4, "WH-S"), ("given_back", 1, "WH-A"),
        ]  # fmt: skip
        assert found.cuts == [("d-new", 4), ("d-other", 1)]
        more = case("edit", changes={"qty_ordered": 12})
        assert (events(more, line(SENT, UNSENT)), notes(more, line(SENT, UNSENT))) == ([("edited", 12, None)], ["done"])

    def test_a_quantity_is_never_less_than_what_its_location_was_told_meanwhile(self) -> None:
        assert notes(case("edit", changes={"qty_ordered": 6}), line(SENT, UNSENT)) == ["done"]
        assert notes(case("edit", changes={"qty_ordered": 5}), line(SENT, UNSENT)) == ["lapsed"]
        both = case("edit", changes={"qty_ordered": 12, "ship_to_region": "south"})
        assert events(both, line(UNSENT)) == [("edited", 12, None), ("given_back", 4, "WH-S")]
        assert notes(both, line(SENT)) == ["lapsed"]

    def test_more_units_are_taken_back_unless_a_location_knows_of_them(self) -> None:
        raised = case("edit", command("undo", 2, about=1), changes={"qty_ordered": 10}, before={"qty_ordered": 7})
        landed = (DeskEvent(1, "edited", 10),)
        assert events(raised, line(SENT, UNSENT), landed) == [("edited", 0, None), ("given_back", 3, "WH-S")]
        told = line(SENT, replace(UNSENT, documents=(OnDocument("d", 4, "sent"),)))
        assert (events(raised, told, landed), notes(raised, told, landed)) == ([], ["done"])
        restated = line(SENT, UNSENT, qty_ordered=11)
        assert events(raised, restated, landed) == [("edited", 0, None)]

    def test_a_release_is_one_event(self) -> None:
        assert events(case("release"), line(line_state="held")) == [("hold_released", 10, None)]

    def test_a_cancellation_takes_what_waits_then_what_nobody_was_told_of_and_asks_for_the_rest(self) -> None:
        place = replace(SENT, quantity=3)
        found = case("cancel", quantity=9)
        of = line(place, UNSENT)
        assert events(found, of) == [("given_back", 4, "WH-S"), ("cancelled", 7, None), ("recalled", 2, "WH-N")]
        assert notes(found, of) == ["asked"]

    def test_a_location_that_was_asked_is_not_asked_again_until_the_number_changes(self) -> None:
        found = case("cancel", asked("WH-N", 6), quantity=6)
        landed = (DeskEvent(1, "recalled", 6, "WH-N"),)
        of = line(SENT, qty_ordered=6)
        assert move(found, of, landed, {}).events == move(found, of, landed, {}).notes == []
        left = line(replace(SENT, quantity=5), qty_ordered=6, qty_fulfilled=1)
        assert notes(found, left, landed) == ["asked"]

    def test_what_is_agreed_is_given_back_and_cancelled(self) -> None:
        found = case("cancel", asked("WH-N", 6), command("agree", 3, about=1), quantity=6)
        landed = (DeskEvent(1, "recalled", 6, "WH-N"),)
        assert events(found, line(SENT, qty_ordered=6), landed) == [("given_back", 6, "WH-N"), ("cancelled", 6, None)]
        assert notes(found, line(SENT, qty_ordered=6), landed) == ["done"]

    def test_an_agreement_is_of_the_place_that_was_asked_and_no_other(self) -> None:
        found = case("resource", asked("WH-X", 6), command("agree", 3, about=1), quantity=6)
        assert events(found, line(SENT), (DeskEvent(1, "barred", 6, "WH-X"),)) == [("recalled", 6, "WH-N")]

    def test_a_short_pick_is_an_answer(self) -> None:
        found = case("cancel", asked("WH-N", 6), quantity=6)
        landed = (DeskEvent(1, "recalled", 6, "WH-N"),)
        assert events(found, line(SENT, qty_ordered=6), landed, WH_N=6) == [
            ("given_back", 6, "WH-N"),
            ("cancelled", 6, None),
        ]

    def test_taking_a_line_elsewhere_bars_the_place_it_leaves_and_says_where_it_must_go(self) -> None:
        found = case("resource", quantity=4, from_location_id="WH-S", to_location_id="ST-1",
                     barred_location_ids=("ST-2",))  # fmt: skip
        assert events(found, line(SENT, UNSENT)) == [
            ("barred", 4, "WH-S"), ("barred", 4, "ST-2"), ("assigned", 4, "ST-1"), ("given_back", 4, "WH-S"),
        ]  # fmt: skip

    @pytest.mark.parametrize("state", ["void", "rejected"])
    def test_units_on_a_document_that_nobody_will_follow_are_taken_without_asking(self, state: str) -> None:
        place = Place("WH-N", 6, (OnDocument("d", 6, state),))
        found = move(case("cancel", quantity=10), line(place), [], {})
        assert [one.event_type for one in found.events] == ["given_back", "cancelled"]
        assert found.cuts == []

    @pytest.mark.parametrize("state", ["sent", "acknowledged", "unknown"])
    def test_a_document_that_its_location_may_have_stands_until_it_agrees(self, state: str) -> None:
        place = Place("WH-N", 10, (OnDocument("d", 10, state),))
        assert events(case("cancel", quantity=10), line(place)) == [("recalled", 10, "WH-N")]

    def test_units_that_no_document_asks_for_are_taken_before_those_of_one_that_waits(self) -> None:
        place = Place("WH-S", 4, (OnDocument("d-void", 1, "void"), OnDocument("d-new", 3, "new")))
        assert move(case("resource", quantity=2), line(place), [], {}).cuts == [("d-new", 1)]

    def test_what_left_before_the_run_lapses(self) -> None:
        assert notes(case("cancel", quantity=2), line(qty_fulfilled=10)) == ["lapsed"]
        assert notes(case("resource", quantity=2), line()) == ["lapsed"]

    def test_what_landed_before_a_crash_is_not_landed_again(self) -> None:
        done = (DeskEvent(1, "given_back", 4, "WH-S"), DeskEvent(2, "cancelled", 4))
        assert events(case("cancel", quantity=4), line(SENT), done) == []
        assert notes(case("cancel", quantity=4), line(SENT), done) == ["done"]
        assert events(case("hold"), line(), (DeskEvent(1, "held", 10),)) == []

    def test_taking_back_corrects_each_word_once_and_nothing_that_a_location_gave(self) -> None:
        undone = case("cancel", command("undo", 2, about=1), quantity=4)
        landed = (DeskEvent(1, "given_back", 4, "WH-S"), DeskEvent(2, "cancelled", 4))
        found = move(undone, line(SENT), landed, {})
        assert found.events == [DeskEvent(3, "cancelled", 0, corrects=2)]
        again = (*landed, *found.events)
        assert move(undone, line(SENT), again, {}).events == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"qty_ordered": 12}, "quantity to 12, and decides 2 units more"),
        ({"qty_ordered": 7}, "quantity to 7, and takes 3 units back"),
        ({"qty_ordered": 12, "ship_to_region": "south"}, "quantity to 12, region to south, and decides 12 units anew"),
    ],
)
def test_what_will_come_of_an_edit_is_said_before_it_is_given(changes: dict[str, Any], what: str) -> None:
    assert foresee(Ask("edit", line(UNSENT, replace(UNSENT, quantity=6)), changes=changes)) == [
        f"The next run changes its {what}."
    ]


def test_what_will_come_of_a_command_is_said_before_it_is_given() -> None:
    ask = checked(Ask("cancel", line(replace(SENT, quantity=3), UNSENT)), [])
    now, asked_back = foresee(ask)
    assert now == "The next run cancels 7 units."
    assert asked_back.startswith(
        "With WH-N (document d-sent): 3 units. Tell it: they stay reserved there until it answers"
    )
