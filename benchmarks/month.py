"""A month of the closed loop: three X12 partners that are late, short, silent, tell twice, out of order, or refuse.

Every day the network trades, partners answer what they have been told by then, and an allocation run decides, tells and
publishes; it publishes nothing unless every identity holds. At the end every unit has counted once, a rebuild from
landing gives the same marts, and no line waits for what is there to sell.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import Figure, oms

DAYS = 30
_PARTNERS = {"WH-NORTH": "940", "WH-SOUTH": "940", "DS-01": "850"}
_EMITS = ["acknowledgements", "stock_movements", "order_events", "stock_counts"]
_HABITS = {
    "short": 0.1,
    "late": 0.3,
    "doubled": 0.4,
    "shuffled": 0.5,
    "silent": 0.05,
    "rejected": 0.05,
    "refused": 0.05,
}
#: A place that has not shipped by then gives its lines back.
_RESERVATION_DAYS = 4
_TWICE = {
    "shipped more than told": "select count(*) from fct_exports where qty_shipped > qty_exported",
    "fulfilled more than ordered": "select count(*) from fct_order_lines where qty_fulfilled > qty_ordered",
    "impossible events of shipping": "select count(*) from fct_order_events "
    "where not is_possible and event_type = 'shipped'",
}
#: Lines that wait for stock although their channel may sell enough of it, and did so a day ago already.
_STARVING = """
    select count(*) from fct_backorders as waits
    inner join fct_order_lines as lines using (order_line_id)
    inner join fct_ats_network as there on there.sku = lines.sku and there.channel_id = lines.channel_id
    where waits.qty_backordered <= there.qty_ats and lines.placed_at < (select max(placed_at) from fct_order_lines)
        - interval 1 day"""


def month(folder: Path) -> list[Figure]:
    """Thirty days, and what they prove. Raises RuntimeError where a day's run, or a proof at the end, fails."""
    home = folder / "month"
    _make(home)
    seconds = [_day(home) for _ in range(DAYS)]
    oms(home, "doctor")
    oms(home, "rebuild", "--check")
    broken = {name: _value(home, sql) for name, sql in _TWICE.items()}
    if any(broken.values()):
        raise RuntimeError(f"counted twice: {broken}")
    told = "select count(*) from fct_exports where not is_void"
    return [
        Figure("month.days_proven", DAYS, "days", "", None, "every identity, every day"),
        Figure("month.lines_told", _value(home, told), "lines", "", None, ""),
        Figure("month.short_picks", _value(home, _events("short_picked")), "events", "", None, "> 0"),
        Figure("month.lines_starving", _value(home, _STARVING), "lines", "", None, "0"),
        Figure("month.day", round(sum(seconds) / len(seconds), 1), "s", "", None, ""),
    ]


def _make(home: Path) -> None:
    oms(home, "init", "--profile", "demo", "--skus", "40", "--months", "3", "--lines-per-day", "20")
    profiles = {}
    for partner_id, document in _PARTNERS.items():
        names = {"sender": "ZZ/QUARTERMASTER", "receiver": f"ZZ/{partner_id}"}
        profiles[partner_id] = {"forms": ["x12"], "x12": {"version": "004010", "document": document, **names}}
        feed: dict[str, Any] = {"feed": partner_id.lower().replace("-", "_"), "format": "x12", "emits": _EMITS}
        feed |= {"arrival": {"at": "23:30"}, "constants": {"partner_id": partner_id}}
        (home / "feeds" / f"{feed['feed']}.yaml").write_text(yaml.safe_dump(feed), encoding="utf-8")
    (home / "partners.yaml").write_text(yaml.safe_dump({"partners": profiles}), encoding="utf-8")
    oms(home, "simulate")
    rules = ["rule,location_id,value,effective_at,business_date"]
    rules += [f"reservation_days,{name},{_RESERVATION_DAYS},2026-05-01T00:00:00+00:00,2026-05-01" for name in _PARTNERS]
    inbox = home / "inbox" / "availability_rules"
    inbox.mkdir(exist_ok=True)
    (inbox / "availability_rules_2026-05-01.csv").write_text("\n".join(rules) + "\n", encoding="utf-8")
    oms(home, "run")


def _day(home: Path) -> float:
    """A business day; its seconds."""
    habits = [word for name, share in _HABITS.items() for word in (f"--{name}", str(share))]
    spent = oms(home, "simulate").seconds
    for partner_id in _PARTNERS:
        spent += oms(home, "mock-edi", partner_id, *habits, "--seed", "7").seconds
    return spent + oms(home, "run", "--job", "allocation").seconds


def _events(event_type: str) -> str:
    return f"select count(*) from fct_order_events where event_type = '{event_type}'"


def _value(home: Path, sql: str) -> Any:
    output = oms(home, "query", sql, "--json").output
    return next(iter(json.loads(output[output.index("[") :])[0].values()))
