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

from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import (
    OperationsStore,
    PolicyChange,
    Run,
    StoreUnavailableError,
    open_operations,
)
from oms_core.store.operations import at_the_machine as by
from oms_core.store.operations.engine import HEAD_REVISION, connect
from oms_core.store.operations.schema import METADATA

#: A busy machine takes long to load what a process needs; a hang ends all the same.
PATIENCE_SECONDS = 240


def change(level: float | None, kind: str = "abc_class", value: str = "A") -> PolicyChange:
    return PolicyChange(kind, value, level)


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
        ends = [(*process.communicate(timeout=PATIENCE_SECONDS), process.returncode) for process in processes]
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

    def test_a_file_that_is_no_store_is_a_clear_error(self, tmp_path: Path, now: datetime) -> None:
        (tmp_path / "operations.db").write_bytes(b"what is left of a damaged disk " * 200)
        with pytest.raises(StoreUnavailableError, match="file is not a database"):
            open_operations(f"sqlite:///{tmp_path / 'operations.db'}", now)


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

    def test_a_run_that_begins_is_replaced_by_what_it_came_to(self, store: OperationsStore, now: datetime) -> None:
        store.begin_run("process-1", now)
        assert store.runs() == [Run("process-1", None, now)]
        ended = Run("run-1", now, now, "failed", now)
        store.end_run("process-1", ended)
        assert store.runs() == [ended]
        store.begin_run("process-2", now)
        store.end_run("process-2", None)
        assert store.runs() == [ended]

    def test_a_run_that_never_ended_is_dead_for_good_once_another_begins(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.begin_run("process-1", now)
        store.begin_run("process-2", now + timedelta(hours=1))
        assert [(run.run_id, run.state) for run in store.runs()] == [("process-2", "running"), ("process-1", "died")]

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
    assert (
        subprocess.run([sys.executable, "-c", program, url, now.isoformat()], timeout=PATIENCE_SECONDS).returncode == 9
    )
    with open_operations(url, now) as store:
        assert store.current_policy().version == 2


def test_the_postgres_of_these_tests_listens_on_no_network_address(postgres: Callable[[], str]) -> None:
    engine = sa.create_engine(postgres())
    with engine.connect() as connection:
        assert connection.execute(sa.text("show listen_addresses")).scalar() in ("", '""')
    engine.dispose()
