"""What is loaded of landed files: all of their rows, or those that were true by an instant.

Belongs here: which rows a question of the effective time reads, and which of several statements counts. Does not belong
here: loading them (`warehouse`), the question (`publication.replay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oms_core.contracts import RECEIVED
from oms_core.feeds.values.emission import STATEMENTS

#: Things rather than facts: a replay knows them all, whenever they became true.
_MASTER_DATA = frozenset({"products", "locations", "suppliers", "channels", "policies"})
#: What happened once, and counts as it was stated first, with its key; and whose number that is (dbt's `numbered_by`).
_HAPPENED = {contract.name: contract.key for contract in RECEIVED if contract.name not in STATEMENTS}
_WHOSE = {"stock_movements": ("if(kind = 'transfer_in', counterparty_location_id, location_id)",)}
_ROWS = "read_parquet($files, union_by_name = true)"


def first_stated(key: str) -> str:
    """The condition (`qualify`) that keeps the first statement of each key: of what happened once, the one that counts.

    The models of staging say the same; of one instant, file and row decide.
    """
    return f"row_number() over (partition by {key} order by known_at, file_sha256, row_number) = 1"


def landed_rows(record_type: str, files: Sequence[str], effective_until: datetime | None) -> tuple[str, dict[str, Any]]:
    """The rows of landed files as SQL, with its parameters: all, or those that were true by an instant."""
    parameters: dict[str, Any] = {"files": files}
    if effective_until is None or record_type in _MASTER_DATA:
        return _ROWS, parameters
    return _true_by(record_type), parameters | {"until": effective_until}


def _true_by(record_type: str) -> str:
    """The rows of files (`$files`) that were true by an instant (`$until`).

    What happened once was true when its first statement says so: what counts for nothing now did not then. An order
    line is what its channel had said of it by then. Of a line that was placed by then and first stated later, the first
    statement stands for what nobody had written down: an open line.
    """
    if record_type in _HAPPENED:
        key = ", ".join((*_HAPPENED[record_type], *_WHOSE.get(record_type, ())))
        return f"(select * from (select * from {_ROWS} qualify {first_stated(key)}) where effective_at <= $until)"  # noqa: S608
    if record_type != "order_lines":
        return f"(select * from {_ROWS} where effective_at <= $until)"  # noqa: S608
    line = "channel_id, order_ref, line_ref"
    return f"""(
        select * from {_ROWS} where effective_at <= $until and updated_at <= $until
        union all
        select * replace ('open' as line_status, null as status_reason, effective_at as updated_at) from {_ROWS}
        where effective_at <= $until
        qualify min(updated_at) over (partition by {line}) > $until
            and row_number() over (partition by {line} order by updated_at, known_at, row_number) = 1
    )"""  # noqa: S608
