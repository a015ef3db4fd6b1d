"""Files that partners lay down at real servers come in and land once, wherever the line breaks or we die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.partners import PartnersError, read_partners
from oms_core.store.operations import open_operations
from oms_core.store.operations.audit import Trail
from oms_core.store.operations.unreached import find_unreached
from pipelines.doctor import every_partner_was_reached, partners_have_a_way
from pipelines.home import Home
from pipelines.log import Log
from pipelines.reception import fetching
from pipelines.reception.fetching import fetch_files
from pipelines.reception.landing import land_inbox
from pipelines.status import read_status
from tests.partners.folder import folder_partner
from tests.partners.line import Partner
from tests.partners.s3 import s3_partner
from tests.partners.sftp import sftp_partner
from tests.pipeline.hands import Died

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
FEED = "acknowledgements"
HEADER = "partner_id,acknowledgement_ref,document_ref,status,effective_at,business_date\n"
KINDS = ("folder", "sftp", "s3")
Open = Callable[..., Partner]


def answer(number: int) -> bytes:
    return f"{HEADER}WH-1,{number},{number},accepted,2026-05-31T10:00:00+00:00,2026-05-31\n".encode()


@pytest.fixture
def partner(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a partner of a kind, from which the home fetches acknowledgements, and then removes them or not."""
    profiles: dict[str, Any] = {}

    def open_one(kind: str, after: str = "remove", partner_id: str = "WH-1") -> Partner:
        if kind == "folder":
            manager = folder_partner(tmp_path / partner_id)
        elif kind == "sftp":
            manager = sftp_partner(tmp_path / f"sftp-{partner_id}")
        else:
            manager = s3_partner(partner_id.lower(), "refuses")
        made = opened.enter_context(manager)
        for name, value in made.secrets.items():
            monkeypatch.setenv(name, value)
        profiles[partner_id] = {"deliver": made.deliver, "fetch": {"feed": FEED, "after": after, **made.fetch}}
        home.partners_path.write_text(yaml.safe_dump({"partners": profiles}), encoding="utf-8")
        return made

    with ExitStack() as opened:
        yield open_one


def land(home: Home) -> list[str]:
    """Names of what a look into the inbox lands."""
    report = land_inbox(home, AT)
    assert (report.held, report.unfinished) == ([], [])
    return sorted(unit.file_name for unit in report.landed)


def landed(home: Home) -> list[str]:
    return sorted(unit.file_name for unit in Log(home.landing).units)


@pytest.mark.parametrize("after", ["remove", "keep"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_waits_is_fetched_once_and_removed_or_kept(home: Home, partner: Open, kind: str, after: str) -> None:
    made = partner(kind, after)
    for name in ("a.csv", "b.csv", ".hidden.csv", "c.csv.part"):
        made.lay_down(name, answer(ord(name[0])))
    assert sorted(fetch_files(home).fetched) == [(FEED, "a.csv"), (FEED, "b.csv")]
    assert land(home) == ["a.csv", "b.csv"]
    again = fetch_files(home)
    assert (again.fetched, again.unfinished, again.unreached) == ([], [], {})
    others = {".hidden.csv", "c.csv.part"}
    assert set(made.left()) == (others if after == "remove" else others | {"a.csv", "b.csv"})
    made.lay_down("a.csv", answer(1) + answer(2).removeprefix(HEADER.encode()))
    assert fetch_files(home).fetched == [(FEED, "a.csv")], "another content under an old name is another file"
    assert land(home) == ["a.csv"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["sftp", "s3"])
def test_wherever_the_line_breaks_each_file_lands_once(home: Home, partner: Open, kind: str, when: str) -> None:
    made = partner(kind)
    for wave in count():
        name = f"{wave}.csv"
        made.lay_down(name, answer(wave))
        made.line.arm(wave + 1, when)
        report = fetch_files(home)
        if not made.line.has_broken:
            report = fetch_files(home)
        if not made.line.has_broken:
            break
        assert list(report.unreached) == ["WH-1"]
        assert fetch_files(home).unreached == {}
        land(home)
        fetch_files(home)
        assert made.left() == {}
        assert landed(home).count(name) == 1
    assert wave >= 4


@pytest.mark.parametrize("after", ["remove", "keep"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_whenever_we_die_each_file_lands_once(
    home: Home, partner: Open, monkeypatch: pytest.MonkeyPatch, when: str, after: str
) -> None:
    made, last = partner("folder", after), {"at": 0, "count": 0}

    def mortal(act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*arguments: Any, **named: Any) -> Any:
            last["count"] += 1
            is_last = last["count"] == last["at"]
            if is_last and when == "before":
                raise Died
            done = act(*arguments, **named)
            if is_last:
                raise Died
            return done

        return acting

    for target, names in (
        (FolderShelf, ("files", "look", "read", "write", "rename", "remove")),
        (Trail, ("note",)),
    ):
        for name in names:
            monkeypatch.setattr(target, name, mortal(getattr(target, name)))
    for wave in count():
        name = f"{wave}.csv"
        made.lay_down(name, answer(wave))
        last.update(at=wave + 1, count=0)
        with suppress(Died):
            fetch_files(home)
            fetch_files(home)
            break
        # What is in the inbox by then may land before anybody looks again.
        if wave % 2:
            land(home)
        last.update(at=0)
        fetch_files(home)
        land(home)
        fetch_files(home)
        assert landed(home).count(name) == 1
        assert (name in made.left()) == (after == "keep")
    assert wave >= 6


def test_what_is_still_being_written_is_left_until_it_is_whole(
    home: Home, partner: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, whole = partner("folder"), FolderShelf.read

    def growing(shelf: FolderShelf, name: str) -> bytes | None:
        data = whole(shelf, name)
        made.lay_down("a.csv", answer(1))
        return data

    made.lay_down("a.csv", answer(1)[:-20])
    with monkeypatch.context() as patched:
        patched.setattr(FolderShelf, "read", growing)
        assert fetch_files(home).unfinished == [(FEED, "a.csv")]
    assert list((home.inbox / FEED).iterdir()) == []
    assert fetch_files(home).fetched == [(FEED, "a.csv")]
    assert (home.inbox / FEED / "a.csv").read_bytes() == answer(1)


@pytest.mark.parametrize("kind", KINDS)
def test_what_grows_after_it_was_fetched_is_not_removed_before_its_rest_is_here(
    home: Home, partner: Open, kind: str
) -> None:
    """Half of it lay there, still, as a slow upload leaves it: the rest may come at any time until it is removed."""
    made, rest = partner(kind), answer(2).removeprefix(HEADER.encode())
    made.lay_down("a.csv", answer(1))
    assert fetch_files(home).fetched == [(FEED, "a.csv")]
    assert land(home) == ["a.csv"]
    assert made.left() == {"a.csv": answer(1)}
    made.lay_down("a.csv", answer(1) + rest)
    assert fetch_files(home).fetched == [(FEED, "a.csv")]
    assert land(home) == ["a.csv"]
    fetch_files(home)
    assert made.left() == {}


def test_an_empty_file_is_left_until_something_is_written_into_it(home: Home, partner: Open) -> None:
    made = partner("folder")
    made.lay_down("a.csv", b"")
    assert fetch_files(home).unfinished == [(FEED, "a.csv")]
    made.lay_down("a.csv", answer(1))
    assert fetch_files(home).fetched == [(FEED, "a.csv")]


def test_a_file_waits_while_another_of_its_name_is_in_the_inbox(home: Home, partner: Open) -> None:
    made = partner("folder")
    made.lay_down("a.csv", answer(1))
    fetch_files(home)
    made.lay_down("a.csv", answer(2))
    assert fetch_files(home).unfinished == [(FEED, "a.csv")]
    assert land(home) == ["a.csv"]
    assert fetch_files(home).fetched == [(FEED, "a.csv")]
    assert land(home) == ["a.csv"]


def test_who_cannot_be_reached_holds_up_nobody_else_and_is_noted_once(home: Home, partner: Open) -> None:
    far, near = partner("sftp", partner_id="WH-1"), partner("folder", partner_id="WH-2")
    far.lay_down("far.csv", answer(1))
    near.lay_down("near.csv", answer(2))
    with far.down():
        for expected in ([(FEED, "near.csv")], []):
            report = fetch_files(home)
            assert (report.fetched, list(report.unreached)) == (expected, ["WH-1"])
    with open_operations(home.database_url, now=AT) as store:
        assert [act.subject for act in store.trail.of_action("partner.not_fetched")] == ["partner:WH-1"]
        (waiting,) = find_unreached(store.trail, home.partners)
        assert (waiting.partner_id, waiting.reason) == ("WH-1", report.unreached["WH-1"])
    assert report.unreached["WH-1"] in every_partner_was_reached(home).offending[0]
    assert read_status(home, AT)["partners_not_fetched"] == 1
    assert fetch_files(home).fetched == [(FEED, "far.csv")]
    fetch_files(home)
    with open_operations(home.database_url, now=AT) as store:
        assert find_unreached(store.trail, home.partners) == []
        assert len(store.trail.of_action("partner.fetched_again")) == 1


def test_who_is_fetched_from_no_more_is_waited_for_no_more(home: Home, partner: Open) -> None:
    with partner("sftp").down():
        fetch_files(home)
    home.partners_path.write_text("partners: {WH-1: {forms: [json]}}", encoding="utf-8")
    with open_operations(home.database_url, now=AT) as store:
        assert find_unreached(store.trail, home.partners) == []


def test_what_is_larger_than_its_feed_reads_is_left_where_it_is_unread_and_said(home: Home, partner: Open) -> None:
    made = partner("folder", after="remove")
    path = home.feeds / f"{FEED}.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nmaximum_bytes: 2000\n", encoding="utf-8")
    made.lay_down("huge.csv", answer(1) * 100)
    made.lay_down("small.csv", answer(2))
    report = fetch_files(home)
    assert report.fetched == [(FEED, "small.csv")]
    fetch_files(home)
    assert list(made.left()) == ["huge.csv"]
    assert report.unreached["WH-1"].startswith("too large, and left there: huge.csv (")


def test_a_missing_secret_or_folder_is_said_by_run_and_doctor(
    home: Home, partner: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = partner("sftp")
    monkeypatch.delenv(made.deliver["password_env"])
    assert "TEST_SFTP_PASSWORD" in fetch_files(home).unreached["WH-1"]
    assert "TEST_SFTP_PASSWORD" in partners_have_a_way(home).offending[0]
    monkeypatch.setenv(made.deliver["password_env"], "s3cret")
    profile = {"deliver": made.deliver, "fetch": {"feed": FEED, "after": "keep", "folder": "/gone"}}
    home.partners_path.write_text(yaml.safe_dump({"partners": {"WH-1": profile}}), encoding="utf-8")
    assert "/gone" in fetch_files(home).unreached["WH-1"]
    home.partners_path.write_text("partners: {WH-1: {fetch: {feed: a, by: folder, folder: /not/there, after: keep}}}")
    assert "/not/there" in fetch_files(home).unreached["WH-1"]


def test_a_home_that_fetches_nothing_opens_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "open_operations", None)
    assert fetch_files(home).fetched == []


@pytest.mark.parametrize(
    ("fetch", "reason"),
    [
        ("{after: keep, by: folder, folder: /x}", "feed"),
        ("{feed: ../x, after: keep, by: folder, folder: /x}", "no name of a feed"),
        ("{feed: a, by: folder, folder: /x}", "after"),
        ("{feed: a, after: burn, by: folder, folder: /x}", "burn"),
        ("{feed: a, after: keep, by: folder, folder: x}", "no absolute path"),
        ("{feed: a, after: keep, folder: /out}", "no server to fetch from"),
        ('{feed: a, after: keep, by: http, url: "https://h/x"}', "look_up"),
        ('{feed: a, after: keep, by: http, url: "https://h/x", repeats: remembers}', "folder, sftp or s3"),
        ("{feed: a, after: keep, by: folder, folder: /x, host: h}", "host"),
    ],
)
def test_a_bad_profile_is_refused_with_line_and_reason(fetch: str, reason: str) -> None:
    with pytest.raises(PartnersError, match=rf"line \d.*{reason}"):
        read_partners(f"partners:\n  WH-1:\n    fetch: {fetch}\n")


def test_nobody_fetches_from_where_he_delivers() -> None:
    deliver = "{by: s3, bucket: b, folder: in, access_key_env: A, secret_key_env: S}"
    with pytest.raises(PartnersError, match="our own documents"):
        read_partners(f"partners: {{WH-1: {{deliver: {deliver}, fetch: {{feed: a, after: keep, folder: in/}}}}}}")
