"""Signing in, and what it lasts: passwords, locks, devices and sessions, as their attackers try them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from oms_core.store.operations import (
    BY_PASSWORD,
    BY_PROVIDER,
    OperationsStore,
    SessionEnded,
    SignInRefused,
    User,
    open_operations,
    passwords,
)
from oms_core.store.operations.devices import KNOWN_FOR
from oms_core.store.operations.engine import connect
from oms_core.store.operations.sessions import LOCKED_FOR, LONGEST_SESSION, MOST_ATTEMPTS
from tests.unit.store.signing_in import IDLE, MINUTE, PASSWORD, ROOT, add, attempt


class TestSigningIn:
    def test_the_right_password_begins_a_session_that_is_its_owners(
        self, store: OperationsStore, now: datetime
    ) -> None:
        ada = add(store, now)
        secret = store.people.sign_in(" ADA ", PASSWORD, now).session
        assert store.people.owner(BY_PASSWORD, secret, now, IDLE) == ada
        assert [entry.action for entry in store.audit_trail("user:ada", limit=2)] == ["user.signed_in", "user.tried"]

    def test_a_letter_that_another_keyboard_composes_is_the_same_letter(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.people.add("ada", "Ada", ["planner"], ROOT, now, "zwölf Bärenhäute")
        assert attempt(store, "ada", "zwo\u0308lf Ba\u0308renha\u0308ute", now) == "signed in"

    def test_wrong_unknown_disabled_and_passwordless_are_told_the_same(
        self, store: OperationsStore, now: datetime
    ) -> None:
        add(store, now)
        add(store, now, login="gone")
        store.people.set_active("gone", False, ROOT, now)
        store.people.add("sso", "Sso", ["viewer"], ROOT, now, identity="sso@example.com")
        told = {
            attempt(store, login, password, now)
            for login, password in (
                ("ada", "wrong wrong wrong"), ("ada", ""), ("ada", "x" * 10_000), ("nobody", PASSWORD), ("", ""),
                ("gone", PASSWORD), ("sso", ""), ("' or 1=1 --", "' or 1=1 --"), ("n" * 10_000, PASSWORD),
            )
        }  # fmt: skip
        assert told == {"The login or the password is wrong."}

    @pytest.mark.parametrize("login", ["ada", "nobody", "sso"])
    def test_each_attempt_costs_one_hash_whoever_it_is_of(
        self, store: OperationsStore, now: datetime, monkeypatch: pytest.MonkeyPatch, login: str
    ) -> None:
        """The hash is by far the longest part of it, so that its time tells nothing."""
        add(store, now)
        store.people.add("sso", "Sso", ["viewer"], ROOT, now, identity="sso@example.com")
        real, compared = passwords.Argon2id.verify_phc_encoded, []

        class Counting:
            @staticmethod
            def verify_phc_encoded(password: bytes, phc: str) -> None:
                compared.append(phc.rsplit("$", 2)[0])
                real(password, phc)

        monkeypatch.setattr(passwords, "Argon2id", Counting)
        attempt(store, login, "wrong wrong wrong", now)
        assert compared == ["$argon2id$v=19$m=19456,t=2,p=1"]

    @pytest.mark.parametrize("login", ["ada", "nobody"])
    def test_repeated_wrong_passwords_lock_the_login_whether_it_exists_or_not(
        self, store: OperationsStore, now: datetime, login: str
    ) -> None:
        add(store, now)
        told = [attempt(store, login, f"wrong password {n}", now) for n in range(MOST_ATTEMPTS + 1)]
        assert told[MOST_ATTEMPTS - 1] == "The login or the password is wrong."
        assert told[MOST_ATTEMPTS] == "Too many wrong passwords for this login. Try again in 15 minutes."
        assert "Try again in 1 minute." in attempt(store, login.upper(), PASSWORD, now + LOCKED_FOR - MINUTE / 2)
        later = attempt(store, login, PASSWORD, now + LOCKED_FOR)
        assert later == ("signed in" if login == "ada" else "The login or the password is wrong.")

    def test_a_locked_login_locks_nobody_else_and_an_administrator_opens_it(
        self, store: OperationsStore, now: datetime
    ) -> None:
        add(store, now)
        add(store, now, login="bob")
        for n in range(MOST_ATTEMPTS + 1):
            attempt(store, "ada", f"wrong password {n}", now)
        assert attempt(store, "bob", PASSWORD, now) == "signed in"
        store.people.set_active("ada", True, ROOT, now)
        assert attempt(store, "ada", PASSWORD, now) == "signed in"

    def test_strangers_do_not_lock_him_out_of_the_browser_that_he_signed_in_from(
        self, store: OperationsStore, now: datetime
    ) -> None:
        add(store, now)
        add(store, now, login="bob")
        device = store.people.sign_in("ada", PASSWORD, now).device
        bobs = store.people.sign_in("bob", PASSWORD, now).device
        for n in range(MOST_ATTEMPTS + 1):
            attempt(store, "ada", f"wrong password {n}", now)
        for other in ("", "made up", bobs, device[:-1]):
            assert attempt(store, "ada", PASSWORD, now, other).startswith("Too many"), "a browser that she never used"
        signed_in = store.people.sign_in("ada", PASSWORD, now, device)
        assert signed_in.device == device
        assert attempt(store, "ada", PASSWORD, now).startswith("Too many"), "her signing in opens it to nobody else"
        store.people.change_own_password("ada", PASSWORD, "another long one", now, device)
        assert attempt(store, "ada", "another long one", now, device) == "signed in"

    def test_a_known_browser_is_locked_by_itself_and_locks_nobody_else_out(
        self, store: OperationsStore, now: datetime
    ) -> None:
        add(store, now)
        device, other = (store.people.sign_in("ada", PASSWORD, now).device for _ in range(2))
        told = [attempt(store, "ada", f"wrong password {n}", now, device) for n in range(MOST_ATTEMPTS + 1)]
        assert told[-1] == "Too many wrong passwords for this login. Try again in 15 minutes."
        assert attempt(store, "ada", PASSWORD, now, device).startswith("Too many")
        assert [attempt(store, "ada", PASSWORD, now, one) for one in (other, "")] == ["signed in"] * 2
        assert attempt(store, "ada", PASSWORD, now + LOCKED_FOR, device) == "signed in"
        for n in range(MOST_ATTEMPTS):
            attempt(store, "ada", f"wrong password {n}", now + LOCKED_FOR, device)
        store.people.set_active("ada", True, ROOT, now + LOCKED_FOR)
        assert attempt(store, "ada", PASSWORD, now + LOCKED_FOR, device) == "signed in"

    def test_a_browser_that_was_not_used_for_half_a_year_is_a_strangers(
        self, url: str, store: OperationsStore, now: datetime
    ) -> None:
        add(store, now)
        device = store.people.sign_in("ada", PASSWORD, now).device
        fresh = store.people.sign_in("ada", PASSWORD, now + KNOWN_FOR, device).device
        assert fresh != device
        with connect(url).connect() as connection:
            kept = connection.execute(sa.text("select secret_sha256 from devices")).scalars().all()
        assert len(kept) == 1
        assert fresh not in kept[0]

    def test_a_right_password_begins_the_count_anew(self, store: OperationsStore, now: datetime) -> None:
        add(store, now)
        for _ in range(3):
            for n in range(MOST_ATTEMPTS - 1):
                attempt(store, "ada", f"wrong password {n}", now)
            assert attempt(store, "ada", PASSWORD, now) == "signed in"

    def test_a_hundred_guesses_at_once_are_not_more_than_one_after_the_other(self, url: str, now: datetime) -> None:
        with open_operations(url, now) as store:
            add(store, now)
            with ThreadPoolExecutor(8) as pool:
                told = list(pool.map(lambda n: attempt(store, "ada", f"wrong password {n}", now), range(20)))
            assert told.count("The login or the password is wrong.") == MOST_ATTEMPTS
            assert attempt(store, "ada", PASSWORD, now).startswith("Too many")

    def test_strangers_names_fill_neither_the_trail_nor_the_attempts(
        self, url: str, store: OperationsStore, now: datetime
    ) -> None:
        for n in range(3):
            attempt(store, f"stranger {n}", "wrong wrong wrong", now)
        assert store.audit_trail() == []
        attempt(store, "another", "wrong wrong wrong", now + LOCKED_FOR)
        with connect(url).connect() as connection:
            assert connection.execute(sa.text("select login from sign_in_attempts")).scalars().all() == ["another"]


class TestSessions:
    @pytest.fixture
    def secret(self, store: OperationsStore, now: datetime) -> str:
        add(store, now)
        return store.people.sign_in("ada", PASSWORD, now).session

    def test_a_session_ends_after_the_idle_time_and_lives_on_while_it_is_used(
        self, store: OperationsStore, now: datetime, secret: str
    ) -> None:
        for minutes in (29, 58, 87):
            store.people.owner(BY_PASSWORD, secret, now + minutes * MINUTE, IDLE)
        with pytest.raises(SessionEnded, match="after 30 minutes without use"):
            store.people.owner(BY_PASSWORD, secret, now + 117 * MINUTE, IDLE)

    def test_no_use_makes_a_session_longer_than_half_a_day(
        self, store: OperationsStore, now: datetime, secret: str
    ) -> None:
        for minutes in range(0, 720, 20):
            store.people.owner(BY_PASSWORD, secret, now + minutes * MINUTE, IDLE)
        with pytest.raises(SessionEnded):
            store.people.owner(BY_PASSWORD, secret, now + LONGEST_SESSION, IDLE)

    def test_signing_out_ends_it_for_good(self, store: OperationsStore, now: datetime, secret: str) -> None:
        other = store.people.sign_in("ada", PASSWORD, now).session
        store.people.sign_out(BY_PASSWORD, secret, now)
        store.people.sign_out(BY_PASSWORD, "no such secret", now)
        with pytest.raises(SessionEnded, match="You are signed out"):
            store.people.owner(BY_PASSWORD, secret, now, IDLE)
        assert store.people.owner(BY_PASSWORD, other, now, IDLE).login == "ada"

    @pytest.mark.parametrize("what", ["disabled", "password"])
    def test_who_is_disabled_or_gets_another_password_is_out(
        self, store: OperationsStore, now: datetime, secret: str, what: str
    ) -> None:
        if what == "disabled":
            store.people.set_active("ada", False, ROOT, now)
            store.people.set_active("ada", True, ROOT, now)
        else:
            store.people.set_password("ada", "another long one", ROOT, now)
        with pytest.raises(SessionEnded):
            store.people.owner(BY_PASSWORD, secret, now, IDLE)

    def test_roles_are_those_of_now(self, store: OperationsStore, now: datetime, secret: str) -> None:
        store.people.set_roles("ada", ["viewer"], ROOT, now)
        assert store.people.owner(BY_PASSWORD, secret, now, IDLE).roles == {"viewer"}

    def test_what_the_store_keeps_signs_nobody_in(
        self, url: str, store: OperationsStore, now: datetime, secret: str
    ) -> None:
        with connect(url).connect() as connection:
            (kept,) = connection.execute(sa.text("select secret_sha256 from sessions")).scalars()
        assert kept != secret
        for wrong in (kept, "", secret[:-1], f"{secret} "):
            with pytest.raises(SessionEnded):
                store.people.owner(BY_PASSWORD, wrong, now, IDLE)

    def test_whom_a_provider_proves_is_the_user_of_that_identity(self, store: OperationsStore, now: datetime) -> None:
        store.people.add("ada", "Ada", ["planner"], ROOT, now, identity=" Ada@Example.com ")
        ends_at = now + timedelta(hours=1)
        store.people.enter(["issuer#7", "ada@example.com"], "issuer#7#1", ends_at, now)
        assert store.people.owner(BY_PROVIDER, "issuer#7#1", now, IDLE).login == "ada"
        with pytest.raises(SessionEnded):  # what anybody can guess of a claim is no cookie of ours
            store.people.owner(BY_PASSWORD, "issuer#7#1", now, IDLE)
        with pytest.raises(SignInRefused, match="no user of this home"):
            store.people.enter(["eve@example.com"], "issuer#8#1", ends_at, now)
        # A subject is one person's for good; an address of hers may have been Ada's.
        store.people.add("eve", "Eve", ["viewer"], ROOT, now, identity="issuer#9")
        store.people.enter(["issuer#9", "ada@example.com"], "issuer#9#1", ends_at, now)
        assert store.people.owner(BY_PROVIDER, "issuer#9#1", now, IDLE).login == "eve"
        store.people.set_active("ada", False, ROOT, now)
        with pytest.raises(SignInRefused):
            store.people.enter(["ada@example.com"], "issuer#7#2", ends_at, now)

    def test_an_identity_that_is_over_or_signed_out_does_not_begin_again(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.people.add("ada", "Ada", ["planner"], ROOT, now, identity="ada@example.com")

        def owner(secret: str, at: datetime) -> User:
            store.people.enter(["ada@example.com"], secret, now + timedelta(hours=1), at)
            return store.people.owner(BY_PROVIDER, secret, at, IDLE)

        owner("first", now)
        with pytest.raises(SessionEnded, match="30 minutes"):
            owner("first", now + 31 * MINUTE)
        owner("second", now + 31 * MINUTE)
        store.people.sign_out(BY_PROVIDER, "second", now + 32 * MINUTE)
        with pytest.raises(SessionEnded):
            owner("second", now + 32 * MINUTE)
        owner("third", now + 40 * MINUTE)
        with pytest.raises(SessionEnded):
            owner("third", now + 60 * MINUTE)
