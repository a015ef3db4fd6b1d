"""dbt, as this project calls it: where it lies, what each build selects, which variables it gets.

Belongs here: pure functions that make dbt arguments, and the explicit making of the manifest.
Does not belong here: Dagster assets (`assets/modelled.py`), SQL (`dbt_project`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipelines.home import Home
from pipelines.warehouse import MEMORY_LIMIT

PROJECT = Path(__file__).parent.parent / "dbt_project"
MANIFEST = PROJECT / "target" / "manifest.json"
#: The environment's own dbt, whatever the PATH says.
PROGRAM = str(Path(sys.executable).with_name("dbt"))


def build_arguments(tag: str, *, full_refresh: bool = False) -> list[str]:
    """Arguments of the build of one tag. What changes daily is in `raw.run`, so that dbt need not parse anew."""
    arguments = ["build", "--select", f"tag:{tag}", "--exclude-resource-type", "unit_test"]
    return [*arguments, "--full-refresh"] if full_refresh else arguments


def export_environment(home: Home) -> None:
    """Tell dbt's profile where this home's warehouse is; dbt runs as a child and reads its environment."""
    os.environ["OMS_WAREHOUSE"] = str(home.warehouse)
    os.environ["OMS_DUCKDB_MEMORY"] = MEMORY_LIMIT
    os.environ["OMS_DUCKDB_TEMP"] = str(home.scratch)
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    # Dagster copies the parsed project from here into a new target folder: the second build need not parse it again.
    os.environ["DBT_TARGET_PATH"] = str(home.dbt_target / "ground")


def ensure_manifest() -> Path:
    """The project's manifest, parsed anew where a source file is younger. Raises RuntimeError with dbt's own words."""
    if not MANIFEST.exists() or _newest_source() > MANIFEST.stat().st_mtime:
        places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(MANIFEST.parent)]
        command = [PROGRAM, "parse", *places]
        environment = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "OMS_WAREHOUSE": ":memory:"}
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - ours
        if result.returncode:
            raise RuntimeError(f"dbt could not parse {PROJECT}:\n{result.stdout}{result.stderr}")
    return MANIFEST


def _newest_source() -> float:
    folders = (PROJECT / name for name in ("models", "macros", "tests", "analyses", "seeds"))
    sources = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return max(path.stat().st_mtime for path in (*sources, PROJECT / "dbt_project.yml", PROJECT / "profiles.yml"))
