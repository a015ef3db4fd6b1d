"""Changes of the policy on their way, on both databases: a second person looks at them, and they have their day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import (
    Actor,
    InvalidPolicyError,
    NotAllowed,
    OperationsStore,
    PolicyChange,
    ReviewRefused,
    StalePolicy,
    Submission,
    at_the_machine,
    open_operations,
)
from oms_core.store.operations.engine import connect
from oms_core.store.operations.submissions import OPEN

ROOT = at_the_machine("root")
ADA = Actor("ada", frozenset({"planner"}))
BEA = Actor("bea", frozenset({"planner", "approver"}))
CLEO = Actor("cleo", frozenset({"approver"}))
A98 = [PolicyChange("abc_class", "A", 0.98)]
A99 = [PolicyChange("abc_class", "A", 0.99)]
SKU = PolicyChange("sku", "SKU-1", 0.999)
MONDAY = date(2026, 6, 8)


@pytest.fixture(autouse=True)
def reviewed(store: OperationsStore, now: datetime) -> None:
    store.set_policy_review(True, ROOT, now)


def submit(
    store: OperationsStore,
    now: datetime,
    changes: list[PolicyChange] = A98,
    actor: Actor = ADA,
    day: date | None = None,
    base: int = 1,
) -> Submission:
    return store.submit_policy(changes, actor, "peak season", now, base, day)


def open_numbers(store: OperationsStore) -> list[int]:
    return [one.submission_number for one in store.policy_submissions(OPEN)]


class TestTheSetting:
    def test_a_home_of_one_person_reviews_nothing_and_one_with_users_does(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.set_policy_review(None, ROOT, now)
        assert not store.is_policy_reviewed()
        store.people.add("ada", "Ada", ["planner"], ROOT, now, "correct horse battery")
        assert store.is_policy_reviewed()
        store.set_policy_review(False, ROOT, now)
        assert not store.is_policy_reviewed()

    def test_who_submits_or_reviews_cannot_switch_the_review_off(self, store: OperationsStore, now: datetime) -> None:
        for actor in (ADA, BEA, CLEO):
            with pytest.raises(NotAllowed, match="needs the role admin"):
                store.set_policy_review(False, actor, now)
        assert store.is_policy_reviewed()
        assert store.audit_trail("settings:policy_review")[0].actor == "root"

    def test_where_changes_are_reviewed_none_is_saved_past_the_review(
        self, store: OperationsStore, now: datetime
    ) -> None:
        for actor in (ADA, BEA, ROOT):
            with pytest.raises(ReviewRefused, match="submit it"):
                store.save_policy(A98, actor, "quickly", now, 1)
        assert store.current_policy().version == 1

    def test_where_nothing_is_reviewed_a_change_for_a_later_day_is_approved_at_once(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.set_policy_review(False, ROOT, now)
        assert submit(store, now, day=MONDAY).state == "approved"
        assert store.save_policy(A99, ADA, "until then", now, 1).version == 2
        (applied,) = store.apply_due_policies(MONDAY, now)
        assert store.current_policy().targets[("abc_class", "A")] == Target(0.98)
        assert applied.version == 3


class TestReview:
    def test_a_change_waits_until_a_second_person_approves_it_and_is_a_version_then(
        self, store: OperationsStore, now: datetime
    ) -> None:
        waiting = submit(store, now)
        assert (waiting.state, waiting.author, waiting.reason, waiting.changes) == (
            "waiting", "ada", "peak season", tuple(A98),
        )  # fmt: skip
        assert store.current_policy().version == 1
        assert store.apply_due_policies(date.max, now) == []
        approved = store.approve_policy(waiting.submission_number, CLEO, "agreed", now + timedelta(hours=1), 1)
        assert (approved.state, approved.reviewer, approved.review_reason, approved.version) == (
            "applied", "cleo", "agreed", 2,
        )  # fmt: skip
        policy = store.current_policy()
        assert (policy.version, policy.author, policy.reason) == (2, "ada", "peak season")
        assert policy.targets[("abc_class", "A")] == Target(0.98)
        actions = [(entry.actor, entry.action) for entry in store.audit_trail()][:4]
        assert actions == [
            ("quartermaster", "policy.applied"), ("ada", "policy.saved"), ("cleo", "policy.approved"),
            ("ada", "policy.submitted"),
        ]  # fmt: skip

    def test_nobody_approves_his_own_change_whatever_his_roles(self, store: OperationsStore, now: datetime) -> None:
        own = submit(store, now, actor=BEA).submission_number
        with pytest.raises(ReviewRefused, match="your own: a second person"):
            store.approve_policy(own, BEA, "looks good to me", now, 1)
        with pytest.raises(NotAllowed, match="needs the role approver"):
            store.approve_policy(own, ADA, "", now, 1)
        assert store.approve_policy(own, CLEO, "", now, 1).state == "applied"

    def test_a_rejection_needs_a_reason_and_is_final(self, store: OperationsStore, now: datetime) -> None:
        number = submit(store, now).submission_number
        with pytest.raises(ReviewRefused, match="needs a reason"):
            store.reject_policy(number, CLEO, " ", now)
        assert store.reject_policy(number, CLEO, "too dear", now).state == "rejected"
        with pytest.raises(ReviewRefused, match="rejected by cleo: it cannot be approved any more"):
            store.approve_policy(number, CLEO, "", now, 1)
        assert store.current_policy().version == 1

    def test_the_author_withdraws_his_change_and_nobody_else_does(self, store: OperationsStore, now: datetime) -> None:
        number = submit(store, now).submission_number
        with pytest.raises(ReviewRefused, match="is ada's"):
            store.withdraw_policy(number, BEA, "", now)
        assert store.withdraw_policy(number, ADA, "not needed", now).state == "withdrawn"
        with pytest.raises(ReviewRefused, match="withdrawn by ada"):
            store.approve_policy(number, CLEO, "", now, 1)
        assert open_numbers(store) == []

    def test_a_reviewer_approves_what_he_saw_or_is_told_what_changed(
        self, store: OperationsStore, now: datetime
    ) -> None:
        first, second = submit(store, now), submit(store, now, [SKU], BEA)
        store.approve_policy(first.submission_number, CLEO, "", now, 1)
        with pytest.raises(StalePolicy, match=r"Version 2 by ada.*0\.97 → 0\.98"):
            store.approve_policy(second.submission_number, CLEO, "", now, 1)
        assert store.approve_policy(second.submission_number, CLEO, "", now, 2).version == 3
        policy = store.current_policy()
        assert (policy.targets[("abc_class", "A")], policy.targets[("sku", "SKU-1")]) == (Target(0.98), Target(0.999))

    def test_a_submission_on_a_stale_base_names_who_changed_what(self, store: OperationsStore, now: datetime) -> None:
        store.approve_policy(submit(store, now).submission_number, CLEO, "", now, 1)
        with pytest.raises(StalePolicy, match="Version 2 by ada"):
            submit(store, now, A99, BEA)

    @pytest.mark.parametrize(
        ("changes", "reason", "message"),
        [
            ([PolicyChange("abc_class", "A", 1.5)], "x", "not 1.5"),
            ([PolicyChange("abc_class", "A", 0.97)], "x", "leave policy version 1 as it is"),
            ([], "x", "leave policy version 1 as it is"),
            (A98, " ", "reason must have"),
        ],
    )
    def test_a_senseless_change_does_not_wait_for_anybody(
        self, store: OperationsStore, now: datetime, changes: list[PolicyChange], reason: str, message: str
    ) -> None:
        with pytest.raises(InvalidPolicyError, match=message):
            store.submit_policy(changes, ADA, reason, now, 1)
        assert open_numbers(store) == []

    def test_the_same_change_is_not_submitted_twice(self, store: OperationsStore, now: datetime) -> None:
        submit(store, now)
        with pytest.raises(InvalidPolicyError, match="change 1 says the same already"):
            submit(store, now, actor=BEA)
        store.withdraw_policy(1, ADA, "", now)
        assert submit(store, now, actor=BEA).submission_number == 2

    def test_a_change_that_does_not_exist_is_told(self, store: OperationsStore, now: datetime) -> None:
        with pytest.raises(ReviewRefused, match="no change 7"):
            store.approve_policy(7, CLEO, "", now, 1)

    def test_of_two_who_decide_at_once_one_does(self, url: str, store: OperationsStore, now: datetime) -> None:
        number = submit(store, now).submission_number

        def decide(verdict: str) -> str:
            with open_operations(url, now) as own:
                try:
                    if verdict == "approve":
                        return own.approve_policy(number, CLEO, "", now, 1).state
                    return own.withdraw_policy(number, ADA, "", now).state
                except (ReviewRefused, StalePolicy):
                    return "refused"

        with ThreadPoolExecutor(2) as pool:
            ends = sorted(pool.map(decide, ["approve", "withdraw"]))
        assert ends in (["applied", "refused"], ["refused", "withdrawn"])
        assert store.current_policy().version == (2 if "applied" in ends else 1)


class TestItsDay:
    def test_an_approved_change_applies_from_its_day_and_not_before(
        self, store: OperationsStore, now: datetime
    ) -> None:
        number = submit(store, now, day=MONDAY).submission_number
        assert store.approve_policy(number, CLEO, "", now, 1).state == "approved"
        assert store.apply_due_policies(MONDAY - timedelta(days=1), now) == []
        assert store.current_policy().version == 1
        (applied,) = store.apply_due_policies(MONDAY, now)
        assert (applied.state, applied.version) == ("applied", 2)
        assert store.apply_due_policies(MONDAY, now) == []
        assert [policy.version for policy in store.policy_history()] == [2, 1]

    def test_changes_apply_in_the_order_of_their_days_whenever_they_were_approved(
        self, store: OperationsStore, now: datetime
    ) -> None:
        later = submit(store, now, A99, day=MONDAY + timedelta(days=7)).submission_number
        sooner = submit(store, now, A98, BEA, day=MONDAY).submission_number
        for number in (later, sooner):
            store.approve_policy(number, CLEO, "", now, 1)
        applied = store.apply_due_policies(MONDAY + timedelta(days=30), now)
        assert [one.submission_number for one in applied] == [sooner, later]
        assert store.current_policy().targets[("abc_class", "A")] == Target(0.99)

    def test_an_earlier_day_keeps_the_version_that_was_in_force_on_it(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.approve_policy(submit(store, now, day=MONDAY).submission_number, CLEO, "", now, 1)
        store.apply_due_policies(MONDAY, now)
        store.approve_policy(submit(store, now, [SKU], BEA, base=2).submission_number, CLEO, "", now, 2)
        versions = [store.policy_in_force(MONDAY + timedelta(days=days)).version for days in (-1, 0, 1)]
        assert versions == [1, 3, 3]

    def test_an_urgent_change_does_not_wait_for_one_that_waits_for_its_day(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.approve_policy(submit(store, now, day=MONDAY).submission_number, CLEO, "", now, 1)
        urgent = submit(store, now, [SKU], BEA).submission_number
        assert store.approve_policy(urgent, CLEO, "", now, 1).version == 2
        store.apply_due_policies(MONDAY, now)
        targets = store.current_policy().targets
        assert (targets[("abc_class", "A")], targets[("sku", "SKU-1")]) == (Target(0.98), Target(0.999))

    def test_what_others_said_meanwhile_is_not_said_again(self, store: OperationsStore, now: datetime) -> None:
        scheduled = submit(store, now, [*A98, PolicyChange("abc_class", "B", None)], day=MONDAY).submission_number
        store.approve_policy(scheduled, CLEO, "", now, 1)
        same = submit(store, now, [PolicyChange("abc_class", "B", None), *A98, SKU], BEA).submission_number
        store.approve_policy(same, CLEO, "", now, 1)
        (applied,) = store.apply_due_policies(MONDAY, now)
        assert (applied.state, applied.version) == ("applied", None)
        assert store.current_policy().version == 2

    def test_until_its_day_it_can_be_withdrawn_or_rejected(self, store: OperationsStore, now: datetime) -> None:
        numbers = [submit(store, now, changes, day=MONDAY).submission_number for changes in (A98, A99)]
        for number in numbers:
            store.approve_policy(number, CLEO, "", now, 1)
        assert store.withdraw_policy(numbers[0], ADA, "", now).state == "withdrawn"
        assert store.reject_policy(numbers[1], CLEO, "changed my mind", now).state == "rejected"
        assert store.apply_due_policies(MONDAY, now) == []

    def test_what_is_in_force_is_undone_by_a_new_version_only(self, store: OperationsStore, now: datetime) -> None:
        number = submit(store, now).submission_number
        store.approve_policy(number, CLEO, "", now, 1)
        for act in (
            lambda: store.withdraw_policy(number, ADA, "", now),
            lambda: store.reject_policy(number, CLEO, "no", now),
        ):
            with pytest.raises(ReviewRefused, match="is applied: it cannot be"):
                act()


def test_the_database_itself_refuses_a_state_that_does_not_exist(
    url: str, store: OperationsStore, now: datetime
) -> None:
    submit(store, now)
    for wrong in ("set state = 'lost'", "set version = 1"):
        with pytest.raises(sa.exc.IntegrityError), connect(url).begin() as connection:
            connection.execute(sa.text(f"update policy_submissions {wrong}"))


def test_what_a_change_says_of_lead_times_and_minimums_is_in_force_once_it_is_approved(
    store: OperationsStore, now: datetime
) -> None:
    store.set_policy_review(True, ROOT, now)
    wanted = PolicyChange("supplier", "SUP-1", lead_time_days=12.5, qty_minimum=4)
    one = store.submit_policy([wanted], at_the_machine("Ada"), "a new contract", now, 1)
    assert one.changes == (wanted,)
    approved = store.approve_policy(one.submission_number, at_the_machine("Bea"), "", now, 1)
    assert approved.version == 2
    assert store.current_policy().by_scope["supplier", "SUP-1"] == wanted.rule
