"""Run the benchmarks, print their table, write `benchmarks/out/latest.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    echelons,
    forecasts,
    foresight,
    known_ahead,
    ledger,
    main_job,
    month,
    network,
    pages,
    policy,
    reoptimise,
    service,
    sourcing,
    sourcing_run,
)
from benchmarks.measure import Figure

BENCHMARKS: dict[str, Callable[[Path], list[Figure]]] = {
    "demo": main_job.demo,
    "online_retail": main_job.online_retail,
    "real_days": main_job.real_days,
    "twin": network.twin,
    "ledger": ledger.ledger,
    "reconcile": ledger.reconcile,
    "forecasts": forecasts.forecasts,
    "known_ahead": known_ahead.known_ahead,
    "many_series": forecasts.many_series,
    "service": service.service,
    "policy": policy.policy,
    "echelons": echelons.echelons,
    "sourcing": sourcing.sourcing,
    "sourcing_run": sourcing_run.sourcing_run,
    "foresight": foresight.foresight,
    "reoptimise": reoptimise.reoptimise,
    "pages": pages.pages,
    "month": month.month,
}
OUT = Path(__file__).parent / "out" / "latest.json"


def main() -> None:
    """Run what is asked for, one after the other, each in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help=f"names, comma-separated: {', '.join(BENCHMARKS)}")
    chosen = parser.parse_args().only.split(",")
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in chosen:
        Console(stderr=True).print(f"· {name}")
        with tempfile.TemporaryDirectory() as folder:
            found = BENCHMARKS[name](Path(folder))
        _print(found)
        figures += found
    _write(figures)


def _print(figures: list[Figure]) -> None:
    table = Table("name", "figure", "unit", "anchor", "ratio", "goal", box=None)
    for figure in figures:
        table.add_row(*("" if value is None else str(value) for value in figure.as_row().values()))
    # Into a file there is no width to keep to, and names must stay whole.
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _write(figures: list[Figure]) -> None:
    versions = {name: version(name) for name in ("duckdb", "dbt-core", "dagster", "scikit-learn", "pandas")}
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "versions": versions}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({**machine, "figures": [figure.as_row() for figure in figures]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
