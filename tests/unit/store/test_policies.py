"""Versions of the planning policy in the operations store, on both kinds of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa

from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import (
    InvalidPolicyError,
    OperationsStore,
    PolicyChange,
    StalePolicy,
    open_operations,
)
from oms_core.store.operations import at_the_machine as by


def change(level: float | None, kind: str = "abc_class", value: str = "A") -> PolicyChange:
    return PolicyChange(kind, value, level)


def test_a_saved_change_is_a_new_whole_version_and_the_old_one_stays(store: OperationsStore, now: datetime) -> None:
    saved = store.save_policy([change(0.99), change(0.999, "sku", "SKU-1")], by("Ana"), "peak season", now, 1)
    assert saved == store.current_policy() == store.policy_version(2)
    asked = {("abc_class", "A"): Target(0.99), ("sku", "SKU-1"): Target(0.999)}
    assert saved.targets == store.policy_version(1).targets | asked


def test_a_rule_says_what_its_target_measures(store: OperationsStore, now: datetime) -> None:
    wanted = PolicyChange("abc_class", "A", 0.97, "fill_rate")
    saved = store.save_policy([wanted], by("Ana"), "units matter", now, 1)
    assert saved == store.current_policy()
    assert saved.targets[("abc_class", "A")] == Target(0.97, "fill_rate")
    assert store.audit_trail("policy:2")[0].after == {"abc_class:A": "fill_rate 0.97"}


def test_a_rule_can_be_taken_away_again(store: OperationsStore, now: datetime) -> None:
    store.save_policy([change(0.999, "sku", "SKU-1")], by("Ana"), "launch", now, 1)
    saved = store.save_policy([change(None, "sku", "SKU-1")], by("Ana"), "launch over", now, 2)
    assert ("sku", "SKU-1") not in saved.targets


def test_a_save_on_a_stale_base_names_who_changed_what(store: OperationsStore, now: datetime) -> None:
    store.save_policy([change(0.98)], by("Ana"), "peak", now, 1)
    with pytest.raises(StalePolicy, match=r"Version 2 by Ana.*\(peak\): abc_class:A 0\.97 → 0\.98"):
        store.save_policy([change(0.99)], by("Bo"), "mine", now, 1)
    assert store.current_policy().author == "Ana"


def test_of_many_writers_at_once_each_version_is_saved_once_and_none_is_lost(url: str, now: datetime) -> None:
    def save_until_through(number: int) -> int:
        with open_operations(url, now) as own:
            while True:
                base = own.current_policy().version
                try:
                    rule = change(0.9, "sku", f"SKU-{number}")
                    return own.save_policy([rule], by(f"writer {number}"), "test", now, base).version
                except StalePolicy:
                    continue

    open_operations(url, now).close()
    with ThreadPoolExecutor(6) as pool:
        versions = list(pool.map(save_until_through, range(6)))
    assert sorted(versions) == [2, 3, 4, 5, 6, 7]
    with open_operations(url, now) as store:
        assert {f"SKU-{n}" for n in range(6)} <= {rule.scope_value for rule in store.current_policy().rules}


def test_a_rule_may_set_a_lead_time_and_a_minimum_without_a_target(store: OperationsStore, now: datetime) -> None:
    wanted = [
        PolicyChange("supplier", "SUP-1", lead_time_days=12.5),
        PolicyChange("location", "WH", holding_share=0.2, transfer_days=3, network_planning=0),
        PolicyChange("sku_location", "SKU-1@WH", 0.99, "fill_rate", 3.0, 20),
    ]
    saved = store.save_policy(wanted, by("Ana"), "a new contract", now, 1)
    assert store.current_policy() == saved
    assert saved.by_scope["supplier", "SUP-1"].lead_time_days == 12.5
    assert saved.by_scope["sku_location", "SKU-1@WH"] == wanted[2].rule
    assert ("supplier", "SUP-1") not in saved.targets
    told = store.audit_trail("policy:2")[0].after
    assert told == {
        "supplier:SUP-1": "lead time 12.5 days",
        "location:WH": "holding costs 0.2 a year, a transfer takes 3 days, network: each place on its own",
        "sku_location:SKU-1@WH": "fill_rate 0.99, lead time 3 days, at least 20 units",
    }
    gone = store.save_policy([PolicyChange("supplier", "SUP-1")], by("Ana"), "expired", now, 2)
    assert ("supplier", "SUP-1") not in gone.by_scope


def test_a_clash_over_thousands_of_rules_is_told_in_a_few_words(store: OperationsStore, now: datetime) -> None:
    store.save_policy([change(0.9, "sku", f"SKU-{n}") for n in range(2_000)], by("Bob"), "a file", now, 1)
    with pytest.raises(StalePolicy, match="and 1990 more") as caught:
        store.save_policy([change(0.98)], by("Ana"), "x", now, 1)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (change(0.49), "from 0.5 to 0.9999, not 0.49"),
        (change(1.0), "from 0.5 to 0.9999, not 1.0"),
        (change(97.0), "not 97.0"),
        (change(float("nan")), "not nan"),
        (change(0.9, "abc_class", "D"), "A, B, C, not 'D'"),
        (change(0.9, "brand", "X"), "default, abc_class, demand_pattern"),
        (PolicyChange("abc_class", "A", 0.9, "luck"), "cycle_service, fill_rate, least_cost, not 'luck'"),
        (change(0.9, "default", "all"), r"default is \*, not 'all'"),
        (change(0.9, "sku_location", "SKU-9"), "SKU@LOCATION"),
        (PolicyChange("supplier", "SUP-1", lead_time_days=400.0), "days from 0 to 365, not 400"),
        (PolicyChange("supplier", "SUP-1", qty_minimum=-1), "units from 0 to 10000000, not -1|units from 0 to 1e"),
        (PolicyChange("default", "*", qty_minimum=5), "default's target cannot be taken away"),
        (change(None, "default", "*"), "cannot be taken away"),
        (change(None, "sku", "SKU-9"), "no rule sku:SKU-9"),
        (change(0.9, "sku", " "), "scope_value must have 1 to 500"),
        (change(0.97), "leave policy version 1 as it is"),
    ],
)
def test_a_senseless_change_is_refused_and_nothing_is_saved(
    store: OperationsStore, now: datetime, wrong: PolicyChange, message: str
) -> None:
    with pytest.raises(InvalidPolicyError, match=message):
        store.save_policy([wrong], by("Ana"), "why not", now, 1)
    assert len(store.policy_history()) == 1
    assert store.audit_trail() == []


@pytest.mark.parametrize(("author", "reason"), [("", "x"), ("Ana", "  "), ("Ana", "x" * 501)])
def test_a_save_needs_an_author_and_a_reason(store: OperationsStore, now: datetime, author: str, reason: str) -> None:
    with pytest.raises(InvalidPolicyError, match="1 to 500 characters"):
        store.save_policy([change(0.98)], by(author), reason, now, 1)


def test_a_version_that_does_not_exist_is_a_key_error(store: OperationsStore) -> None:
    with pytest.raises(KeyError, match="no policy version 7"):
        store.policy_version(7)


def test_every_save_is_audited_with_what_it_changed_only(store: OperationsStore, now: datetime) -> None:
    store.save_policy([change(0.98), change(0.9, "sku", "SKU-1")], by("Ana"), "peak", now, 1)
    (entry,) = store.audit_trail("policy:2")
    assert (entry.actor, entry.action, entry.at) == ("Ana", "policy.saved", now)
    assert entry.before == {"abc_class:A": "0.97", "sku:SKU-1": None}
    assert entry.after == {"abc_class:A": "0.98", "sku:SKU-1": "0.9"}


def test_an_instant_without_a_zone_is_refused(store: OperationsStore, now: datetime) -> None:
    with pytest.raises(sa.exc.StatementError, match="names no zone"):
        store.save_policy([change(0.98)], by("Ana"), "peak", now.replace(tzinfo=None), 1)
