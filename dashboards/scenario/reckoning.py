"""Outcomes and the frontier of a snapshot, each reckoned once for all readers.

Belongs here: keeping them. Does not belong here: the figures (`outcomes`), their look (`page`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboards.safety_stock.assortment import assortment_of
from dashboards.scenario.outcomes import Outcome, outcome_today, outcome_under
from dashboards.source import Source
from oms_core.replenishment.policy.targets import PolicyRule

Rules = tuple[PolicyRule, ...]


def currencies(source: Source) -> list[str]:
    """Those of the levels, that of most first; none where there is no level."""
    return [str(name) for name in assortment_of(source).levels["currency"].value_counts().index]


def of_today(source: Source, currency: str, between: Callable[[], None] = lambda: None) -> tuple[Outcome, pd.DataFrame]:
    """The outcome of the levels in force, and the frontier beside it; `between` is called between its steps."""
    return _of_today(source, between, currency, source.snapshot.snapshot_id)


def of_rules(source: Source, currency: str, rules: Rules) -> Outcome:
    """The outcome of the same series under other rules."""
    asked = hashlib.sha256(repr(rules).encode()).hexdigest()
    return _of_rules(source, rules, asked, currency, source.snapshot.snapshot_id)


def _in_currency(source: Source, currency: str) -> pd.DataFrame:
    levels = assortment_of(source).levels
    return levels[levels["currency"] == currency].reset_index(drop=True)


def _reckon_today(
    _source: Source,
    _between: Callable[[], None],
    currency: str,
    snapshot_id: str,  # noqa: ARG001 - the cache's key
) -> tuple[Outcome, pd.DataFrame]:
    return outcome_today(_in_currency(_source, currency), assortment_of(_source).grid, _between)


def _reckon_rules(
    _source: Source,
    _rules: Rules,
    asked: str,  # noqa: ARG001 - the cache's key, with currency and snapshot: thousands of rules are slow to hash
    currency: str,
    snapshot_id: str,  # noqa: ARG001
) -> Outcome:
    return outcome_under(_in_currency(_source, currency), assortment_of(_source).grid, _rules)


_of_today: Callable[[Source, Callable[[], None], str, str], tuple[Outcome, pd.DataFrame]] = st.cache_data(
    max_entries=6, show_spinner=False
)(_reckon_today)
_of_rules: Callable[[Source, Rules, str, str, str], Outcome] = st.cache_data(
    max_entries=60, show_spinner="Reckoning the levels …"
)(_reckon_rules)
