"""The pages' server: `streamlit run dashboards/serve.py`. It lets nobody in before it knows the answers to what
pages ask first: else it and its first reader would ask that at once, each slowed by the other. What takes longer it
does while nobody reads, and all of it for the next snapshot soon after that is published.

Belongs here: when that is done. Does not belong here: what is asked (`warming`), the pages (`app`).
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import ModuleType

import streamlit as st

from dashboards.settings import Settings, SettingsError

_LOG = logging.getLogger(__name__)
#: How often it is looked whether another snapshot is published.
_LOOK_EVERY_SECONDS = 10
#: So long at most nobody is let in: with a larger home, or on a busier machine, the first reader waits as before.
_LONGEST_START_SECONDS = 20


@asynccontextmanager
async def _kept_warm(_app: st.App) -> AsyncIterator[None]:
    try:
        settings = Settings.from_environment()
    except SettingsError:
        yield  # each page says what is wrong with them
        return
    ready = asyncio.create_task(asyncio.to_thread(_prepare, settings))
    await asyncio.wait((ready,), timeout=_LONGEST_START_SECONDS)
    keeping = asyncio.create_task(_keep_warm(settings, ready))
    keeping.add_done_callback(_tell_why)
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


def _tell_why(keeping: asyncio.Task[None]) -> None:
    """Pages answer without it, only later: nobody would notice that it ended."""
    if not keeping.cancelled() and (error := keeping.exception()) is not None:
        _LOG.error("First views are not asked ahead any more", exc_info=error)


def _prepare(settings: Settings) -> ModuleType:
    # Here, not above: what is cached before the server has its runtime is complained of.
    warming = importlib.import_module("dashboards.shell.warming")
    warming.load_code()
    # What is imported stays to the end: spare the collector going through it after each run of a page.
    gc.freeze()
    warming.ask_first_views(settings)
    return warming


async def _keep_warm(settings: Settings, ready: asyncio.Task[ModuleType]) -> None:
    warming = await ready
    known = None
    while True:
        if (found := warming.published(settings)) != known:
            await asyncio.to_thread(warming.ask_ahead, settings)
            known = found
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


app = st.App(Path(__file__).with_name("app.py"), lifespan=_kept_warm)
