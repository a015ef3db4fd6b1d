"""What needs a person, counted: how many, how old, worth how much, and the worst few.

Belongs here: making it of the snapshot's lists, of documents, runs and proposals. Does not belong here: the lists
themselves (`worklists`), their look (`page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboards import format as fmt
from dashboards.source import Query, Source
from dashboards.table import Shown
from dashboards.today.worklists import WORKLISTS, Link, Worklist
from oms_core.store.operations import OutboxEntry, Run

#: Rows of each list that the page shows.
WORST = 5
#: Hours without a run after which somebody should look.
_RUN_HOURS = 36

DOCUMENTS = (
    Shown("export_id", "Document"),
    Shown("partner_id", "Partner"),
    Shown("kind", "Kind"),
    Shown("state", "State"),
    Shown("lines", "Lines", "quantity"),
    Shown("age_days", "Days", "quantity"),
    Shown("why", "Why", width="large"),
)
PROPOSALS = (
    Shown("sku", "SKU"),
    Shown("location_id", "For"),
    Shown("kind", "What"),
    Shown("quantity", "Units", "quantity"),
    Shown("value_minor", "At cost", "money"),
    Shown("reason", "Why", width="large"),
)
RUNS = (Shown("run_id", "Run"), Shown("started_at", "Started", "instant"), Shown("why", "Why", width="large"))


@dataclass(frozen=True)
class Work:
    """One kind of work. `oldest_days` is empty where age says nothing; `money` where there is none."""

    name: str
    title: str
    unit: str
    help: str
    nothing: str
    count: int
    oldest_days: int | None
    money: str
    worst: pd.DataFrame
    columns: Sequence[Shown]
    link: Link | None
    opens: tuple[str, tuple[tuple[str, str], ...]] | None = None
    extra: tuple[tuple[str, str], ...] = ()
    #: Where no page can mend it, the command that can.
    command: str = ""

    @property
    def told(self) -> str:
        """Count, age and money in one line."""
        parts = [f"{self.count:,} {self.unit}{'' if self.count == 1 else 's'}"]
        if self.oldest_days:
            parts.append(f"the oldest {self.oldest_days:,} day{'' if self.oldest_days == 1 else 's'}")
        return ", ".join([*parts, self.money] if self.money else parts)


#: What is looked at first: what makes all else untrue, then customers, then stock, then what can wait a day.
_URGENCY = (
    *("failing_runs", "late_feeds", "late_backorders", "unsupplied", "at_risk", "stuck_documents", "held"),
    *("quarantined", "overdue_supply", "counts", "unknown_facts", "alarms", "open_proposals"),
)


def by_urgency(works: Iterable[Work]) -> list[Work]:
    """The most urgent kind first. Raises ValueError for a kind of which nobody has said how urgent it is."""
    return sorted(works, key=lambda one: _URGENCY.index(one.name))


def from_snapshot(source: Source) -> list[Work]:
    """Every list that the snapshot knows, in the order in which it is to be looked at."""
    return [_listed(source, work, source.manifest.as_of.date()) for work in WORKLISTS]


def totals(work: Worklist, today: date) -> Query:
    """How many, how old, and worth how much, one row a currency."""
    return Query(
        f"""
    with today as (select cast(? as date) as day), items as ({work.items})
    select currency, count(*)::bigint as items, max(age_days)::bigint as age_days,
           sum(value_minor)::bigint as value_minor
    from items group by currency order by currency""",  # noqa: S608 - our own texts
        (today,),
    )


def worst(work: Worklist, today: date) -> Query:
    """The worst few."""
    return Query(
        f"""
    with today as (select cast(? as date) as day), items as ({work.items})
    select * from ({work.grouped or "select * from items"}) order by {work.worst} limit {WORST}""",  # noqa: S608 - as above
        (today,),
    )


def _listed(source: Source, work: Worklist, today: date) -> Work:
    found = source.rows(totals(work, today))
    ages = [row["age_days"] for row in found if row["age_days"] is not None]
    money = fmt.monies([(row["value_minor"], row["currency"]) for row in found], whole=True)
    return Work(
        work.name,
        work.title,
        work.unit,
        work.help,
        work.nothing,
        sum(row["items"] for row in found),
        max(ages) if ages else None,
        f"{money} {work.money_is}" if work.money_is and found else "",
        source.frame(worst(work, today)),
        work.columns,
        work.link,
        work.opens,
        work.extra,
    )


def stuck_documents(documents: Sequence[OutboxEntry], now: datetime) -> Work:
    """Documents that wait for somebody, the oldest first."""
    ages = [(now - (one.sent_at or one.created_at)).days for one in documents]
    rows = [
        {
            "export_id": fmt.short(one.export_id),
            "partner_id": one.partner_id,
            "kind": one.document_type.replace("_", " "),
            "state": "overdue" if one.state == "sent" else one.state,
            "lines": one.line_count,
            "age_days": age,
            "why": one.answer or one.problem or _WHY_STUCK[one.state],
        }
        for one, age in zip(documents, ages, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in DOCUMENTS])
    return Work(
        name="stuck_documents",
        title="Documents that are stuck",
        unit="document",
        help="Held, rejected, of unknown fate, not delivered, or without the answer that the partner owes.",
        nothing="every document is on its way or answered",
        count=len(rows),
        oldest_days=max(ages, default=None),
        money="",
        worst=frame.head(WORST),
        columns=DOCUMENTS,
        link=None,
        command="oms exports list --stuck",
    )


_WHY_STUCK = {
    "new": "it could not be delivered",
    "held": "somebody holds it",
    "sent": "the partner has not answered in its time",
    "rejected": "the partner rejected it",
    "unknown": "it was handed over, and nobody knows whether it arrived",
}


def failing_runs(runs: Sequence[Run], published_at: datetime, now: datetime) -> Work:
    """The latest run, where it failed; or none, where the last one is too long ago. The latest started come first."""
    rows = []
    if runs and runs[0].state == "failed":
        why = "; ".join(str(failure) for failure in runs[0].summary.get("failures", ())) or "no reason is on record"
        rows.append({"run_id": runs[0].run_id, "started_at": runs[0].started_at, "why": why})
    elif now - published_at > timedelta(hours=_RUN_HOURS):
        why = f"nothing was published for {(now - published_at).days} days: what follows is as old"
        rows.append({"run_id": "none since", "started_at": published_at, "why": why})
    return Work(
        name="failing_runs",
        title="The daily run",
        unit="run",
        help=f"The latest run failed, or none has published anything for {_RUN_HOURS} hours.",
        nothing="the daily run is in order",
        count=len(rows),
        oldest_days=(now - published_at).days if rows else None,
        money="",
        worst=pd.DataFrame(rows, columns=[column.name for column in RUNS]),
        columns=RUNS,
        link=Link("Runs", "runs/page.py"),
    )


def open_proposals(source: Source, decided: Iterable[str], today: date) -> Work:
    """Proposals of the last planning run that nobody has decided about; `decided`: refs of the others."""
    items = """
        select *, null::bigint as age_days from fct_replenishment
        where not list_contains(string_split(?, ' '), proposal_ref)"""
    # Refs are hexadecimal digits: one text holds them all.
    refs = (" ".join(sorted(decided)),)
    found = source.rows(Query(f"""
        select currency, count(*)::bigint as items, sum(value_minor)::bigint as value_minor, min(business_date) as since
        from ({items}) group by currency order by currency""", refs))  # fmt: skip  # noqa: S608 - our own texts
    since = [row["since"] for row in found]
    return Work(
        name="open_proposals",
        title="Proposals to buy and to move that wait for a decision",
        unit="proposal",
        help="What the last planning run would buy, and move between locations. Accepted ones become orders.",
        nothing="every proposal is decided",
        count=sum(row["items"] for row in found),
        oldest_days=(today - min(since)).days if since else None,
        money=f"{fmt.monies([(row['value_minor'], row['currency']) for row in found], whole=True)} at cost"
        if found
        else "",
        worst=source.frame(Query(f"{items} order by value_minor desc, proposal_ref limit {WORST}", refs)),
        columns=PROPOSALS,
        link=Link("Proposals", "replenishment/page.py", (("state", "open"),)),
        opens=("replenishment/page.py", (("find", "sku"), ("location", "location_id"))),
    )
