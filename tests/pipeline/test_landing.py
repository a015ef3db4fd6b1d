"""What becomes of a file in the inbox: landed once, set aside with a reason, or held, loudly; never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.home import Home, HomeError
from pipelines.log import Log
from pipelines.modelling.warehouse import load
from pipelines.reception import landing
from pipelines.reception.arrivals import find_arrivals
from pipelines.reception.landing import land_inbox
from pipelines.reception.originals import discard_held, harmless_name, list_held
from pipelines.turn import exclusive
from tests.commands import call

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
GOOD = [(f"R{n}", "SKU-1", "2", "9.99") for n in range(50)]
Till = Callable[..., Path]


def test_a_good_file_is_landed_with_its_lineage_and_put_away(home: Home, till: Till) -> None:
    path = till("2026-05-30", GOOD)
    report = land_inbox(home, NOW)
    assert [u.file_name for u in report.landed] == ["pos_sales_2026-05-30.csv"]
    rows = pq.read_table(Log(home.landing).path(report.landed[0], "order_lines")).to_pylist()
    assert len(rows) == 50
    assert rows[0]["row_number"] == 1
    assert rows[0]["known_at"] == datetime(2026, 5, 30, 23, 30, tzinfo=UTC)
    assert rows[0]["unit_price_minor"] == 999
    assert not path.exists()
    assert len(list((home.received / "pos_sales").iterdir())) == 1


def test_the_same_bytes_under_another_name_are_a_duplicate_without_rows(home: Home, till: Till) -> None:
    till("2026-05-30", GOOD)
    land_inbox(home, NOW)
    till("2026-05-30", GOOD, name="pos_sales_2026-05-30_again.csv")
    report = land_inbox(home, NOW)
    assert report.duplicates == [("pos_sales", "pos_sales_2026-05-30_again.csv")]
    assert report.landed == []
    assert len(Log(home.landing).units) == 1


def test_two_copies_in_one_look_are_landed_once(home: Home, till: Till) -> None:
    till("2026-05-30", GOOD)
    till("2026-05-30", GOOD, name="pos_sales_2026-05-30_copy.csv")
    report = land_inbox(home, NOW)
    assert (len(report.landed), len(report.duplicates)) == (1, 1)


def test_a_bad_row_is_quarantined_with_file_row_and_reason_and_the_rest_goes_on(home: Home, till: Till) -> None:
    till("2026-05-30", [*GOOD, ("R99", "SKU-1", "1", "much")])
    report = land_inbox(home, NOW)
    assert report.count("accepted_count") == 50
    assert report.count("quarantined_count") == 1
    quarantined = pq.read_table(next((home.quarantine / "pos_sales").glob("*.parquet"))).to_pylist()
    assert [(row["file_name"], row["row_number"]) for row in quarantined] == [("pos_sales_2026-05-30.csv", 51)]
    assert "much" in quarantined[0]["reason"]


@pytest.mark.parametrize("suffix", [".part", ".tmp", ".filepart"])
def test_an_unfinished_file_is_left_alone(home: Home, till: Till, suffix: str) -> None:
    path = till("2026-05-30", GOOD, name=f"pos_sales_2026-05-30.csv{suffix}")
    assert land_inbox(home, NOW).landed == []
    assert path.exists()


def test_a_file_that_grows_between_two_looks_waits_for_the_next_run(
    home: Home, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = till("2026-05-30", GOOD)
    take = landing.file_digest

    def digest_while_it_is_written(of: Path) -> str:
        digest = take(of)
        with of.open("a") as file:
            file.write("R77,1,S01,2026-05-30T10:00:00+02:00,SKU-1,1,1.00,0,0,EUR,\n")
        return digest

    monkeypatch.setattr(landing, "file_digest", digest_while_it_is_written)
    report = land_inbox(home, NOW)
    assert report.unfinished == [("pos_sales", path.name)]
    assert report.landed == []
    monkeypatch.undo()
    assert land_inbox(home, NOW).count("accepted_count") == 51


def test_too_many_bad_rows_hold_the_file_and_everything_behind_it(home: Home, till: Till) -> None:
    till("2026-05-29", GOOD)
    till("2026-05-30", [("R1", "SKU-1", "x", "1.00")] * 3 + GOOD[:5])
    waiting = till("2026-05-31", [("R9", "SKU-2", "1", "1.00")] * 1)
    report = land_inbox(home, NOW)
    assert [u.file_name for u in report.landed] == ["pos_sales_2026-05-29.csv"]
    assert [held.file_name for held in report.held] == ["pos_sales_2026-05-30.csv"]
    assert waiting.exists()
    assert land_inbox(home, NOW).landed == []


def test_a_discarded_file_lets_the_feed_go_on_and_is_kept(home: Home, till: Till) -> None:
    till("2026-05-30", [("R1", "SKU-1", "x", "1.00")] * 3)
    till("2026-05-31", GOOD)
    held = land_inbox(home, NOW).held[0]
    discard_held(home, held.file_sha256[:12])
    assert list_held(home) == []
    assert [u.file_name for u in land_inbox(home, NOW).landed] == ["pos_sales_2026-05-31.csv"]
    assert any("pos_sales_2026-05-30.csv" in p.name for p in (home.received / "pos_sales").iterdir())


@pytest.mark.parametrize("killed_at", [0, 1])
def test_a_file_that_was_being_held_when_the_run_was_killed_is_held_until_it_is_discarded(
    home: Home, till: Till, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    till("2026-05-30", [("R1", "SKU-1", "x", "1.00")] * 3)
    till("2026-05-31", GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed_in_move(killed_at))
        with pytest.raises(KeyboardInterrupt):
            land_inbox(home, NOW)
    report = land_inbox(home, NOW)
    assert report.landed == []
    (held,) = report.held
    discard_held(home, held.file_sha256)
    assert [u.file_name for u in land_inbox(home, NOW).landed] == ["pos_sales_2026-05-31.csv"]
    assert any("pos_sales_2026-05-30.csv" in p.name for p in (home.received / "pos_sales").iterdir())


def test_discarding_can_be_repeated_where_it_was_killed(
    home: Home, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till("2026-05-30", [("R1", "SKU-1", "x", "1.00")] * 3)
    (held,) = land_inbox(home, NOW).held

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        discard_held(home, held.file_sha256)
    monkeypatch.undo()
    discard_held(home, held.file_sha256)
    assert list_held(home) == []
    assert any("pos_sales_2026-05-30.csv" in p.name for p in (home.received / "pos_sales").iterdir())


def test_a_beginning_that_could_mean_several_held_files_or_none_discards_nothing(home: Home, till: Till) -> None:
    till("2026-05-30", [("R1", "SKU-1", "x", "1.00")] * 3)
    (home.inbox / "products" / "products.csv").write_text("junk\n")
    held = land_inbox(home, NOW).held
    assert len(held) == 2
    with pytest.raises(HomeError, match="More than one held file's hash begins with ''"):
        discard_held(home, "")
    with pytest.raises(HomeError, match="No held file's hash begins with 'xyz'"):
        discard_held(home, "xyz")
    assert list_held(home) == held


def test_a_file_is_not_discarded_while_a_run_works_in_the_home(home: Home, till: Till) -> None:
    till("2026-05-30", [("R1", "SKU-1", "x", "1.00")] * 3)
    (held,) = land_inbox(home, NOW).held
    with exclusive(home):
        said = call(home.root, "quarantine", "discard", held.file_sha256[:12])
    assert (said.code, list_held(home)) == (1, [held])
    assert "Another run works in" in said.err
    assert call(home.root, "quarantine", "discard", held.file_sha256[:12]).code == 0
    assert list_held(home) == []


def killed_in_move(number: int) -> Callable[[Path, Path], Path]:
    """A `Path.replace` that is killed the first, second, … time it is called, counted from 0."""
    replace, numbers = Path.replace, count()

    def replace_or_die(path: Path, target: Path) -> Path:
        if next(numbers) == number:
            raise KeyboardInterrupt
        return replace(path, target)

    return replace_or_die


def test_a_file_with_a_missing_column_stops_its_feed_and_names_the_column(home: Home, till: Till) -> None:
    path = till("2026-05-30", GOOD)
    path.write_text(path.read_text().replace("unit_price", "price"))
    report = land_inbox(home, NOW)
    assert report.held[0].feed == "pos_sales"
    assert "unit_price" in report.held[0].reason


def test_a_path_trick_in_a_file_name_stays_a_name() -> None:
    assert harmless_name("../../etc/passwd") == "_.._etc_passwd"
    assert harmless_name("..") == "unnamed"
    assert "/" not in harmless_name("a/b\\c\n.csv")
    assert harmless_name(f"{'a' * 30}.{'b' * 95}.x12") == f"{'b' * 95}.x12", (
        "a long name is cut, and not hidden by that"
    )


def test_a_link_in_the_inbox_is_not_followed(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x")
    (home.inbox / "pos_sales" / "pos_sales_2026-05-30.csv").symlink_to(secret)
    assert land_inbox(home, NOW).landed == []


def test_files_are_taken_in_the_order_of_their_arrival(home: Home, till: Till) -> None:
    late = till("2026-05-29", GOOD, name="pos_sales_2026-05-29_late_2026-05-31.csv")
    first = till("2026-05-30", GOOD[:10])
    from oms_core.feeds import load_definitions

    arrivals = find_arrivals(home, load_definitions(home.feeds)["pos_sales"], NOW)
    assert [a.path for a in arrivals] == [first, late]


def test_on_the_wall_clock_what_is_here_has_come_whatever_day_it_is_named_after(home: Home, till: Till) -> None:
    (home.root / "oms.yaml").write_text("profile: empty\nclock: wall\ntwin: none\n")
    till("2026-05-31", GOOD)
    till("2026-06-01", GOOD[:9], name="pos_sales_2026-06-01.csv")
    till("2026-06-01", GOOD[:8], name="pos_sales_2036-06-01.csv")
    known = [unit.known_at for unit in land_inbox(home, NOW).landed]
    assert known == [datetime(2026, 5, 31, 23, 30, tzinfo=UTC), NOW, NOW]


def test_on_the_datas_clock_a_name_without_its_day_does_not_make_it_today(home: Home, till: Till) -> None:
    """Else one such file would take a home of past data to the machine's day, with months of no sales before it."""
    till("2026-05-30", GOOD, name="pos_sales.csv")
    till("2026-05-31", GOOD[:9])
    told = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    assert [unit.known_at for unit in land_inbox(home, NOW + timedelta(days=180)).landed] == [told, told]
    load(home, told, "run")
    till("2026-05-31", GOOD[:8], name="pos_sales_again.csv")
    (unit,) = land_inbox(home, NOW + timedelta(days=180)).landed
    assert unit.known_at == told + timedelta(microseconds=1)


def test_a_file_is_known_after_what_a_run_has_loaded_that_published_nothing(home: Home, till: Till) -> None:
    till("2026-05-31", GOOD)
    (loaded,) = land_inbox(home, NOW).landed
    load(home, NOW, "died before publishing")
    till("2026-05-30", GOOD[:10])
    (late,) = land_inbox(home, NOW).landed
    assert late.known_at == loaded.known_at + timedelta(microseconds=1)
    rows = pq.read_table(Log(home.landing).path(late, "order_lines"))
    assert set(rows.column("known_at").to_pylist()) == {late.known_at}


def test_a_run_killed_after_the_commit_lands_nothing_twice(
    home: Home, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till("2026-05-30", GOOD)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(landing, "put_away", killed)
    with pytest.raises(KeyboardInterrupt):
        land_inbox(home, NOW)
    monkeypatch.undo()
    report = land_inbox(home, NOW)
    assert len(report.duplicates) == 1
    assert len(Log(home.landing).units) == 1


def test_a_full_disk_while_committing_leaves_the_file_in_the_inbox(
    home: Home, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = till("2026-05-30", GOOD)

    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(landing.Log, "commit", no_space)
    with pytest.raises(OSError, match="No space"):
        land_inbox(home, NOW)
    assert path.exists()
    monkeypatch.undo()
    assert land_inbox(home, NOW).count("accepted_count") == 50
