"""The SQL box: an in-memory DuckDB that can read the given Parquet files, and do nothing else.

Belongs here: the locked connection, and the check of a statement before it runs.
Does not belong here: which files there are (`snapshots`).

Found with DuckDB 1.5.5 on 2026-11-23: a path that may be read may also be written by COPY; `enable_logging` to a folder
out of reach ends the whole process; `pandas_scan` and its like take raw addresses. So a statement must be one SELECT,
and the table functions in it, wherever they stand, must be in a short list of harmless ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

#: Table functions that touch nothing but their arguments and the catalogue.
_ALLOWED_TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "json_each", "json_tree"),
        *("duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_functions", "pragma_table_info", "pragma_version"),
    }
)


class QueryError(Exception):
    """A query is not a single SELECT, uses what is not allowed, or DuckDB refuses it; the message says which."""


def open_sandbox(files: Mapping[str, Sequence[Path]], memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A locked connection with one view a table, by the names given, over the Parquet files of each."""
    connection = duckdb.connect(":memory:")
    # No spilling: with external access off there is no folder to spill into, and a query has its memory limit.
    settings = {"TimeZone": "UTC", "memory_limit": memory_limit, "threads": threads, "temp_directory": ""}
    for name, value in {**settings, "python_enable_replacements": "false"}.items():
        connection.execute(f"set {name} = {_literal(str(value))}")
    paths = {name: ", ".join(_literal(str(path)) for path in of_table) for name, of_table in files.items()}
    for name, of_table in paths.items():
        connection.execute(f"create view {_identifier(name)} as from read_parquet([{of_table}])")
    connection.execute(f"set allowed_paths = [{', '.join(paths.values())}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def only_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The statement, if it is one SELECT that calls only allowed table functions; else QueryError."""
    statements = duckdb.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise QueryError(f"one SELECT is answered here, not: {kinds}")
    refused = sorted(set(_table_functions(_syntax_tree(cursor, sql))) - _ALLOWED_TABLE_FUNCTIONS)
    if refused:
        raise QueryError(f"not allowed here: {', '.join(refused)}. Tables are read by their names; see `show tables`.")
    return statements[0]


def _syntax_tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    # A literal, its quotes doubled: for a parameter DuckDB loads pandas, which takes longer than most answers.
    row = cursor.execute(f"select json_serialize_sql({_literal(sql)})").fetchone()
    try:
        tree = json.loads(row[0]) if row else {"error": True}
    except RecursionError as error:
        raise QueryError("the query is nested too deeply") from error
    if tree["error"]:
        raise QueryError(f"the query cannot be checked: {tree.get('error_message', 'no syntax tree')}")
    return dict(tree)


def _table_functions(tree: object) -> Iterator[str]:
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if node.get("type") == "TABLE_FUNCTION":
                yield str(node["function"].get("function_name")).lower()
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
