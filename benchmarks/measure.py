"""Running a command and taking its measure: wall seconds, and the peak memory of its largest process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its anchor. `ratio` is figure / anchor; `goal` is the bound in words."""

    name: str
    figure: float
    unit: str
    anchor: str = ""
    ratio: float | None = None
    goal: str = ""

    def as_row(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Usage:
    """What a command used: wall seconds, and the largest sum of resident memory over its process tree, in GiB."""

    seconds: float
    peak_gib: float
    output: str = ""


def oms(home: Path, *arguments: str) -> Usage:
    """Run `oms` in a home, in a fresh process."""
    return run([str(Path(sys.executable).with_name("oms")), *arguments], {"OMS_HOME": str(home)})


def run(command: list[str], environment: dict[str, str] | None = None) -> Usage:
    """Run a command to its end; raises RuntimeError with its output where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} exited with {process.returncode}:\n{output[-2000:]}")
    return Usage(seconds, peak[0] / 2**20, output)


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(_resident_kib(pid) for pid in _tree(process.pid)))
        time.sleep(0.2)


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _resident_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
