"""What the twin remembers from one day to the next, and how it is kept: arrays as npz, the rest as JSON.

Belongs here: the state's shape, its saving and loading, the few operations on open orders.
Does not belong here: what happens on a day. Its size follows the network and the open orders, never the history.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from oms_core.arrays import Floats, Ints

_STATE_VERSION = 2
#: Ready day of a line that the twin itself never ships: its customer is going to cancel it.
NEVER = 10**7

Wire = dict[str, Any]


@dataclass
class OpenLine:
    """An order line not yet shipped. `ready` is the ordinal of the first day on which history may ship it."""

    channel: str
    order_ref: str
    line_ref: str
    sku: int
    region: int
    quantity: int
    placed: int
    ready: int


@dataclass
class OpenOrder:
    """An order with open lines, as its channel would state it again."""

    wire: Wire
    open_lines: list[str]
    has_shipped: bool = False


@dataclass
class PurchaseLine:
    """A purchase order line on its way. `due` is the ordinal of the day on which it will really arrive."""

    po_ref: str
    line_ref: str
    supplier: int
    sku: int
    location: int
    quantity: int
    received: int
    ordered: str
    promised: str
    effective_at: str
    due: int


@dataclass
class NetworkState:
    """Everything that changes. Arrays are location × SKU [L, S]; `on_hand` is for sale, `blocked` lies beside it."""

    day: date
    on_hand: Ints
    uncounted_loss: Ints
    mean_units: Floats
    variance_units: Floats
    blocked: Ints
    counters: dict[str, int] = field(default_factory=dict)
    open_lines: dict[str, OpenLine] = field(default_factory=dict)
    open_orders: dict[str, OpenOrder] = field(default_factory=dict)
    purchases: list[PurchaseLine] = field(default_factory=list)
    transfers: list[tuple[str, str, int, int, int, int]] = field(default_factory=list)
    agenda: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)

    def next_number(self, name: str, first: int = 1) -> int:
        """The next value of a named counter."""
        value = self.counters.get(name, first - 1) + 1
        self.counters[name] = value
        return value

    def plan(self, ordinal: int, kind: str, **facts: Any) -> None:
        """Put something on the agenda of a later day."""
        self.agenda.setdefault(ordinal, []).append({"kind": kind, **facts})

    def due(self, ordinal: int, kind: str) -> list[dict[str, Any]]:
        """Take what the agenda holds of one kind for a day."""
        planned = self.agenda.get(ordinal, [])
        self.agenda[ordinal] = [entry for entry in planned if entry["kind"] != kind]
        return [entry for entry in planned if entry["kind"] == kind]

    def close_line(self, line: OpenLine, *, shipped: bool) -> None:
        """Take a line off the open ones, and its order with the last of them."""
        key = line_key(line.channel, line.line_ref)
        del self.open_lines[key]
        order = self.open_orders[line_key(line.channel, line.order_ref)]
        order.open_lines.remove(key)
        order.has_shipped = order.has_shipped or shipped
        if not order.open_lines:
            del self.open_orders[line_key(line.channel, line.order_ref)]


def line_key(channel: str, reference: str) -> str:
    """Key of a line or an order among the open ones."""
    return f"{channel}|{reference}"


def save_state(state: NetworkState, folder: Path, fingerprint: str) -> None:
    """Write the state as one new generation, then name it current: a kill leaves the old or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    name = state.day.isoformat()
    arrays: dict[str, Any] = {"on_hand": state.on_hand, "uncounted_loss": state.uncounted_loss}
    arrays |= {"blocked": state.blocked, "mean_units": state.mean_units, "variance_units": state.variance_units}
    with (folder / f"arrays-{name}.npz").open("wb") as handle:
        np.savez_compressed(handle, **arrays)
    document = {"version": _STATE_VERSION, "day": name, "fingerprint": fingerprint, **_document(state)}
    part = folder / "state.json.part"
    part.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    part.replace(folder / "state.json")
    for old in folder.glob("arrays-*.npz"):
        if old.name != f"arrays-{name}.npz":
            old.unlink()


def _document(state: NetworkState) -> dict[str, Any]:
    return {
        "counters": state.counters,
        "open_lines": {key: asdict(line) for key, line in state.open_lines.items()},
        "open_orders": {key: asdict(order) for key, order in state.open_orders.items()},
        "purchases": [asdict(line) for line in state.purchases],
        "transfers": state.transfers,
        "agenda": {str(day): entries for day, entries in state.agenda.items() if entries},
        "answered": state.answered,
    }


def has_state(folder: Path) -> bool:
    """Whether a simulation was started here."""
    return (folder / "state.json").exists()


def load_state(folder: Path, fingerprint: str) -> NetworkState:
    """Read the current state.

    Raises FileNotFoundError where no history was simulated, ValueError where it belongs to another spec.
    """
    document = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    if document["version"] != _STATE_VERSION or document["fingerprint"] != fingerprint:
        raise ValueError(f"{folder / 'state.json'} was written by another version or for another network")
    with np.load(folder / f"arrays-{document['day']}.npz", allow_pickle=False) as arrays:
        held = {name: arrays[name] for name in ("on_hand", "blocked", "uncounted_loss", "mean_units", "variance_units")}
    return NetworkState(
        day=date.fromisoformat(document["day"]),
        **held,
        counters=document["counters"],
        open_lines={key: OpenLine(**line) for key, line in document["open_lines"].items()},
        open_orders={key: OpenOrder(**order) for key, order in document["open_orders"].items()},
        purchases=[PurchaseLine(**line) for line in document["purchases"]],
        transfers=[tuple(leg) for leg in document["transfers"]],
        agenda={int(day): entries for day, entries in document["agenda"].items()},
        answered=document["answered"],
    )
