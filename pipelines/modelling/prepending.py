"""The queries of ephemeral models, put before the query that reads them: what stands in for dbt's own function.

dbt's own takes the whole query apart to find the end of its `with`, which was a fifth of a small build.
Does not belong here: when it is put in dbt's place (`building`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt.artifacts.resources.v1.components import InjectedCTE

_SPACE_AND_COMMENTS = r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_WITH = re.compile(rf"{_SPACE_AND_COMMENTS}with(?:\s+recursive)?\b", re.IGNORECASE | re.DOTALL)


def prepended(sql: str, ctes: Sequence[InjectedCTE]) -> str:
    """A query that begins with `ctes`, whether or not it has some of its own."""
    if not ctes:
        return sql
    theirs = ", ".join(str(cte.sql) for cte in ctes)
    own = _WITH.match(sql)
    return f"{sql[: own.end()]}{theirs}, {sql[own.end() :]}" if own else f"with{theirs} {sql}"
