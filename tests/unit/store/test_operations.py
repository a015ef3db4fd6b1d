"""The operations store on SQLite and on a real PostgreSQL: every test runs on both."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from oms_core.fulfilment.documents import Document, DocumentLine, parse_document
from oms_core.fulfilment.partners import Partner, Partners
from oms_core.replenishment.targets import Target
from oms_core.store.operations import (
    RUNS,
    Actor,
    ExportConflict,
    InvalidPolicyError,
    OperationsStore,
    OutboxRefusal,
    PolicyChange,
    Replay,
    Run,
    StalePolicy,
    StaleScenario,
    StoreUnavailableError,
    open_operations,
    system,
)
from oms_core.store.operations import at_the_machine as by
from oms_core.store.operations.engine import HEAD_REVISION, connect
from oms_core.store.operations.outbox import BY_PERSONS
from oms_core.store.operations.schema import METADATA


def document(location_id: str = "WH-1", quantity: int = 3, wave: str = "2026-05-31-W1", revision: int = 1) -> Document:
    line = DocumentLine(1, "web", "#1001", "1", "SKU-1", "Mug, größe L", quantity)
    created_at = datetime.fromisoformat("2026-05-31T20:00:00+00:00")
    return Document(location_id, location_id, wave, created_at, (line,), revision)


def change(level: float | None, kind: str = "abc_class", value: str = "A") -> PolicyChange:
    return PolicyChange(kind, value, level)


def actor_of(action: str) -> Actor:
    """Who does that to a document."""
    return by("Ana") if action in BY_PERSONS else RUNS


class TestOpening:
    def test_a_new_store_has_policy_version_1_with_the_default_levels(
        self, store: OperationsStore, now: datetime
    ) -> None:
        policy = store.current_policy()
        assert (policy.version, policy.base_version, policy.created_at) == (1, None, now)
        assert policy.targets == {
            ("default", "*"): Target(0.95),
            ("abc_class", "A"): Target(0.97),
            ("abc_class", "B"): Target(0.95),
            ("abc_class", "C"): Target(0.90),
        }

    def test_opening_again_changes_nothing(self, url: str, now: datetime) -> None:
        with open_operations(url, now) as store:
            store.save_policy([change(0.98)], by("Ana"), "peak", now, 1)
        with open_operations(url, now + timedelta(days=1)) as store:
            assert [policy.version for policy in store.policy_history()] == [2, 1]

    def test_migrations_build_the_tables_that_the_code_queries(self, url: str) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        with connect(url).connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []

    def test_the_known_head_is_the_newest_script(self) -> None:
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", "oms_core:store/migrations")
        assert ScriptDirectory.from_config(config).get_current_head() == HEAD_REVISION

    def test_two_processes_that_open_a_new_store_at_once_both_succeed(self, url: str, now: datetime) -> None:
        program = (
            "import sys; from datetime import datetime; from oms_core.store.operations import open_operations\n"
            "with open_operations(sys.argv[1], datetime.fromisoformat(sys.argv[2])) as store:\n"
            "    print(len(store.policy_history()))"
        )
        command = [sys.executable, "-c", program, url, now.isoformat()]
        processes = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
        ]
        ends = [(*process.communicate(timeout=60), process.returncode) for process in processes]
        assert ends == [("1\n", "", 0)] * 2

    def test_threads_may_open_different_new_stores_at_once(self, tmp_path: Path, now: datetime) -> None:
        def versions(number: int) -> int:
            with open_operations(f"sqlite:///{tmp_path / str(number)}.db", now) as store:
                return len(store.policy_history())

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(versions, range(8))) == [1] * 8

    def test_a_store_of_a_newer_version_is_refused_by_name(self, url: str, now: datetime) -> None:
        engine = connect(url)
        with engine.begin() as connection:
            connection.execute(sa.text("update alembic_version set version_num = '9999'"))
        with pytest.raises(StoreUnavailableError, match="newer version"):
            open_operations(url, now)

    def test_a_store_that_cannot_be_reached_is_named_without_its_password(self, now: datetime) -> None:
        url = "postgresql+psycopg://oms:s3cret@127.0.0.1:1/oms?connect_timeout=2"
        with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1") as caught:
            open_operations(url, now)
        assert "s3cret" not in str(caught.value)

    def test_a_folder_that_is_not_there_and_an_address_that_is_none_are_clear_errors(
        self, tmp_path: Path, now: datetime
    ) -> None:
        with pytest.raises(StoreUnavailableError, match="unable to open database file"):
            open_operations(f"sqlite:///{tmp_path / 'missing' / 'operations.db'}", now)
        with pytest.raises(StoreUnavailableError, match="no database URL"):
            open_operations("operations.db", now)


class TestPolicies:
    def test_a_saved_change_is_a_new_whole_version_and_the_old_one_stays(
        self, store: OperationsStore, now: datetime
    ) -> None:
        saved = store.save_policy([change(0.99), change(0.999, "sku", "SKU-1")], by("Ana"), "peak season", now, 1)
        assert saved == store.current_policy() == store.policy_version(2)
        asked = {("abc_class", "A"): Target(0.99), ("sku", "SKU-1"): Target(0.999)}
        assert saved.targets == store.policy_version(1).targets | asked

    def test_a_rule_says_what_its_target_measures(self, store: OperationsStore, now: datetime) -> None:
        wanted = PolicyChange("abc_class", "A", 0.97, "fill_rate")
        saved = store.save_policy([wanted], by("Ana"), "units matter", now, 1)
        assert saved == store.current_policy()
        assert saved.targets[("abc_class", "A")] == Target(0.97, "fill_rate")
        assert store.audit_trail("policy:2")[0].after == {"abc_class:A": "fill_rate 0.97"}

    def test_a_rule_can_be_taken_away_again(self, store: OperationsStore, now: datetime) -> None:
        store.save_policy([change(0.999, "sku", "SKU-1")], by("Ana"), "launch", now, 1)
        saved = store.save_policy([change(None, "sku", "SKU-1")], by("Ana"), "launch over", now, 2)
        assert ("sku", "SKU-1") not in saved.targets

    def test_a_save_on_a_stale_base_names_who_changed_what(self, store: OperationsStore, now: datetime) -> None:
        store.save_policy([change(0.98)], by("Ana"), "peak", now, 1)
        with pytest.raises(StalePolicy, match=r"Version 2 by Ana.*\(peak\): abc_class:A 0\.97 → 0\.98"):
            store.save_policy([change(0.99)], by("Bo"), "mine", now, 1)
        assert store.current_policy().author == "Ana"

    def test_of_many_writers_at_once_each_version_is_saved_once_and_none_is_lost(self, url: str, now: datetime) -> None:
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

    def test_a_rule_may_set_a_lead_time_and_a_minimum_without_a_target(
        self, store: OperationsStore, now: datetime
    ) -> None:
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

    def test_a_clash_over_thousands_of_rules_is_told_in_a_few_words(
        self, store: OperationsStore, now: datetime
    ) -> None:
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
        self, store: OperationsStore, now: datetime, wrong: PolicyChange, message: str
    ) -> None:
        with pytest.raises(InvalidPolicyError, match=message):
            store.save_policy([wrong], by("Ana"), "why not", now, 1)
        assert len(store.policy_history()) == 1
        assert store.audit_trail() == []

    @pytest.mark.parametrize(("author", "reason"), [("", "x"), ("Ana", "  "), ("Ana", "x" * 501)])
    def test_a_save_needs_an_author_and_a_reason(
        self, store: OperationsStore, now: datetime, author: str, reason: str
    ) -> None:
        with pytest.raises(InvalidPolicyError, match="1 to 500 characters"):
            store.save_policy([change(0.98)], by(author), reason, now, 1)

    def test_a_version_that_does_not_exist_is_a_key_error(self, store: OperationsStore) -> None:
        with pytest.raises(KeyError, match="no policy version 7"):
            store.policy_version(7)

    def test_every_save_is_audited_with_what_it_changed_only(self, store: OperationsStore, now: datetime) -> None:
        store.save_policy([change(0.98), change(0.9, "sku", "SKU-1")], by("Ana"), "peak", now, 1)
        (entry,) = store.audit_trail("policy:2")
        assert (entry.actor, entry.action, entry.at) == ("Ana", "policy.saved", now)
        assert entry.before == {"abc_class:A": "0.97", "sku:SKU-1": None}
        assert entry.after == {"abc_class:A": "0.98", "sku:SKU-1": "0.9"}

    def test_an_instant_without_a_zone_is_refused(self, store: OperationsStore, now: datetime) -> None:
        with pytest.raises(sa.exc.StatementError, match="names no zone"):
            store.save_policy([change(0.98)], by("Ana"), "peak", now.replace(tzinfo=None), 1)


class TestScenarios:
    CHANGES = (PolicyChange("abc_class", "A", 0.98), PolicyChange("sku_location", "X@W", qty_minimum=5))

    def test_a_scenario_comes_back_as_it_was_kept_and_is_no_policy(self, store: OperationsStore, now: datetime) -> None:
        kept = store.keep_scenario(" Summer ", self.CHANGES, by("Ana"), now, 1)
        assert (kept.name, kept.revision, kept.base_version) == ("Summer", 1, 1)
        assert store.scenarios() == [kept]
        assert store.current_policy().version == 1
        assert [entry.action for entry in store.audit_trail("scenario:Summer")] == ["scenario.kept"]

    def test_who_saw_the_last_revision_may_replace_it_and_who_did_not_is_told(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.keep_scenario("Summer", self.CHANGES, by("Ana"), now, 1)
        second = store.keep_scenario("Summer", self.CHANGES[:1], by("Bob"), now, 1, revision=1)
        assert store.scenarios() == [second]
        for seen in (None, 1):
            with pytest.raises(StaleScenario, match="Bob kept a scenario Summer"):
                store.keep_scenario("Summer", self.CHANGES, by("Ana"), now, 1, seen)
        assert store.scenarios() == [second]

    def test_a_withdrawn_scenario_is_gone_from_the_list_and_its_name_is_free_again(
        self, store: OperationsStore, now: datetime
    ) -> None:
        kept = store.keep_scenario("Summer", self.CHANGES, by("Ana"), now, 1)
        store.withdraw_scenario(kept, by("Bob"), now)
        assert store.scenarios() == []
        with pytest.raises(StaleScenario, match="Bob withdrew"):
            store.keep_scenario("Summer", self.CHANGES, by("Ana"), now, 1, revision=1)
        with pytest.raises(StaleScenario, match="Bob withdrew"):
            store.withdraw_scenario(kept, by("Ana"), now)
        again = store.keep_scenario("Summer", self.CHANGES, by("Ana"), now, 1)
        assert again.revision == 3
        with pytest.raises(StaleScenario, match="no scenario Winter"):
            store.keep_scenario("Winter", self.CHANGES, by("Ana"), now, 1, revision=4)

    def test_the_last_replay_of_a_revision_is_kept_and_another_revision_has_none(
        self, store: OperationsStore, now: datetime
    ) -> None:
        kept = store.keep_scenario("Summer", self.CHANGES, by("Ana"), now, 1)
        assert store.replay(kept) is None
        row = {"scenario": "RS under Summer", "metric": "fill_rate", "value": 0.97, "low": None, "high": 0.99}
        for days in (70, 182):
            store.note_replay(Replay("Summer", 1, now, days, now.date(), False, [row]))
        found = store.replay(kept)
        assert found == Replay("Summer", 1, now, 182, now.date(), False, [row])
        assert store.replay(store.keep_scenario("Summer", self.CHANGES[:1], by("Ana"), now, 1, 1)) is None

    @pytest.mark.parametrize(
        ("name", "author", "changes", "message"),
        [
            (" ", "Ana", CHANGES, "a scenario's name must have 1 to 60"),
            ("x" * 61, "Ana", CHANGES, "not 61"),
            ("Summer", "", CHANGES, "author must have"),
            ("Summer", "Ana", (PolicyChange("abc_class", "A", 1.5),), "from 0.5 to 0.9999"),
            ("Summer", "Ana", (), "leave policy version 1 as it is"),
        ],
    )
    def test_a_scenario_that_could_not_be_saved_as_a_policy_is_not_kept(
        self,
        store: OperationsStore,
        now: datetime,
        name: str,
        author: str,
        changes: tuple[PolicyChange, ...],
        message: str,
    ) -> None:
        with pytest.raises(InvalidPolicyError, match=message):
            store.keep_scenario(name, changes, by(author), now, 1)
        assert store.scenarios() == []


class TestOutbox:
    def test_a_document_entered_twice_is_there_once(self, store: OperationsStore, now: datetime) -> None:
        assert store.enqueue([document()], now, "run-1") == [document().export_id]
        assert store.enqueue([document()], now + timedelta(hours=1), "run-2") == []
        (entry,) = store.exports("new")
        assert (entry.state, entry.attempts, entry.run_id, entry.created_at) == ("new", 0, "run-1", now)

    def test_the_payload_is_the_documents_own_bytes(self, store: OperationsStore, now: datetime) -> None:
        store.enqueue([document()], now, "run-1")
        (entry,) = store.exports("new")
        assert parse_document(entry.payload.encode()) == document()
        assert entry.sha256 == document().sha256

    def test_the_same_wave_with_another_content_is_refused_and_nothing_is_entered(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.enqueue([document()], now, "run-1")
        with pytest.raises(ExportConflict, match=r"2026-05-31-W1 of WH-1 .* run run-1"):
            store.enqueue([document("WH-2"), document(quantity=4)], now, "run-2")
        assert [entry.location_id for entry in store.exports()] == ["WH-1"]
        assert store.enqueue([document(quantity=4, revision=2), document(wave="2026-05-31-W2")], now, "run-2")

    def test_sent_is_noted_once_and_audited(self, store: OperationsStore, now: datetime) -> None:
        (export_id,) = store.enqueue([document()], now, "run-1")
        assert store.act(export_id, "begin", now, RUNS) is True
        store.note_problem([export_id], "the partner is down")
        assert store.act(export_id, "send", now, RUNS) is True
        assert store.act(export_id, "send", now + timedelta(hours=1), RUNS) is False
        (entry,) = store.exports("sent")
        assert (entry.attempts, entry.sent_at, entry.problem, store.exports("new")) == (1, now, None, [])
        assert [e.action for e in store.audit_trail(f"export:{export_id}")] == ["export.send", "export.begin"]

    def test_a_problem_ends_with_the_state_in_which_it_was_met(self, store: OperationsStore, now: datetime) -> None:
        (export_id,) = store.enqueue([document()], now, "run-1")
        store.act(export_id, "begin", now, RUNS)
        store.note_problem([export_id], "no answer came")
        store.act(export_id, "acknowledge", now, system("WH-1"))
        assert store.export(export_id).problem is None

    def test_what_is_stuck_is_told_and_an_answer_is_missed_only_where_it_is_owed(
        self, store: OperationsStore, now: datetime
    ) -> None:
        held, sent, new = (document(wave=f"2026-05-31-W{number}") for number in (1, 2, 3))
        store.enqueue([held, sent, new], now, "run-1")
        store.act(held.export_id, "hold", now, by("Ana"))
        store.act(sent.export_id, "begin", now, RUNS)
        store.act(sent.export_id, "send", now, RUNS)
        later = now + timedelta(hours=2)
        assert [entry.export_id for entry in store.stuck(Partners(), later)] == [held.export_id]
        prompt = Partners({"WH-1": Partner(answers_within=timedelta(hours=1))})
        assert {entry.export_id for entry in store.stuck(prompt, later)} == {held.export_id, sent.export_id}
        assert {entry.export_id for entry in store.stuck(prompt, now)} == {held.export_id}
        store.note_problem([new.export_id], "connection refused")
        assert len(store.stuck(prompt, later)) == 3

    def test_documents_in_a_state_come_a_page_at_a_time(self, store: OperationsStore, now: datetime) -> None:
        for minutes in range(3):
            store.enqueue([document(wave=f"2026-05-31-W{minutes}")], now + timedelta(minutes=minutes), "run-1")
        assert store.export_count("new") == 3
        assert [*store.exports_page("new", 2, 0), *store.exports_page("new", 2, 2)] == store.exports("new")
        assert (store.export_count("sent"), store.exports_page("sent", 2, 0)) == (0, [])
        waves = [entry.wave[-2:] for entry in store.exports_page("new", 3, 0, ("wave", False))]
        assert waves == ["W0", "W1", "W2"]

    def test_control_numbers_count_by_partner(self, store: OperationsStore, now: datetime) -> None:
        store.enqueue([document(), document("WH-2"), document(wave="2026-05-31-W2")], now, "run-1")
        assert sorted((e.partner_id, e.control_number) for e in store.exports()) == [
            ("WH-1", 1), ("WH-1", 2), ("WH-2", 1),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("before", "action", "after"),
        [
            ([], "hold", "held"),
            (["hold"], "release", "new"),
            (["hold"], "void", "void"),
            ([], "void", "void"),
            (["begin", "send"], "acknowledge", "acknowledged"),
            (["begin", "send"], "reject", "rejected"),
            ([], "begin", "unknown"),
            (["begin"], "acknowledge", "acknowledged"),
            (["begin"], "retry", "new"),
            (["begin", "send"], "retry", "new"),
            (["begin"], "send", "sent"),
            (["begin", "send", "reject"], "void", "void"),
        ],
    )
    def test_a_document_goes_from_state_to_state(
        self, store: OperationsStore, now: datetime, before: list[str], action: str, after: str
    ) -> None:
        (export_id,) = store.enqueue([document()], now, "run-1")
        for earlier in before:
            assert store.act(export_id, earlier, now, actor_of(earlier))
        assert store.act(export_id, action, now, actor_of(action), "because")
        assert store.export(export_id[:8]).state == after
        assert store.audit_trail(f"export:{export_id}")[0].after == {"state": after, "reason": "because"}

    @pytest.mark.parametrize(
        ("before", "action"),
        [
            (["begin", "send"], "hold"), (["begin", "send"], "void"), (["begin", "send", "acknowledge"], "retry"),
            (["begin", "send", "acknowledge"], "reject"),
            (["void"], "send"), ([], "send"), (["begin", "send"], "begin"), (["begin", "send", "reject"], "retry"),
            ([], "acknowledge"),
        ],
    )  # fmt: skip
    def test_what_could_ship_twice_or_contradict_the_partner_is_refused(
        self, store: OperationsStore, now: datetime, before: list[str], action: str
    ) -> None:
        (export_id,) = store.enqueue([document()], now, "run-1")
        for earlier in before:
            store.act(export_id, earlier, now, actor_of(earlier))
        state = store.export(export_id).state
        with pytest.raises(OutboxRefusal, match=f"is {state}: {action} needs one that is"):
            store.act(export_id, action, now, actor_of(action))
        assert store.export(export_id).state == state

    def test_an_id_must_be_told_apart(self, store: OperationsStore, now: datetime) -> None:
        store.enqueue([document(), document("WH-2")], now, "run-1")
        with pytest.raises(KeyError, match="more than one export begins"):
            store.export("")
        with pytest.raises(KeyError, match="no export begins"):
            store.export("%")

    def test_an_unknown_export_and_an_unknown_state_are_errors(self, store: OperationsStore, now: datetime) -> None:
        with pytest.raises(KeyError, match="no export nothing"):
            store.act("nothing", "send", now, RUNS)
        with pytest.raises(ValueError, match="not 'lost'"):
            store.exports("lost")

    def test_two_runs_that_enter_the_same_documents_at_once_enter_them_once(self, url: str, now: datetime) -> None:
        documents = [document(f"WH-{n}") for n in range(20)]

        def enter(run_id: str) -> list[str]:
            with open_operations(url, now) as own:
                return own.enqueue(documents, now, run_id)

        with ThreadPoolExecutor(4) as pool:
            entered = [export_id for ids in pool.map(enter, ["a", "b", "c", "d"]) for export_id in ids]
        assert sorted(entered) == sorted(d.export_id for d in documents)


class TestRuns:
    def test_a_run_is_recorded_at_its_start_and_replaced_at_its_end(
        self, store: OperationsStore, now: datetime
    ) -> None:
        begun = Run("run-1", as_of=now, started_at=now)
        store.record_run(begun)
        ended = dataclasses.replace(
            begun,
            state="succeeded",
            finished_at=now + timedelta(seconds=42),
            snapshot_id="2026-05-31-abc",
            summary={"landed": {"files": 3}},
            stage_seconds={"landing": 1.5},
        )
        store.record_run(ended)
        assert store.runs() == [ended]

    def test_runs_come_latest_first_and_only_as_many_as_asked(self, store: OperationsStore, now: datetime) -> None:
        for day in range(5):
            store.record_run(Run(f"run-{day}", as_of=now, started_at=now + timedelta(days=day), state="failed"))
        assert [run.run_id for run in store.runs(limit=2)] == ["run-4", "run-3"]

    def test_a_state_that_does_not_exist_is_refused(self, store: OperationsStore, now: datetime) -> None:
        with pytest.raises(ValueError, match="not 'done'"):
            store.record_run(Run("run-1", as_of=now, started_at=now, state="done"))


def test_the_database_itself_refuses_a_level_or_state_that_does_not_exist(url: str, now: datetime) -> None:
    open_operations(url, now).close()
    engine = connect(url)
    for wrong in (
        "update policy_rules set service_level = 1.5",
        "update policy_rules set measure = 'luck'",
        "insert into policy_rules (version, scope_kind, scope_value, service_level) values (99, 'default', '*', 0.9)",
        "update policy_rules set review_period_days = 0",
        "update policy_rules set holding_share = 25",
        "update policy_rules set network_planning = 2",
        "update policy_rules set lead_time_days = 400",
        "update policy_rules set qty_minimum = -1",
        "update policy_rules set service_level = null where scope_kind = 'abc_class'",
        "update policy_rules set scope_kind = 'brand' where scope_value = 'A'",
        "insert into runs values ('r', null, '2026-01-01', '2026-01-01', null, 'done', '{}', '{}')",
    ):
        with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
            connection.execute(sa.text(wrong))
    engine.dispose()


def test_a_policy_survives_the_death_of_its_writer_right_after_the_save(url: str, now: datetime) -> None:
    program = (
        "import os, sys; from datetime import datetime; from oms_core.store.operations import *\n"
        "now = datetime.fromisoformat(sys.argv[2])\n"
        "ana, changes = at_the_machine('Ana'), [PolicyChange('abc_class', 'A', 0.98)]\n"
        "open_operations(sys.argv[1], now).save_policy(changes, ana, 'x', now, 1)\n"
        "os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, url, now.isoformat()], timeout=60).returncode == 9
    with open_operations(url, now) as store:
        assert store.current_policy().version == 2


def test_the_postgres_of_these_tests_listens_on_no_network_address(postgres: Callable[[], str]) -> None:
    engine = sa.create_engine(postgres())
    with engine.connect() as connection:
        assert connection.execute(sa.text("show listen_addresses")).scalar() in ("", '""')
    engine.dispose()
