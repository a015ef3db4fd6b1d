"""What the page of proposals asks of the snapshot.

Belongs here: its queries. Does not belong here: their look (`page`).
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.parts.search import Conditions
from dashboards.source import Query

_PROPOSALS = """
    select proposal.*, product.description, coalesce(proposal.supplier_id, from_location_id) as source
    from fct_replenishment as proposal left join dim_product as product using (sku)"""
LOCATIONS = Query("select distinct location_id from fct_replenishment order by location_id")
PLAN = Query("select any_value(run_id) as run_id from fct_replenishment")
SUPPLIERS = Query("""
    select distinct supplier_id from fct_replenishment where supplier_id is not null order by supplier_id""")
#: SKUs of order lines that wait for stock, and that nothing ends but to order it.
_UNSUPPLIED = "select sku from fct_backorders where next_step = 'order_supply'"
#: Those of which nothing is proposed to be bought.
UNPROPOSED = Query(f"""
    select distinct sku from ({_UNSUPPLIED})
    where sku not in (select sku from fct_replenishment where kind = 'purchase') order by sku""")  # noqa: S608
#: Purchases that wait for nothing.
READY = Query("select * from fct_replenishment where kind = 'purchase' and waits_for is null")
#: What tells proposals apart; and how their list may be ordered beside by its columns.
KEY = "sku, location_id, from_location_id"
ORDERS = {"most money": f"value_minor desc, {KEY}"}


@dataclass(frozen=True)
class Filters:
    """What is to be shown; None or nothing for all. `find` is part of a SKU or a product's name.

    `is_unsupplied`: only of SKUs of backorders that nothing ends but to order it.
    `among`: refs of the proposals that alone are shown; `beside`: of those that are not.
    """

    find: str | None = None
    kind: str | None = None
    supplier_id: str | None = None
    location_id: str | None = None
    is_unsupplied: bool = False
    among: tuple[str, ...] | None = None
    beside: tuple[str, ...] = ()

    @property
    def conditions(self) -> Conditions:
        found = Conditions()
        for column in ("kind", "supplier_id", "location_id"):
            if getattr(self, column):
                found = found.also(f"{column} = ?", getattr(self, column))
        if self.is_unsupplied:
            found = found.also(f"sku in ({_UNSUPPLIED})")
        # Refs are hexadecimal digits: one text holds them all.
        if self.among is not None:
            found = found.also("list_contains(string_split(?, ' '), proposal_ref)", " ".join(self.among))
        if self.beside:
            found = found.also(
                "not list_contains(string_split(?, ' '), coalesce(proposal_ref, ''))", " ".join(self.beside)
            )
        if self.find:
            found = found.also(
                "(contains(lower(sku), lower(?)) or contains(lower(description), lower(?)))", *[self.find] * 2
            )
        return found


def totals(filters: Filters) -> Query:
    """Proposals, units, value and gain by kind and currency."""
    where = filters.conditions
    return Query(
        f"""
    select kind, currency, count(*)::bigint as proposals, sum(quantity)::bigint as quantity,
           sum(value_minor)::bigint as value_minor, coalesce(sum(gain_minor), 0)::bigint as gain_minor
    from ({_PROPOSALS}) {where.where} group by all order by all""",  # noqa: S608 - texts are ours, values parameters
        where.parameters,
    )


def all_of(filters: Filters) -> Query:
    """Every proposal that is like that."""
    where = filters.conditions
    return Query(f"select * from ({_PROPOSALS}) {where.where}", where.parameters)  # noqa: S608 - as above
