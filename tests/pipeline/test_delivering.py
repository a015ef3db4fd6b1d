"""Documents reach real servers exactly once, wherever the line breaks, we die, or the partner misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.documents import Document, DocumentLine
from oms_core.store.operations import RUNS, OperationsStore, open_operations
from oms_core.store.operations import at_the_machine as by
from oms_core.store.operations.outbox import BY_PERSONS, is_stuck
from pipelines.fulfilment import delivering
from pipelines.fulfilment.delivering import deliver_pending
from pipelines.home import Home
from tests.partners.folder import folder_partner
from tests.partners.http import Service, http_partner
from tests.partners.line import Partner
from tests.partners.s3 import s3_partner
from tests.partners.sftp import CLIENT_KEY, sftp_partner
from tests.pipeline.hands import Died

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
KINDS = (
    *("folder", "sftp", "s3 refuses", "s3 overwrites"),
    *("http refuses", "http overwrites", "http remembers", "http none"),
)
SERVED = [kind for kind in KINDS if kind != "folder"]
Open = Callable[..., Partner]


@pytest.fixture
def store(home: Home) -> Iterator[OperationsStore]:
    with open_operations(home.database_url, now=AT) as opened:
        yield opened


@pytest.fixture
def partner(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a partner of a kind, under the home's partner id `WH-1`, or another."""
    profiles: dict[str, Any] = {}

    def open_one(
        kind: str, partner_id: str = "WH-1", service: Service | None = None, timeout_seconds: int = 20
    ) -> Partner:
        way, _, repeats = kind.partition(" ")
        if way == "folder":
            manager = folder_partner(home.outbox / partner_id)
        elif way == "sftp":
            manager = sftp_partner(tmp_path / f"sftp-{partner_id}")
        elif way == "s3":
            manager = s3_partner(f"{partner_id.lower()}-{repeats}", repeats)
        else:
            manager = http_partner(service or Service(repeats), timeout_seconds)
        made = opened.enter_context(manager)
        for name, value in made.secrets.items():
            monkeypatch.setenv(name, value)
        profiles[partner_id] = {"forms": ["csv", "json"], "answers_within_hours": 1, "deliver": made.deliver}
        home.partners_path.write_text(yaml.safe_dump({"partners": profiles}), encoding="utf-8")
        return made

    with ExitStack() as opened:
        yield open_one


def documents(wave: int, partner_id: str = "WH-1", number: int = 2) -> list[Document]:
    line = DocumentLine(1, "web", "#1001", "1", "MUG", "Mug", 3)
    names = [f"2026-06-01-W{number * wave + place}" for place in range(1, number + 1)]
    return [Document(partner_id, partner_id, name, AT, (line,)) for name in names]


def files(made: list[Document]) -> set[str]:
    return {f"{document.file_name}.{form}" for document in made for form in ("csv", "json")}


def states(store: OperationsStore, made: list[Document]) -> set[str]:
    return {store.export(document.export_id).state for document in made}


def assert_each_came_once(partner: Partner, made: list[Document]) -> None:
    came = partner.came()
    wanted = files(made)
    assert {name: times for name, (times, _) in came.items() if name in wanted} == dict.fromkeys(wanted, 1)
    for document in made:
        assert came[f"{document.file_name}.json"][1] == document.json_bytes


class Mortal:
    """Whatever is called through it may be the last thing that we do, at the n-th act: before it, or just after it."""

    def __init__(self) -> None:
        self.arm(0, "never")

    def arm(self, at: int, when: str) -> None:
        self._at, self._when, self._count, self.has_died = at, when, 0, False

    def through(self, target: Any, acts: tuple[str, ...]) -> Any:
        mortal = self

        class Proxy:
            def __getattr__(self, name: str) -> Any:
                found = getattr(target, name)
                return mortal._mortal(found) if name in acts else found

        return Proxy()

    def _mortal(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*arguments: Any, **named: Any) -> Any:
            self._count += 1
            is_last = self._count == self._at
            self.has_died = self.has_died or is_last
            if is_last and self._when == "before":
                raise Died
            result = act(*arguments, **named)
            if is_last:
                raise Died
            return result

        return acting


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", SERVED)
def test_wherever_the_line_breaks_each_document_comes_once(
    home: Home, store: OperationsStore, partner: Open, kind: str, when: str
) -> None:
    made = partner(kind)
    for wave in count():
        sent = documents(wave)
        store.enqueue(sent, AT, "run")
        made.line.arm(wave + 1, when)
        deliver_pending(home, store)
        if not made.line.has_broken:
            break
        for _ in range(2):
            deliver_pending(home, store)
        assert states(store, sent) == {"sent"}
        assert_each_came_once(made, sent)
    assert wave >= 4
    assert states(store, sent) == {"sent"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("kind", "takes_away"), [*((kind, False) for kind in KINDS), ("folder", True), ("sftp", True)])
def test_whenever_we_die_each_document_comes_once(
    home: Home,
    store: OperationsStore,
    partner: Open,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    takes_away: bool,
    when: str,
) -> None:
    made, mortal = partner(kind), Mortal()
    real = delivering.transport_of
    acts = ("prepare", "commit", "settle")
    monkeypatch.setattr(delivering, "transport_of", lambda *of: mortal.through(real(*of), acts))
    ours = mortal.through(store, ("act", "note_problem"))
    for wave in count():
        sent = documents(wave)
        store.enqueue(sent, AT, "run")
        mortal.arm(wave + 1, when)
        with suppress(Died):
            deliver_pending(home, ours)
        for _ in range(2):
            if takes_away:
                made.take_away()
            deliver_pending(home, ours)
        assert states(store, sent) == {"sent"}
        assert_each_came_once(made, sent)
        if not mortal.has_died:
            break
    assert wave >= 8


@pytest.mark.parametrize("kind", KINDS)
def test_a_partner_that_is_down_keeps_its_own_documents_waiting_and_nobody_elses(
    home: Home, store: OperationsStore, partner: Open, kind: str
) -> None:
    down, up = partner(kind), partner("folder", "WH-2")
    theirs, others = documents(0), documents(0, "WH-2")
    store.enqueue([*theirs, *others], AT, "run")
    with down.down():
        assert deliver_pending(home, store) == 2
        assert_each_came_once(up, others)
        waiting = [store.export(document.export_id) for document in theirs]
        assert all(is_stuck(entry, home.partners, AT) and entry.problem for entry in waiting)
    deliver_pending(home, store)
    assert states(store, theirs) == {"sent"}
    assert_each_came_once(down, theirs)
    assert {store.export(document.export_id).problem for document in theirs} == {None}


# Who takes whatever comes has twice what a proxy on the way sends twice: no sender can help that.
@pytest.mark.parametrize(
    ("repeats", "mood"),
    [
        (repeats, mood)
        for repeats in ("refuses", "overwrites", "remembers", "none")
        for mood in ("slow", "liar", "doubling")
        if (repeats, mood) != ("none", "doubling")
    ],
)
def test_a_partner_that_answers_late_wrongly_or_twice_has_each_document_once(
    home: Home, store: OperationsStore, partner: Open, repeats: str, mood: str
) -> None:
    service = Service(repeats)
    made = partner("http", service=service, timeout_seconds=1)
    service.mood = mood
    sent = documents(0)
    store.enqueue(sent, AT, "run")
    deliver_pending(home, store)
    if mood != "doubling":
        assert "unknown" in states(store, sent)
    service.mood = "fair"
    service.released.set()
    for _ in range(2):
        deliver_pending(home, store)
    assert states(store, sent) == {"sent"}
    assert_each_came_once(made, sent)


def test_a_partner_that_is_still_at_a_document_has_not_refused_it(
    home: Home, store: OperationsStore, partner: Open
) -> None:
    service = Service("remembers")
    made = partner("http", service=service, timeout_seconds=1)
    service.mood = "slow"
    (sent,) = documents(0, number=1)
    store.enqueue([sent], AT, "run")
    for problem in ("127.0.0.1 did not answer in 1 s", "127.0.0.1 answered 409: still at it"):
        deliver_pending(home, store)
        entry = store.export(sent.export_id)
        assert (entry.state, entry.problem) == ("unknown", problem)
    service.released.set()
    assert deliver_pending(home, store) == 1
    assert_each_came_once(made, [sent])


def test_what_the_partner_will_not_have_is_rejected_with_its_words(
    home: Home, store: OperationsStore, partner: Open
) -> None:
    service = Service("refuses")
    partner("http", service=service)
    service.mood = "strict"
    store.enqueue(documents(0), AT, "run")
    assert deliver_pending(home, store) == 0
    entry, _ = store.exports("rejected")
    assert entry.answer == "127.0.0.1 answered 422: I am strict"


@pytest.mark.parametrize(("mood", "status"), [("locked", 403), ("busy", 429)])
def test_who_is_not_let_in_comes_again(
    home: Home, store: OperationsStore, partner: Open, mood: str, status: int
) -> None:
    service = Service("none")
    made = partner("http", service=service)
    service.mood = mood
    sent = documents(0)
    store.enqueue(sent, AT, "run")
    assert deliver_pending(home, store) == 0
    assert {entry.problem for entry in store.exports("new")} == {f"127.0.0.1 answered {status}: I am {mood}"}
    service.mood = "fair"
    assert deliver_pending(home, store) == 2
    assert_each_came_once(made, sent)


@pytest.mark.parametrize(
    ("act", "state"),
    [
        *(("void", "void"), ("acknowledge", "acknowledged"), ("reject", "rejected"), ("retry", "new")),
        ("settle", "acknowledged"),
    ],
)
def test_what_happens_to_a_document_while_it_is_handed_over_stops_nobody_elses(
    home: Home, store: OperationsStore, monkeypatch: pytest.MonkeyPatch, act: str, state: str
) -> None:
    sent = documents(0)
    store.enqueue(sent, AT, "run")
    whole = FolderShelf.rename

    def meanwhile(shelf: FolderShelf, old: str, new: str) -> None:
        whole(shelf, old, new)
        for entry in store.exports("unknown"):
            if sent[0].export_id == entry.export_id and new.endswith(".json"):
                store.act(entry.export_id, act, AT, by("Ana") if act in BY_PERSONS else RUNS)

    monkeypatch.setattr(FolderShelf, "rename", meanwhile)
    assert deliver_pending(home, store) == 1
    first, second = (store.export(one.export_id) for one in sent)
    assert (first.state, second.state) == (state, "sent")
    assert (first.problem is not None) == (act == "void")


def test_a_partner_that_forgets_what_it_took_is_overdue_and_sent_again_on_request(
    home: Home, store: OperationsStore, partner: Open
) -> None:
    service = Service("remembers")
    made = partner("http", service=service)
    service.mood = "forgetful"
    (sent,) = documents(0, number=1)
    store.enqueue([sent], AT, "run")
    assert deliver_pending(home, store) == 1
    entry = store.export(sent.export_id)
    assert entry.sent_at is not None
    assert is_stuck(entry, home.partners, entry.sent_at + timedelta(hours=2))
    service.mood = "fair"
    store.act(sent.export_id, "retry", AT, by("Ana"), "they lost it")
    assert deliver_pending(home, store) == 1
    assert_each_came_once(made, [sent])


@pytest.mark.parametrize(("kind", "words"), [("http refuses", "another content"), ("s3 refuses", "another content")])
def test_another_content_under_our_name_is_never_taken_for_ours(
    home: Home, store: OperationsStore, partner: Open, kind: str, words: str
) -> None:
    made = partner(kind)
    (sent,) = documents(0, number=1)
    store.enqueue([sent], AT, "run")
    forged = {f"{sent.file_name}.{form}" for form in ("csv", "json")}
    with delivering.closing(delivering.transport_of(home, "WH-1", home.partners.of("WH-1"))) as transport:
        for name in forged:
            transport.commit(delivering.OutgoingFile(name, b"{}"))
    assert deliver_pending(home, store) == 0
    (entry,) = store.exports("rejected")
    assert words in (entry.answer or "")
    assert {name: data for name, (_, data) in made.came().items()} == dict.fromkeys(forged, b"{}")


def test_a_bucket_from_which_the_partner_takes_leaves_what_is_unknown_to_people(
    home: Home, store: OperationsStore, partner: Open
) -> None:
    made = partner("s3 none")
    (sent,) = documents(0, number=1)
    store.enqueue([sent], AT, "run")
    # Looks, looks, then puts the CSV: the answer to that put is lost.
    made.line.arm(3, "after")
    assert deliver_pending(home, store) == 0
    made.take_away()
    assert deliver_pending(home, store) == 0
    entry = store.export(sent.export_id)
    assert (entry.state, "never came, or was taken away" in (entry.problem or "")) == ("unknown", True)
    store.act(sent.export_id, "retry", AT, by("Ana"), "they have not got the JSON")
    assert deliver_pending(home, store) == 1


def test_a_wrong_host_key_and_a_missing_secret_send_nothing(
    home: Home, store: OperationsStore, partner: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = partner("sftp")
    profile = yaml.safe_load(home.partners_path.read_text())
    kind, key = made.deliver["host_key"].split()
    profile["partners"]["WH-1"]["deliver"]["host_key"] = f"{kind} {key[:-4]}AAAA"
    right = home.partners_path.read_text()
    home.partners_path.write_text(yaml.safe_dump(profile))
    store.enqueue(documents(0), AT, "run")
    assert deliver_pending(home, store) == 0
    home.partners_path.write_text(right)
    monkeypatch.delenv("TEST_SFTP_PASSWORD")
    assert deliver_pending(home, store) == 0
    assert {entry.problem for entry in store.exports("new")} == {
        "the environment variable TEST_SFTP_PASSWORD, which partners.yaml names, is not set"
    }
    monkeypatch.setenv("TEST_SFTP_PASSWORD", "wrong")
    assert deliver_pending(home, store) == 0
    assert made.came() == {}
    assert "ermission denied" in (store.exports("new")[0].problem or "")


@pytest.mark.parametrize(("meanwhile", "state"), [("hold", "held"), ("begin", "unknown")])
def test_what_somebody_holds_or_begins_while_we_prepare_is_not_handed_over(
    home: Home,
    store: OperationsStore,
    partner: Open,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: str,
    state: str,
) -> None:
    made, real = partner("http remembers"), delivering.transport_of
    (sent,) = documents(0, number=1)
    store.enqueue([sent], AT, "run")

    def disturbed(*of: Any) -> Any:
        store.act(sent.export_id, meanwhile, AT, by("Ana") if meanwhile == "hold" else RUNS, "wait")
        return real(*of)

    monkeypatch.setattr(delivering, "transport_of", disturbed)
    assert deliver_pending(home, store) == 0
    assert (states(store, [sent]), made.came()) == ({state}, {})


def test_a_private_key_opens_the_door_as_a_password_does(
    home: Home, store: OperationsStore, partner: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = partner("sftp")
    profile = yaml.safe_load(home.partners_path.read_text())
    route = profile["partners"]["WH-1"]["deliver"]
    del route["password_env"]
    route["private_key_env"] = "TEST_SFTP_KEY"
    home.partners_path.write_text(yaml.safe_dump(profile))
    sent = documents(0)
    store.enqueue(sent, AT, "run")
    monkeypatch.setenv("TEST_SFTP_KEY", "no key")
    assert deliver_pending(home, store) == 0
    assert "our private key, cannot be read" in (store.exports("new")[0].problem or "")
    monkeypatch.setenv("TEST_SFTP_KEY", CLIENT_KEY.export_private_key().decode())
    assert deliver_pending(home, store) == 2
    assert_each_came_once(made, sent)


def test_what_a_form_cannot_say_is_held_and_the_others_go(home: Home, store: OperationsStore, partner: Open) -> None:
    partner("folder")
    profile = yaml.safe_load(home.partners_path.read_text())
    profile["partners"]["WH-1"] |= {
        "forms": ["x12"], "x12": {"version": "004010", "sender": "ZZ/US", "receiver": "ZZ/THEM"},
    }  # fmt: skip
    home.partners_path.write_text(yaml.safe_dump(profile))
    too_long = DocumentLine(1, "web", "#" * 60, "1", "MUG", "Mug", 3)
    bad = Document("WH-1", "WH-1", "2026-06-01-W9", AT, (too_long,))
    store.enqueue([bad, *documents(0)], AT, "run")
    assert deliver_pending(home, store) == 2
    entry = store.export(bad.export_id)
    assert (entry.state, entry.problem is None) == ("held", False)
