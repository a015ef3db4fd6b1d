"""From waiting lines to the supply that they are promised: read, peg, land.

Belongs here: what is read for it and what is landed. Does not belong here: the rule
(`oms_core.allocation.promises.pegging`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

import pyarrow as pa

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.promises.pegging import (
    Peg,
    PreSale,
    Supply,
    SupplyKey,
    Waiting,
    beyond_gaps,
    on_working_days,
    peg,
    set_aside,
    why_pre_sold,
)
from oms_core.allocation.sourcing import prepared
from oms_core.allocation.stated.problem import Problem
from oms_core.allocation.stated.terms import Terms
from oms_core.contracts.decisions import PEGS
from pipelines.fulfilment.ground import LEVELS, PROMISES, read_problem
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import latest_run, load, select_table
from pipelines.ticket import Ticket

Row: TypeAlias = dict[str, Any]

_WAITING = """
    select decided.order_line_id, decided.channel_id, decided.order_ref, decided.line_ref, decided.sku,
           decided.quantity, decided.decision_rank, decided.qty_served, decided.is_held,
           lines.business_date as placed_date
    from (
        select channel_id || ':' || order_ref || ':' || line_ref as order_line_id, channel_id, order_ref, line_ref, sku,
               decision_rank, sum(quantity) filter (decision in ('backordered', 'held'))::bigint as quantity,
               bool_or(decision = 'held') as is_held,
               coalesce(sum(quantity) filter (decision = 'allocated'), 0)::bigint as qty_served
        from raw.allocations where run_id = ? group by all having quantity > 0
    ) as decided
    join int_order_lines as lines using (order_line_id) order by decided.decision_rank"""
_COMING = """
    select supply_type, supply_ref, sku, location_id, available_date, qty_coming, is_locked from int_coming_supply"""
#: What places lack: where more is promised, kept back and in doubt than there is for sale, that much of what comes is
#: spoken for, and no run would release it.
_GAPS = f"""
    with parts as (
        select sku, location_id, qty_reserved + qty_in_doubt - qty_sellable - qty_oversell as quantity
        from int_stock_balance
        union all
        select sku, location_id, quantity from ({PROMISES}) where run_id = $run_id
        union all
        select sku, location_id, qty_kept_back from ({LEVELS})
    )
    select sku, location_id, sum(quantity)::bigint as qty_gap from parts
    where exists (from int_coming_supply c where c.sku = parts.sku and c.location_id = parts.location_id)
    group by all having sum(quantity) > 0"""  # noqa: S608 - our own texts
_EARLIER = f"""
    select channel_id || ':' || order_ref || ':' || line_ref as order_line_id, supply_type, supply_ref, sku,
           location_id, quantity, available_date, coalesce(qty_pre_sold, 0) as qty_pre_sold
    from raw.pegs
    where run_id = ({latest_run("raw.allocations", "run_id <> ?")})"""  # noqa: S608 - our own texts

_PRE_SALES = """
    select supply_type, supply_ref, sku, location_id, channel_id, share, units, open_from from int_pre_sell_terms"""
_PROMISED = """
    select count(distinct (channel_id, order_ref, line_ref)) filter (promised_date is not null)::bigint as promised,
           count(distinct (channel_id, order_ref, line_ref)) filter (qty_pre_sold > 0)::bigint as pre_sold
    from raw.pegs where run_id = ?"""


def peg_waiting_lines(home: Home, ticket: Ticket) -> dict[str, int]:
    """Peg what the run left waiting to the supply that is to come, once a run; lines that wait, and lines that are
    promised and that are sold ahead of their supply: of these, also held ones."""
    waiting = select_table(home, _WAITING, [ticket.run_id]).to_pylist()
    if waiting and not Log(home.landing).of_run(ticket.run_id, PEGS.name):
        earlier = select_table(home, _EARLIER, [ticket.run_id]).to_pylist()
        ahead = {row["order_line_id"] for row in earlier if row["qty_pre_sold"]}
        waiting = [row for row in waiting if not row["is_held"] or row["order_line_id"] in ahead]
        problem, terms = read_problem(home), Terms(home.sourcing_rules, ticket.as_of)
        lines = _lines(waiting, _senders(problem, terms), earlier)
        aside = set_aside(prepared(problem, terms), ticket.as_of.date())
        coming = on_working_days(_supply(home, ticket), problem.locations, terms.rules)
        pegs = peg(lines, coming, _by_supply(earlier), _pre_sales(home), aside)
        table = _table(pegs, waiting, ticket)
        if table.num_rows:
            land_decision(Log(home.landing), table, PEGS.name, ticket.run_id, ticket.as_of)
    load(home, ticket.as_of, ticket.run_id)
    (promised,) = select_table(home, _PROMISED, [ticket.run_id]).to_pylist()
    return {"waiting": sum(not row["is_held"] for row in waiting), **promised}


def _senders(problem: Problem, terms: Terms) -> dict[str, frozenset[str]]:
    """Who may send each line that could be decided, by the rules that the run follows."""
    costed = CostedProblem(replace(problem, lines=()), terms)
    lines = (*problem.lines, *(promised.line for promised in problem.unreleased))
    return {line.order_line_id: costed.senders(line) for line in lines}


def _supply(home: Home, ticket: Ticket) -> list[Supply]:
    coming = [Supply(*row.values()) for row in select_table(home, _COMING).to_pylist()]
    gaps = select_table(home, _GAPS, {"run_id": ticket.run_id}).to_pylist()
    return beyond_gaps(coming, {(row["sku"], row["location_id"]): row["qty_gap"] for row in gaps})


def _lines(waiting: list[Row], senders: Mapping[str, frozenset[str]], earlier: list[Row]) -> list[Waiting]:
    units: Counter[str] = Counter()
    days: dict[str, date] = {}
    for row in earlier:
        if row["qty_pre_sold"]:
            line_id = row["order_line_id"]
            units[line_id] += row["qty_pre_sold"]
            days[line_id] = max(days.get(line_id, row["available_date"]), row["available_date"])
    return [
        Waiting(
            line_id := row["order_line_id"], row["sku"], row["quantity"], row["decision_rank"], senders[line_id],
            row["channel_id"], row["placed_date"], max(units[line_id] - row["qty_served"], 0), days.get(line_id),
            row["is_held"],
        )
        for row in waiting
    ]  # fmt: skip


def _by_supply(earlier: list[Row]) -> dict[str, dict[SupplyKey, int]]:
    pegs: dict[str, dict[SupplyKey, int]] = defaultdict(dict)
    for row in earlier:
        pegs[row["order_line_id"]][_key(row)] = row["quantity"]
    return pegs


def _pre_sales(home: Home) -> dict[tuple[SupplyKey, str], PreSale]:
    rows = select_table(home, _PRE_SALES).to_pylist()
    return {(_key(row), row["channel_id"]): PreSale(row["share"], row["units"], row["open_from"]) for row in rows}


def _key(row: Row) -> SupplyKey:
    return (row["supply_type"], row["supply_ref"], row["sku"], row["location_id"])


def _table(pegs: list[Peg], waiting: list[Row], ticket: Ticket) -> pa.Table:
    reasons = why_pre_sold(pegs)
    lines = {
        row["order_line_id"]: {name: row[name] for name in ("channel_id", "order_ref", "line_ref")} for row in waiting
    }
    rows = [
        {
            "run_id": ticket.run_id,
            **lines[peg.order_line_id],
            "sku": peg.supply.sku,
            "supply_type": peg.supply.supply_type,
            "supply_ref": peg.supply.supply_ref,
            "location_id": peg.supply.location_id,
            "quantity": peg.quantity,
            "available_date": peg.supply.available_date,
            "is_locked": peg.is_locked,
            "promised_date": peg.promised_date,
            "qty_pre_sold": peg.qty_pre_sold or None,
            "pre_sell_reason": reasons.get(peg.order_line_id) if peg.qty_pre_sold else None,
            "effective_at": ticket.as_of,
            "business_date": ticket.business_date,
        }
        for peg in pegs
    ]
    return pa.Table.from_pylist(rows, schema=PEGS.arrow_schema)
