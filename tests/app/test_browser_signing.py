"""Signing in in a real browser: the cookie, two people at once, and who comes by another way than the door.

Belongs here: what only a browser and a server together show. Does not belong here: which role may do what
(`test_signing`, and the store's own tests).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboards.shell.signing import device_cookie
from oms_core.store.operations import OperationsStore, at_the_machine, open_operations
from tests.app.proxy import proxy_for
from tests.app.window import PATIENCE_MS

PASSWORD = "correct horse battery"
ROOT = at_the_machine("root")
PAGES = ("/", "/orders?order=web:100005")


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a planner, a buyer and a viewer."""
    home = shutil.copytree(template, tmp_path_factory.mktemp("users") / "home")
    with store_of(home) as store:
        for login, role in (("ada", "planner"), ("bea", "planner"), ("vic", "viewer")):
            store.people.add(login, login.title(), [role], ROOT, datetime.now(UTC), PASSWORD)
    return home


@pytest.fixture(scope="module")
def at(served: Path, serve: Callable[..., str]) -> str:
    return serve(served)


@pytest.fixture
def window(browser: Browser, at: str) -> Iterator[Callable[[], BrowserContext]]:
    """Makes browsers of different people, which know nothing of each other."""
    contexts: list[BrowserContext] = []

    def made() -> BrowserContext:
        contexts.append(browser.new_context(base_url=at, viewport={"width": 1400, "height": 900}))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        return contexts[-1]

    yield made
    for context in contexts:
        context.close()


def store_of(home: Path) -> OperationsStore:
    return open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC))


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("Login", exact=True).fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def expect_person(page: Page, name: str) -> None:
    """The page is shown, to that person, and has run to its end."""
    expect(page.get_by_test_id("stSidebar").get_by_text(name)).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def expect_door(page: Page) -> None:
    expect(page.get_by_label("Login", exact=True)).to_be_visible()
    expect(page.get_by_text("Snapshot")).to_have_count(0)


def test_signed_in_once_a_reload_another_tab_and_a_bookmark_know_him_until_he_signs_out(
    window: Callable[[], BrowserContext],
) -> None:
    context = window()
    page = context.new_page()
    page.goto("/orders?order=web:100005")
    expect_door(page)
    sign_in(page, "ada")
    expect_person(page, "Ada")
    expect(page.get_by_role("heading", name="Lines")).to_be_visible()
    page.wait_for_function("document.cookie.includes('oms_session=')")
    page.reload()
    expect_person(page, "Ada")
    other = context.new_page()
    other.goto("/safety-stock?sku=SKU-004&at=WH-1")
    expect_person(other, "Ada")
    (cookie,) = [one for one in context.cookies() if one["name"] == "oms_session"]
    assert cookie["sameSite"] == "Strict"
    other.get_by_role("button", name="Sign out").click()
    expect_door(other)
    other.wait_for_function("!document.cookie.includes('oms_session=')")  # the door is shown before it is forgotten
    # What is left only says that she has signed in here before.
    assert [one["name"] for one in context.cookies() if one["name"].startswith("oms_")] == [device_cookie("ada")]
    page.get_by_role("link", name="To order").click()  # the tab that was left open
    expect_door(page)
    page.reload()
    expect_door(page)


def test_a_wrong_password_is_told_and_lets_nobody_in(window: Callable[[], BrowserContext]) -> None:
    page = window().new_page()
    page.goto("/")
    expect_door(page)
    sign_in(page, "ada", "wrong wrong wrong")
    expect(page.get_by_text("The login or the password is wrong.")).to_be_visible()
    expect_door(page)
    sign_in(page, "ada")
    expect_person(page, "Ada")


def test_a_session_that_somebody_else_made_up_is_none(window: Callable[[], BrowserContext], at: str) -> None:
    for secret in ("0" * 43, "'; drop table users; -- <script>window.injected = true</script>"):
        context = window()
        context.add_cookies([{"name": "oms_session", "value": secret.replace(";", "%3B"), "url": at}])
        page = context.new_page()
        page.goto("/")
        expect_door(page)
        assert page.evaluate("window.injected") is None


def test_a_viewer_finds_no_button_that_he_may_press_even_where_he_enables_it(
    window: Callable[[], BrowserContext], served: Path
) -> None:
    page = window().new_page()
    page.goto("/to-order?kind=Move")
    sign_in(page, "vic")
    expect_person(page, "Vic")
    expect(page.get_by_text("You cannot decide about proposals: that needs the role planner.")).to_be_visible()
    accept = page.get_by_role("button", name="Accept", exact=True)
    expect(accept).to_be_disabled()
    # As a forger would: the element's own handler of clicks, whatever its state.
    accept.evaluate("""button => {
        button.removeAttribute('disabled');
        const handler = Object.keys(button).find(key => key.startsWith('__reactProps'));
        button[handler].onClick?.({preventDefault() {}, stopPropagation() {}});
    }""")
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    with store_of(served) as store:
        assert store.decisions() == []


def test_of_two_people_at_once_each_acts_under_his_own_name_and_the_later_one_is_told(
    window: Callable[[], BrowserContext], served: Path
) -> None:
    pages = {name: window().new_page() for name in ("ada", "bea")}
    for name, page in pages.items():
        page.goto("/to-order?kind=Move&state=open")
        sign_in(page, name)
        expect_person(page, name.title())
    pages["ada"].get_by_role("button", name="Accept", exact=True).click()
    expect(pages["ada"].get_by_text("1 proposal accepted")).to_be_visible()
    pages["bea"].get_by_role("button", name="Accept", exact=True).click()
    expect(pages["bea"].get_by_text(re.compile("accepted .* by ada"))).to_be_visible()
    with store_of(served) as store:
        assert [(one.author, one.verdict) for one in store.decisions()] == [("ada", "accepted")]


def test_a_server_that_others_can_reach_is_nobodys_without_users(
    browser: Browser, template: Path, tmp_path: Path, serve: Callable[..., str]
) -> None:
    address = serve(shutil.copytree(template, tmp_path / "home"), lambda _: ("--server.address", "0.0.0.0"))
    page = browser.new_page()
    for path in PAGES:
        page.goto(address + path)
        expect(page.get_by_text("Nobody can come in here yet.")).to_be_visible()
        expect(page.get_by_text("oms users add")).to_be_visible()
        expect(page.get_by_text("Snapshot")).to_have_count(0)
    page.close()


def test_who_comes_through_a_proxy_or_by_a_foreign_name_does_not_sit_at_the_machine(
    browser: Browser, template: Path, tmp_path: Path, serve: Callable[..., str]
) -> None:
    address = serve(shutil.copytree(template, tmp_path / "alone"))
    page = browser.new_page()
    page.goto(address)
    expect_person(page, "Ada, at this machine")
    page.close()
    with proxy_for(address, "203.0.113.7") as proxy:
        page = browser.new_page()
        page.goto(proxy)
        expect(page.get_by_text("Nobody can come in here yet.")).to_be_visible()
        page.close()
    page = browser.new_page()
    # A name of the visitor's own system that means 127.0.0.1: what a foreign page makes of its own name.
    page.goto(address.replace("127.0.0.1", "evil.localhost"))
    expect(page.get_by_text("Nobody can come in here yet.")).to_be_visible()
    page.close()


def test_a_change_is_submitted_by_one_and_approved_by_another_who_sees_what_it_does(
    window: Callable[[], BrowserContext], served: Path
) -> None:
    with store_of(served) as store:
        store.people.add("cleo", "Cleo", ["approver"], ROOT, datetime.now(UTC), PASSWORD)
    ada = window().new_page()
    ada.goto("/safety-stock?view=Draft")
    sign_in(ada, "ada")
    expect_person(ada, "Ada")
    target = ada.get_by_label("Target cycle service level")
    target.fill("98.5")
    target.press("Enter")
    expect(ada.get_by_text("What it would do")).to_be_visible()
    expect_person(ada, "Ada")
    ada.get_by_label("Why", exact=True).fill("Promised to customers.")
    ada.get_by_role("button", name="Submit for review").click()
    expect(ada.get_by_text("Change 1 waits for review.")).to_be_visible()
    cleo = window().new_page()
    cleo.goto("/safety-stock?view=Policy+versions")
    sign_in(cleo, "cleo")
    expect_person(cleo, "Cleo")
    expect(cleo.get_by_text("What it would do")).to_be_visible()
    expect(cleo).to_have_url(re.compile("change=1"))  # who is sent the address looks at this one, too
    cleo.get_by_label("What you say to it").fill("agreed")
    cleo.get_by_role("button", name="Approve").click()
    expect(cleo.get_by_text("Change 1 is version 2 now.")).to_be_visible()
    with store_of(served) as store:
        policy = store.current_policy()
        (change,) = store.policy_submissions(("applied",))
    assert (policy.version, policy.author, policy.reason) == (2, "ada", "Promised to customers.")
    assert (change.reviewer, change.review_reason) == ("cleo", "agreed")


def test_a_forgotten_password_is_given_anew_and_whoever_had_it_is_signed_out(
    window: Callable[[], BrowserContext], served: Path
) -> None:
    with store_of(served) as store:
        store.people.add("dan", "Dan", ["viewer"], ROOT, datetime.now(UTC), PASSWORD)
        store.people.add("rosa", "Rosa", ["admin"], ROOT, datetime.now(UTC), PASSWORD)
    dan, rosa = window().new_page(), window().new_page()
    dan.goto("/people")
    sign_in(dan, "dan")
    expect_person(dan, "Dan")
    expect(dan.get_by_text("You cannot manage users")).to_be_visible()
    rosa.goto("/people?user=dan")
    sign_in(rosa, "rosa")
    expect_person(rosa, "Rosa")
    rosa.get_by_role("textbox", name="New password").fill("a wholly new phrase")
    rosa.get_by_role("button", name="Set password").click()
    expect(rosa.get_by_text("dan has a new password")).to_be_visible()
    expect(rosa.get_by_role("textbox", name="New password")).to_have_value("")
    dan.get_by_text("Who did what", exact=True).click()
    expect_door(dan)
    sign_in(dan, "dan", "a wholly new phrase")
    expect_person(dan, "Dan")
    rosa.get_by_role("button", name="What he did").click()
    expect(rosa).to_have_url(re.compile(r"view=Who\+did\+what"))
    expect(rosa).to_have_url(re.compile("who=dan"))
    expect(rosa.get_by_text(re.compile("^[0-9]+ acts"))).to_be_visible()


def test_a_part_that_draws_itself_anew_asks_who_is_there(window: Callable[[], BrowserContext], served: Path) -> None:
    page = window().new_page()
    page.goto("/")
    sign_in(page, "vic")
    expect_person(page, "Vic")
    with store_of(served) as store:
        store.people.set_active("vic", False, ROOT, datetime.now(UTC))
    page.get_by_text("26 weeks").click()
    expect_door(page)
    with store_of(served) as store:
        store.people.set_active("vic", True, ROOT, datetime.now(UTC))
