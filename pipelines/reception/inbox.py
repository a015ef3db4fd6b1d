"""Receiving: what comes into the inbox, from a folder, from partners or from the twin, and is landed.

Belongs here: `oms ingest`'s copy into the inbox, and the twin's supply for a channel that has no stock feed.
Does not belong here: how a single file is landed (`landing`).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from oms_core.feeds import FeedDefinition, load_definitions
from pipelines.home import Home, HomeError
from pipelines.reception.arrivals import is_finished
from pipelines.reception.fetching import fetch_files
from pipelines.reception.landing import LandingReport, land_inbox
from pipelines.reception.simulation import supply_stock


def receive(home: Home, now: datetime, progress: Callable[[str], None] = lambda _: None) -> LandingReport:
    """Fetch what waits at partners, and land the inbox; where the home's stock is simulated, let the twin answer new
    orders and land that too."""
    fetched = fetch_files(home)
    report = land_inbox(home, now, progress)
    report.unreached = fetched.unreached
    report.unfinished += fetched.unfinished
    if home.config["twin"] == "supply" and any("order_lines" in unit.tables for unit in report.landed):
        progress("the twin supplies stock for the new orders")
        supply_stock(home)
        supplied = land_inbox(home, now, progress)
        report.landed += supplied.landed
        report.held = supplied.held
    return report


def copy_into_inbox(
    home: Home, source: Path, feed: str | None, progress: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Copy a file, or a folder's files, into the inbox, each to its feed; it appears there only when it is whole.

    Raises HomeError, before anything is copied, where a feed is unknown or more than one could be meant.
    """
    definitions = load_definitions(home.feeds)
    feeds = [(path, choose_feed(definitions, path.name, feed)) for path in _files(source)]
    if not feeds:
        raise HomeError(f"{source} holds no file that could be taken in.")
    copied = []
    for path, name in feeds:
        progress(path.name)
        target = home.inbox / name
        target.mkdir(parents=True, exist_ok=True)
        part = target / f"{path.name}.part"
        shutil.copyfile(path, part)
        os.replace(part, target / path.name)
        copied.append(target / path.name)
    return copied


def choose_feed(definitions: dict[str, FeedDefinition], file_name: str, feed: str | None) -> str:
    """The feed of a file: the one asked for; else the one after which the file is named (`products_2026-06-01.csv`);
    else the only one that brings orders. Raises HomeError with the names to choose from."""
    if feed is not None:
        if feed in definitions:
            return feed
        raise HomeError(f"There is no feed {feed!r}. Known: {', '.join(sorted(definitions))}.")
    # The longest counts: `stock_counts_north` may be a feed beside `stock_counts`.
    named = [name for name in definitions if re.match(rf"{re.escape(name)}(?![A-Za-z])", file_name)]
    if named:
        return max(named, key=len)
    bringing_orders = [definition.feed for definition in definitions.values() if "order_lines" in definition.emits]
    if len(bringing_orders) == 1:
        return bringing_orders[0]
    raise HomeError(f"Whose file is {file_name}? Name its feed with --feed: {', '.join(sorted(definitions))}.")


def _files(source: Path) -> Iterable[Path]:
    if not source.exists():
        raise HomeError(f"{source} does not exist.")
    candidates = sorted(source.iterdir()) if source.is_dir() else [source]
    return [path for path in candidates if path.is_file() and is_finished(path.name)]
