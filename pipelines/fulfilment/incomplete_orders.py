"""Orders of which a record was set aside are held, so that no part of one leaves while nobody knows of the rest.

Belongs here: which lines these are, and the words on them as events. Does not belong here: setting aside
(`pipelines.reception`), landing the events (`holding`).

A record that was set aside is missed until its line is stated by another file: sent again, or read again after the
feed's definition was mended. Where it cannot be read which line it is, any line will do that its order did not have.
Then the hold ends by itself, unless somebody else has said something of the line since. What the desk releases before
is never held again for that record.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from oms_core.feeds import LEFT_OUT
from oms_core.orders.lifecycle import EventType
from pipelines.home import Home
from pipelines.modelling.warehouse import select_table
from pipelines.ticket import Ticket

#: The source that these events name.
_SET_ASIDE_CHECK = "set_aside_check"
#: What was set aside longer ago is not looked at any more: what it holds, the desk releases.
_LATEST_DAYS = 31
_ANY = """
    select count(*) from raw.quarantine
    where order_ref is not null and known_at > $since and reason_code <> $left_out"""
#: By line of the orders that miss a record, and of those that were held for one: the first that is missed, if any, the
#: last word on the line, and whether anything of it has left.
_LINES = """
    with aside as (
        select channel_id, order_ref, line_ref, file_sha256, file_name, row_number, min(known_at) as known_at
        from raw.quarantine
        where order_ref is not null and known_at > $since and reason_code <> $left_out
        group by channel_id, order_ref, line_ref, file_sha256, file_name, row_number
    ),
    stated as (
        select lines.*, min_by(file_sha256, known_at) over of_line as first_file, min(known_at) over of_line as first_at
        from raw.order_lines as lines semi join aside using (channel_id, order_ref)
        where business_date > $from_date
        window of_line as (partition by channel_id, order_ref, line_ref)
    ),
    missed as (
        select * from aside anti join stated on (
            stated.channel_id = aside.channel_id and stated.order_ref = aside.order_ref
            and case when aside.line_ref is null then stated.first_file <> aside.file_sha256
                          and stated.first_at >= aside.known_at
                     else stated.line_ref = aside.line_ref and stated.file_sha256 <> aside.file_sha256
                          and stated.known_at >= aside.known_at end)
    ),
    missing as (
        select * from missed
        qualify row_number() over (partition by channel_id, order_ref order by known_at, file_sha256, row_number) = 1
    ),
    words as (
        select channel_id, order_ref, order_line_ref as line_ref,
               max_by(event_type, (effective_at, known_at, event_ref)) as last_word,
               max_by(source_id, (effective_at, known_at, event_ref)) as last_source,
               list(event_ref) filter (source_id = $source) as our_refs
        from raw.order_events semi join aside using (channel_id, order_ref)
        where event_type in ('held', 'hold_released') and business_date > $from_date
        group by all
    ),
    shipped as (
        select distinct channel_id, order_ref, order_line_ref as line_ref
        from raw.stock_movements semi join aside using (channel_id, order_ref)
        where kind = 'shipment' and business_date > $from_date
    )
    select latest.channel_id, latest.order_ref, latest.line_ref, latest.quantity, latest.line_status, latest.first_at,
           missing.file_sha256, missing.file_name, missing.row_number, missing.known_at as missing_at,
           words.last_word, words.last_source, coalesce(words.our_refs, []) as our_refs,
           shipped.line_ref is not null as is_shipped
    from (
        select * from stated
        qualify row_number() over (
            partition by channel_id, order_ref, line_ref order by updated_at desc, known_at desc, row_number desc) = 1
    ) as latest
    left join missing using (channel_id, order_ref)
    left join words on words.channel_id = latest.channel_id and words.order_ref = latest.order_ref
        and words.line_ref = latest.line_ref
    left join shipped on shipped.channel_id = latest.channel_id and shipped.order_ref = latest.order_ref
        and shipped.line_ref = latest.line_ref
    order by all"""


def words_on_incomplete_orders(home: Home, ticket: Ticket) -> list[dict[str, object]]:
    """A hold for every open line of an order that misses a record, a release for what misses none any more, as rows of
    `order_events`."""
    since = ticket.as_of - timedelta(days=_LATEST_DAYS)
    about = {"since": since, "left_out": LEFT_OUT}
    if not select_table(home, _ANY, about)[0][0].as_py():
        return []
    # An order may be older than its record by as long again.
    asked = about | {"source": _SET_ASIDE_CHECK, "from_date": since.date() - timedelta(days=_LATEST_DAYS)}
    lines = select_table(home, _LINES, asked).to_pylist()
    return [word for line in lines if (word := _word(line, ticket)) is not None]


def _word(line: dict[str, Any], ticket: Ticket) -> dict[str, object] | None:
    """What is to be said of a line now; None where nothing is."""
    if line["missing_at"] is not None:
        ref = f"{line['file_sha256'][:16]}/{line['row_number']}:{_name(line)}"
        may_ship = line["line_status"] == "open" and not line["is_shipped"]
        if not may_ship or line["last_word"] == EventType.HELD or ref in line["our_refs"]:
            return None
        record = f"record {line['row_number']} of {line['file_name']}"
        reason = f"incomplete order: {record} is of this order, and was set aside"
        # As of when we learnt of both: whoever releases it speaks later, on the data's clock too.
        return _event(line, EventType.HELD, ref, reason, max(line["first_at"], line["missing_at"]))
    if line["last_word"] == EventType.HELD and line["last_source"] == _SET_ASIDE_CHECK:
        ref = f"{max(line['our_refs'])}:came"
        return _event(line, EventType.HOLD_RELEASED, ref, "what was set aside has come", ticket.as_of)
    return None


def _name(line: dict[str, Any]) -> str:
    return f"{line['channel_id']}:{line['order_ref']}:{line['line_ref']}"


def _event(line: dict[str, Any], kind: EventType, ref: str, reason: str, at: Any) -> dict[str, object]:
    return {
        "source_id": _SET_ASIDE_CHECK,
        "event_ref": ref,
        "event_type": kind.value,
        "channel_id": line["channel_id"],
        "order_ref": line["order_ref"],
        "order_line_ref": line["line_ref"],
        "quantity": line["quantity"],
        "reason": reason,
        "effective_at": at,
        "business_date": at.date(),
    }
