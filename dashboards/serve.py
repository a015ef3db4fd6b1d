"""The pages' server: `streamlit run dashboards/serve.py`. It knows the answers to what every reader of a snapshot asks
first before the first of them comes, and those of the next snapshot soon after it is published.

Belongs here: when that is done. Does not belong here: what is asked (`warming`), the pages (`app`).
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st

from dashboards.settings import Settings, SettingsError

_LOG = logging.getLogger(__name__)
#: How often it is looked whether another snapshot is published.
_LOOK_EVERY_SECONDS = 10


@asynccontextmanager
async def _kept_warm(_app: st.App) -> AsyncIterator[None]:
    try:
        settings = Settings.from_environment()
    except SettingsError:
        yield  # each page says what is wrong with them
        return
    keeping = asyncio.create_task(_keep_warm(settings))
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


async def _keep_warm(settings: Settings) -> None:
    # Here, not above: what is cached before the server has its runtime is complained of.
    warming = await asyncio.to_thread(importlib.import_module, "dashboards.warming")
    await asyncio.to_thread(warming.load_code)
    known = None
    while True:
        if (found := warming.published(settings)) != known:
            await asyncio.to_thread(warming.ask_ahead, settings)
            known = found
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


app = st.App(Path(__file__).with_name("app.py"), lifespan=_kept_warm)
