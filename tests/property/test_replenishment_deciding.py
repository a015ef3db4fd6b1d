"""Whatever people and runs do, and wherever they die: no need is ordered twice, and nothing accepted is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms_core.fulfilment.documents import Document, parse_document
from oms_core.fulfilment.partners import Partner, Partners
from oms_core.fulfilment.supply_orders import build_orders
from oms_core.replenishment.proposing.deciding import ENDED, Decision, Proposal, counted_until, proposal_ref
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.operations import at_the_machine as by

START = datetime(2026, 6, 1, tzinfo=UTC)
NEED, PACK = 24, 12
SKUS = ("A", "B", "C")
PARTNERS = Partners({"SUP": Partner(lines_per_order=2)})


class Died(BaseException):
    """The process ended here."""


class Buying(RuleBasedStateMachine):
    """Three SKUs, each short of `NEED` for ever: what a plan proposes is that, less what it counts as coming."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name) / 'operations.db'}"
        self.store: OperationsStore = open_operations(self.url, START)
        self.runs, self.landed = 0, set[str]()
        self.plans: list[dict[str, Proposal]] = [{}]
        self.plan()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @property
    def now(self) -> datetime:
        return START + timedelta(days=self.runs)

    @rule(sku=st.sampled_from(SKUS), back=st.integers(0, 2), packs=st.integers(1, 3))
    def accept(self, sku: str, back: int, packs: int) -> None:
        """Of the plan, or of an older one on a page that somebody left open."""
        known = self.plans[-1 - min(back, len(self.plans) - 1)]
        if sku in known:
            self.store.accept_proposals([(known[sku], packs * PACK)], by("Ada"), "", self.now)

    @rule(sku=st.sampled_from(SKUS), is_undone=st.booleans())
    def reject_or_undo(self, sku: str, is_undone: bool) -> None:
        for known in self.plans[-2:]:
            if sku in known and is_undone:
                self.store.undo_decisions([known[sku].proposal_ref], by("Bob"), "", self.now)
            elif sku in known:
                self.store.reject_proposals([known[sku]], by("Bob"), "no", self.now)

    @rule(is_fatal=st.booleans())
    def order(self, is_fatal: bool) -> None:
        """Between runs, or as a run's first step; it may die after the documents are written and before they stand."""

        def build(waiting: Sequence[Decision]) -> tuple[Document, ...]:
            made = build_orders(waiting, {}, PARTNERS, self.now)
            if is_fatal:
                raise Died
            return made

        try:
            self.store.order_accepted(build, self.now, f"run-{self.runs}")
        except Died:
            self.store.close()
            self.store = open_operations(self.url, self.now)

    @rule()
    def land(self) -> None:
        self.landed |= {entry.export_id for entry in self.store.exports()}

    @rule(which=st.integers(0, 5))
    def void(self, which: int) -> None:
        waiting = self.store.exports("new")
        if waiting:
            self.store.act(waiting[which % len(waiting)].export_id, "void", self.now, by("Bob"), "wrong")

    @rule()
    def plan(self) -> None:
        """A run's last step: propose what the documents landed so far leave short."""
        self.runs += 1
        accepted, last = self.store.accepted_proposals()
        number = counted_until(accepted, self.landed, last)
        coming = dict.fromkeys(SKUS, 0)
        for entry in self.store.exports():
            if entry.export_id in self.landed and entry.state not in ENDED:
                for line in parse_document(entry.payload.encode()).lines:
                    coming[line.sku] += line.quantity
        made = {sku: self._proposal(sku, number) for sku in SKUS if coming[sku] < NEED}
        self.plans.append(made)

    def _proposal(self, sku: str, number: int) -> Proposal:
        run_id = f"run-{self.runs}"
        ref = proposal_ref(run_id, "purchase", sku, "WH", None)
        blank = Proposal(ref, run_id, "purchase", sku, "WH", "SUP", None, NEED, PACK, None, 1, "EUR", date.min, number)
        return replace(blank, expected_date=date(2026, 7, 1))

    @invariant()
    def no_need_is_ordered_twice(self) -> None:
        """An order on top of what already covers the need would be one that some plan did not know of."""
        if not hasattr(self, "store"):
            return
        for sku in SKUS:
            standing = [
                one.quantity or 0
                for one in reversed(self.store.decisions())
                if one.proposal.sku == sku and one.verdict == "accepted" and one.export_state not in ENDED
            ]
            assert sum(standing[:-1]) < NEED, standing

    @invariant()
    def every_acceptance_is_on_one_line_of_one_document_at_most(self) -> None:
        if not hasattr(self, "store"):
            return
        lines = [
            (line.line_ref, entry.export_id)
            for entry in self.store.exports()
            for line in parse_document(entry.payload.encode()).lines
        ]
        assert len({ref for ref, _ in lines}) == len(lines)
        ordered = {(one.proposal.proposal_ref, one.export_id) for one in self.store.decisions() if one.export_id}
        assert ordered == set(lines)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
class TestBuying(Buying.TestCase):
    settings = settings(max_examples=30, stateful_step_count=25)
