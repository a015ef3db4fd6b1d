"""dbt, as this project calls it: in one process of its own, with the project parsed once.

Belongs here: parsing, building one tag, what came of each node. Does not belong here: Dagster assets
(`assets/modelled.py`), SQL (`dbt_project`).

The process is ours to start early: dbt takes three seconds to load, in which files can be taken in. It ends with its
parent, and takes with it what dbt leaves behind: open warehouses, handlers of log records, changed environments.
"""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import connection, get_context, parent_process
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.home import Home
from pipelines.modelling.warehouse import MEMORY_LIMIT, holds_much_deleted, let_go, note_built, run_values, table_sizes

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).parents[2] / "dbt_project"
MANIFEST = PROJECT / "target" / "manifest.json"
_TEMPLATES = PROJECT / "target" / "templates"
TAGS = ("ground", "decisions")
_PLACES = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
_PASSED = {"success", "pass", "warn"}


class BuildError(RuntimeError):
    """A dbt build that did not end well, in dbt's own words; `built` is what it did before and beside that."""

    def __init__(self, message: str, built: list[Built] | None = None) -> None:
        super().__init__(message)
        self.built = built or []


@dataclass(frozen=True)
class Built:
    """What one build did with one node: a model (with its rows, and bytes unless it is large; none for a view) or a
    test."""

    unique_id: str
    status: str
    seconds: float
    message: str
    failing_rows: int
    rows: int | None
    bytes: int | None

    @property
    def passed(self) -> bool:
        """Whether the build went on after it; a test that warns did."""
        return self.status in _PASSED

    @property
    def is_skipped(self) -> bool:
        return self.status == "skipped"

    @property
    def name(self) -> str:
        return self.unique_id.split(".")[2]


def warm_up() -> Future[None]:
    """Begin to load dbt and the project in dbt's process, and return at once; done once it is ready."""
    return _process().submit(_parse)


def ensure_manifest() -> Path:
    """The project's manifest, parsed anew where a source file is younger. Raises BuildError with dbt's own words."""
    if _is_older(_newest_source()):
        _in_process(_parse)
    return MANIFEST


def build(
    home: Home, tag: str, *, full_refresh: bool = False, is_proven: bool = True, unproven: tuple[str, ...] = ()
) -> list[Built]:
    """Build every model of a tag in the home's warehouse and, if asked, prove it; what came of each node, in order.

    `unproven` names proofs to leave out. What changes daily is in `raw.run`, so that dbt need not parse anew; it is
    passed on as a variable, for a project that is parsed. Raises BuildError.
    """
    command = ["build", "--exclude-resource-type", "unit_test"] if is_proven else ["run"]
    command += ["--select", f"tag:{tag}", *(["--exclude", *unproven] if unproven else [])]
    command += ["--full-refresh"] if full_refresh else []
    run, gives_back = run_values(home), holds_much_deleted(home)
    let_go(home)
    built: list[Built]
    built, error = _in_process(_build, home, home.dbt_target / tag, command, run, gives_back)
    if error:
        raise BuildError(error, built)
    note_built(home, tag)
    return built


def compile_proofs(home: Home) -> dict[str, str]:
    """SQL of every proof of `dbt_project/tests` by its name, over all rows, whatever the last build has proven."""
    let_go(home)
    compiled: dict[str, str] = _in_process(_compile_proofs, home)
    return compiled


@cache
def _process() -> ProcessPoolExecutor:
    executor = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_end_with_parent)
    # A child of multiprocessing, as each run of Dagster's daemon is, waits for its own children before executors are
    # told to end: for ever. So this one is told before, and before its queue is closed (priority 10).
    Finalize(None, executor.shutdown, exitpriority=100)
    return executor


def _in_process(function: Any, *arguments: Any) -> Any:
    try:
        return _process().submit(function, *arguments).result()
    except BrokenProcessPool as error:
        _process.cache_clear()
        raise BuildError("dbt's process was killed, perhaps for want of memory: run again") from error


# --- what follows runs in dbt's process ---


def _end_with_parent() -> None:
    """A parent that was killed must leave no build behind that still writes the warehouse."""
    parent = parent_process()
    if parent is None:
        raise RuntimeError("this is a process of its own, not one of our children")

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _newest_source() -> float:
    folders = (PROJECT / name for name in ("models", "macros", "tests", "analyses", "seeds"))
    sources = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return max(path.stat().st_mtime for path in (*sources, PROJECT / "dbt_project.yml", PROJECT / "profiles.yml"))


def _is_older(newest_source: float) -> bool:
    return not MANIFEST.exists() or newest_source > MANIFEST.stat().st_mtime


def _parse() -> None:
    _parsed_project(_newest_source())


@cache
def _parsed_project(newest_source: float) -> Manifest:
    """The project parsed for no home in particular, so that the parse kept on disk serves every home.

    A younger source has all parsed anew: of a singular test that changed, dbt's partial parse forgets what it says.
    """
    arguments = ["parse", "--target", "parse", "--target-path", str(MANIFEST.parent), "--no-write-json"]
    arguments += ["--no-partial-parse"] if _is_older(newest_source) else []
    with _kept_to_the_end():
        result = _dbt(arguments, logs=MANIFEST.parent)
    if not result.success:
        raise BuildError(f"dbt could not parse {PROJECT}: {result.exception}")
    parsed: Manifest = result.result
    # Whole or not at all: other homes' processes read it, and dbt would write it in place.
    unfinished = MANIFEST.with_suffix(f".{os.getpid()}")
    parsed.write(str(unfinished))  # type: ignore[no-untyped-call]
    unfinished.replace(MANIFEST)
    return parsed


@contextmanager
def _kept_to_the_end() -> Iterator[None]:
    """dbt and the parsed project come into being here, and stay: spare the collector going through them, ever."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _build(
    home: Home, target: Path, command: list[str], run: dict[str, Any], gives_back: bool
) -> tuple[list[Built], str]:
    """What was built, and what went wrong in one sentence."""
    _export_environment(home, gives_back=gives_back)
    # Without the manifest: the parsed one again, which takes dbt longer to write than half of the models to build.
    arguments = [*command, "--vars", json.dumps({"run": run}), "--target-path", str(target), "--no-write-json"]
    # A copy: dbt writes what it compiled into the manifest, and a second build of the same nodes would trip over it.
    parsed = _parsed_project(_newest_source()).deepcopy()  # type: ignore[no-untyped-call]
    result = _dbt(arguments, logs=home.scratch, manifest=parsed)
    if result.result is None:
        return [], f"dbt failed: {result.exception}"
    result.result.write(str(target / "run_results.json"))
    sizes = table_sizes(home, [node.node.name for node in result.result.results])
    built = [_built(node, sizes) for node in result.result.results]
    if result.success:
        return built, ""
    failed = [f"{each.name}: {each.message}" for each in built if not each.passed and not each.is_skipped]
    return built, "; ".join(failed) or f"dbt failed: {result.exception}"


def _compile_proofs(home: Home) -> dict[str, str]:
    _export_environment(home)
    parsed = _parsed_project(_newest_source()).deepcopy()  # type: ignore[no-untyped-call]
    arguments = ["compile", "--select", "test_type:singular", "--full-refresh"]
    result = _dbt([*arguments, "--target-path", str(home.dbt_target / "proofs")], logs=home.scratch, manifest=parsed)
    if not result.success:
        raise BuildError(f"dbt could not compile the proofs: {result.exception}")
    return {each.node.name: each.node.compiled_code for each in result.result.results}


def _dbt(arguments: list[str], *, logs: Path, manifest: Manifest | None = None) -> Any:
    from dbt import compilation
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    from pipelines.modelling.prepending import prepended
    from pipelines.modelling.unheard import UnheardEvents

    compilation.inject_ctes_into_sql = prepended
    _spare_dbt()
    ctx_set_event_manager(UnheardEvents())
    # No log: what went wrong comes back as a result, and 3,000 events a build are dear to write.
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--log-path", str(logs)]
    try:
        return dbtRunner(manifest=manifest).invoke([*quiet, "--no-send-anonymous-usage-stats", *arguments, *_PLACES])
    finally:
        # dbt leaves the warehouse open for its process's end; this one goes on, and others open it.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@cache
def _spare_dbt() -> None:
    """Once a process: what stands in for a way of dbt's or Jinja's would otherwise stand in for itself."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    from pipelines.modelling.templates import keep_code
    from pipelines.modelling.unheard import make_messages_when_read

    keep_code(MacroFuzzEnvironment, _TEMPLATES)
    make_messages_when_read()


def _export_environment(home: Home, *, gives_back: bool = False) -> None:
    """Tell dbt's profile where this home's warehouse is, and whether what is deleted from it is given back."""
    os.environ["OMS_DUCKDB_VACUUM_TASKS"] = "100" if gives_back else "0"
    os.environ["OMS_WAREHOUSE"] = str(home.warehouse)
    os.environ["OMS_DUCKDB_MEMORY"] = MEMORY_LIMIT
    os.environ["OMS_DUCKDB_TEMP"] = str(home.scratch)


def _built(result: Any, sizes: dict[str, tuple[int, int | None]]) -> Built:
    rows, size = sizes.get(result.node.name, (None, None))
    return Built(
        unique_id=result.node.unique_id,
        status=str(result.status),
        seconds=float(result.execution_time),
        message=str(result.message or "").strip(),
        failing_rows=int(result.failures or 0),
        rows=rows,
        bytes=size,
    )
