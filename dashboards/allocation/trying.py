"""Sets of rules beside each other: what is tried, by which command, and what came of it as tables.

Belongs here: reading sets, the command, pure functions of its answer. Does not belong here: their look (`trying_view`),
what rules decide (`oms_core.allocation`), the command's work (`oms allocate --compare`).

A trial needs the warehouse, which only `pipelines` opens: so a page asks the command line, as a person would.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from oms_core.allocation.stated.rules import Rules, RulesError, read_rules
from oms_core.fulfilment.names import safe_name
from oms_core.store.questions.errands import Errand

#: Sets that can be tried at once beside the home's; bytes of each; seconds that all of it may take.
MOST_SETS, MOST_BYTES, MOST_SECONDS = 3, 64_000, 600
#: Seconds in which a trial that is ended may take away what it built to answer.
_TIDY_SECONDS = 10
HOME = "the home's"

MOVED = (
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("before", "By the home's rules", width=240),
    Shown("after", "By these", width=240),
    Shown("reason", "Why", width="large"),
)


class TrialFailed(Exception):  # noqa: N818 - reads as the sentence it is
    """The command could not try the rules; the message is its own last word."""


@dataclass(frozen=True)
class RuleSet:
    """Rules under the name by which they are told apart."""

    name: str
    rules: Rules


@dataclass(frozen=True)
class Tried:
    """What each set came to, as the command says it: figures by name, `places` and `lines`. `day`: None for the last
    run's orders. The first set is the home's."""

    sets: tuple[RuleSet, ...]
    day: date | None
    answers: tuple[Mapping[str, Any], ...]

    @property
    def labelled(self) -> list[tuple[RuleSet, Mapping[str, Any]]]:
        return list(zip(self.sets, self.answers, strict=True))


def read_sets(texts: Iterable[tuple[str, str]]) -> tuple[list[RuleSet], list[str]]:
    """The sets that can be followed, each under a name of its own; and why the others cannot, by name, line and key."""
    sets: list[RuleSet] = []
    refused: list[str] = []
    for name, text in texts:
        try:
            rules = read_rules(text)
        except RulesError as error:
            refused.append(f"{name}: {error}")
            continue
        taken = {HOME, *(one.name for one in sets)}
        numbered = (f"{name} ({number})" for number in range(2, len(taken) + 2))
        sets.append(RuleSet(next(n for n in (name, *numbered) if n not in taken), rules))
    return sets, refused


class Trial(Errand):
    """Sets tried on the orders of the last run, or of a past day; one at a time on this server."""

    _all_turns = threading.BoundedSemaphore(1)

    def __init__(self, home: Path, sets: Sequence[RuleSet], day: date | None, folder: Path) -> None:
        """`folder`: where the rules are written for the command, which is the caller's to take away."""
        files = []
        for number, one in enumerate(sets):
            files.append(folder / f"{number}-{safe_name(one.name)}")
            files[-1].write_text(one.rules.text, encoding="utf-8")
        command = [sys.executable, "-m", "pipelines.cli", "allocate", "--compare", *map(str, files), "--json"]
        if day is not None:
            command += ["--as-of", day.isoformat()]
        super().__init__(
            command, b"", {"OMS_HOME": str(home)}, MOST_SECONDS, self._all_turns, politely_seconds=_TIDY_SECONDS
        )
        self._sets, self._day = tuple(sets), day

    def tried(self) -> Tried:
        """What came of it, once it has ended. Raises TrialFailed."""
        code, output = self.result()
        if self.seconds >= MOST_SECONDS:
            raise TrialFailed(f"It took more than {MOST_SECONDS // 60} minutes, and was ended. Try fewer sets at once.")
        if code:
            # The command says what failed after a cross, in lines as wide as a terminal.
            words = " ".join(self.errors.rpartition("✗")[2].split())
            raise TrialFailed(words or f"The command ended with {code}.")
        return Tried(self._sets, self._day, tuple(json.loads(output)))


#: Figures in the order of the table: name, label, and what it is.
FIGURES = (
    ("cost_by_home_rules_minor", "Cost by the home's rules", "money"),
    ("cost_minor", "Cost by its own rules", "money"),
    ("gap", "Above the cheapest, at most", "share"),
    ("orders_shipped", "Orders shipped", "count"),
    ("orders_split", "Orders split over places", "count"),
    ("parcels", "Parcels", "count"),
    ("lines_allocated", "Lines allocated", "count"),
    ("lines_waiting", "Lines that wait", "count"),
    ("lines_held", "Lines held", "count"),
    ("units_allocated", "Units allocated", "count"),
    ("units_waiting", "Units that wait", "count"),
    ("units_for_a_wave", "Units told with a later wave", "count"),
    ("lines_late", "Lines that arrive past their promise", "count"),
    ("days_late", "Days late, all lines", "count"),
    ("lines_decided_anew", "Lines decided anew", "count"),
    ("lines_moved", "Lines moved from where they were promised", "count"),
)


#: What a set is judged by, nothing of it included.
_ALWAYS = ("orders_split", "lines_waiting", "lines_late")


def figures_table(tried: Tried) -> pd.DataFrame:
    """One row a figure that says anything of any set, one column a set, in words."""
    rows = []
    for name, label, kind in FIGURES:
        if not any(answer[name] for answer in tried.answers) and name not in _ALWAYS:
            continue
        shown = {one.name: _worded(answer[name], kind, one.rules.currency) for one, answer in tried.labelled}
        rows.append({"Figure": label, **shown})
    return pd.DataFrame(rows)


def _worded(value: Any, kind: str, currency: str) -> str:
    if value is None:
        return fmt.NOTHING
    if kind == "money":
        return fmt.money(value, currency)
    return fmt.share(value, 2) if kind == "share" else fmt.quantity(value)


def places_table(tried: Tried) -> pd.DataFrame:
    """One row a place that any set sends from: parcels of what it makes a day, and units, by set."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for one, answer in tried.labelled:
        for place in answer["places"]:
            of_most = "" if place["limit"] is None else f" of {place['limit']:,}"
            parcels, units = f"{place['parcels']:,}{of_most} parcels", fmt.counted(place["units"], "unit")
            rows[place["location_id"]][one.name] = f"{parcels}, {units}" if place["parcels"] else fmt.NOTHING
    used = {name: row for name, row in rows.items() if set(row.values()) != {fmt.NOTHING}}
    return pd.DataFrame([{"Location": name, **row} for name, row in sorted(used.items())])


def moved_table(base: Mapping[str, Any], other: Mapping[str, Any]) -> pd.DataFrame:
    """Lines that the other set decides otherwise than the first: where to before and after, and its reason."""
    before, after = _by_line(base), _by_line(other)
    rows = []
    for order_line_id, decided in after.items():
        was, now = (_where(lines) for lines in (before.get(order_line_id, []), decided))
        if was != now:
            reasons = " ".join(line["reason"] for line in decided)
            first = decided[0]
            rows.append(
                {"order_id": first["order_id"], "sku": first["sku"], "before": was, "after": now, "reason": reasons}
            )
    return pd.DataFrame(rows, columns=[column.name for column in MOVED])


def _by_line(answer: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in answer["lines"]:
        found[line["order_line_id"]].append(line)
    return found


def _where(lines: Iterable[Mapping[str, Any]]) -> str:
    """Where a line's units go, the same words for the same decision: `3 from WH-NORTH, 1 waits`."""
    verbs = {"allocated": "from", "backordered": "waiting", "held": "held", "expired": "no longer from"}
    parts = []
    for line in lines:
        verb = verbs.get(line["decision"], line["decision"])
        place = f" {line['location_id']}" if line["location_id"] and verb.endswith("from") else ""
        parts.append(f"{line['quantity']:,} {verb}{place}")
    return ", ".join(sorted(parts))
