"""What needs a person, counted: how many, how old, worth how much, and the worst few.

Belongs here: making it of the snapshot's lists, of documents, runs and proposals. Does not belong here: the lists
themselves (`worklists`), their look (`page`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboards.documents import rows
from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.source import Query, Source
from dashboards.today.worklists import WORKLISTS, Kind, Link, Worklist
from oms_core.fulfilment.partners import Partners
from oms_core.replenishment.proposing.releasing import is_by_rule
from oms_core.store.held import Held
from oms_core.store.operations import Decision, OutboxEntry, Run, Submission
from oms_core.store.operations.runs import BROKEN
from oms_core.store.operations.unreached import Unreached
from oms_core.store.published.snapshots import Manifest

#: Rows of each list that the page shows.
WORST = 5
#: Hours without a run after which somebody should look.
_RUN_HOURS = 36

RUN = Kind(
    name="failing_runs",
    title="The daily run",
    unit="run",
    help=f"The latest run failed or died, or none has published anything for {_RUN_HOURS} hours. Mend what the reason "
    "names, if it names anything, and `oms run`: nothing that was done is done twice.",
    nothing="the daily run is in order",
    columns=(Shown("run_id", "Run"), Shown("started_at", "Started", "instant"), Shown("why", "Why", width="large")),
    link=Link("Runs", "runs/page.py"),
)
DOCUMENTS = Kind(
    name="stuck_documents",
    title="Documents that are stuck",
    unit="document",
    help="Held, rejected, of unknown fate, not delivered, or without the answer that the partner owes.",
    nothing="every document is on its way or answered",
    columns=tuple(column for column in rows.DOCUMENTS if column.name != "sent_at"),
    link=Link("Documents", "documents/page.py"),
    opens=("documents/page.py", (("document", "document"),)),
)
_HELD_FILES = Kind(
    name="held_files",
    title="Files that stop their feed",
    unit="file",
    help="The file breaks what its feed promises as a whole, and its feed's later files wait behind it; others go on. "
    "Ask its sender for a good one and let the feed go on without this one by the command beside it; or mend what "
    "the reason names, and `oms quarantine again`.",
    nothing="no file stops its feed",
    columns=(
        Shown("feed", "Feed"),
        Shown("file_name", "File", width="medium"),
        Shown("reason", "Why", width="large"),
        Shown("command", "To go on without it", width="medium"),
    ),
    link=Link("Feeds", "runs/page.py", (("section", "What came in"),)),
    opens=("runs/page.py", (("feed", "feed"),)),
    extra=(("section", "What came in"),),
)
_UNREACHED = Kind(
    name="unreached_partners",
    title="Partners whose files cannot be fetched",
    unit="partner",
    help="What they lay down for us stays there: shipments, counts and answers are missing here. Mend the line, the "
    "key or the folder that the reason names, or `partners.yaml`; the next look takes what waits.",
    nothing="every partner's files are fetched",
    columns=(Shown("partner_id", "Partner"), Shown("since", "Since", "instant"), Shown("reason", "Why", width="large")),
    link=Link("Feeds", "runs/page.py", (("section", "What came in"),)),
)
_REVIEWS = Kind(
    name="reviews",
    title="Changes of the policy that wait for a second person",
    unit="change",
    help="Submitted by a planner. An approver looks at what each would do, and approves or rejects it.",
    nothing="no change of the policy waits for a review",
    columns=(
        Shown("number", "Change", "quantity", width=70),
        Shown("author", "By"),
        Shown("submitted_at", "Submitted", "instant"),
        Shown("applies_from", "From", "day", "The business day from which it shall apply; empty: the next run."),
        Shown("reason", "Why", width="large"),
    ),
    link=Link("Review", "safety_stock/page.py", (("view", "Policy versions"),)),
    opens=("safety_stock/page.py", (("change", "number"),)),
    extra=(("view", "Policy versions"),),
)
PROPOSALS = Kind(
    name="open_proposals",
    title="Proposals to buy and to move that wait for a decision",
    unit="proposal",
    help="What the last planning run would buy, and move between locations. Accepted ones become orders; what the "
    "policy accepts by itself is not among these, nor what waits for its supplier's turn.",
    nothing="every proposal is decided",
    columns=(
        Shown("sku", "SKU"),
        Shown("location_id", "For"),
        Shown("kind", "What"),
        Shown("quantity", "Units", "quantity"),
        Shown("value_minor", "At cost", "money"),
        Shown("reason", "Why", width="large"),
    ),
    link=Link("Proposals", "replenishment/page.py", (("state", "open"),)),
    opens=("replenishment/page.py", (("find", "sku"), ("location", "location_id"))),
    extra=(("state", "open"),),
)


@dataclass(frozen=True)
class Work:
    """What waits of one kind. `oldest_days` is empty where age says nothing; `money` where there is none. `every` makes
    the whole list of which `worst` is the head, for its download."""

    kind: Kind
    count: int
    oldest_days: int | None
    money: str
    worst: pd.DataFrame
    every: Callable[[], pd.DataFrame]

    @property
    def told(self) -> str:
        """Count, age and money in one line."""
        parts = [fmt.counted(self.count, self.kind.unit)]
        if self.oldest_days:
            parts.append(f"the oldest {fmt.counted(self.oldest_days, 'day')}")
        return ", ".join([*parts, self.money] if self.money else parts)


#: What is looked at first: what makes all else untrue, then customers, then stock, then what can wait a day.
_URGENCY = (
    *(
        "failing_runs",
        "held_files",
        "unreached_partners",
        "late_feeds",
        "late_backorders",
        "unsupplied",
        "at_risk",
        "stuck_documents",
        "held",
    ),
    *("quarantined", "cut_supply", "overdue_supply", "counts", "uncleared", "unknown_facts", "alarms"),
    *("idle_overrides", "reviews", "open_proposals"),
)


def by_urgency(works: Iterable[Work]) -> list[Work]:
    """The most urgent kind first. Raises ValueError for a kind of which nobody has said how urgent it is."""
    return sorted(works, key=lambda one: _URGENCY.index(one.kind.name))


def from_snapshot(source: Source) -> list[Work]:
    """Every list that the snapshot knows, in the order in which it is to be looked at."""
    return [_listed(source, work, source.manifest.as_of.date()) for work in WORKLISTS]


def ask(work: Worklist, today: date) -> Query:
    """How many, how old, and worth how much, one row a currency (`part` is `sum`); and the worst few, in order."""
    return Query(
        f"""
    {_items(work)},
    sums as (
        select 'sum' as part, currency, count(*)::bigint as items, max(age_days)::bigint as age_days,
               sum(value_minor)::bigint as value_minor
        from items group by currency order by currency),
    worst as (
        select 'worst' as part, * from ({_shown(work)}) order by {work.worst} limit {WORST})
    from sums union all by name from worst""",  # noqa: S608 - our own texts
        (today,),
    )


def _ask_all(work: Worklist, today: date) -> Query:
    """All of the list, in its order."""
    return Query(f"{_items(work)} select * from ({_shown(work)}) order by {work.worst}", (today,))  # noqa: S608


def _items(work: Worklist) -> str:
    return f"with today as (select cast(? as date) as day), items as ({work.items})"


def _shown(work: Worklist) -> str:
    return work.grouped or "select * from items"


def first_view(manifest: Manifest) -> Iterator[Query]:
    """What `from_snapshot` asks."""
    return (ask(work, manifest.as_of.date()) for work in WORKLISTS)


def _listed(source: Source, work: Worklist, today: date) -> Work:
    found = source.frame(ask(work, today))
    sums, worst = found[found["part"] == "sum"], found[found["part"] == "worst"]
    return Work(
        work,
        int(sums["items"].sum()),
        None if sums["age_days"].isna().all() else int(sums["age_days"].max()),
        _worth(sums, work.money_is),
        worst.reset_index(drop=True),
        lambda: source.fresh(_ask_all(work, today)),
    )


def _worth(sums: pd.DataFrame, money_is: str) -> str:
    """The money of `value_minor` by `currency` in words; nothing where there is none to tell."""
    if not money_is or sums.empty:
        return ""
    amounts = [
        (int(minor), currency)
        for minor, currency in zip(sums["value_minor"], sums["currency"], strict=True)
        if not pd.isna(minor)
    ]
    return f"{fmt.monies(amounts, whole=True)} {money_is}"


def stuck_documents(documents: Sequence[OutboxEntry], partners: Partners, now: datetime) -> Work:
    """Documents that wait for somebody, the oldest first."""
    ages = [rows.age_days(one, now) for one in documents]
    shown = rows.documents_table(documents[:WORST], partners, now, are_stuck=True)
    every = lambda: rows.documents_table(documents, partners, now, are_stuck=True)  # noqa: E731 - made when asked for
    return Work(DOCUMENTS, len(documents), max(ages, default=None), "", shown, every)


def reviews(waiting: Sequence[Submission], now: datetime) -> Work:
    """Changes of the policy that nobody has approved or rejected, the oldest first."""
    found: list[dict[str, object]] = [
        {
            "number": one.submission_number,
            **{name: getattr(one, name) for name in ("author", "submitted_at", "applies_from", "reason")},
        }
        for one in sorted(waiting, key=lambda one: one.submission_number)
    ]
    oldest = max(((now - one.submitted_at).days for one in waiting), default=None)
    return _known(_REVIEWS, found, oldest)


def _known(kind: Kind, found: list[dict[str, object]], oldest_days: int | None) -> Work:
    """Of rows that the store or the home have said."""
    every = pd.DataFrame(found, columns=[column.name for column in kind.columns])
    return Work(kind, len(found), oldest_days, "", every.head(WORST), lambda: every)


def held_files(held: Sequence[Held]) -> Work:
    """Files that stop their feed, with the command that lets it go on."""
    found: list[dict[str, object]] = [
        {
            "feed": one.feed,
            "file_name": one.file_name,
            "reason": one.reason,
            "command": f"oms quarantine discard {one.file_sha256[:12]}",
        }
        for one in held
    ]
    return _known(_HELD_FILES, found, None)


def unreached_partners(unreached: Sequence[Unreached], now: datetime) -> Work:
    """Partners whose files could not be fetched at the last look."""
    found: list[dict[str, object]] = [
        {"partner_id": one.partner_id, "since": one.since, "reason": one.reason} for one in unreached
    ]
    return _known(_UNREACHED, found, max(((now - one.since).days for one in unreached), default=None))


def failing_runs(runs: Sequence[Run], published_at: datetime, now: datetime) -> Work:
    """The latest run that works no more, where it failed or died; or none, where the last one is too long ago. The
    latest started come first."""
    found: list[dict[str, object]] = []
    ended = next((run for run in runs if run.state != "running"), None)
    if ended and ended.state in BROKEN:
        why = "; ".join(str(failure) for failure in ended.summary.get("failures", ())) or "no reason is on record"
        found.append({"run_id": ended.run_id, "started_at": ended.started_at, "why": why})
    elif now - published_at > timedelta(hours=_RUN_HOURS):
        why = f"nothing was published for {(now - published_at).days} days: what follows is as old"
        found.append({"run_id": "none since", "started_at": published_at, "why": why})
    silent_days = (now - published_at).days
    return _known(RUN, found, silent_days if found else None)


def open_proposals(source: Source, decided: Mapping[str, Decision], today: date) -> Work:
    """Proposals of the last planning run that nobody has decided about; `decided`: the others, by their refs. What
    waits for its supplier's turn asks for no decision yet."""
    # Refs are hexadecimal digits: one text holds them all.
    refs = (" ".join(sorted(decided)),)
    items = """
        select * from fct_replenishment
        where not list_contains(string_split(?, ' '), proposal_ref) and waits_for is distinct from 'turn'"""
    sums = source.frame(Query(f"""
        select currency, count(*)::bigint as items, sum(value_minor)::bigint as value_minor, min(business_date) as since
        from ({items}) group by currency order by currency""", refs))  # fmt: skip  # noqa: S608 - our own texts
    every = Query(f"{items} order by value_minor desc, proposal_ref", refs)
    worst = source.frame(Query(f"{every.sql} limit {WORST}", refs))
    oldest = None if sums.empty else (today - sums["since"].min()).days
    count, worth = int(sums["items"].sum()), _worth(sums, "at cost")
    by_rule = sum(is_by_rule(one.author) for one in decided.values())
    worth += f"; {by_rule:,} accepted by rule" if by_rule else ""
    return Work(PROPOSALS, count, oldest, worth, worst, lambda: source.fresh(every))
