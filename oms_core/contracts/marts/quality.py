"""The marts of data quality: the files that came, and the records of them that were set aside.

Belongs here: grain, key, columns, types and units of what is published of them. Does not belong here: what is wrong
with a record (`oms_core.feeds.rejections`).
"""

from __future__ import annotations

from oms_core.contracts.marts.columns import KNOWN, mart
from oms_core.contracts.schema import Contract, integer, text

RPT_FEED_FILES = mart(
    "rpt_feed_files",
    "one row a received file; its records = accepted + duplicate + superseded + quarantined",
    ("feed", "file_sha256"),
    text("feed", "Feed that delivered it."),
    text("file_sha256", "Hash of its bytes."),
    text("file_name", "Its name when it came: data, never a path."),
    KNOWN,
    integer("size_bytes", "Size.", unit="bytes"),
    integer("record_count", "Records that the byte-level screen counted."),
    integer("accepted_count", "Records landed."),
    integer("duplicate_count", "Records that repeat another of the file exactly."),
    integer("superseded_count", "Records replaced by a later one of the same file."),
    integer("quarantined_count", "Records set aside with a reason."),
)

RPT_QUARANTINE = mart(
    "rpt_quarantine",
    "one row a quarantined record and reason",
    ("feed", "file_sha256", "row_number", "reason_code"),
    text("feed", "Feed that delivered it."),
    text("file_sha256", "File that held it."),
    text("file_name", "Name of that file."),
    integer("row_number", "Record number in that file."),
    text("reason_code", "Which rule it broke."),
    text("reason", "The rule in words; never the customer's data."),
    KNOWN,
)

QUALITY_MARTS: tuple[Contract, ...] = (
    RPT_FEED_FILES,
    RPT_QUARANTINE,
)
