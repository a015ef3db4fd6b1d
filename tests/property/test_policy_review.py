"""Whatever people do, in whatever order: no version without a second person, and none before its day."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms_core.store.operations import (
    Actor,
    InvalidPolicyError,
    OperationsStore,
    PolicyChange,
    ReviewRefused,
    StalePolicy,
    at_the_machine,
    open_operations,
)
from oms_core.store.operations.submissions import STATES

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE = st.sampled_from(["ada", "bea", "cleo"]).map(at_the_machine)
CHANGES = st.lists(
    st.builds(
        PolicyChange,
        st.just("abc_class"),
        st.sampled_from("ABC"),
        st.sampled_from([None, 0.9, 0.95, 0.99]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda change: change.scope,
)
REFUSALS = (StalePolicy, InvalidPolicyError, ReviewRefused)


class Reviewing(RuleBasedStateMachine):
    """Three people with every role, on pages that may be a version behind; days go by."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'operations.db'}"
        self.store: OperationsStore = open_operations(url, NOW)
        self.store.set_policy_review(True, at_the_machine("root"), NOW)
        self.day = NOW.date()
        self.applied_on: dict[int, date] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(who=PEOPLE, changes=CHANGES, back=st.integers(0, 1), days=st.none() | st.integers(0, 4))
    def submit(self, who: Actor, changes: list[PolicyChange], back: int, days: int | None) -> None:
        base = max(1, self.store.current_policy().version - back)
        day = None if days is None else self.day + timedelta(days=days)
        with suppress(*REFUSALS):
            self.store.submit_policy(changes, who, "because", NOW, base, day)

    @rule(who=PEOPLE, which=st.integers(0, 7), is_stale=st.booleans())
    def approve(self, who: Actor, which: int, is_stale: bool) -> None:
        base = max(1, self.store.current_policy().version - is_stale)
        with suppress(*REFUSALS):
            self._note(self.store.approve_policy(self._number(which), who, "", NOW, base).version)

    @rule(who=PEOPLE, which=st.integers(0, 7), is_rejected=st.booleans())
    def end(self, who: Actor, which: int, is_rejected: bool) -> None:
        number = self._number(which)
        with suppress(*REFUSALS):
            (self.store.reject_policy if is_rejected else self.store.withdraw_policy)(number, who, "no", NOW)

    @rule(days=st.integers(0, 3))
    def go_on(self, days: int) -> None:
        self.day += timedelta(days=days)
        for one in self.store.apply_due_policies(self.day, NOW):
            self._note(one.version)

    def _number(self, which: int) -> int:
        """One of all that were submitted, whatever became of them; or of none."""
        every = self.store.policy_submissions(STATES)
        return every[which % len(every)].submission_number if every else 1

    def _note(self, version: int | None) -> None:
        if version is not None:
            self.applied_on[version] = self.day

    @invariant()
    def every_version_was_approved_by_a_second_person_and_had_its_day(self) -> None:
        applied = {one.version: one for one in self.store.policy_submissions(STATES) if one.version is not None}
        versions = [policy.version for policy in self.store.policy_history()]
        assert versions == list(range(len(applied) + 1, 0, -1))
        for version, one in applied.items():
            assert one.state == "applied"
            assert one.reviewer not in (None, one.author)
            assert one.applies_from is None or self.applied_on[version] >= one.applies_from

    @invariant()
    def a_day_has_one_policy_for_ever(self) -> None:
        """What comes into force later changes nothing for the days before it."""
        for version, one in ((o.version, o) for o in self.store.policy_submissions(("applied",))):
            if version is not None and one.applies_from is not None:
                assert self.store.policy_in_force(one.applies_from - timedelta(days=1)).version < version


class TestReviewing(Reviewing.TestCase):
    settings = settings(max_examples=25, stateful_step_count=25)
