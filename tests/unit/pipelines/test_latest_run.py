"""Which run is the latest, said once to Python and once to the models: the same one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import pytest

import pipelines
from pipelines.fulfilment.allocating import LEVELS
from pipelines.modelling.warehouse import latest_run

MACROS = Path(pipelines.__file__).parent.parent / "dbt_project" / "macros" / "rules.sql"
RUNS = {
    "an instant for two": [("a", 1, 1), ("b", 1, 1)],
    "one that was landed late": [("b", 1, 1), ("a", 1, 2)],
    "a later day that was landed first": [("a", 2, 1), ("b", 1, 2)],
}


@pytest.mark.parametrize("name", RUNS)
def test_levels_in_force_are_of_the_run_that_the_models_take(name: str) -> None:
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])
    macros = environment.from_string(MACROS.read_text(encoding="utf-8")).module
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("""
            create table raw.safety_stock (
                sku text default 'MUG', location_id text default 'WH', qty_safety_stock bigint default 1,
                protection_days bigint default 1, run_id text, effective_at bigint, known_at bigint)""")
        insert = "insert into raw.safety_stock (run_id, effective_at, known_at, location_id) values ($1, $2, $3, $1)"
        connection.executemany(insert, RUNS[name])
        (of_models,) = connection.execute(str(macros.latest_run("raw.safety_stock"))).fetchall()
        assert connection.execute(latest_run("raw.safety_stock")).fetchall() == [of_models]
        assert [row[1:2] for row in connection.execute(LEVELS).fetchall()] == [of_models]
