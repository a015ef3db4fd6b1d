"""Progress of a run on the terminal, read from Dagster's own events.

Belongs here: the logger through which Dagster tells of them.
Does not belong here: any step's own work: assets do not know that they are watched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from oms_core.store.operations.runs import STAGES

_listeners: list[Callable[[str, str], None]] = []


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None and event.step_key:
            for listener in _listeners:
                listener(event.event_type_value, event.step_key)


def _make_logger(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("oms.progress", level=logging.DEBUG)
    logger.addHandler(_Handler())
    return logger


#: Tells listeners in this process which step starts and ends.
progress_logger = dg.LoggerDefinition(_make_logger)


@contextmanager
def shown(console: Console, steps: tuple[str, ...] = tuple(STAGES)) -> Iterator[None]:
    """Show a bar over the steps while the body runs; where the console is no terminal, one line a step."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("starting", total=len(steps))

        def listen(event: str, step: str) -> None:
            _show(bar, task, event, STAGES.get(step, step))

        _listeners.append(listen)
        try:
            yield
        finally:
            _listeners.remove(listen)


def _show(bar: Progress, task: Any, event: str, words: str) -> None:
    if event == "STEP_START":
        bar.update(task, description=words)
        if not bar.console.is_terminal:
            bar.console.print(f"· {words}")
    elif event == "STEP_SUCCESS":
        bar.advance(task)
