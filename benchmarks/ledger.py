"""The ledger and the order states at size: a rebuild, a day on top of it, and what bare DuckDB takes for the rebuild.

The twin simulates eleven days of 30,000 lines and the day after. The days are laid end to end, each copy with its own
orders and documents, until the history has the lines asked for. What a copy leaves unshipped its channels cancel the
day after: nobody's orders of last year still wait. Landing is written directly: parsing has figures of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.measure import Figure, Usage, run
from oms_core.contracts import LANDED, LINEAGE
from oms_core.twin import NetworkSpec, TwinHome, simulate_history
from pipelines.home import PROFILES, Home, create_home
from pipelines.log import Log, Unit
from pipelines.reception.landing import land_inbox

SIZES = (1_000_000, 3_000_000, 10_000_000)
_DAYS = 11
_SPEC = NetworkSpec(
    months=1, lines_per_day=30_000, sku_count=8_000, store_sku_count=2_000, drop_ship_sku_count=600, has_dirt=False,
    daily_file_days=40,
)  # fmt: skip
#: Lines that make 1.2 million orders.
_RECONCILED_LINES = 2_200_000
#: Columns that name a thing of one copy: orders, documents, counts.
_REFERENCES = ("order_ref", "movement_ref", "po_ref", "adjustment_ref", "count_ref", "event_ref")
_BARE_NAME = "bare.duckdb"
_MASTERS = ("products", "locations", "suppliers", "channels")
#: What makes the running balances and the states of lines, which is all that the bare script makes.
_SAME = frozenset({
    "stg_order_lines", "stg_order_events", "stg_order_adjustments", "stg_stock_movements", "stg_stock_counts",
    "int_sales", "int_adjustment_matches", "int_order_adjustments", "int_order_returns", "int_returns_twice",
    "int_touched_lines", "int_count_variances", "int_count_holds", "int_blocked_moves", "int_order_lines",
    "fct_inventory_postings", "fct_inventory_daily",
})  # fmt: skip
_BUILD = """
import sys, time
from datetime import datetime
from pathlib import Path
from pipelines.home import Home
from pipelines.modelling.building import build, warm_up
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.ticket import Ticket
from pipelines.modelling.warehouse import load, note_run, remove_warehouse
home, as_of, how = Home(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2]), sys.argv[3]
ticket, seconds, nodes = Ticket(as_of.isoformat(), as_of), [], []
def timed(work, *arguments):
    started = time.perf_counter()
    done = work(*arguments)
    seconds.append(time.perf_counter() - started)
    return done
def model(tag):
    note_run(home, as_of.date(), tag)
    nodes.extend(timed(build, home, tag))
warm_up().result()
if how == "rebuild":
    remove_warehouse(home)
timed(load, home, as_of, ticket.run_id)
model("ground")
if how == "run":
    allocate_open_lines(home, ticket)
model("decisions")
for node in sorted(nodes, key=lambda node: -node.seconds)[:int(sys.argv[4])]:
    print(node.name, round(node.seconds, 2), node.status)
same = sum(node.seconds for node in nodes if node.name in sys.argv[5:]) / sum(node.seconds for node in nodes)
print(seconds[0] + same * sum(seconds[1:]), sum(seconds))
"""


def simulate(folder: Path) -> tuple[Home, date]:
    """A home whose log holds the simulated days; the first of them."""
    home = Home(folder / "simulated")
    create_home(home, PROFILES["demo"], {})
    start = _SPEC.history_start
    simulate_history(_SPEC, TwinHome(home.inbox, folder / "twin", folder / "truth"), start + timedelta(days=_DAYS))
    land_inbox(home, datetime.now(UTC))
    return home, start


def lay_out(folder: Path, simulated: Home, start: date, lines: int) -> tuple[Home, datetime]:
    """A home whose log holds as many copies of the days as make `lines`; the end of the last day."""
    home = Home(folder / str(lines))
    create_home(home, PROFILES["demo"], {})
    copies = round(lines / _SPEC.lines_per_day / _DAYS)
    for copy in range(copies):
        _write_copy(home, simulated, start, copy, (0, _DAYS), with_tail=copy < copies - 1)
    return home, _end_of(start, copies * _DAYS - 1)


def add_day(home: Home, simulated: Home, start: date, as_of: datetime) -> datetime:
    """The simulated day after the last copy's, landed; its end."""
    copies = ((as_of.date() - start).days + 1) // _DAYS
    _write_copy(home, simulated, start, copies - 1, (_DAYS, _DAYS + 1), with_tail=False)
    return as_of + timedelta(days=1)


def _write_copy(home: Home, simulated: Home, start: date, copy: int, days: tuple[int, int], *, with_tail: bool) -> None:
    """Land a copy of some days. `with_tail`: and what the day after them ships, so that nothing stays open for ever."""
    log, source = Log(home.landing), Log(simulated.landing)
    digest = f"{copy:032x}{days[0]:032x}"
    staged = log.stage("benchmark", digest)
    tables: dict[str, int] = {}
    since, until = (start + timedelta(days=n) for n in days)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        for record_type in LANDED:
            files = [str(source.path(unit, record_type)) for unit in source.units if record_type in unit.tables]
            if not files or (record_type in _MASTERS and (copy or days[0])):
                continue
            chosen = ", ".join(_shifted(c.name, c.dtype, copy) for c in (*LANDED[record_type].columns, *LINEAGE))
            kept = _kept(record_type, copy, with_tail)
            path = staged / f"{record_type}.parquet"
            connection.execute(
                f"copy (select {chosen} from read_parquet($files) where {kept}) to '{path}'",
                {"files": files, "until": until, "since": since},
            )
            tables[record_type] = _row_count(connection, path)
        if with_tail:
            lines = staged / "order_lines.parquet"
            _cancel_unshipped(connection, lines, staged / "stock_movements.parquet")
            tables["order_lines"] = _row_count(connection, lines)
    known_at = _end_of(start, copy * _DAYS + days[1] - 1)
    counts = {"record_count": sum(tables.values()), "accepted_count": sum(tables.values())}
    log.commit(staged, Unit("benchmark", digest, f"copy-{copy}", known_at, 0, counts, tables))


def _row_count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    return int(connection.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone()[0])


def _cancel_unshipped(connection: duckdb.DuckDBPyConnection, lines: Path, movements: Path) -> None:
    """State the lines of a copy's file of which not all was shipped once more, as cancelled on the copy's last day."""
    stated = lines.rename(lines.with_suffix(".stated"))
    connection.execute(f"""copy (
        with lines as (select * from read_parquet('{stated}')),
        shipped as (
            select channel_id, order_ref, order_line_ref as line_ref, sum(quantity) as quantity
            from read_parquet('{movements}') where kind = 'shipment' group by all),
        unshipped as (
            select lines.* from lines left join shipped using (channel_id, order_ref, line_ref)
            where line_status not in ('fulfilled', 'cancelled') and coalesce(shipped.quantity, 0) < lines.quantity
            qualify row_number() over (partition by channel_id, order_ref, line_ref order by updated_at desc) = 1)
        from lines union all by name
        select * replace ('cancelled' as line_status, 'no stock' as status_reason,
            (select max(updated_at) from lines) as updated_at, file_sha256 || '-cancelled' as file_sha256)
        from unshipped
        ) to '{lines}'""")
    stated.unlink()


def _kept(record_type: str, copy: int, with_tail: bool) -> str:
    if record_type in _MASTERS:
        return "business_date <= greatest($since, $until)"
    days = "business_date >= $since and business_date < $until"
    if record_type != "stock_movements":
        return days
    tail = " or (kind = 'shipment' and business_date = $until)" if with_tail else ""
    return f"(({days}){tail})" + (" and kind <> 'opening'" if copy else "")


def _shifted(name: str, dtype: str, copy: int) -> str:
    if name in _REFERENCES:
        return f"{name} || '-{copy}' as {name}"
    if dtype == "timestamp":
        return f"{name} + to_days({copy * _DAYS}) as {name}"
    if dtype == "date":
        return f"cast({name} + {copy * _DAYS} as date) as {name}"
    return name


def _end_of(start: date, days: int) -> datetime:
    return datetime.combine(start + timedelta(days=days + 1), datetime.min.time(), UTC) - timedelta(seconds=1)


def build(home: Home, as_of: datetime, how: str, shown: int = 0) -> tuple[float, float, Usage]:
    """Seconds to load what is new and to build and test every model, once dbt has started (in a run it starts while
    files are read); those of loading and of `_SAME`, by their share of all that the nodes took; and what the process
    used.

    `how`: `run` decides the open lines between the two builds (not timed), `rebuild` begins without a warehouse.
    """
    used = run([sys.executable, "-c", _BUILD, str(home.root), as_of.isoformat(), how, str(shown), *_SAME])
    same, whole = used.output.split()[-2:]
    return float(whole), float(same), used


def bare(home: Home) -> Usage:
    """The same line states and running balances from the same Parquet, by a bare DuckDB script."""
    return run([sys.executable, "-c", _BARE, str(home.landing), str(home.root / _BARE_NAME)])


_EXAMINE = """
import sys, time
from pathlib import Path
from pipelines.home import Home
from pipelines.modelling.proofs import try_all
from pipelines.modelling.warehouse import select_frame
home, started = Home(Path(sys.argv[1])), time.perf_counter()
offending = [proof.name for proof, rows in try_all(home) if len(rows) and proof.is_error]
seconds = time.perf_counter() - started
if offending:
    raise SystemExit(f"offending rows: {offending}")
print(select_frame(home, "select count(*) as orders from fct_orders")["orders"][0], seconds)
"""
_BARE = """
import sys, duckdb
landing, path = sys.argv[1:]
c = duckdb.connect(path, config={"memory_limit": "4GB"})
c.execute("set preserve_insertion_order = false")
def rows(name): return f"read_parquet('{landing}/benchmark/*/{name}.parquet')"
c.execute(f'''create table postings as
  with moved as (
    select location_id || ':' || movement_ref || ':' || line_ref as movement_id, kind, sku, location_id, effective_at,
      case when kind in ('shipment', 'transfer_out') then -quantity else quantity end as quantity,
      channel_id || ':' || order_ref || ':' || order_line_ref as order_line_id, business_date
    from {rows("stock_movements")}
    union all
    select channel_id || ':' || order_ref || ':' || line_ref, 'sale', sku, location_id, effective_at, -quantity,
      channel_id || ':' || order_ref || ':' || line_ref, business_date
    from {rows("order_lines")} where line_status = 'fulfilled'
    union all
    select channel_id || ':' || adjustment_ref || ':' || line_ref, 'return', sku, location_id, effective_at, quantity,
      null, business_date
    from {rows("order_adjustments")} where location_id is not null)
  select movement_id, kind, account, sku, location_id, effective_at, order_line_id, business_date,
    case when account = 'on_hand' then quantity else -quantity end as quantity,
    case when account = 'on_hand' then sum(quantity) over (
      partition by account, sku, location_id order by effective_at, movement_id rows unbounded preceding) end as balance
  from moved cross join (values ('on_hand'), ('other')) as accounts(account)''')
c.execute(f'''create table line_states as
  with lines as (
    select channel_id || ':' || order_ref || ':' || line_ref as order_line_id, *,
      row_number() over (partition by channel_id, order_ref, line_ref order by updated_at desc, known_at desc) as n
    from {rows("order_lines")}),
  shipped as (
    select order_line_id, sum(-quantity) filter (kind in ('shipment', 'sale')) as qty_shipped,
      sum(quantity) filter (kind = 'return') as qty_returned, max(effective_at) as last_at
    from postings where account = 'on_hand' and order_line_id is not null group by order_line_id)
  select lines.* exclude (n), coalesce(qty_shipped, 0) as qty_shipped, coalesce(qty_returned, 0) as qty_returned,
    last_at,
    case when line_status in ('held', 'cancelled') then line_status when qty_shipped >= quantity then 'fulfilled'
      else 'open' end as line_state
  from lines left join shipped using (order_line_id) where n = 1''')
c.execute("checkpoint")
print(c.execute("select count(*) from postings").fetchone()[0])
"""


def ledger(folder: Path) -> list[Figure]:
    """Rebuild and day at each size, the rebuild beside bare DuckDB."""
    simulated, start = simulate(folder)
    return [figure for size in SIZES for figure in _at_size(folder, simulated, start, size)]


def reconcile(folder: Path) -> list[Figure]:
    """Every proof over every row of a warehouse of 1.2 million orders and 8,000 SKUs: orders against reservations
    against ledger, by `oms doctor`."""
    simulated, start = simulate(folder)
    home, as_of = lay_out(folder, simulated, start, _RECONCILED_LINES)
    build(home, as_of, "run")
    used = run([sys.executable, "-c", _EXAMINE, str(home.root)])
    orders, seconds = used.output.split()[-2:]
    name = f"reconcile.{int(orders) / 1e6:.1f}_million_orders"
    return [
        Figure(name, round(float(seconds), 1), "s", "", None, "< 60 s"),
        Figure(f"{name}.peak_memory", round(used.peak_gib, 2), "GiB", "", None, "< 4 GiB"),
    ]


def _at_size(folder: Path, simulated: Home, start: date, lines: int) -> Iterator[Figure]:
    home, as_of = lay_out(folder, simulated, start, lines)
    anchor = bare(home).seconds
    (home.root / _BARE_NAME).unlink()
    build(home, as_of, "run")
    rebuild, same, used = build(home, as_of, "rebuild")
    day, _, _ = build(home, add_day(home, simulated, start, as_of), "run")
    name, beside = f"ledger.{lines / 1e6:g}_million_lines", f"bare DuckDB {anchor:.1f} s"
    yield Figure(f"{name}.rebuild", round(rebuild, 1), "s", beside, round(rebuild / anchor, 2), "≤ 2 ×")
    yield Figure(f"{name}.rebuild.balances_and_line_states", round(same, 1), "s", beside, round(same / anchor, 2))
    yield Figure(f"{name}.rebuild.peak_memory", round(used.peak_gib, 2), "GiB", "", None, "< 8 GiB")
    yield Figure(f"{name}.day", round(day, 1), "s", "the rebuild", round(day / rebuild, 3), "≤ 1/20")
