"""The look at a file's bytes refuses, with file, record and remedy, what no parser may see; and counts the rest."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oms_core.feeds import FeedDefinition, FileRefused, screen

Definitions = dict[str, FeedDefinition]
Write = Callable[[str, str | bytes], Path]
HEADER = "count_ref,location_id,sku,counted_quantity,effective_at,business_date\n"
ROW = "C1,DC,SKU-1,5,2026-11-20T10:00:00Z,2026-11-20\n"


def refusal(definition: FeedDefinition, path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        screen(definition, path)
    assert path.name in str(caught.value)
    return caught.value


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(definitions: Definitions, write: Write, content: bytes) -> None:
    refused = refusal(definitions["stock_counts"], write("stock_counts_2026-11-20.csv", content))
    assert refused.reason_code == "empty_file"
    assert "Ask for it again" in str(refused)


def test_a_files_name_cannot_steer_a_terminal(definitions: Definitions, write: Write) -> None:
    with pytest.raises(FileRefused) as caught:
        screen(definitions["stock_counts"], write("a\x1b[31m.csv", b""))
    assert str(caught.value).startswith("a\\x1b[31m.csv: the file is empty")


def test_a_header_alone_is_a_file_without_records(definitions: Definitions, write: Write) -> None:
    assert screen(definitions["stock_counts"], write("a.csv", HEADER)).record_count == 0


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_a_line_end(definitions: Definitions, write: Write, end: str) -> None:
    text = (HEADER + ROW * 3).replace("\n", end)
    assert screen(definitions["stock_counts"], write("a.csv", text)).record_count == 3
    assert screen(definitions["stock_counts"], write("b.csv", text.removesuffix(end))).record_count == 3


def test_line_ends_in_quotes_and_blank_lines_are_no_records(definitions: Definitions, write: Write) -> None:
    text = HEADER + '"C\n1","D""C\n\n",x,1,2,3\n\n\r\n' + ROW + 'a,5" disc,"q",1,2,3\n'
    assert screen(definitions["stock_counts"], write("a.csv", text)).record_count == 3


def test_a_wrong_encoding_is_refused_with_record_and_byte(definitions: Definitions, write: Write) -> None:
    content = (HEADER + ROW).encode() + "C2,DC,SKÜ,1,2026-11-20T10:00:00Z,2026-11-20\n".encode("cp1252")
    refused = refusal(definitions["stock_counts"], write("stock_counts.csv", content))
    offset = content.index(b"\xdc")
    assert (refused.reason_code, refused.row_number) == ("wrong_encoding", 2)
    assert f"record 2, byte {offset} is not UTF-8" in str(refused)
    assert "encoding: cp1252" in str(refused)
    assert screen(replace(definitions["stock_counts"], encoding="cp1252"), write("b.csv", content)).record_count == 2


def test_utf16_is_refused_by_name(definitions: Definitions, write: Write) -> None:
    refused = refusal(definitions["stock_counts"], write("a.csv", (HEADER + ROW).encode("utf-16")))
    assert refused.reason_code == "wrong_encoding"
    assert "UTF-16" in str(refused)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\x14\x00", "a workbook of Excel (.xlsx), which is one. Ask for each sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook of an old Excel"),
        (b"\x1f\x8b\x08\x00", "packed by gzip"),
    ],
)
def test_what_is_packed_is_refused_by_name(definitions: Definitions, write: Write, content: bytes, words: str) -> None:
    refused = refusal(definitions["stock_counts"], write("stock_counts_2026-11-20.csv", content))
    assert refused.reason_code == "packed"
    assert words in str(refused)


def test_nul_bytes_are_refused_with_their_place(definitions: Definitions, write: Write) -> None:
    refused = refusal(definitions["stock_counts"], write("a.csv", HEADER.encode() + b"C1\0"))
    assert refused.reason_code == "nul_bytes"
    assert f"byte {len(HEADER) + 2} is NUL" in str(refused)


def test_an_unterminated_quote_is_refused_with_its_record(definitions: Definitions, write: Write) -> None:
    refused = refusal(definitions["stock_counts"], write("a.csv", HEADER + ROW + '"C2,DC,SKU\n' + ROW))
    assert (refused.reason_code, refused.row_number) == ("unterminated_quote", 2)
    assert "record 2 opens a quote that is never closed" in str(refused)


def test_a_file_beyond_the_feeds_limit_is_refused(definitions: Definitions, write: Write) -> None:
    refused = refusal(replace(definitions["stock_counts"], maximum_bytes=50), write("a.csv", HEADER + ROW))
    assert refused.reason_code == "too_big"
    assert "maximum_bytes" in str(refused)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_of_100_megabytes_is_refused_at_once_in_little_memory(
    definitions: Definitions, tmp_path: Path, quote: str
) -> None:
    path = tmp_path / "huge.csv"
    with path.open("w") as file:
        file.write(HEADER + ROW + quote)
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write(quote + "\n")
    tracemalloc.start()
    started = time.perf_counter()
    refused = refusal(definitions["stock_counts"], path)
    seconds, (_, peak_bytes) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.reason_code, refused.row_number) == ("field_too_long", 2)
    assert "more than 1,000,000 bytes" in str(refused)
    assert seconds < 5
    assert peak_bytes < 40_000_000


def test_a_long_record_of_permitted_fields_passes(definitions: Definitions, write: Write) -> None:
    text = HEADER + ",".join(["y" * 400_000] * 6) + "\n"
    assert screen(definitions["stock_counts"], write("a.csv", text)).record_count == 1
    refused = refusal(definitions["stock_counts"], write("b.csv", HEADER + "y" * 1_000_001 + ",,,,,\n"))
    assert refused.reason_code == "field_too_long"


def test_counting_does_not_depend_on_where_blocks_end(
    definitions: Definitions, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (HEADER + ROW + '"a\r\nb","""",ü,€,"\r","\n"\r\n').replace("\n", "\r\n") * 3
    path = write("a.csv", "\ufeff" + text)
    shop = write("a.json", json.dumps({"orders": [{"a": '\\"[{', "b": [{"ü": "\\"}]}, {"c": {}}]}, ensure_ascii=False))
    whole = screen(definitions["stock_counts"], path), screen(definitions["shopify_orders"], shop)
    for size in (3, 4, 5, 7, 11):
        monkeypatch.setattr("oms_core.feeds.screening.BLOCK_BYTES", size)
        assert (screen(definitions["stock_counts"], path), screen(definitions["shopify_orders"], shop)) == whole


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ({"orders": []}, 0),
        ({"orders": [{"id": 1, "line_items": [{"x": [{}]}]}, {"id": 2, "note": 'a "quoted" \\ {[ note'}]}, 2),
        ({"order": {"id": 1, "line_items": [{}, {}]}}, 1),
    ],
)
def test_orders_are_counted_in_the_bytes(definitions: Definitions, write: Write, content: Any, count: int) -> None:
    path = write("orders_2026-11-20.json", json.dumps(content))
    assert screen(definitions["shopify_orders"], path).record_count == count


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_truncated_json_is_refused_with_its_record(definitions: Definitions, write: Write, share: float) -> None:
    text = json.dumps({"orders": [{"id": i, "note": "n" * 50} for i in range(10)]})
    refused = refusal(definitions["shopify_orders"], write("orders.json", text[: int(len(text) * share)]))
    assert refused.reason_code == "truncated_json"
    assert f"ends inside record {refused.row_number}" in str(refused)
    assert refused.row_number in (int(10 * share), int(10 * share) + 1)


def test_deeply_nested_json_is_refused(definitions: Definitions, write: Write) -> None:
    text = '{"orders": [{"id": 1, "x": ' + "[" * 200_000 + "]" * 200_000 + "}]}"
    refused = refusal(definitions["shopify_orders"], write("orders.json", text))
    assert refused.reason_code == "nested_too_deep"
    assert "near record 1 it is nested deeper than 64 levels" in str(refused)


def test_a_huge_text_in_json_is_refused(definitions: Definitions, write: Write) -> None:
    text = json.dumps({"orders": [{"id": 1, "note": "n" * 3_000_000}]})
    assert refusal(definitions["shopify_orders"], write("orders.json", text)).reason_code == "field_too_long"


def test_what_is_no_parquet_is_refused(definitions: Definitions, write: Write) -> None:
    refused = refusal(definitions["stock_counts"], write("stock_counts_2026-11-20.parquet", b"PAR1 and no more"))
    assert refused.reason_code == "not_parquet"
