"""What the documentation shows works as it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oms_core.feeds import load_definition, read
from pipelines.cli import _command

ROOT = Path(__file__).parents[2]
PAGES = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SOURCE = re.compile(r"`((?:oms_core|forecasting|pipelines|dashboards|tests)/[\w/.*-]+)`")


def test_the_channel_that_the_docs_add_reads_its_file(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "adding-a-channel.md").read_text()
    block = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    (tmp_path / "farm_shop.yaml").write_text(block.group(1))
    file = tmp_path / "farm_2026-05-30.csv"
    file.write_text(
        "Order,Item,Pieces,Price,At,Buyer\n1,egg,6,0.35,30.05.2026 09:00,Ada\n1,jam,0,4.20,30.05.2026 09:00,\n"
    )
    chunk = next(read(load_definition(tmp_path / "farm_shop.yaml"), file, key=b"key"))
    line = chunk.accepted["order_lines"].to_pylist()[0]
    assert (line["sku"], line["quantity"], line["unit_price_minor"], line["line_ref"]) == ("EGG", 6, 35, "EGG-1")
    assert [rejection.reason_code for rejection in chunk.rejections] == ["not_positive"]


def test_the_files_that_a_first_order_needs_are_read_as_the_docs_have_them(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "adding-a-channel.md").read_text()
    blocks = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    for feed, block in zip(("locations", "products", "stock_movements"), blocks, strict=True):
        file = tmp_path / f"{feed}_2026-11-20.csv"
        file.write_text(block)
        definition = load_definition(ROOT / "oms_core" / "feeds" / "definitions" / "canonical" / f"{feed}.yaml")
        (chunk,) = read(definition, file, key=b"key")
        assert (len(chunk.accepted[feed]), list(chunk.rejections)) == (1, [])


def test_every_link_between_pages_leads_to_a_file_and_its_heading() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {name}#{heading}"
        for page in PAGES
        for name, heading in LINK.findall(page.read_text())
        if not leads_somewhere(page.parent / name if name else page, heading)
    ]
    assert broken == []


def leads_somewhere(target: Path, heading: str) -> bool:
    """Whether the file is there, and has the heading as GitHub names it in links; no heading: the file alone."""
    if not target.exists() or not heading:
        return target.exists()
    texts = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in HEADING.findall(target.read_text())]
    return heading in texts


def test_every_file_that_a_page_names_exists() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in SOURCE.findall(page.read_text())
        if not any(ROOT.glob(name.rstrip("/")))
    ]
    assert missing == []


def commands() -> Iterator[str]:
    """The lines of the pages' shell blocks that call `oms`; `hold|release` stands for several."""
    for page in PAGES:
        for block in re.findall(r"```(?:bash|sh)\n(.*?)```", page.read_text(), re.DOTALL):
            lines = (line.strip().removeprefix(".venv/bin/") for line in block.splitlines())
            yield from (line for line in lines if line.startswith("oms ") and not re.search(r"\w\|\w", line))


@pytest.mark.parametrize("line", list(commands()))
def test_a_command_that_a_page_shows_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in re.findall(r"\S+\.yaml", line):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    understand(_command(), shlex.split(line, comments=True)[1:])


def understand(command: Any, arguments: list[str], parent: Any = None) -> None:
    """Parse, and run nothing. Raises UsageError for what the command line does not know."""
    context = command.make_context(command.name, arguments, parent=parent)
    if hasattr(command, "commands") and (rest := [*context._protected_args, *context.args]):
        _, chosen, rest = command.resolve_command(context, rest)
        understand(chosen, rest, context)


def test_the_index_of_decisions_lists_each_once() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"^\| \[\d+\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= targets
