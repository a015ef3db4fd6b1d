"""A small published home, made from the contracts: what the pages are tested on.

Belongs here: seeded, plausible rows of every published mart, and their snapshot. Some of its texts are hostile on
purpose. Does not belong here: assertions, browsers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oms_core.contracts import PUBLISHED
from oms_core.replenishment.holding.levels import safety_stock
from oms_core.replenishment.policy.targets import PolicyRule
from oms_core.store.operations import Run, open_operations
from oms_core.store.published.derivation import FILE_NAME, Derivation, Node, Proof
from oms_core.store.published.snapshots import Manifest, TableEntry

Row = dict[str, Any]

AS_OF = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
TODAY = AS_OF.date()
RUN = "run-000000000002"
LOCATIONS = ("WH-1", "WH-2", "ST-1")
DAYS = 130
#: A formula for a spreadsheet, markup for a page, and an address: data that must be shown as it is.
HOSTILE = "=1+1 <b>bold</b> [x](javascript:alert(1)) $y$ :smile:"
RULES = [
    PolicyRule("default", "*", 0.95),
    PolicyRule("abc_class", "A", 0.97),
    PolicyRule("abc_class", "B", 0.95),
    PolicyRule("abc_class", "C", 0.90),
]
PROBABILITIES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999, 0.9999)
_NODES = (
    Node("inbox/web_orders", "feed", "Files."),
    Node("raw.order_lines", "record type", "Lines.", ("inbox/web_orders",)),
    Node("fct_order_lines", "model", "One row an order line.", ("raw.order_lines",)),
    Node("fct_orders", "model", "One row an order.", ("fct_order_lines",)),
    Node("Planner dashboards", "reader", "The pages.", ("fct_orders",)),
)
DERIVATION = Derivation(
    {node.name: node for node in _NODES},
    (Proof("every_line_is_decided", "No quantity is undecided.", True, ("fct_order_lines",)),),
)
_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def sku(number: int) -> str:
    return f"SKU-{number:03d}"


def currency(number: int) -> str:
    """One product is bought in yen, which have no minor unit."""
    return "JPY" if number == 7 else "EUR"


def abc_class(number: int) -> str:
    return "ABC"[min(number % 5, 2)]


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@dataclass
class World:
    """Rows by mart, made in one seeded pass."""

    products: int = 30
    orders: int = 260
    seed: int = 7
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in PUBLISHED})

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        for step in (
            self._dimensions,
            self._stock_and_demand,
            self._levels,
            self._forecasts,
            self._orders,
            self._files,
        ):
            step()

    def add(self, mart: str, rows: Iterable[Row]) -> None:
        self.rows[mart].extend(rows)

    @property
    def series(self) -> list[tuple[int, str]]:
        return [(number, location) for number in range(1, self.products + 1) for location in LOCATIONS]

    def _dimensions(self) -> None:
        numbers = range(1, self.products + 1)
        self.add("dim_product", [self._product(number) for number in numbers])
        kinds = {"WH-1": "warehouse", "WH-2": "warehouse", "ST-1": "store"}
        common = {"country": "DE", "region": "NORTH", "timezone": "Europe/Berlin", "ships_orders": True}
        for rank, (location, kind) in enumerate(kinds.items(), 1):
            row = {"location_id": location, "name": f"{kind.title()} {rank}", "kind": kind, "sourcing_rank": rank}
            self.add("dim_location", [{**common, **row, "kept_back_share": 1.0}])
        channel = {"channel_id": "web", "name": "Web shop", "kind": "web", "currency": "EUR", "priority": 1}
        self.add("dim_channel", [channel])
        supplier = {"supplier_id": "SUP-1", "name": "Supplier", "lead_time_days_quoted": 10, "review_period_days": 7}
        seen = {"receipt_count": 9, "lead_time_days_mean": 11.0, "lead_time_days_std": 2.5, "late_share": 0.2}
        self.add("dim_supplier", [{**supplier, **seen}])

    def _product(self, number: int) -> Row:
        return {
            "sku": sku(number),
            "description": HOSTILE if number == 1 else f"Product {number}",
            "category": "home",
            "supplier_id": "SUP-1",
            "unit_cost_minor": 150 + 37 * number,
            "unit_price_minor": 300 + 80 * number,
            "currency": currency(number),
            "pack_quantity": 1,
            "is_active": True,
            "abc_class": abc_class(number),
        }

    def _stock_and_demand(self) -> None:
        for number, location in self.series:
            mean = {"A": 6.0, "B": 2.0, "C": 0.4}[abc_class(number)]
            wanted = self.random.poisson(mean, DAYS)
            closing = np.maximum(0, np.cumsum(self.random.integers(-6, 7, DAYS)) + 15).astype(int)
            if (number, location) == (5, "WH-1"):
                closing[-3:] = 0
            key = {"sku": sku(number), "location_id": location}
            for index in range(DAYS):
                day = TODAY - timedelta(days=DAYS - 1 - index)
                self._day(key, day, int(wanted[index]), int(closing[index - 1]) if index else 0, int(closing[index]))
            self.add("fct_inventory_position", [self._position(number, key, int(closing[-1]), float(mean))])

    def _day(self, key: Row, day: date, wanted: int, opening: int, closing: int) -> None:
        out = {"is_stocked_out": closing == 0, "stocked_out_share": float(closing == 0)}
        demand = {"qty_ordered": wanted, "qty_cancelled": 0, "qty_demand": wanted, "qty_returned": 0}
        self.add("fct_demand_daily", [{**key, "business_date": day, **demand, **out}])
        if closing == 0 and not wanted:
            lost = {"kind": "stocked_out", "qty_demand": 0, "qty_repaired": 1.5, "method": "mean", "run_id": RUN}
            self.add("fct_demand_repairs", [{**key, "business_date": day, **lost}])
        moved = {"qty_received": max(closing - opening, 0), "qty_issued": min(closing - opening, 0)}
        still = {"qty_opening": opening, "qty_returned": 0, "qty_adjusted": 0, "qty_closing": closing}
        still["qty_blocked"] = 0
        row = {**key, "business_date": day, **moved, **still, **out}
        self.add("fct_inventory_daily", [row])

    def _position(self, number: int, key: Row, on_hand: int, mean: float) -> Row:
        cost = 150 + 37 * number
        return {
            **key,
            "as_of_date": TODAY,
            "qty_on_hand": on_hand,
            "qty_reserved": min(on_hand, 1),
            "qty_safety_stock": 3,
            "qty_kept_back": 3,
            "qty_blocked": 0,
            "qty_oversell": 0,
            "qty_set_aside": 0,
            "qty_in_doubt": 1 if number == 1 else 0,
            "doubt_reason": "nothing heard since 2026-05-20" if number == 1 else None,
            "qty_ats": max(on_hand - 4 - (number == 1), 0),
            "qty_inbound": 12 if number % 3 else 0,
            "next_inbound_date": TODAY + timedelta(days=5) if number % 3 else None,
            "qty_demand_per_day": mean,
            "days_of_cover": on_hand / mean,
            "unit_cost_minor": cost,
            "stock_value_minor": on_hand * cost,
            "currency": currency(number),
            "abc_class": abc_class(number),
        }

    def _levels(self) -> None:
        """The real arithmetic on a made-up distribution, so that a what-if starts from true levels."""
        intervals, means, grid, classes = [], [], [], []
        for number, location in self.series:
            mean = {"A": 6.0, "B": 2.0, "C": 0.4}[abc_class(number)] * 18
            key = {"sku": sku(number), "location_id": location}
            terms = {"review_period_days": 7, "lead_time_days_mean": 11.0, "lead_time_days_std": 2.5}
            money = {"unit_cost_minor": 150 + 37 * number, "unit_margin_minor": 150 + 43 * number}
            price = {**money, "shelf_life_days": None, "currency": currency(number)}
            known = {"supplier_id": "SUP-1", "abc_class": abc_class(number), "supply_note": ""}
            intervals.append({**key, **terms, **price, **known, "protection_days": 18})
            pattern, xyz = {"A": ("smooth", "X"), "B": ("erratic", "Y"), "C": ("lumpy", "Z")}[abc_class(number)]
            moves = {"demand_pattern": pattern, "demand_interval_weeks": 1.5, "demand_size_cv2": 0.3}
            classes.append({**key, **moves, "xyz_class": xyz})
            means.append({**key, "qty_demand_mean": mean})
            for probability in PROBABILITIES:
                wanted = mean * (1 + 0.5 * np.log(0.5 / (1 - probability)) / np.log(10))
                cell = {"run_id": RUN, "protection_days": 18, "probability": probability}
                lead = {"qty_lead_time_demand": float(wanted) * 11 / 18}
                grid.append({**key, **cell, "qty_demand": float(wanted), **lead})
        frames = (pd.DataFrame(intervals), pd.DataFrame(means), pd.DataFrame(grid))
        levels = safety_stock(*frames, classes=pd.DataFrame(classes), rules=RULES, policy_version=1)
        self.add("fct_interval_demand", grid)
        published = levels.assign(run_id=RUN, is_current=True, calculated_at=AS_OF).astype(object)
        rows = published.where(published.notna(), None).to_dict("records")
        self.add("fct_safety_stock", rows)
        self.add("rpt_service", [_lived(number, row) for number, row in enumerate(rows)])
        self._proposals(levels)

    def _proposals(self, levels: pd.DataFrame) -> None:
        """Every third series is bought for; the first is moved to from another location as well."""
        for number, level in enumerate(levels.iloc[::3].to_dict("records")):
            kind = "transfer" if number == 0 else "purchase"
            base = {name: level[name] for name in ("sku", "location_id", "qty_reorder_point", "qty_order_up_to")}
            price = {name: level[name] for name in ("unit_cost_minor", "currency")}
            what = {"kind": kind, "quantity": 6, "pack_quantity": 6, "value_minor": 6 * level["unit_cost_minor"]}
            ends = {"from_location_id": "WH-2"} if kind == "transfer" else {"supplier_id": "SUP-1"}
            why = {"gain_minor": 250 if kind == "transfer" else None, "reason": "position 2 is at the reorder point 8"}
            when = {"expected_date": TODAY + timedelta(days=9), "business_date": TODAY, "run_id": RUN}
            known = {"proposal_ref": f"{number + 1:016x}", "decision_number": 0, "min_order_quantity": 12}
            nobody = {"supplier_id": None, "from_location_id": None}
            self.add(
                "fct_replenishment",
                [{**base, **price, **nobody, **what, **ends, **why, **when, **known, "qty_position": 2}],
            )

    def _forecasts(self) -> None:
        campaign = {"override_ref": "summer", "kind": "multiply", "value": 1.5, "sku": sku(1), "is_in_force": True,
                    "is_idle": False}  # fmt: skip
        when = {"first_date": TODAY, "last_date": TODAY + timedelta(days=9), "stated_at": AS_OF, "known_at": AS_OF}
        why = {"event": HOSTILE, "reason": "A campaign."}
        mistyped = {"override_ref": "mistyped", "sku": "SKU-NEVER", "is_idle": True}
        self.add("fct_forecast_overrides", [{**campaign, **when, **why}, {**campaign, **when, **why, **mistyped}])
        for number, location in self.series:
            mean = {"A": 6.0, "B": 2.0, "C": 0.4}[abc_class(number)]
            for horizon in range(1, 15):
                base = {"run_id": RUN, "sku": sku(number), "location_id": location, "origin_date": TODAY}
                when = {"horizon_days": horizon, "target_date": TODAY + timedelta(days=horizon), "model": "global_hgb"}
                self.add(
                    "fct_forecast",
                    [
                        {**base, **when, "quantile": q, "qty_forecast": mean * (0.4 + 1.2 * q), "qty_unaltered": mean}
                        for q in _QUANTILES
                    ],
                )
        alarm = {"kind": "bias", "segment": "A", "origin_date": TODAY, "value": -0.21, "limit_value": -0.15}
        silence = {"kind": "silence", "segment": "WH-1", "origin_date": TODAY, "value": 3.0, "limit_value": 0.0}
        self.add("rpt_forecast_alarms", [alarm, silence])
        losses = {"global_hgb": 0.3, "seasonal_naive": 0.5}
        for model, loss in losses.items():
            for segment, factor in (("all", 1.0), ("A", 0.9), ("B", 1.0), ("C", 1.1)):
                base = {"run_id": RUN, "origin_date": TODAY - timedelta(days=28), "model": model, "segment": segment}
                values = {"spl": loss * factor, "wape": 2 * loss * factor, "bias": 0.02, "coverage_90": 0.91}
                rows = [{**base, "metric": m, "value": v, "series_count": len(self.series)} for m, v in values.items()]
                self.add("fct_forecast_accuracy", rows)

    def _orders(self) -> None:
        for number in range(self.orders):
            day = TODAY - timedelta(days=int(self.random.integers(0, 60)))
            state = "backordered" if number % 25 == 3 else "held" if number % 60 == 7 else "fulfilled"
            self._order(number, at(day, int(self.random.integers(7, 20)), number % 60), state)
        self._split_an_order()
        self._wait_for_a_wave()
        self._served()
        self._runs()

    def _served(self) -> None:
        """Every line that has left was in time; every other one is due."""
        lines = pd.DataFrame(self.rows["fct_order_lines"])
        for (day, channel), of_day in lines.groupby(["business_date", "channel_id"]):
            left = of_day["line_state"] == "fulfilled"
            units = {
                "qty_wanted": int(of_day["qty_ordered"].sum()),
                "qty_ready": int(of_day["qty_ordered"][left].sum()),
            }
            counts = {"lines_due": len(of_day), "lines_otif": int(left.sum()), "hours_to_ship": 20.0 * int(left.sum())}
            orders = {name: 0 for name in PUBLISHED["rpt_fulfilment"].names if name.startswith(("orders", "shipments"))}
            self.add("rpt_fulfilment", [{"business_date": day, "channel_id": channel, **units, **counts, **orders}])

    def _split_an_order(self) -> None:
        """The second line of one order comes from another place than the first."""
        second = next(row for row in self.rows["fct_allocations"] if row["order_line_id"].endswith(":2"))
        second |= {"location_id": "WH-2", "reason_code": "only_place", "cost_minor": 470}

    def _wait_for_a_wave(self) -> None:
        """The last line's place is told of it tomorrow."""
        last = self.rows["fct_allocations"][-1]
        last |= {"release_due_at": AS_OF + timedelta(hours=14), "qty_unreleased": last["qty_allocated"]}
        line = next(row for row in self.rows["fct_order_lines"] if row["order_line_id"] == last["order_line_id"])
        line |= {"waits_for": "wave"}

    def _runs(self) -> None:
        """The run that decided everything, and the one before it, which decided nothing by rules of another version."""
        allocated = self.rows["fct_allocations"]
        cost = {"cost_minor": 9_000, "bound_minor": 8_910, "greedy_minor": 10_000, "gap": 9_000 / 8_910 - 1}
        counts = {"orders": self.orders, "lines": len(allocated) + 20, "parcels": len(allocated)}
        day = {"allocated_at": AS_OF, "business_date": TODAY, "currency": "EUR"}
        rules = {"rules_id": "abcdef012345", "rules": "parcels_per_day: {warehouse: 500}", "solver": "optimise"}
        before = {"run_id": "run-before", "allocated_at": AS_OF - timedelta(days=1), "rules": "solver: of another age"}
        nothing = {"parcels": 0, "bound_minor": None, "greedy_minor": None, "gap": None}
        nothing |= {"lines_reopened": 0, "lines_moved": 0, "kept_minor": None}
        moved = {"lines_reopened": 7, "lines_moved": 2, "kept_minor": 9_500}
        now = {"run_id": RUN, **day, **rules, **cost, **counts, **moved}
        self.add("fct_allocation_runs", [now, {**now, **before, **nothing}])

    def _order(self, number: int, placed: datetime, state: str) -> None:
        order_id, count = f"web:{100000 + number}", 1 + number % 3
        head = {"order_id": order_id, "channel_id": "web", "order_ref": str(100000 + number)}
        who = {"customer_key": f"{number % 40:016x}" if number % 9 else None, "ship_to_country": "DE"}
        when = {"placed_at": placed, "business_date": placed.date()}
        lines = [self._line({**head, **who, **when}, index, state) for index in range(count)]
        self.add("fct_order_lines", lines)
        summed = [name for name in lines[0] if name.startswith("qty_")]
        money = ("gross_minor", "discount_minor", "tax_minor", "net_minor", "fulfilled_minor", "refund_minor")
        totals = {name: sum(line[name] for line in lines) for name in (*summed, *money)}
        told = {"order_state": "fulfilled" if state == "fulfilled" else "held" if state == "held" else "open"}
        rest = {"line_count": count, "charges_minor": 0, "currency": "EUR", "waits_for": lines[0]["waits_for"]}
        rest |= {"location_count": int(state == "fulfilled"), "shipment_count": int(state == "fulfilled")}
        self.add("fct_orders", [{**head, **who, **when, **totals, **told, **rest}])

    def _line(self, head: Row, index: int, state: str) -> Row:
        quantity, number = 1 + index, 1 + (int(head["order_ref"]) + index) % self.products
        line_id, price = f"{head['order_id']}:{index + 1}", 300 + 80 * number
        states = ("cancelled", "held", "fulfilled", "allocated", "backordered", "open")
        by_state = {f"qty_{name}": quantity if name == state else 0 for name in states}
        file = {"feed": "web_orders", "file_sha256": "f" * 64, "row_number": index + 1}
        line = {"order_line_id": line_id, "sku": sku(number), "known_at": AS_OF, **file}
        self._events(line, head, state, quantity)
        return {
            **head,
            **line,
            "line_ref": str(index + 1),
            "fulfilment_method": "ship",
            "ship_to_region": "NORTH",
            "demand_location_id": "WH-1",
            "qty_ordered": quantity,
            **by_state,
            "qty_returned": 0,
            "qty_pre_sold": 0,
            "line_state": state,
            "shipped_at": head["placed_at"] + timedelta(hours=20) if state == "fulfilled" else None,
            "unit_price_minor": price,
            "gross_minor": price * quantity,
            "discount_minor": 0,
            "tax_minor": price * quantity // 6,
            "net_minor": price * quantity,
            "fulfilled_minor": price * quantity if state == "fulfilled" else 0,
            "refund_minor": 0,
            "waits_for": {"fulfilled": "nothing", "backordered": "stock", "held": "address"}[state],
            "hold_reason": "address check" if state == "held" else None,
            "shipment_count": int(state == "fulfilled"),
            "location_count": int(state == "fulfilled"),
            "currency": "EUR",
        }

    def _events(self, line: Row, head: Row, state: str, quantity: int) -> None:
        later = {"fulfilled": ("allocated", "exported", "shipped"), "backordered": ("backordered",), "held": ("held",)}
        names = ("order_line_id", "known_at", "feed", "file_sha256", "row_number")
        base = {**{name: line[name] for name in names}, "order_id": head["order_id"], "quantity": quantity}
        base["is_possible"] = True
        for step, event in enumerate(("placed", *later[state])):
            then = head["placed_at"] + timedelta(hours=5 * step)
            key = {"event_id": f"{line['order_line_id']}:{event}", "event_type": event, "effective_at": then}
            why = {"reason": "address to be checked" if event == "held" else None, "business_date": then.date()}
            went = {"carrier": "UPSN", "tracking_ref": f"1Z{head['order_ref']}"} if event == "shipped" else {}
            self.add("fct_order_events", [{**base, **key, **why, **went, "location_id": "WH-1" if step else None}])
        decided = {"order_line_id": line["order_line_id"], "order_id": head["order_id"], "sku": line["sku"]}
        if state == "fulfilled":
            self._ships({**decided, "run_id": RUN}, head, quantity)
        if state == "backordered":
            waits = {"channel_id": "web", "qty_backordered": quantity, "placed_at": head["placed_at"]}
            waits["qty_pre_sold"] = 0
            why = {"reason_code": "no_stock", "reason": "0 were available to sell.", "run_id": RUN}
            due = {"next_inbound_date": TODAY + timedelta(days=5), "next_inbound_location_id": "WH-1"}
            due |= {"promised_date": TODAY + timedelta(days=7), "pegged_to": "purchase_order P1:1", "next_step": "date"}
            self.add("fct_backorders", [{**decided, **waits, **why, **due, "backordered_at": AS_OF}])

    def _ships(self, decided: Row, head: Row, quantity: int) -> None:
        where = {"location_id": "WH-1", "business_date": head["business_date"]}
        why = {"reason_code": "own_region", "reason": "WH-1 ships it; available to sell 9 before.", "priority": 1}
        rank = {"decision_rank": 1, "qty_ats_before": 9, "allocated_at": head["placed_at"] + timedelta(hours=5)}
        line_id = decided["order_line_id"]
        allocation = {"allocation_id": f"{line_id}:WH-1:{RUN}", "qty_allocated": quantity, "qty_unreleased": 0}
        self.add("fct_allocations", [{**decided, **where, **why, **rank, **allocation}])
        document = {"export_id": hashlib.sha256(line_id.encode()).hexdigest(), "line_number": 1, "partner_id": "WH-1"}
        kind = {
            "wave": f"{head['business_date']}-W1",
            "document_type": "warehouse_order",
            "revision": 1,
            "is_void": False,
        }
        sent = {"qty_exported": quantity, "qty_shipped": quantity, "file_name": "W1_WH-1", "document_sha256": "d" * 64}
        origin = {"feed": "web_orders", "file_sha256": "f" * 64, "row_number": 1}
        row = {**decided, **where, **document, **kind, **sent, **origin, "exported_at": rank["allocated_at"]}
        self.add("fct_exports", [row])

    def _files(self) -> None:
        counts = {"record_count": 540, "accepted_count": 530, "duplicate_count": 4, "superseded_count": 3}
        base = {"known_at": AS_OF - timedelta(minutes=30), "size_bytes": 40_000, **counts, "quarantined_count": 3}
        file = {"feed": "web_orders", "file_sha256": "f" * 64, "file_name": "orders_2026-06-01.json"}
        self.add("rpt_feed_files", [{**file, **base}])
        for row_number, code in enumerate(("not_a_number", "missing_value", "ragged_row"), 1):
            why = {"row_number": row_number, "reason_code": code, "reason": f"{HOSTILE}: {code}"}
            self.add("rpt_quarantine", [{**file, **why, "known_at": base["known_at"]}])


def _lived(number: int, level: Row) -> Row:
    """Ten intervals of a level, of which every second one has missed one."""
    missed = number % 2
    promised = ("sku", "location_id", "abc_class", "protection_days", "target_measure", "service_level_target")
    return {
        **{name: level[name] for name in (*promised, "service_level_expected", "fill_rate_expected")},
        "intervals": 10,
        "intervals_missed": missed,
        "service_level_achieved": 1 - missed / 10,
        "qty_demand": 100,
        "qty_missed": 2.0 * missed,
        "fill_rate_achieved": 1 - missed / 50,
    }


def write_home(home: Path, world: World | None = None) -> Path:
    """Publish a world into a home, and put its run and first policy on record. Returns the home."""
    rows = (world or World()).rows
    folder = home / "published" / "2026-06-01-synthetic0"
    folder.mkdir(parents=True)
    tables = {name: _write(folder / f"{name}.parquet", rows[name], name) for name in PUBLISHED}
    proof = {"name": "every_line_is_decided", "statement": "No quantity is undecided.", "offending_rows": 0}
    summary = {
        "files": {"files": 1, "records": 540, "quarantined": 3},
        "decided": {"allocated": 5, "backordered": 11, "held": 5},
        "exported": {"documents": 2, "lines": 5},
        "proofs": [{**proof, "is_error": True}],
    }
    published = datetime.now(UTC) - timedelta(hours=3)
    manifest = Manifest(folder.name, RUN, AS_OF, published, tables, summary)
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    (home / "published" / "CURRENT").write_text(folder.name + "\n", encoding="utf-8")
    (folder / FILE_NAME).write_text(DERIVATION.to_json(), encoding="utf-8")
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=AS_OF) as store:
        times = {"started_at": published - timedelta(seconds=40), "finished_at": published}
        seconds = {"landing": 2.2, "ground": 11.9, "demand_forecast": 7.6}
        store.record_run(Run(RUN, AS_OF, **times, state="succeeded", snapshot_id=folder.name, summary=summary,
                             stage_seconds=seconds))  # fmt: skip
    return home


def _write(path: Path, rows: list[Row], mart: str) -> TableEntry:
    table = pa.Table.from_pylist(rows, schema=PUBLISHED[mart].arrow_schema)
    table.validate(full=True)
    pq.write_table(table, path)
    return TableEntry(table.num_rows, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
