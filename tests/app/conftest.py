"""What the pages' tests stand on: a small published home, pages opened without a browser, a server and a browser.

Belongs here: fixtures. Does not belong here: the home's content (`synthetic`), finding the browser (`chromium`).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboards.shell import signing
from tests.app.reading import Opener
from tests.app.window import PATIENCE_MS
from tests.servers import START_SECONDS, comes_to_answer, end, free_port

ROOT = Path(__file__).parents[2]
APP = ROOT / "dashboards" / "app.py"
SERVER = APP.with_name("serve.py")
START_ATTEMPTS = 3

Options = Callable[[int], Sequence[str]]
Once = Callable[[str, Callable[[Path], None]], Path]


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"app_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session", autouse=True)
def _components_looked_for_once() -> Iterator[None]:
    """Streamlit looks through all installed packages for each `AppTest`, longer than most pages take; they stay."""
    found = cache(manifest_scanner.scan_component_manifests)
    with mock.patch.object(manifest_scanner, "scan_component_manifests", found):
        yield


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """The maker of homes."""
    return _load("synthetic")


@pytest.fixture(scope="session")
def template(synthetic: ModuleType, made_once: Once) -> Path:
    """A published home that nobody changes."""

    def make(folder: Path) -> None:
        synthetic.write_home(folder / "home", _load("synthetic_stock").add_stock(synthetic.World(), synthetic))

    return made_once("pages", make) / "home"


@pytest.fixture
def home(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the published home, which the pages find in the environment."""
    copy = shutil.copytree(template, tmp_path / "home")
    monkeypatch.setenv("OMS_HOME", str(copy))
    monkeypatch.setenv("OMS_USER", "Ada")
    # A page that is opened without a browser has no visitor whose headers could be looked at.
    here = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}
    monkeypatch.setattr(signing, "visitor_headers", lambda: here)
    monkeypatch.delenv("OMS_DATABASE_URL", raising=False)
    return copy


@pytest.fixture
def open_page(home: Path, tmp_path: Path) -> Opener:
    """Opens a page by its folder, with the URL's parameters."""

    def opened(folder: str, **query: str) -> AppTest:
        # The first run tells the test which pages there are: where nothing is published the default page is cheap.
        with mock.patch.dict(os.environ, {"OMS_HOME": str(tmp_path / "no-home-yet")}):
            app = AppTest.from_file(str(APP), default_timeout=120).run()
        app.switch_page(f"{folder}/page.py")
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium. Without one: skipped with the reason; with `CI=true` a failure, for nobody reads skips there."""
    chromium = _load("chromium")
    path = chromium.find_chromium()
    if path is None:
        message = "no Chromium is installed: `make browser` gets one"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(path), args=list(chromium.FLAGS))
        expect.set_options(timeout=PATIENCE_MS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def server_home(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that the server of a module's tests reads and writes."""
    return shutil.copytree(template, tmp_path_factory.mktemp("served") / "home")


@pytest.fixture(scope="module")
def address(server_home: Path) -> Iterator[str]:
    """The address of a real server over `server_home`."""
    with _serving(server_home) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh window on the server; a script error in it fails the test, and so does asking another machine."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    strangers: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            strangers.append(request.url)

    context.on("request", note)
    window = context.new_page()
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    assert errors == []
    assert strangers == []


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., str]]:
    """Starts a real server over a home, and returns its address; all of them end with the module's tests.

    A second argument makes more of Streamlit's options for the port that was chosen.
    """
    with ExitStack() as servers:
        yield lambda home, options=_no_options: servers.enter_context(_serving(home, options))


def _no_options(_port: int) -> Sequence[str]:
    return ()


@contextmanager
def _serving(home: Path, options: Options = _no_options) -> Iterator[str]:
    log = home.parent / f"server-of-{home.name}.log"
    server, address = _started(home, log, options)
    try:
        yield address
    finally:
        end(server)


def _started(home: Path, log: Path, options: Options) -> tuple[subprocess.Popen[bytes], str]:
    """A healthy server. Somebody may take the port between its choice and its use: then with another one."""
    for _ in range(START_ATTEMPTS):
        port = free_port()
        server, address = _start(home, port, log, options(port)), f"http://127.0.0.1:{port}"
        if comes_to_answer(server, f"{address}/_stcore/health"):
            return server, address
        was_running = server.poll() is None
        end(server)
        if was_running:
            pytest.fail(f"the server did not come up in {START_SECONDS} s:\n{log.read_text()}")
    pytest.fail(f"the server ended {START_ATTEMPTS} times instead of starting:\n{log.read_text()}")


def _start(home: Path, port: int, log: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "OMS_DATABASE_URL"}
    # No test waits for a question's time to end, nor may it end before the test has cancelled it.
    environment |= {"OMS_HOME": str(home), "OMS_USER": "Ada", "NO_PROXY": "127.0.0.1", "OMS_ASK_SECONDS": "3600"}
    command = [sys.executable, "-m", "streamlit", "run", str(SERVER), "--server.port", str(port), *options]
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
