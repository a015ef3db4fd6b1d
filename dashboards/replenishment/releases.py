"""Why no rule accepted a proposal.

Belongs here: reading it, cached by snapshot. Does not belong here: the verdict
(`oms_core.replenishment.proposing.releasing`), its look (`page`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboards.source import Source
from oms_core.store.held import held_files
from oms_core.store.published.release_facts import read_verdicts
from oms_core.store.published.snapshots import Snapshot


def kept_because(source: Source, quarantine: Path) -> dict[str, str]:
    """Why a rule left a proposal to people, by ref; nothing of those that it accepts, or that no rule is about."""
    held = tuple(sorted({held.feed for held in held_files(quarantine)}))
    return _kept(held, source.snapshot.snapshot_id, source.snapshot)


def _read(
    held: tuple[str, ...],
    snapshot_id: str,  # noqa: ARG001 - part of the cache's key, as every name without an underscore
    _snapshot: Snapshot,
) -> dict[str, str]:
    verdicts = read_verdicts(_snapshot, held)
    return {ref: one.why for ref, one in verdicts.items() if one.why is not None and not one.is_released}


_kept: Callable[[tuple[str, ...], str, Snapshot], dict[str, str]] = st.cache_data(max_entries=3, show_spinner=False)(
    _read
)
