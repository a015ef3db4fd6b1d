"""A warehouse that reads a folder of this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.partners.line import Line, Partner


def laid_down(folder: Path) -> tuple[Callable[[str, bytes], None], Callable[[], dict[str, bytes]]]:
    """How a partner lays files down in a folder of its own, and what lies there."""

    def lay_down(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)

    return lay_down, lambda: {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def folder_partner(folder: Path) -> Iterator[Partner]:
    """A partner that reads `folder`. There is no line to it: only we can die on the way."""
    taken: dict[str, bytes] = {}
    theirs = folder.with_name(f"{folder.name}-theirs")
    theirs.mkdir(parents=True)
    times: Counter[str] = Counter()

    def take_away() -> None:
        for path in folder.glob("[!.]*"):
            taken[path.name] = path.read_bytes()
            times[path.name] += 1
            path.unlink()

    def came() -> dict[str, tuple[int, bytes]]:
        there = {path.name: path.read_bytes() for path in folder.glob("[!.]*")}
        return {name: (times[name] + (name in there), data) for name, data in (taken | there).items()}

    @contextmanager
    def down() -> Iterator[None]:
        # A file where the folder should be: what a share that is not mounted looks like to a writer.
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.with_name("aside")
        if folder.exists():
            folder.rename(aside)
        folder.write_text("not mounted")
        yield
        folder.unlink()
        if aside.exists():
            aside.rename(folder)

    fetch = {"by": "folder", "folder": str(theirs)}
    yield Partner({"by": "folder"}, {}, came, down, take_away, Line(), fetch, *laid_down(theirs))
