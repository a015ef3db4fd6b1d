"""The oracle: the warehouse built anew from landing alone, and its comparison with a snapshot.

Belongs here: the rebuild and the comparison, mart by mart, value for value.
Does not belong here: decisions: what was decided is in the log and is read from there, never decided again.
"""

from __future__ import annotations

from datetime import datetime

from oms_core.contracts import PUBLISHED
from oms_core.store.published.snapshots import NoSnapshot, Snapshot
from pipelines.home import Home
from pipelines.log import Log
from pipelines.modelling.building import TAGS, build, warm_up
from pipelines.modelling.warehouse import load, note_run, open_warehouse, remove_warehouse, require_log_of


def rebuild_warehouse(home: Home) -> datetime | None:
    """Delete the warehouse and build it from landing, as of the current snapshot. Returns that instant.

    None where nothing is published yet: the warehouse is deleted, and the next run builds it. Raises NoSnapshot where
    there is no warehouse either, BuildError where dbt does; HomeError, and deletes nothing, where the log is damaged.
    """
    try:
        manifest = Snapshot.current(home.published).manifest
    except NoSnapshot:
        if not remove_warehouse(home):
            raise
        return None
    warm_up()
    log = Log(home.landing)
    log.require_whole(log.units)
    require_log_of(home)
    remove_warehouse(home)
    load(home, manifest.as_of, manifest.run_id)
    for tag in TAGS:
        note_run(home, manifest.as_of.date(), tag)
        build(home, tag, full_refresh=True)
    return manifest.as_of


def compare_with_snapshot(home: Home) -> dict[str, int]:
    """Marts whose rows in the warehouse differ from the current snapshot's, with the number of differing rows."""
    snapshot = Snapshot.current(home.published)
    differing = {}
    with open_warehouse(home) as connection:
        for contract in PUBLISHED.values():
            names = ", ".join(f'"{name}"' for name in contract.names)
            files = [str(snapshot.folder / f"{name}.parquet") for name in snapshot.manifest.files[contract.name]]
            # Names come from the contracts.
            published = f"select {names} from read_parquet($files)"  # noqa: S608
            built = f"select {names} from {contract.name}"  # noqa: S608
            difference = f"({built} except all {published}) union all ({published} except all {built})"
            row = connection.execute(f"select count(*) from ({difference})", {"files": files}).fetchone()  # noqa: S608
            if row and row[0]:
                differing[contract.name] = int(row[0])
    return differing
