"""A home is made once, says what it lacks, and keeps its secret to its owner."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oms_core.replenishment.policy.targets import DEFAULT
from oms_core.store.operations import open_operations
from pipelines.cli.homes import make_home
from pipelines.home import PROFILES, Home, HomeError, create_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    create_home(made, PROFILES["demo"], {"twin_parameters": {"seed": 7}})
    return made


def test_a_new_home_knows_its_profile_and_its_feeds(home: Home) -> None:
    assert home.config == {"profile": "demo", "clock": "data", "twin": "network", "twin_parameters": {"seed": 7}}
    assert {"pos_sales", "shopify_orders", "stock_movements"} <= {path.stem for path in home.feeds.glob("*.yaml")}
    assert (home.inbox / "pos_sales").is_dir()


def test_a_home_is_never_overwritten(home: Home) -> None:
    with pytest.raises(HomeError, match="already"):
        create_home(home, PROFILES["demo"], {})


@pytest.mark.parametrize("died_in", ["os.fdopen", "yaml.safe_dump"])
def test_making_a_home_can_be_repeated_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, died_in: str
) -> None:
    home = Home(tmp_path / "home")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(died_in, interrupted)
    with pytest.raises(KeyboardInterrupt):
        create_home(home, PROFILES["demo"], {})
    monkeypatch.undo()
    create_home(home, PROFILES["demo"], {})
    assert home.exists
    assert len(home.pseudonym_key) == 64
    assert list(home.root.glob("*.part")) == []


def test_a_missing_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="oms init"):
        Home(tmp_path / "nothing").require()


def test_the_pseudonym_key_is_readable_by_its_owner_only(home: Home) -> None:
    assert stat.S_IMODE((home.root / "pseudonym.key").stat().st_mode) == 0o600


def test_the_environment_goes_before_the_key_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_PSEUDONYM_KEY", "from-outside")
    assert home.pseudonym_key == b"from-outside"


def test_a_broken_configuration_is_named(home: Home) -> None:
    home.config_path.write_text("profile: demo\n")
    with pytest.raises(HomeError, match="lacks clock, twin"):
        _ = home.config


@pytest.mark.parametrize(
    ("name", "days", "sensible", "senseless", "bounds"),
    [
        ("forecast_horizon_days", 28, 90, 400, "from 7 to 90, not 400"),
        ("planning_history_days", 1096, 731, 30, "from 365 to 3653, not 30"),
        ("forecast_retrain_days", 7, 1, 0, "from 1 to 28, not 0"),
    ],
)
def test_a_number_of_days_has_its_default_unless_the_configuration_says_a_sensible_one(
    home: Home, name: str, days: int, sensible: int, senseless: int, bounds: str
) -> None:
    assert getattr(home, name) == days
    content = home.config_path.read_text(encoding="utf-8")
    home.config_path.write_text(f"{content}{name}: {sensible}\n", encoding="utf-8")
    assert getattr(home, name) == sensible
    home.config_path.write_text(f"{content}{name}: {senseless}\n", encoding="utf-8")
    with pytest.raises(HomeError, match=f"{name} is a whole number {bounds}"):
        getattr(home, name)


@pytest.mark.parametrize("is_ordered_by_rule", [True, False])
def test_a_demo_orders_by_rule_unless_it_is_asked_for_by_hand(tmp_path: Path, is_ordered_by_rule: bool) -> None:
    made = Home(tmp_path / "home")
    make_home(made, "demo", {"seed": 7}, is_ordered_by_rule=is_ordered_by_rule)
    with open_operations(made.database_url, now=datetime(2026, 6, 1, tzinfo=UTC)) as store:
        policy = store.current_policy()
    default = policy.by_scope[DEFAULT]
    assert default.service_level == 0.95, "what it aims at is as before"
    assert (default.release_transfers, default.release_order_minor) == (
        (1, 500_000) if is_ordered_by_rule else (None,) * 2
    )
    assert made.config["twin_parameters"].get("follows_orders", False) is is_ordered_by_rule
