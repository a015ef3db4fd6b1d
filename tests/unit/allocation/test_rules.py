"""Sourcing rules: the defaults, what a file may leave out, and how a bad one is refused."""

from __future__ import annotations

from datetime import time

import pytest

from oms_core.allocation.stated.rules import ParcelRate, RulesError, default_rules, read_rules


def test_the_defaults_are_rules_and_an_empty_file_means_them() -> None:
    defaults, empty = default_rules(), read_rules("")
    assert defaults.solver == "optimise"
    assert (empty.parcels, empty.unfilled, empty.handling_minor) == (
        defaults.parcels,
        defaults.unfilled,
        defaults.handling_minor,
    )


def test_what_a_file_says_counts_and_the_rest_is_as_by_default() -> None:
    text = """
        effort: {rounds: 5}
        parcels: [{from: stores, to: north, minor: 300, days: 1}]
        node_groups: {stores: [S1, S2]}
        cut_offs: {S1: "14:30"}
        ship_complete: [wholesale]
    """
    rules = read_rules(text)
    assert (rules.rounds, rules.seconds) == (5, default_rules().seconds)
    assert rules.parcels == (ParcelRate("stores", "north", 300, 1),)
    assert rules.cut_offs == {"S1": time(14, 30)}
    assert rules.ship_complete == {"wholesale"}
    assert rules.names("S1", "store") == ("S1", "stores", "store", "*")


def test_the_same_text_has_the_same_id_and_another_text_another() -> None:
    assert read_rules("solver: greedy").rules_id == read_rules("solver: greedy").rules_id
    assert read_rules("solver: greedy").rules_id != read_rules("solver: greedy ").rules_id


def test_waiting_and_urgency_make_a_line_dearer_to_leave() -> None:
    unfilled = default_rules().unfilled
    assert unfilled.cost(2, priority=9, days_waiting=0) == 4400
    assert unfilled.cost(2, priority=1, days_waiting=0) == 3 * 4400
    assert unfilled.cost(2, priority=9, days_waiting=10) == 2 * 4400
    assert unfilled.cost(2, priority=9, days_waiting=-1) == 4400


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("markdown_minor:\n  MUG: {store: -1}", "line 2: markdown_minor.MUG.store: -1 is no whole number"),
        ("markdown_minor: {MUG: 300}", "line 1: markdown_minor.MUG: "),
        ("solver: best", "line 1: solver: 'best' is none of optimise, greedy"),
        ("\n\nsolvers: greedy", "line 3: solvers: unknown key"),
        ("parcels:\n  - {from: a, minor: 1, days: 2}\n  - {from: a, minor: 1}", r"line 3: parcels\[2\]: days is"),
        ("parcels:\n  - {from: a, minor: -1, days: 2}", r"line 2: parcels\[1\].minor: -1 is no whole number"),
        ("parcels:\n  - {minor: 1, days: 2}", r"line 2: parcels\[1\]: from is missing"),
        ("parcels:\n  - {from: a, minor: 1, days: 2, methods: [fly]}", "line 2: .*'fly' is none of ship, ship_"),
        ("parcels:\n  - {from: a, minor: 1, days: 2, up_to_grams: 0}", "line 2: .*up_to_grams: 0 is no whole number"),
        ("methods:\n  pickup: [store]", "line 2: methods.pickup: 'pickup' is none of ship, ship_from_store, drop_ship"),
        ("methods:\n  drop_ship: DS", "line 2: methods.drop_ship: 'DS' is no list"),
        ("parcels: []", "line 1: parcels: there is no row"),
        ("parcels: {}", "line 1: parcels: {} is no list"),
        ("cut_offs:\n  W1: 14:00", 'line 2: cut_offs.W1: 840 is no time of day; write it as "14:00"'),
        ("waves:\n  W1: {at: 14:00}", "line 2: waves.W1.at: 840 is no list"),
        ('waves:\n  W1: {at: ["25:00"]}', r"line 2: waves.W1.at\[1\]: '25:00' is no time of day"),
        ("waves:\n  W1: {days: [mon]}", "line 2: waves.W1: at is missing"),
        ('waves: {W1: {at: ["14:00"], days: [monday]}}', r"line 1: waves.W1.days\[1\]: 'monday' is none of mon, tue"),
        ('waves: {W1: {at: ["14:00"], days: []}}', "line 1: waves.W1.days: there is no day"),
        ('waves: {W1: {at: ["14:00"], wait_hours: 0}}', "line 1: waves.W1.wait_hours: 0 is no whole number from 1"),
        ('waves: {W1: {at: ["14:00"], until: 3}}', "line 1: waves.W1.until: unknown key"),
        ("unfilled:\n  priorities: {urgent: 2}", "line 2: unfilled.priorities.urgent: 'urgent' is no whole number"),
        ("effort:\n  rounds: true", "line 2: effort.rounds: True is no whole number"),
        ("scarcity_weight: .nan", "line 1: scarcity_weight: nan is no number"),
        ("currency: pounds", "line 1: currency: 'pounds' is no ISO 4217 code"),
        ("sources:\n  web: W1", "line 2: sources.web: 'W1' is no list"),
        ("sources:\n  web: [1]", r"line 2: sources.web\[1\]: 1 is no name; put quotes around numbers"),
        ("customer_groups: {vip: {}}", "line 1: customer_groups.vip: neither priority, from nor keep_units"),
        ("customer_groups: {vip: {priority: 0}}", "line 1: customer_groups.vip.priority: "),
        ("customer_groups: {vip: {keep_units: {W1: -1}}}", "line 1: customer_groups.vip.keep_units.W1: "),
        ("customer_groups: {vip: {sources: [W1]}}", "line 1: customer_groups.vip.sources: unknown key"),
        ("handling_classes:\n  oversize: {}", "line 2: handling_classes.oversize: neither from nor methods"),
        ("handling_classes: {oversize: [W1]}", "line 1: handling_classes.oversize: .* is no mapping"),
        ("handling_classes: {oversize: {from: W1}}", "line 1: handling_classes.oversize.from: 'W1' is no list"),
        ("handling_classes: {oversize: {methods: [pickup]}}", "line 1: .*methods: 'pickup' is none of ship, ship_"),
        ("handling_classes: {oversize: {to: [W1]}}", "line 1: handling_classes.oversize.to: unknown key"),
        ("work_days: {W1: []}", "line 1: work_days.W1: there is no day"),
        ("work_days: {W1: [1]}", r"line 1: work_days.W1\[1\]: 1 is none of mon, tue"),
        ("parcels_per_run: {W1: 3}", "line 1: parcels_per_run: unknown key"),
        ("sources:\n  web: [W1]\n  web: [W2]", "line 3: sources.web: it is said twice"),
        ("solver: greedy\nsolver: optimise", "line 2: solver: it is said twice"),
        ("parcels:\n  - {from: a, minor: 1, days: 2, days: 3}", r"line 2: parcels\[1\].days: it is said twice"),
        ("sources: &all\n  web: *all", "line 1: sources.web: it contains itself"),
        ("- solver", "line 1: the file: .* is no mapping"),
        ("solver: [", "line 1: no valid YAML"),
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_with_its_line_and_the_reason(text: str, message: str) -> None:
    with pytest.raises(RulesError, match=message):
        read_rules(text)
