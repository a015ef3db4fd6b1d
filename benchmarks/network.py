"""The twin at size: order lines a second, and memory that does not follow them."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Figure, run

_SIMULATE = """
import sys
from pathlib import Path
from oms_core.twin import NetworkSpec, TwinHome, simulate_history
folder, months = Path(sys.argv[1]), int(sys.argv[2])
spec = NetworkSpec(months=months, lines_per_day=16_400, has_dirt=False)
report = simulate_history(spec, TwinHome(folder / "inbox", folder / "state", folder / "truth"))
print(report.order_line_count)
"""
_TEN_MILLION = 10_000_000


def twin(folder: Path) -> list[Figure]:
    """One month, then twenty: ten million order lines with their stock, purchases and shipments."""
    figures = []
    for months in (1, 20):
        usage = run([sys.executable, "-c", _SIMULATE, str(folder / str(months)), str(months)])
        lines = int(usage.output.split()[-1])
        name = f"twin.{lines / 1e6:.1f}_million_lines"
        figures.append(Figure(name, round(usage.seconds, 1), "s"))
        figures.append(Figure(f"{name}.peak_memory", round(usage.peak_gib, 2), "GiB", "", None, "bounded"))
    if lines < _TEN_MILLION:
        raise RuntimeError(f"the twin made {lines} lines, which is short of ten million")
    return figures
