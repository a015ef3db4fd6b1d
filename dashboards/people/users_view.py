"""Users as an administrator keeps them: added, given roles and passwords, let in or no more. Everybody else sees what
each role may do, and who he is.

Belongs here: the look. Does not belong here: the commands (`keeping`), what is refused (`oms_core.store.operations`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, table
from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.people import keeping
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from oms_core.store.operations import OperationsStore, User
from oms_core.store.operations.actors import ACTS, ROLES
from oms_core.store.operations.passwords import FEWEST_CHARACTERS

USERS = (
    Shown("login", "Login"),
    Shown("display_name", "Name"),
    Shown("roles", "Roles", width="medium"),
    Shown("state", "State", help="Locked: too many wrong passwords were tried; it opens by itself after 15 minutes."),
    Shown("last_seen", "Last here", "instant"),
    Shown("signs_in_with", "Signs in with", width="medium"),
    Shown("created_at", "Added", "instant"),
)
_ROLES = (Shown("role", "Role", width=100), Shown("acts", "May, beside seeing the pages", width="large"))
_REVIEW = {None: "where there are users", True: "always", False: "never"}
_PASSWORD_HELP = f"At least {FEWEST_CHARACTERS} characters. Tell it by another way than mail; he changes it himself."


def show_users(settings: Settings, store: OperationsStore) -> None:
    """All users, one of them to change, and how changes of the policy are taken; to others, the roles alone."""
    clicks.tell(keeping.OUTCOME)
    if is_admin := signing_view.may("users.manage"):
        everybody = store.people.everybody()
        _show_list(store, everybody)
        _show_one(settings, store, everybody)
        _show_adding(settings, is_first=not everybody)
    with st.expander(
        "What each role may do", icon=":material/badge:", key="roles", on_change="rerun", bind="query-params",
        expanded=not is_admin,
    ):  # fmt: skip
        table.show(roles_table(), _ROLES, name="roles", height="content")
    if signing.admitted().may("settings.change"):
        _show_review(settings, store)


def _users_table(everybody: Sequence[User], last_seen: dict[str, object], locked: set[str]) -> pd.DataFrame:
    """One row a user."""
    rows = [
        {
            "login": one.login,
            "display_name": one.display_name,
            "roles": ", ".join(map(fmt.code, sorted(one.roles))),
            "state": "disabled" if not one.is_active else "locked" if one.login in locked else "active",
            "last_seen": last_seen.get(one.login),
            "signs_in_with": " or ".join(_ways(one)),
            "created_at": one.created_at,
        }
        for one in everybody
    ]
    return pd.DataFrame(rows, columns=[column.name for column in USERS])


def roles_table() -> pd.DataFrame:
    """One row a role, with what it may do."""
    told = {role: [ACTS[act] for act in ACTS if act in acts and act != "pages.view"] for role, acts in ROLES.items()}
    rows = [{"role": fmt.code(role), "acts": "; ".join(acts) or "nothing"} for role, acts in told.items()]
    return pd.DataFrame(rows)


def _ways(user: User) -> list[str]:
    return [*(["password"] if user.has_password else []), *([f"provider: {user.identity}"] if user.identity else [])]


def _show_list(store: OperationsStore, everybody: Sequence[User]) -> None:
    if not everybody:
        st.info(
            "**No users yet**: whoever sits at this machine uses the pages, with every role. From the first user on, "
            "everybody signs in. Add yourself first, as admin.",
            icon=":material/group_add:",
        )
        return
    rows = _users_table(everybody, dict(store.people.last_seen()), store.people.locked(now()))
    shown = table.narrowed(rows, USERS, "user")
    table.show(shown, USERS, name="users", download=lambda: rows, height=table.tall(shown, 400))


def _show_one(settings: Settings, store: OperationsStore, everybody: Sequence[User]) -> None:
    """What can be done about one user: each by its own button, told once done."""
    by_login = {one.login: one for one in everybody}
    if not by_login:
        return
    # A login that the address names and nobody has is nobody's.
    login = st.selectbox(
        "User",
        list(by_login),
        index=None,
        key="user",
        bind="query-params",
        placeholder="choose one to change",
        width=340,
    )
    if login is None:
        return
    with st.container(border=True):
        _show_roles(settings, by_login[login])
        _show_new_password(settings, login)
        _show_letting_in(settings, by_login[login], is_locked=login in store.people.locked(now()))


def _show_roles(settings: Settings, user: User) -> None:
    # As they are: the choice for a user whose roles were changed elsewhere begins from these.
    state = f"{user.login}-{'-'.join(sorted(user.roles))}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        roles = st.multiselect("Roles", list(ROLES), sorted(user.roles), key=f"roles-{state}", format_func=fmt.code,
                               placeholder="at least one", width=420)  # fmt: skip
        is_same = set(roles) == user.roles
        st.button("Set roles", key="set-roles", disabled=is_same or not roles,
                  on_click=keeping.set_roles.click(settings, user.login, tuple(sorted(roles))))  # fmt: skip


def _show_new_password(settings: Settings, login: str) -> None:
    # No form of a browser's own: it would offer to keep this as the administrator's own password.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("New password", type="password", max_chars=200, autocomplete="new-password",
                      key=f"password-{login}", help=_PASSWORD_HELP, width=420)  # fmt: skip
        st.button("Set password", key="set-password", on_click=keeping.set_password.click(settings, login))


def _show_letting_in(settings: Settings, user: User, *, is_locked: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Sign out everywhere", icon=":material/logout:", key="sign-out-user",
                  on_click=keeping.sign_out.click(settings, user.login))  # fmt: skip
        if user.is_active:
            st.button("Disable", icon=":material/person_off:", key="disable",
                      on_click=keeping.set_active.click(settings, user.login, False))  # fmt: skip
        if is_locked or not user.is_active:
            st.button("Unlock" if user.is_active else "Let in again", icon=":material/lock_open:", key="enable",
                      on_click=keeping.set_active.click(settings, user.login, True))  # fmt: skip
        frame.way_on("What he did", "Who did what", {"who": user.login}, icon=":material/history:")


def _show_adding(settings: Settings, *, is_first: bool) -> None:
    with (
        st.expander("Add a user", icon=":material/person_add:", key="add", on_change="rerun", bind="query-params",
                    expanded=is_first),
        st.form("add-user", border=False),
    ):  # fmt: skip
        left, right = st.columns(2)
        left.text_input(
            "Login", key="new-login", max_chars=64, placeholder="small letters; it stays", autocomplete="off"
        )
        right.text_input("Name", key="new-name", max_chars=200, placeholder="his login, where nothing is said")
        left.multiselect("Roles", list(ROLES), key="new-roles", format_func=fmt.code, placeholder="at least one")
        right.text_input("Identity at the OIDC provider", key="new-identity", max_chars=200,
                         placeholder="a verified address, or ISSUER#SUBJECT")  # fmt: skip
        left.text_input("Password", key="new-password", type="password", max_chars=200, autocomplete="new-password",
                        help=f"{_PASSWORD_HELP} Not needed with an identity.")  # fmt: skip
        st.form_submit_button("Add", type="primary", on_click=keeping.add.click(settings))


def _show_review(settings: Settings, store: OperationsStore) -> None:
    said = store.policy_review()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.selectbox(
            "A second person approves changes of the policy", list(_REVIEW), list(_REVIEW).index(said),
            format_func=_REVIEW.__getitem__, key=f"review-{said}", width=340,
            help="Never by its author. Where nobody has to, a change is saved by its button.",
        )  # fmt: skip
        st.button("Set", key="set-review", disabled=wanted == said, on_click=keeping.set_review.click(settings, wanted))
