"""The doctor: proves a home whole, and names what is not.

Belongs here: the list of examinations. Does not belong here: mending; every finding says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from oms_core.fulfilment.delivery.transport import NotDelivered
from oms_core.store.operations import open_operations
from oms_core.store.operations.unreached import find_unreached
from oms_core.store.published.snapshots import NoSnapshot, Snapshot
from pipelines.fulfilment.delivering import transport_of
from pipelines.home import Home, HomeError, wall_clock
from pipelines.log import INDEX_NAME, Log
from pipelines.modelling.proofs import try_all
from pipelines.reception.arrivals import find_unread
from pipelines.reception.fetching import pickup_of
from pipelines.reception.originals import list_held


@dataclass(frozen=True)
class Finding:
    """One examination: what was claimed, whether it holds, and what offends it."""

    statement: str
    offending: list[str]
    is_error: bool = True

    @property
    def holds(self) -> bool:
        return not self.offending


def examine(home: Home) -> list[Finding]:
    """Every examination, the log first: what the log has lost no rebuild can bring back."""
    return [
        *(_log_is_whole(home), _no_unit_is_unlisted(home), _no_feed_is_stopped(home), _every_file_has_a_feed(home)),
        *(is_the_home(home), partners_have_a_way(home), every_partner_was_reached(home), _snapshot_is_whole(home)),
        *_identities(home),
    ]


def _log_is_whole(home: Home) -> Finding:
    log = Log(home.landing)
    try:
        damaged = [
            f"{u.feed}/{u.file_sha256} ({u.file_name}): restore it from a backup"
            for u in log.damaged(log.units, thoroughly=True)
        ]
    except HomeError as error:
        damaged = [str(error)]
    return Finding("every committed unit of the log is on disk, with the rows that were committed", damaged)


def _no_unit_is_unlisted(home: Home) -> Finding:
    try:
        unlisted = [
            f"{folder.relative_to(home.landing)}: a crash cut its commit short, or {INDEX_NAME} has lost lines"
            for folder in Log(home.landing).unlisted()
        ]
    except HomeError:
        unlisted = []
    return Finding("every unit on disk is in the log's index", unlisted, is_error=False)


def _no_feed_is_stopped(home: Home) -> Finding:
    held = [
        f"{h.feed}/{h.file_name}: {h.reason} (`oms quarantine discard {h.file_sha256[:12]}`)" for h in list_held(home)
    ]
    return Finding("no held file stops its feed", held)


def _every_file_has_a_feed(home: Home) -> Finding:
    unread = [
        f"{path.relative_to(home.root)}: move it to the inbox folder of its feed, or describe one in {home.feeds.name}/"
        for path in find_unread(home)
    ]
    return Finding("every file of the inbox lies in a feed's folder", unread, is_error=False)


def is_the_home(home: Home) -> Finding:
    """Whether what is decided here goes out: a copy that `oms backup` made keeps it, and fetches nothing."""
    kept = [f"{home.root} is a copy, and sends and fetches nothing: `oms restored` makes it the home"]
    return Finding("this home sends and fetches", kept if home.is_mere_copy else [], is_error=False)


def partners_have_a_way(home: Home) -> Finding:
    """Whether every partner can be delivered to and fetched from, as far as this machine knows."""
    offending = []
    try:
        profiles = home.partners.profiles
    except HomeError as error:
        return Finding("partners.yaml can be followed, and every secret that it names is set", [str(error)])
    for partner_id, partner in profiles.items():
        try:
            transport_of(home, partner_id, partner).close()
            if partner.fetch is not None:
                pickup_of(partner.fetch).close()
        except NotDelivered as error:
            offending.append(f"{partner_id}: {error}")
    return Finding("partners.yaml can be followed, and every secret that it names is set", offending)


def every_partner_was_reached(home: Home) -> Finding:
    """Whether the last look at each partner's place found what lies there."""
    statement = "every partner's files could be fetched at the last look"
    try:
        with open_operations(home.database_url, now=wall_clock()) as store:
            unreached = find_unreached(store.trail, home.partners)
    except HomeError:  # said by `partners_have_a_way`
        return Finding(statement, [])
    return Finding(
        statement, [f"{one.partner_id}, since {one.since:%Y-%m-%d %H:%M} UTC: {one.reason}" for one in unreached]
    )


def _snapshot_is_whole(home: Home) -> Finding:
    try:
        snapshot = Snapshot.current(home.published)
    except NoSnapshot as error:
        return Finding("there is a snapshot to read", [str(error)])
    damaged = [f"{name}: publish it again with `oms run`" for name in snapshot.changed_tables()]
    return Finding("every table of the current snapshot has the bytes that were published", damaged)


def _identities(home: Home) -> list[Finding]:
    try:
        tried = list(try_all(home))
    except HomeError as error:
        return [Finding("the warehouse is built", [str(error)])]
    except duckdb.CatalogException as error:
        missing = str(error).splitlines()[0]
        return [Finding("the warehouse is built", [f"{missing} `oms rebuild` builds it from landing."])]
    return [
        Finding(proof.statement, [str(row) for row in offending.to_dict("records")], proof.is_error)
        for proof, offending in tried
    ]
