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
MAX_FUNCTION_LINES = 55
#: A package of more modules says in which order they are read.
MAX_UNEXPLAINED_MODULES = 15


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def texts() -> dict[Path, str]:
    """Every module's text."""
    return {path: path.read_text(encoding="utf-8") for path in MODULES}


@pytest.fixture(scope="module")
def trees(texts: dict[Path, str]) -> dict[Path, ast.Module]:
    """Every module, parsed."""
    return {path: ast.parse(text) for path, text in texts.items()}


def test_every_module_opens_by_saying_what_it_is(trees: dict[Path, ast.Module]) -> None:
    assert [name(path) for path, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_a_large_package_names_each_of_its_modules(trees: dict[Path, ast.Module]) -> None:
    unnamed = {}
    for path, tree in trees.items():
        modules = {module.stem for module in path.parent.glob("*.py")} - {"__init__"}
        if path.name == "__init__.py" and len(modules) > MAX_UNEXPLAINED_MODULES:
            unnamed[name(path)] = modules - set(re.findall(r"`(\w+)`", ast.get_docstring(tree) or ""))
    assert len(unnamed) > 1
    assert {path: modules for path, modules in unnamed.items() if modules} == {}


def test_modules_and_names_that_a_text_says_by_their_path_exist(texts: dict[Path, str]) -> None:
    said = re.compile(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)`")
    missing = {name(path): [words for words in said.findall(text) if not exists(words)] for path, text in texts.items()}
    assert {path: words for path, words in missing.items() if words} == {}


def exists(dotted: str) -> bool:
    """Whether a dotted path is a module or a package, or a name that its module has."""
    path, parent = ROOT / dotted.replace(".", "/"), (ROOT / dotted.replace(".", "/")).parent
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module = parent / "__init__.py" if parent.is_dir() else parent.with_suffix(".py")
    return module.is_file() and re.search(rf"\b{path.name}\b", module.read_text(encoding="utf-8")) is not None


def test_files_and_functions_fit_the_eye(texts: dict[Path, str], trees: dict[Path, ast.Module]) -> None:
    assert [name(path) for path, text in texts.items() if text.count("\n") > MAX_LINES] == []
    functions = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    assert [
        f"{name(path)}: {node.name}"
        for path, node in functions
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    ] == []


def test_only_pipelines_and_settings_read_the_clock_or_the_environment(texts: dict[Path, str]) -> None:
    clock = r"datetime\.now\(|\butcnow\(|time\.time\(|date\.today\("
    environment = r"os\.environ|os\.getenv"
    found = {}
    for path, text in texts.items():
        package = path.relative_to(ROOT).parts[0]
        if package == "pipelines" or path.name == "settings.py":
            continue
        # Pages are looked at now; what they read of their environment is in their settings.
        found[name(path)] = re.findall(environment if package == "dashboards" else f"{clock}|{environment}", text)
    assert {path: words for path, words in found.items() if words} == {}


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
