"""Finds a Chromium for the browser tests: `OMS_CHROMIUM`, else the system's, else Playwright's own download.

Belongs here: the search, and the flags to start with; it installs nothing. Run as a script (`make browser` does) it
prints the path and exits 0, or exits 1 where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: For a machine that is nobody's desk: no window, no first-run dialogs, nothing fetched in the background. Root, as in
#: most containers, has no sandbox, and a container's /dev/shm may be too small.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
_ANSWER_SECONDS = 30


def find_chromium() -> str | None:
    """Path of the first Chromium that starts, or None. One that `OMS_CHROMIUM` names is taken as it is, if it is there.

    Whether it starts is asked of each candidate: a download without the system's libraries is there but cannot run,
    and Ubuntu's `chromium-browser` may be a script that only tells to install a snap.
    """
    named = os.environ.get("OMS_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    # Imported here: starting Playwright's driver costs a second that a system with Chromium need not pay.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if os.path.isfile(path):
        yield path


def _starts(path: str) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=_ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> int:
    """Print the path of a Chromium; the exit code says whether there is one."""
    path = find_chromium()
    if path is not None:
        print(path)  # noqa: T201 - a script's answer
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
