"""Users, roles, administrators and the trail: on SQLite and on a real PostgreSQL, as their attackers try them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from oms_core.fulfilment.documents import Document, DocumentLine
from oms_core.store.operations import (
    BY_PASSWORD,
    RUNS,
    Actor,
    Asked,
    NotAllowed,
    OperationsStore,
    PolicyChange,
    SessionEnded,
    UserRefused,
    WeakPassword,
    passwords,
)
from oms_core.store.operations.actors import ACTS, ROLES
from oms_core.store.operations.engine import connect
from oms_core.store.operations.sessions import LOCKED_FOR, MOST_ATTEMPTS
from tests.unit.store.signing_in import CHANGES, IDLE, MINUTE, PASSWORD, ROOT, add, attempt

WAVE = Document(
    "WH-1", "WH-1", "W1", datetime(2026, 6, 1, tzinfo=UTC), (DocumentLine(1, "web", "#1", "1", "SKU-1", "Mug", 1),)
)


class TestUsers:
    def test_a_user_is_kept_with_roles_and_without_the_password_and_audited(
        self, url: str, store: OperationsStore, now: datetime
    ) -> None:
        added = store.people.add(" Ada ", "Ada L", ["planner", "approver"], ROOT, now, PASSWORD)
        assert [added] == store.people.everybody()
        assert (added.login, added.display_name, added.roles) == ("ada", "Ada L", {"planner", "approver"})
        assert added.actor == Actor("ada", frozenset({"planner", "approver"}), is_user=True)
        (entry,) = store.audit_trail("user:ada")
        assert (entry.actor, entry.action) == ("root", "user.added")
        with connect(url).connect() as connection:
            everything = [*connection.execute(sa.text("select * from users")), *store.audit_trail()]
        assert PASSWORD not in str(everything)
        assert "$argon2id$v=19$m=19456,t=2,p=1$" in str(everything)

    def test_the_same_password_has_another_hash_each_time(self) -> None:
        one, other = (passwords.hashed(PASSWORD, "ada") for _ in range(2))
        assert one != other
        assert passwords.fits(PASSWORD, one)
        assert passwords.fits(PASSWORD, other)

    @pytest.mark.parametrize(
        ("password", "message"),
        [("short", "12 to 200"), ("x" * 201, "12 to 200"), ("a" * 20, "six different"), ("ada@example.com", "login")],
    )
    def test_a_weak_password_is_refused_without_repeating_it(
        self, store: OperationsStore, now: datetime, password: str, message: str
    ) -> None:
        with pytest.raises(WeakPassword, match=message) as caught:
            store.people.add("ada@example.com", "Ada", ["planner"], ROOT, now, password)
        assert password not in str(caught.value)
        assert store.people.everybody() == []

    @pytest.mark.parametrize(
        ("login", "name", "roles", "message"),
        [
            ("", "Ada", ["planner"], "1 to 64"),
            ("a b", "Ada", ["planner"], "1 to 64"),
            ("аda", "Ada", ["planner"], "1 to 64"),  # a Cyrillic letter that looks like a Latin one
            ("<b>", "Ada", ["planner"], "1 to 64"),
            ("ada", " ", ["planner"], "a name has"),
            ("ada", "Ada", [], "at least one"),
            ("ada", "Ada", ["planner", "root"], "not root"),
            ("ada", "Ada", ["system"], "not system"),
        ],
    )
    def test_a_senseless_user_is_refused(
        self, store: OperationsStore, now: datetime, login: str, name: str, roles: list[str], message: str
    ) -> None:
        with pytest.raises(UserRefused, match=message):
            store.people.add(login, name, roles, ROOT, now, PASSWORD)

    def test_nobody_is_added_twice_nor_known_to_the_provider_as_somebody_else(
        self, store: OperationsStore, now: datetime
    ) -> None:
        store.people.add("ada", "Ada", ["planner"], ROOT, now, identity="ada@example.com")
        with pytest.raises(UserRefused, match="already"):
            add(store, now, login="ADA")
        with pytest.raises(UserRefused, match="known to the provider"):
            store.people.add("eve", "Eve", ["planner"], ROOT, now, identity="ada@example.com")
        with pytest.raises(UserRefused, match="a password, or an identity"):
            store.people.add("eve", "Eve", ["planner"], ROOT, now, identity=" ")

    def test_roles_password_and_state_are_changed_and_audited(self, store: OperationsStore, now: datetime) -> None:
        add(store, now)
        assert store.people.set_roles("ada", ["viewer"], ROOT, now).roles == {"viewer"}
        store.people.set_password("ada", "another long one", ROOT, now)
        assert not store.people.set_active("ada", False, ROOT, now).is_active
        assert store.people.set_active("ada", True, ROOT, now).is_active
        assert [entry.action for entry in store.audit_trail("user:ada")] == [
            "user.enabled", "user.disabled", "user.password", "user.roles", "user.added",
        ]  # fmt: skip
        assert attempt(store, "ada", PASSWORD, now) == "The login or the password is wrong."
        assert attempt(store, "ada", "another long one", now) == "signed in"
        with pytest.raises(UserRefused, match="no user 'bob'"):
            store.people.set_roles("bob", ["viewer"], ROOT, now)

    def test_who_manages_no_users_makes_nobody_not_even_himself_an_administrator(
        self, store: OperationsStore, now: datetime
    ) -> None:
        ada = add(store, now, "planner", "approver").actor
        for act in (
            lambda: store.people.set_roles("ada", ["admin"], ada, now),
            lambda: store.people.add("eve", "Eve", ["admin"], ada, now, PASSWORD),
            lambda: store.people.set_password("ada", "another long one", ada, now),
            lambda: store.people.set_active("ada", False, ada, now),
        ):
            with pytest.raises(NotAllowed, match="ada may not manage users: that needs the role admin"):
                act()
        assert store.people.everybody()[0].roles == {"planner", "approver"}

    def test_disabling_the_last_user_does_not_open_the_home(self, store: OperationsStore, now: datetime) -> None:
        add(store, now)
        store.people.set_active("ada", False, ROOT, now)
        assert store.people.any_at_all()

    def test_the_database_itself_refuses_a_role_that_nobody_can_have(
        self, url: str, store: OperationsStore, now: datetime
    ) -> None:
        add(store, now)
        with pytest.raises(sa.exc.IntegrityError), connect(url).begin() as connection:
            connection.execute(sa.text("insert into user_roles values ('ada', 'system')"))


class TestAdministrators:
    def test_nobody_takes_the_keys_from_himself(self, store: OperationsStore, now: datetime) -> None:
        admin = add(store, now, "admin", "viewer").actor
        for act in (
            lambda: store.people.set_roles("ada", ["viewer"], admin, now),
            lambda: store.people.set_active("ada", False, admin, now),
        ):
            with pytest.raises(UserRefused, match="another administrator"):
                act()
        assert store.people.set_roles("ada", ["admin", "planner"], admin, now).roles == {"admin", "planner"}
        assert not store.people.set_active("ada", False, ROOT, now).is_active

    def test_sessions_are_ended_and_the_user_may_come_again(self, store: OperationsStore, now: datetime) -> None:
        admin = add(store, now, "admin", login="root").actor
        add(store, now)
        secrets = [store.people.sign_in("ada", PASSWORD, now).session for _ in range(2)]
        assert store.people.last_seen() == {"ada": now}
        store.people.sign_out_everywhere("ada", admin, now + MINUTE)
        for secret in secrets:
            with pytest.raises(SessionEnded):
                store.people.owner(BY_PASSWORD, secret, now + MINUTE, IDLE)
        assert attempt(store, "ada", PASSWORD, now + MINUTE) == "signed in"
        (entry,) = store.trail.of_action("user.sessions_ended")
        assert (entry.actor, entry.subject, entry.after) == ("root", "user:ada", {"sessions": 2})

    def test_who_is_locked_out_is_known_as_long_as_he_is(self, store: OperationsStore, now: datetime) -> None:
        add(store, now)
        for _ in range(MOST_ATTEMPTS):
            assert store.people.locked(now) == set()
            attempt(store, "ada", "wrong wrong wrong", now)
        assert store.people.locked(now) == {"ada"}
        assert store.people.locked(now + LOCKED_FOR) == set()


class TestTrail:
    def test_it_is_found_by_who_what_subject_and_time(self, store: OperationsStore, now: datetime) -> None:
        ada = add(store, now).actor
        store.submit_policy(CHANGES, ada, "why", now + MINUTE, 1)
        store.scenarios.keep("100 %_A", CHANGES, ada, now + 2 * MINUTE, 1)
        found = {
            name: [entry.action for entry in store.trail.find(asked, ROOT)]
            for name, asked in {
                "all": Asked(),
                "who": Asked(who="root"),
                "kind": Asked(what="policy"),
                "action": Asked(what="scenario.kept"),
                "part of a kind": Asked(what="pol"),
                "text": Asked(text="0 %_a"),
                "no pattern": Asked(text="1%A"),
                "time": Asked(since=now + MINUTE, until=now + 2 * MINUTE),
            }.items()
        }
        assert found == {
            "all": ["scenario.kept", "policy.submitted", "user.added"],
            "who": ["user.added"],
            "kind": ["policy.submitted"],
            "action": ["scenario.kept"],
            "part of a kind": [],
            "text": ["scenario.kept"],
            "no pattern": [],
            "time": ["policy.submitted"],
        }
        assert store.trail.count(Asked(who="ada"), ROOT) == 2
        assert [entry.action for entry in store.trail.find(Asked(who="ada"), ROOT, limit=1)] == ["scenario.kept"]
        assert store.trail.actors(ROOT) == ["ada", "root"]

    def test_everybody_reads_what_he_did_himself_and_nothing_else(self, store: OperationsStore, now: datetime) -> None:
        ada = add(store, now).actor
        store.submit_policy(CHANGES, ada, "why", now, 1)
        assert [entry.actor for entry in store.trail.find(Asked(who="ada"), ada)] == ["ada"]
        for asked in (Asked(), Asked(who="root")):
            with pytest.raises(NotAllowed, match="read what others did"):
                store.trail.count(asked, ada)
        with pytest.raises(NotAllowed):
            store.trail.actors(ada)


class TestRoles:
    def test_every_act_of_a_role_is_one_and_deciding_is_never_also_reviewing(self) -> None:
        assert frozenset().union(*ROLES.values()) == set(ACTS) - {"exports.deliver", "proposals.release"}
        assert not any({"policy.submit", "policy.review"} <= acts for acts in ROLES.values())
        assert all("pages.view" in acts for acts in ROLES.values())

    @pytest.mark.parametrize("role", ROLES)
    def test_a_role_writes_what_it_may_and_nothing_else(self, store: OperationsStore, now: datetime, role: str) -> None:
        actor = add(store, now, role).actor
        line = DocumentLine(1, "web", "#1", "1", "SKU-1", "Mug", 1)
        (document,) = store.enqueue([Document("WH-1", "WH-1", "W1", now, (line,))], now, "run-1")
        other = store.submit_policy([PolicyChange("abc_class", "B", 0.9)], ROOT, "why", now, 1).submission_number
        acts = {
            "policy.submit": lambda: store.submit_policy(CHANGES, actor, "why", now, 1),
            "policy.review": lambda: store.reject_policy(other, actor, "no", now),
            "scenarios.keep": lambda: store.scenarios.keep("Summer", CHANGES, actor, now, 1),
            "proposals.release": lambda: store.release_proposals([], actor, now),
            "proposals.decide": lambda: store.accept_proposals([], actor, "", now),
            "orders.command": lambda: store.desk.command([], actor, "why", now),
            "exports.act": lambda: store.act(document, "hold", now, actor, "why"),
            "exports.deliver": lambda: store.act(document, "begin", now, actor),
            "users.manage": lambda: store.people.set_roles("ada", [role], actor, now),
            "trail.read": lambda: store.trail.find(Asked(), actor),
            "settings.change": lambda: store.set_policy_review(None, actor, now),
        }
        assert set(acts) == set(ACTS) - {"pages.view"}
        for name, act in acts.items():
            before = len(store.audit_trail())
            if actor.may(name):
                act()
                continue
            with pytest.raises(NotAllowed, match=f"ada may not {ACTS[name]}"):
                act()
            assert len(store.audit_trail()) == before

    def test_every_method_that_is_told_who_acts_refuses_who_may_only_look(
        self, store: OperationsStore, now: datetime
    ) -> None:
        viewer = add(store, now, "viewer").actor
        (document,) = store.enqueue([WAVE], now, "run-1")
        number = store.submit_policy([PolicyChange("abc_class", "B", 0.9)], ROOT, "why", now, 1).submission_number
        summer = store.scenarios.keep("Summer", CHANGES, ROOT, now, 1)
        calls: dict[str, Callable[[], object]] = {
            "OperationsStore.save_policy": lambda: store.save_policy(CHANGES, viewer, "why", now, 1),
            "OperationsStore.set_policy_review": lambda: store.set_policy_review(False, viewer, now),
            "OperationsStore.submit_policy": lambda: store.submit_policy(CHANGES, viewer, "why", now, 1),
            "OperationsStore.approve_policy": lambda: store.approve_policy(number, viewer, "why", now, 1),
            "OperationsStore.reject_policy": lambda: store.reject_policy(number, viewer, "why", now),
            "OperationsStore.withdraw_policy": lambda: store.withdraw_policy(number, viewer, "why", now),
            "OperationsStore.keep_draft": lambda: store.keep_draft(1, CHANGES, viewer, now),
            "Scenarios.keep": lambda: store.scenarios.keep("Winter", CHANGES, viewer, now, 1),
            "Scenarios.withdraw": lambda: store.scenarios.withdraw(summer, viewer, now),
            "OperationsStore.act": lambda: store.act(document, "void", now, viewer, "why"),
            "OperationsStore.accept_proposals": lambda: store.accept_proposals([], viewer, "why", now),
            "OperationsStore.release_proposals": lambda: store.release_proposals([], viewer, now),
            "OperationsStore.reject_proposals": lambda: store.reject_proposals([], viewer, "why", now),
            "OperationsStore.undo_decisions": lambda: store.undo_decisions([], viewer, "why", now),
            "Desk.command": lambda: store.desk.command([], viewer, "why", now),
            "Desk.answer": lambda: store.desk.answer([], "agree", viewer, "why", now),
            "People.add": lambda: store.people.add("eve", "Eve", ["admin"], viewer, now, PASSWORD),
            "People.set_roles": lambda: store.people.set_roles("ada", ["admin"], viewer, now),
            "People.set_password": lambda: store.people.set_password("ada", f"{PASSWORD}!", viewer, now),
            "People.set_active": lambda: store.people.set_active("ada", True, viewer, now),
            "People.sign_out_everywhere": lambda: store.people.sign_out_everywhere("ada", viewer, now),
            "Trail.find": lambda: store.trail.find(Asked(), viewer),
            "Trail.count": lambda: store.trail.count(Asked(), viewer),
            "Trail.actors": lambda: store.trail.actors(viewer),
        }
        told_who_acts = {
            f"{type(part).__name__}.{name}"
            for part in (store, store.desk, store.people, store.scenarios, store.trail)
            for name, method in inspect.getmembers(part, inspect.ismethod)
            if not name.startswith("_") and inspect.get_annotations(method.__func__).get("actor") == "Actor"
        }
        assert set(calls) == told_who_acts
        let_in = []
        for name, call in calls.items():
            with contextlib.suppress(NotAllowed):
                call()
                let_in.append(name)
        assert let_in == []

    def test_a_person_cannot_say_that_a_partner_has_answered(self, store: OperationsStore, now: datetime) -> None:
        line = DocumentLine(1, "web", "#1", "1", "SKU-1", "Mug", 1)
        (document,) = store.enqueue([Document("WH-1", "WH-1", "W1", now, (line,))], now, "run-1")
        store.act(document, "begin", now, RUNS)
        with pytest.raises(NotAllowed, match="only a run does that"):
            store.act(document, "acknowledge", now, ROOT)
        assert store.export(document).state == "unknown"

    def test_roles_that_an_open_page_remembers_do_not_count(self, store: OperationsStore, now: datetime) -> None:
        ada = add(store, now, "planner").actor
        store.people.set_roles("ada", ["viewer"], ROOT, now)
        with pytest.raises(NotAllowed):
            store.save_policy(CHANGES, ada, "I was a planner a minute ago", now, 1)
        with pytest.raises(NotAllowed):
            store.save_policy(CHANGES, replace(ada, roles=frozenset(ROLES)), "forged", now, 1)
        store.people.set_roles("ada", ["planner"], ROOT, now)
        store.people.set_active("ada", False, ROOT, now)
        with pytest.raises(NotAllowed):
            store.save_policy(CHANGES, ada, "I was somebody a minute ago", now, 1)
        assert store.current_policy().version == 1

    def test_who_is_no_user_and_claims_to_be_one_has_no_role(self, store: OperationsStore, now: datetime) -> None:
        with pytest.raises(NotAllowed):
            store.save_policy(CHANGES, Actor("nobody", frozenset(ROLES), is_user=True), "why", now, 1)
