"""Whatever has been promised and whatever comes: nothing is given twice, nothing that was told is moved, deciding anew
never costs more than keeping, and nobody is put off for ever."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.allocation.promises.reoptimise import movable
from oms_core.allocation.sourcing import Allocation, allocate
from oms_core.allocation.stated.decisions import Decision
from oms_core.allocation.stated.problem import Location, OpenLine, Problem, Unreleased
from oms_core.allocation.stated.rules import Reoptimise, Rules, read_rules
from oms_core.allocation.stated.terms import Terms

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACES = ("L0", "L1", "L2")
SKUS = ("A", "B")
RULES = read_rules("""
parcels:
  - {from: warehouse, to: same, minor: 400, days: 1}
  - {from: warehouse, to: "*", minor: 900, days: 2}
waves: {L0: {at: ["06:00", "14:00"]}, L1: {at: ["12:00"], wait_hours: 10}}
effort: {rounds: 5, seconds: 60}
""")
REGIONS = st.sampled_from(["north", "south"])
LOCATIONS = tuple(
    Location(name, "warehouse", region, True, 1)
    for name, region in zip(PLACES, ("north", "south", "west"), strict=True)
)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    return replace(
        RULES,
        reoptimise=Reoptimise(
            draw(st.sampled_from([0, 300])), draw(st.integers(0, 2)), 1, draw(st.sampled_from([3, 3, 2, 0]))
        ),
        parcels_per_day=draw(st.sampled_from([{}, {"warehouse": 1}])),
        keep_units=draw(st.sampled_from([{}, {"warehouse": 1}])),
        keep_together=draw(st.sampled_from([frozenset[str](), frozenset({"market"})])),
    )


@st.composite
def lines(draw: st.DrawFn, name: str, placed: datetime) -> OpenLine:
    """Mostly such as may move."""
    sku = draw(st.sampled_from(SKUS))
    rarely = st.sampled_from([False] * 9 + [True])
    return OpenLine(
        f"{name}:{sku}", draw(st.sampled_from(["web", "web", "market"])), name, sku, sku, draw(REGIONS),
        draw(st.sampled_from(PLACES)) if draw(rarely) else None, draw(st.integers(1, 3)),
        int(placed.timestamp() * 1e6), draw(rarely), draw(st.integers(1, 4)),
        date(2026, 6, 2) if draw(rarely) else None,
    )  # fmt: skip


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Open lines, promised ones, and some that are both."""
    old = [draw(lines(f"web:{n}", START - draw(st.integers(0, 60)) * HOUR)) for n in range(draw(st.integers(1, 6)))]
    promised = tuple(
        Unreleased(line, line.location_id or draw(st.sampled_from(PLACES)), START + draw(st.integers(1, 9)) * HOUR)
        for line in old
    )
    fresh = [replace(line, qty_to_decide=draw(st.integers(1, 3))) for line in old if draw(st.booleans())]
    fresh += [draw(lines(f"web:new{n}", START)) for n in range(draw(st.integers(1, 5)))]
    supply = draw(st.dictionaries(st.tuples(st.sampled_from(SKUS), st.sampled_from(PLACES)), st.integers(0, 6)))
    return Problem(tuple(fresh), supply, LOCATIONS, frozenset(SKUS), unreleased=promised)


def promised_after(problem: Problem, found: Allocation) -> dict[tuple[str, str, str], int]:
    """Units by line, SKU and place once all decisions count."""
    units: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in problem.unreleased:
        units[one.line.order_line_id, one.line.sku, one.location_id] += one.quantity
    for decision in found.decisions:
        if decision.location_id is not None:
            key = (decision.line.order_line_id, decision.line.sku, decision.location_id)
            units[key] += decision.quantity if decision.decision == "allocated" else -decision.quantity
    return units


@given(problems(), rules())
def test_every_unit_ends_once_and_no_more_is_promised_than_there_is(problem: Problem, by: Rules) -> None:
    found = allocate(problem, Terms(by, START, last_run_at=START))
    after = promised_after(problem, found)
    assert min(after.values(), default=0) >= 0
    asked, ended = defaultdict(int), defaultdict(int)
    for line in (*problem.lines, *(one.line for one in problem.unreleased)):
        asked[line.order_line_id] += line.qty_to_decide
    for (name, _, _), units in after.items():
        ended[name] += units
    for decision in found.decisions:
        if decision.decision in ("backordered", "held"):
            ended[decision.line.order_line_id] += decision.quantity
    assert ended == asked
    for sku in SKUS:
        for place in PLACES:
            before = sum(u.quantity for u in problem.unreleased if (u.line.sku, u.location_id) == (sku, place))
            taken = sum(units for (_, what, where), units in after.items() if (what, where) == (sku, place))
            stays = by.keep_units.get("warehouse", 0)
            assert taken <= before + max(problem.qty_ats.get((sku, place), 0) - stays, 0)


@given(problems(), rules())
def test_deciding_anew_never_costs_more_than_keeping(problem: Problem, by: Rules) -> None:
    found = allocate(problem, Terms(by, START, last_run_at=START))
    if found.kept_minor is not None:
        assert found.cost_minor is not None
        assert found.bound_minor is not None
        assert found.bound_minor <= found.cost_minor + 1e-6
        assert found.cost_minor <= found.kept_minor - (by.reoptimise.gain_minor if found.moved else 0) + 1e-6


@given(problems(), rules())
def test_only_what_may_move_is_moved_and_wholly_known_to_be(problem: Problem, by: Rules) -> None:
    terms = Terms(by, START, last_run_at=START)
    free = {(one.line.order_line_id, one.location_id): one for one in movable(problem, terms)}
    for decision in allocate(problem, terms).decisions:
        if decision.reason_code == "replaced":
            one = free[decision.line.order_line_id, str(decision.location_id)]
            assert decision.quantity <= one.quantity
            assert decision.release_due_at == one.release_due_at


@settings(max_examples=50)
@given(problems(), rules(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_is_nothing(problem: Problem, by: Rules, random: Random) -> None:
    things = [list(problem.lines), list(problem.unreleased), list(problem.qty_ats.items())]
    for one in things:
        random.shuffle(one)
    other = replace(problem, lines=tuple(things[0]), unreleased=tuple(things[1]), qty_ats=dict(things[2]))
    terms = Terms(by, START, last_run_at=START)
    assert allocate(other, terms) == allocate(problem, terms)


class Days:
    """Runs every four hours, one after the other, as pipelines live them: what is due is told, and moves no more."""

    def __init__(self, stock: dict[tuple[str, str], int], by: Rules) -> None:
        self.stock, self.rules, self.now = dict(stock), by, START
        self.waiting: dict[str, OpenLine] = {}
        self.unreleased: dict[tuple[str, str], Unreleased] = {}
        self.told: dict[str, int] = defaultdict(int)
        self.last_run: datetime | None = None

    def run(self, arrivals: list[OpenLine]) -> None:
        self.waiting |= {line.order_line_id: line for line in arrivals}
        problem = Problem(
            tuple(self.waiting.values()), dict(self.stock), LOCATIONS, frozenset(SKUS),
            unreleased=tuple(self.unreleased.values()),
        )  # fmt: skip
        self.waiting = {}
        found = allocate(problem, Terms(self.rules, self.now, last_run_at=self.last_run))
        # What ends gives its unit back before another takes it.
        for decision in sorted(found.decisions, key=lambda one: one.decision != "expired"):
            self._apply(decision)
        assert min(self.stock.values(), default=0) >= 0
        self._release()
        self.last_run, self.now = self.now, self.now + 4 * HOUR

    def _apply(self, one: Decision) -> None:
        if one.location_id is None:
            self.waiting[one.line.order_line_id] = replace(one.line, qty_to_decide=one.quantity)
            return
        key, sign = (one.line.order_line_id, one.location_id), 1 if one.decision == "allocated" else -1
        self.stock[one.line.sku, one.location_id] -= sign * one.quantity
        # An end of what has been told of would not be found here.
        known = self.unreleased.pop(key, None) if sign > 0 else self.unreleased.pop(key)
        units = (known.quantity if known else 0) + sign * one.quantity
        if units:
            due = one.release_due_at if sign > 0 else (known and known.release_due_at)
            self.unreleased[key] = Unreleased(replace(one.line, qty_to_decide=units), one.location_id, due)

    def _release(self) -> None:
        for key, one in list(self.unreleased.items()):
            if one.release_due_at is None or one.release_due_at <= self.now:
                self.told[key[0]] += self.unreleased.pop(key).quantity


ARRIVAL = st.tuples(st.sampled_from(SKUS), REGIONS, st.integers(1, 3), st.integers(1, 3))
ARRIVALS = st.lists(st.lists(ARRIVAL, max_size=3), min_size=1, max_size=10)
STOCK = st.dictionaries(st.tuples(st.sampled_from(SKUS), st.sampled_from(PLACES)), st.integers(1, 8), min_size=1)


@settings(max_examples=12)
@given(STOCK, ARRIVALS, rules())
def test_no_line_that_has_stock_waits_for_longer_than_its_settling_and_a_day(
    stock: dict[tuple[str, str], int], arrivals: list[list[tuple[str, str, int, int]]], by: Rules
) -> None:
    days, placed = Days(stock, replace(by, parcels_per_day={}, keep_units={})), {}
    patience = timedelta(days=by.reoptimise.settled_days) + 32 * HOUR
    asked: dict[str, int] = {}
    for number in range(len(arrivals) + 28):
        fresh = arrivals[number] if number < len(arrivals) else []
        come = [
            OpenLine(f"{number}:{place}", "web", f"{number}:{place}", "1", sku, region, None, priority,
                     int(days.now.timestamp() * 1e6), False, quantity)
            for place, (sku, region, quantity, priority) in enumerate(fresh)
        ]  # fmt: skip
        asked |= {line.order_line_id: line.qty_to_decide for line in come}
        placed |= {line.order_line_id: days.now for line in come}
        days.run(come)
        for (name, _), one in days.unreleased.items():
            assert days.now - placed[name] <= patience, one
    assert not days.unreleased
    waiting = {name: line.qty_to_decide for name, line in days.waiting.items()}
    assert all(days.told[name] + waiting.get(name, 0) == units for name, units in asked.items())
    # Whoever waits at the end waits for stock: nothing is left that it could have had.
    left = {sku: sum(units for (what, _), units in days.stock.items() if what == sku) for sku in SKUS}
    assert all(left[line.sku] == 0 for line in days.waiting.values())
