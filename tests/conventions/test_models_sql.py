"""Models keep to SQL that more than one engine reads, and to one of the two builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2] / "dbt_project"
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
SQL = [*MODELS, *sorted((PROJECT / "tests").rglob("*.sql")), *sorted((PROJECT / "macros").glob("*.sql"))]

#: What one engine reads and another does not, as word or sign, with what to write instead.
FORBIDDEN = {
    r"\bqualify\b": "row_number() in a subquery and a where",
    r"::": "cast(x as type)",
    r"\b(?:arg_max|arg_min|max_by|min_by|any_value|first|last)\s*\(": "row_number() and a where",
    r"\bgenerate_series\b|\brange\s*\(|\bunnest\b": "dim_date",
    r"\bepoch\w*\b|\bdate_?(?:diff|add|trunc|part)\b|\bstrftime\b": "a macro of portable.sql",
    r"\basof\b": "a join and row_number()",
    r"\brange\s+between\b": "rows between",
    r"\binterval\s+'?\d": "days_after()",
    r"\blist_\w+\s*\(|\barray_agg\s*\(|\blist\s*\(|\bstring_agg\s*\(|\bstruct_pack\b|\[\s*:": "rows",
    r"\bgroup\s+by\s+all\b|\border\s+by\s+all\b": "the columns' names",
    r"\bexclude\s*\(|\breplace\s*\(|\bselect\s+distinct\s+on\b": "the columns' names",
    r"\b(?:now|current_date|current_timestamp|random|today)\b": "var('as_of_date'): nothing here reads a clock",
    r"\b(?:semi|anti)\s+join\b|\bpivot\b|\busing\s+sample\b": "a plain join",
    r"//": "int_div()",
    r"\bread_(?:csv|parquet|json)\w*\b": "a landed source",
}  # fmt: skip


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def statements(path: Path) -> str:
    """A file's SQL without Jinja comments, Jinja statements' string literals kept, and without SQL comments."""
    text = re.sub(r"\{#.*?#\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"--.*", " ", text)


def test_sql_has_no_word_that_only_one_engine_reads() -> None:
    found = {}
    for path in SQL:
        text = re.sub(r"\brange\(\d+\)", "", statements(path)).lower()
        words = {pattern: better for pattern, better in FORBIDDEN.items() if re.search(pattern, text)}
        if words and path.name != "portable.sql":
            found[name(path)] = words
    assert found == {}


def test_a_model_is_built_either_before_decisions_or_after() -> None:
    tags = {name(path): re.findall(r"tags=\['(\w+)'\]", path.read_text(encoding="utf-8")) for path in MODELS}
    assert {model: found for model, found in tags.items() if found not in (["ground"], ["decisions"])} == {}


def test_what_is_built_before_decisions_reads_nothing_built_after() -> None:
    is_later = {path: "['decisions']" in path.read_text(encoding="utf-8") for path in MODELS}
    later = {path.stem for path in MODELS if is_later[path]}
    read = {path.stem: set(re.findall(r"ref\('(\w+)'\)", statements(path))) for path in MODELS if not is_later[path]}
    assert {model: models & later for model, models in read.items() if models & later} == {}


def test_a_singular_test_names_its_asset_its_severity_and_its_reason() -> None:
    singular = {path.stem: path.read_text(encoding="utf-8") for path in (PROJECT / "tests").glob("*.sql")}
    asset = r"meta=\{'dagster': \{'ref': \{'name': '\w+'\}\}\}"
    for pattern in (asset, r"severity='(error|warn)'", r"tags=\['(ground|decisions)'\]"):
        assert [test for test, text in singular.items() if not re.search(pattern, text)] == [], pattern
    proofs = yaml.safe_load((PROJECT / "tests" / "proofs.yml").read_text(encoding="utf-8"))["data_tests"]
    assert set(singular) <= {proof["name"] for proof in proofs if proof["description"]}, (
        "say in proofs.yml what it holds"
    )


@pytest.mark.parametrize(
    "sql",
    ["select a::int", "select arg_max(a, b)", "from generate_series(1, 9)", "order by a range between interval 7 day"],
)
def test_the_list_of_words_catches_what_it_is_for(sql: str) -> None:
    assert any(re.search(pattern, sql) for pattern in FORBIDDEN)
