"""Gates: what a feed's batch must satisfy before it may enter the log, checked by Great Expectations.

Belongs here: suites built from the contracts, and the judgement of a batch. They look at the raw batch in
Python, independently of the parser; dbt's tests look at the tables that are derived later.
Does not belong here: single bad rows, which the parser quarantines and the feed goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from oms_core.contracts import LANDED, Column, Contract
from oms_core.feeds import FeedDefinition

if TYPE_CHECKING:
    import great_expectations as gx
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition


def check_batch(
    definition: FeedDefinition, tables: Mapping[str, pa.Table], counts: Mapping[str, Mapping[str, int]]
) -> dict[str, str]:
    """Files of a batch that fail the gate, as `file_sha256 -> reason`.

    `tables` holds the batch's landed rows by record type, `counts` each file's source records by outcome.
    """
    failures = {
        digest: reason for digest, outcome in counts.items() if (reason := _too_many_rejected(definition, outcome))
    }
    for record_type, table in tables.items():
        for digest, reason in _expectation_failures(LANDED[record_type], table).items():
            failures.setdefault(digest, reason)
    return failures


def _too_many_rejected(definition: FeedDefinition, counts: Mapping[str, int]) -> str:
    records, quarantined = counts["record_count"], counts["quarantined_count"]
    share = definition.maximum_rejected_share
    # One record is no pattern, however few there are beside it: it is set aside, and the feed goes on.
    if not records or quarantined <= max(share * records, bool(share)):
        return ""
    return (
        f"{quarantined} of {records} records are bad, more than the {share:.0%} that "
        f"feed {definition.feed} allows. Have the file mended and sent again, and discard this one; or mend the "
        "feed's definition and let it be read again: `oms quarantine again`."
    )


def _expectation_failures(contract: Contract, table: pa.Table) -> dict[str, str]:
    if not len(table):
        return {}
    frame = table.to_pandas()
    result = _validate(frame, _suite(contract, frame))
    failures: dict[str, str] = {}
    for outcome in result.results:
        if not outcome.success:
            config = outcome.expectation_config
            reason = f"{config.type} failed for {contract.name}.{config.kwargs.get('column', '*')}"
            for position in outcome.result.get("unexpected_index_list") or range(len(frame)):
                failures.setdefault(
                    frame["file_sha256"].iloc[position], f"{reason} at record {frame['row_number'].iloc[position]}."
                )
    return failures


def _suite(contract: Contract, frame: pd.DataFrame) -> gx.ExpectationSuite:
    """What the contract says, as expectations. Each costs Great Expectations up to ten milliseconds: so one stands
    for the presence of all columns, and of required columns only those with a gap get one, which says in which rows
    it is."""
    import great_expectations as gx

    names = [column.name for column in contract.columns]
    expectations = [gx.expectations.ExpectTableColumnsToMatchSet(column_set=names, exact_match=False)]
    gaps = set(frame.columns[frame.isna().any()])
    for column in contract.columns:
        expectations += _column_expectations(column, has_gap=column.name in gaps)
    return gx.ExpectationSuite(name=contract.name, expectations=expectations)


def _column_expectations(column: Column, *, has_gap: bool) -> list[Any]:
    import great_expectations as gx

    expectations: list[Any] = []
    if column.required and has_gap:
        expectations.append(gx.expectations.ExpectColumnValuesToNotBeNull(column=column.name))
    if column.allowed:
        expectations.append(
            gx.expectations.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.allowed))
        )
    if column.minimum is not None or column.maximum is not None:
        expectations.append(
            gx.expectations.ExpectColumnValuesToBeBetween(
                column=column.name, min_value=column.minimum, max_value=column.maximum
            )
        )
    return expectations


@cache
def _whole_frame() -> BatchDefinition[Any]:
    """Great Expectations' name for one of our frames as a batch; made once a process, as each context costs 50 ms."""
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("landing").add_dataframe_asset("batch")
    return asset.add_batch_definition_whole_dataframe("whole")


def _validate(frame: Any, suite: gx.ExpectationSuite) -> Any:
    return _whole_frame().get_batch({"dataframe": frame}).validate(suite, result_format="COMPLETE")
