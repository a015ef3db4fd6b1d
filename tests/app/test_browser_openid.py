"""Signing in at a real OIDC provider, in a real browser: who is let in, and until when."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_core.store.operations import OperationsStore, at_the_machine, open_operations
from tests.app.window import PATIENCE_MS
from tests.partners.openid import CLIENT_ID, CLIENT_SECRET, Provider, openid_provider

ROOT = at_the_machine("root")
ADA = {"sub": "7", "email": "Ada@Example.com", "email_verified": True}
SECRETS = """\
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of this test, long and random enough"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with openid_provider() as made:
        yield made


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two users, of whom the provider knows one by his address and one by his subject."""
    return shutil.copytree(template, tmp_path_factory.mktemp("openid") / "home")


@pytest.fixture(scope="module")
def store(served: Path, provider: Provider) -> OperationsStore:
    store = open_operations(f"sqlite:///{served / 'operations.db'}", now=datetime.now(UTC))
    for login, identity in (("ada", "ada@example.com"), ("bertha", f"{provider.issuer}#8")):
        store.people.add(login, login.title(), ["planner"], ROOT, datetime.now(UTC), identity=identity)
    return store


@pytest.fixture(scope="module")
def at(served: Path, serve: Callable[..., str], provider: Provider, store: OperationsStore) -> str:
    def options(port: int) -> Sequence[str]:
        path = served / "secrets.toml"
        path.write_text(
            SECRETS.format(port=port, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, issuer=provider.issuer)
        )
        return ("--secrets.files", str(path))

    return serve(served, options)


@pytest.fixture
def page(browser: Browser, at: str) -> Iterator[Page]:
    context = browser.new_context(base_url=at, viewport={"width": 1400, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with your organisation's account").click()


def expect_person(page: Page, name: str) -> None:
    expect(page.get_by_test_id("stSidebar").get_by_text(name)).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible()


@pytest.mark.parametrize(("person", "name"), [(ADA, "Ada"), ({"sub": "8"}, "Bertha")])
def test_whom_the_provider_knows_and_we_do_is_in_with_his_own_roles(
    page: Page, provider: Provider, person: dict[str, object], name: str
) -> None:
    provider.person, provider.lives_for_seconds = person, 3600
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in with your organisation's account")).to_be_visible()
    expect(page.get_by_text("Snapshot")).to_have_count(0)
    sign_in(page)
    expect_person(page, name)
    page.reload()
    expect_person(page, name)


def test_whom_only_the_provider_knows_or_who_only_claims_an_address_is_not(page: Page, provider: Provider) -> None:
    provider.person, provider.lives_for_seconds = {"sub": "9", "email": "ada@example.com"}, 3600
    sign_in(page)
    expect(page.get_by_text("you are no user of this home")).to_be_visible()
    expect(page.get_by_text(f"{provider.issuer}#9")).to_be_visible()
    expect(page.get_by_text("Snapshot")).to_have_count(0)


def test_an_identity_that_is_over_lets_nobody_in_though_streamlit_keeps_it(page: Page, provider: Provider) -> None:
    provider.person, provider.lives_for_seconds = ADA, -1  # so little too late that Streamlit takes it
    sign_in(page)
    expect(page.get_by_text("What your provider said of you is too old.")).to_be_visible()
    expect(page.get_by_text("Snapshot")).to_have_count(0)
    assert "_streamlit_user" in {cookie["name"] for cookie in page.context.cookies()}


def test_who_signs_out_is_out_and_his_old_cookie_with_him(
    page: Page, provider: Provider, store: OperationsStore
) -> None:
    provider.person, provider.lives_for_seconds = ADA, 3600
    sign_in(page)
    expect_person(page, "Ada")
    stolen = page.context.cookies()
    with page.expect_navigation():  # to the provider's way out and back: what it interrupts fails
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in with your organisation's account")).to_be_visible()
    page.context.add_cookies(stolen)
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in with your organisation's account")).to_be_visible()
    expect(page.get_by_text("Snapshot")).to_have_count(0)


def test_who_is_disabled_is_out_whatever_the_provider_says(
    page: Page, provider: Provider, store: OperationsStore
) -> None:
    provider.person, provider.lives_for_seconds = ADA, 3600
    sign_in(page)
    expect_person(page, "Ada")
    store.people.set_active("ada", False, ROOT, datetime.now(UTC))
    page.reload()
    expect(page.get_by_role("button", name="Sign in with your organisation's account")).to_be_visible()
    store.people.set_active("ada", True, ROOT, datetime.now(UTC))
