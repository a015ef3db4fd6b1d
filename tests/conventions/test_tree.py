"""The tree keeps its promises: fixed top level, a word at the head of every module, files that fit the eye."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("oms_core", "forecasting", "pipelines", "dashboards")
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "versions" not in path.parts
)
MAX_LINES = 400
MAX_FUNCTION_LINES = 60


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_opens_by_saying_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_files_and_functions_fit_the_eye(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MAX_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, f"{name(path)}: {node.name}"


@pytest.mark.parametrize(
    "path", [m for m in MODULES if m.parts[len(ROOT.parts)] != "pipelines" and m.name != "settings.py"], ids=name
)
def test_only_pipelines_and_settings_read_the_clock_or_the_environment(path: Path) -> None:
    found = re.findall(
        r"datetime\.now\(|\butcnow\(|time\.time\(|date\.today\(|os\.environ|os\.getenv", path.read_text()
    )
    clocks = [word for word in found if path.parts[len(ROOT.parts)] != "dashboards" or "environ" in word]
    assert clocks == []


def test_no_machines_path_or_address_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    forbidden = re.compile(r"https?://(?:pypi|files\.pythonhosted)|/root/|/home/[a-z]|--index-url|--find-links")
    offenders = []
    for entry in listed:
        path = ROOT / entry
        if path.suffix in {".png", ".svg"} or path == Path(__file__) or not path.is_file():
            continue
        if forbidden.search(path.read_text(encoding="utf-8", errors="replace")):
            offenders.append(entry)
    assert offenders == []
