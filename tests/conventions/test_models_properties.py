"""The contracts, the generated dbt properties, the models and the golden fixtures say the same."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from oms_core.contracts import MARTS
from oms_core.contracts.properties import HEADER, main, outdated, property_files, write

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
FILES = property_files()


def test_generating_the_properties_files_again_gives_the_same_bytes() -> None:
    assert outdated(PROJECT) == [], "`make contracts` writes them anew"


def test_a_file_that_its_contract_did_not_write_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    changed, missing, *_ = FILES
    (tmp_path / changed).write_text("version: 2\n")
    (tmp_path / missing).unlink()
    with pytest.raises(SystemExit, match=f"{changed}, {missing}$"):
        main([str(tmp_path), "--check"])


def test_every_mart_of_a_contract_has_a_model_in_its_domain_and_no_model_lacks_one() -> None:
    expected = {f"{domain}/{contract.name}" for domain, contracts in MARTS.items() for contract in contracts}
    marts = PROJECT / "models" / "marts"
    assert {str(path.relative_to(marts).with_suffix("")) for path in marts.rglob("*.sql")} == expected
    generated = {path for path in marts.rglob("*.yml") if path.read_text(encoding="utf-8").startswith(HEADER)}
    assert {str(path.relative_to(marts).with_suffix("")) for path in generated} == expected


def test_the_exposure_of_the_pages_names_every_mart_that_they_read() -> None:
    words = {word for page in (ROOT / "dashboards").rglob("*.py") for word in re.findall(r"\w+", page.read_text())}
    read = {contract.name for contracts in MARTS.values() for contract in contracts} & words
    exposures = yaml.safe_load((PROJECT / "models" / "exposures.yml").read_text())["exposures"]
    named = next(one["depends_on"] for one in exposures if one["name"] == "planner_dashboards")
    assert {f"ref('{mart}')" for mart in read} - set(named) == set()


def test_every_model_is_described() -> None:
    models = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    described = set()
    for path in (PROJECT / "models").rglob("*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        described |= {model["name"] for model in content.get("models", ()) if model.get("description")}
    assert described == models


def test_the_unit_test_of_line_quantities_is_the_golden_fixture() -> None:
    golden = ROOT / "tests" / "fixtures" / "golden" / "line_states.csv"
    path = PROJECT / "models" / "intermediate" / "int_order_line_quantities.yml"
    (unit_test,) = yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
    blocks = [*(given["rows"] for given in unit_test["given"]), unit_test["expect"]["rows"]]
    merged: list[dict[str, str]] = []
    for rows in zip(*(csv.DictReader(block.splitlines()) for block in blocks), strict=True):
        assert len({row["order_line_id"] for row in rows}) == 1
        merged.append({key: value for row in rows for key, value in row.items() if key != "order_line_id"})
    with golden.open(encoding="utf-8", newline="") as file:
        assert merged == list(csv.DictReader(file))
