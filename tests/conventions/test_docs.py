"""What the documentation shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from oms_core.feeds import load_definition, read

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")


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


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= targets
