"""Our codes and counts as people say them: events, movements, methods, models, reasons; one file, two files.

Belongs here: codes whose words are more than their own parts; every other code is read as it is written, `stock_short`
as `stock short`; how many of a thing. Does not belong here: sentences, headings, codes of partners and carriers.
"""

from __future__ import annotations

_WORDS = {
    # Events of an order line.
    "released": "told to its place",
    "pre_sold": "sold ahead",
    "exported": "document made",
    "recalled": "asked back",
    "barred": "kept from a place",
    "assigned": "given to a place",
    "short_picked": "picked short",
    "return_requested": "return asked for",
    # What is done with a document.
    "begin": "began to hand over",
    "put_back": "not handed over after all",
    "acknowledge_part": "acknowledge in part",
    "settle": "seen to",
    "taken": "taken all the same",
    "void": "take back",
    # Movements of stock.
    "opening": "opening stock",
    "transfer_out": "transfer, out",
    "transfer_in": "transfer, in",
    "block": "blocked",
    "unblock": "unblocked",
    "write_off": "written off",
    "count_variance": "count differs",
    "count_held": "count, held for review",
    "count_released": "count, review ended",
    # How a customer gets it.
    "pickup": "pick up in store",
    "reserve": "reserve in store",
    "drop_ship": "drop-ship",
    "drop_shipper": "drop-shipper",
    # Models of demand.
    "global_hgb": "global model",
    "empirical_91": "last 91 days",
}


def told(code: str) -> str:
    """A code in words.

    >>> told("transfer_out"), told("stock_short")
    ('transfer, out', 'stock short')
    """
    return _WORDS.get(code, code.replace("_", " "))


def counted(count: int, noun: str) -> str:
    """How many of a thing, in words.

    >>> counted(1, "change"), counted(1200, "change")
    ('1 change', '1,200 changes')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
