"""A definition that cannot be used is refused before any file is read, with file, key and reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_core.feeds import DefinitionError, FeedDefinition, arrival_at, load_definition, load_definitions

GOOD: dict[str, Any] = {
    "feed": "till",
    "format": "csv",
    "emits": ["stock_counts"],
    "arrival": {"at": "23:30"},
    "columns": {
        "ref": {"type": "text"},
        "n": {"type": "integer"},
        "price": {"type": "decimal"},
        "who": {"type": "text", "personal": True},
        "at": {"type": "instant"},
    },
    "rules": [
        {
            "emit": "stock_counts",
            "fields": {
                "count_ref": "ref",
                "location_id": {"constant": "DC"},
                "sku": "ref",
                "counted_quantity": "n",
                "effective_at": "at",
                "business_date": {"day_of": "at"},
            },
        }
    ],
}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "till.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}))
    return path


def with_rule(**rule: Any) -> list[Any]:
    return [{**GOOD["rules"][0], **rule}]


def with_field(**fields: Any) -> list[Any]:
    return with_rule(fields={**GOOD["rules"][0]["fields"], **fields})


def test_a_good_definition_is_loaded(tmp_path: Path) -> None:
    definition = load_definition(written(tmp_path))
    assert isinstance(definition, FeedDefinition)
    assert load_definitions(tmp_path) == {"till": definition} or set(load_definitions(tmp_path)) == {"till"}


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"feed": "other"}, "feed", "must be the file's own name"),
        ({"format": "xml"}, "format", "is none of csv, shopify"),
        ({"colour": 1}, "*", "unknown key colour"),
        ({"emits": ["sales"]}, "emits", "is no record type"),
        ({"emits": []}, "emits", "is no record type"),
        ({"maximum_rejected_share": 5}, "maximum_rejected_share", "is no number from 0 to 1"),
        ({"encoding": "utf-7"}, "encoding", "is none of"),
        ({"delimiter": "::"}, "delimiter", "one ASCII character"),
        ({"constants": {"channel_id": "till"}}, "constants", "only shopify and x12 have them"),
        ({"rules": with_field(sku={"template": "{ref!r}"})}, "rules[1].fields", "stands alone"),
        ({"arrival": {"at": 1410}}, "arrival.at", "in quotes"),
        ({"arrival": {"at": "23:30", "pattern": "("}}, "arrival.pattern", "no regular expression"),
        ({"columns": {}}, "columns", "belong to format csv"),
        ({"columns": {"ref": {"type": "money"}}}, "columns.ref.type", "is none of"),
        ({"columns": {"ref": {"type": "text", "clean": ["wash"]}}}, "columns.ref.clean", "is none of"),
        ({"columns": {"ref": {"type": "text", "personal": "yes"}}}, "columns.ref.personal", "is no bool"),
        ({"columns": {"at": {"type": "instant", "format": "%Y"}}}, "columns.at.format", "go together"),
        ({"columns": {"n": {"type": "decimal", "format": 1234.56}}}, "columns.n.format", "in quotes"),
        ({"columns": {"n": {"type": "decimal", "format": "1.23"}}}, "columns.n.format", "is none of 1234.56, 1,234.56"),
        ({"columns": {"n": {"type": "text", "format": "1234,56"}}}, "columns.n.format", "of a number, a day"),
        ({"columns": {"n": {"type": "day", "zone": "Europe/Berlin"}}}, "columns.n.zone", "only an instant"),
        ({"columns": {"at": {"type": "instant", "format": "%Y", "zone": "Mars"}}}, "columns.at.zone", "no IANA zone"),
        ({"occurrence_in": ["nothing"]}, "occurrence_in", "none of the columns"),
        ({"rules": [{"emit": "order_lines"}]}, "rules[1].emit", "not among the feed's `emits`"),
        ({"rules": [{"when": {}}]}, "rules[1]", "exactly one of emit, quarantine, skip"),
        ({"rules": [{"quarantine": "Bad Thing"}]}, "rules[1].quarantine", "no reason code"),
        ({"rules": with_rule(when={"column": "x", "equals": 1})}, "rules[1].when", "'x' is none of the columns"),
        ({"rules": with_rule(when={"column": "n", "eval": "1"})}, "rules[1].when", "is no question"),
        ({"rules": with_rule(when={"column": "n", "equals": "1"})}, "rules[1].when", "is a number"),
        ({"rules": with_rule(when={"column": "ref", "matches": "("})}, "rules[1].when", "no regular expression"),
        ({"rules": with_rule(when={"column": "ref", "less_than": 1})}, "rules[1].when", "is no number"),
        ({"rules": with_rule(when={"all": []})}, "rules[1].when", ""),
        ({"rules": with_field(sku="nothing")}, "rules[1].fields", "sku: 'nothing' is none of the columns"),
        ({"rules": with_field(colour="ref")}, "rules[1].fields", "not in contract stock_counts"),
        ({"rules": with_field(sku="who")}, "rules[1].fields", "who is personal"),
        ({"rules": with_field(sku="n")}, "rules[1].fields", "n is integer, text is wanted"),
        ({"rules": with_field(sku={"template": "{who}"})}, "rules[1].fields", "who is personal"),
        ({"rules": with_field(sku={"template": "{ref!r:>{n}"})}, "rules[1].fields", "sku"),
        ({"rules": with_field(sku={"column": "ref", "negate": True})}, "rules[1].fields", "only a number has a sign"),
        ({"columns": {False: {"type": "text"}}}, "columns.False", "put it in quotes"),
        ({"columns": {"ref": {"type": "text", "allowed": [True]}}}, "columns.ref.allowed", "YAML reads it as True"),
        (
            {"rules": with_field(sku={"column": "ref", "map": {1: "A"}})},
            "rules[1].fields",
            "sku: map: YAML reads it as 1",
        ),
        ({"rules": with_field(sku=False)}, "rules[1].fields", "sku: YAML reads it as False"),
        ({"rules": with_field(counted_quantity={"constant": "5"})}, "rules[1].fields", "is no bigint"),
        ({"rules": with_field(counted_quantity={"minor_units": "price"})}, "rules[1].fields", "no amount of money"),
        ({"rules": with_field(sku={"customer": "who"})}, "rules[1].fields", "no pseudonym belongs there"),
        ({"rules": with_rule(fields={"sku": "ref"})}, "rules[1].fields", "also requires count_ref"),
    ],
)
def test_a_bad_definition_is_refused_with_file_key_and_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(DefinitionError, match=re.escape(f"{path}: {key}: ")) as caught:
        load_definition(path)
    assert reason in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "\t"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "till.yaml"
    path.write_text(text)
    with pytest.raises(DefinitionError, match=re.escape(str(path))):
        load_definition(path)


@pytest.mark.parametrize(
    ("name", "arrival"),
    [
        ("orders_2026-11-20.json", "2026-11-20T23:30:00+00:00"),
        ("orders_2026-11-12_late_2026-11-20.json", "2026-11-20T23:30:00+00:00"),
        ("orders_2026-11-12_again_2026-99-99.json", "2026-11-12T23:30:00+00:00"),
        ("orders.json", None),
    ],
)
def test_the_last_date_of_a_files_name_is_its_arrival(tmp_path: Path, name: str, arrival: str | None) -> None:
    found = arrival_at(load_definition(written(tmp_path)), name)
    assert (found.isoformat() if found else None) == arrival


def test_without_a_rule_for_it_no_arrival_is_told(tmp_path: Path) -> None:
    assert arrival_at(load_definition(written(tmp_path, arrival={})), "orders_2026-11-20.json") is None
