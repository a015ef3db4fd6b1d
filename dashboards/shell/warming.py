"""What every reader of a snapshot asks first, asked ahead: its answers are kept by snapshot (`source`, `reckoning`).

Belongs here: the queries of the first views that go through many rows, the frontier, and the pages' code. Does not
belong here: when it is done (`serve`). A query that is missing here, or asked for nothing, costs time and is never
wrong.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Callable, Iterator

import dashboards
from dashboards.orders import queries as orders
from dashboards.safety_stock import queries as levels
from dashboards.scenario import reckoning
from dashboards.settings import Settings
from dashboards.shell import readers
from dashboards.source import Query, Source, current_source
from dashboards.today import queries as today
from dashboards.today import work
from oms_core.store.published.sandbox import QueryError
from oms_core.store.published.snapshots import SnapshotError, current_folder

_LOG = logging.getLogger(__name__)
#: Scripts: to import one is to run it.
_SCRIPTS = ("app", "serve", "page")


def load_code() -> None:
    """Import what the pages are made of, so that no reader waits for it."""
    for found in pkgutil.walk_packages(dashboards.__path__, "dashboards."):
        if found.name.rpartition(".")[2] not in _SCRIPTS:
            importlib.import_module(found.name)


def published(settings: Settings) -> str | None:
    """The current snapshot's name; None where there is none that can be read."""
    try:
        return current_folder(settings.published).name
    except SnapshotError:
        return None


def ask_ahead(settings: Settings) -> None:
    """Have all that the first views of the current snapshot take, a step at a time while nobody reads."""
    ask_first_views(settings)
    _of_current(settings, _draw_frontier)


def ask_first_views(settings: Settings) -> None:
    """Have the answers to what they ask, the page of today first: at size two seconds of one core."""
    _of_current(settings, _ask)


def _ask(source: Source) -> None:
    for query in _first_questions(source):
        readers.let_pass()
        source.frame(query)


def _draw_frontier(source: Source) -> None:
    for currency in reckoning.currencies(source)[:1]:
        readers.let_pass()
        reckoning.of_today(source, currency, readers.let_pass)


def _of_current(settings: Settings, ask: Callable[[Source], None]) -> None:
    """Ask the current snapshot. What cannot be answered is left to the page."""
    try:
        source = current_source(settings)
        if not source.missing():
            ask(source)
    except (SnapshotError, QueryError) as error:
        _LOG.warning("First views are not asked ahead: %s", error)


def _first_questions(source: Source) -> Iterator[Query]:
    """What the pages ask when they are opened, the page of today first."""
    yield from today.first_view(source.manifest)
    yield from work.first_view(source.manifest)
    for row in source.rows(today.STOCK)[:1]:
        yield today.stock_by_week(source.manifest.as_of.date(), today.FEWEST_WEEKS, row["currency"])
    yield from levels.first_view()
    yield from orders.first_view()
