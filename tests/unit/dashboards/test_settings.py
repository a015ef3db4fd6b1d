"""Where the pages look for their data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dashboards.settings import Settings, SettingsError


def test_the_home_is_named_by_the_environment() -> None:
    settings = Settings.from_environment({"OMS_HOME": "/srv/oms", "OMS_USER": "ada"})
    assert settings == Settings(Path("/srv/oms/published"), "sqlite:////srv/oms/operations.db", "ada")


def test_without_a_name_it_is_the_folder_of_the_command_line() -> None:
    assert Settings.from_environment({}).home == Path(".oms").absolute()


def test_another_database_may_be_named() -> None:
    settings = Settings.from_environment({"OMS_HOME": "/h", "OMS_DATABASE_URL": "postgresql+psycopg://db/oms"})
    assert settings.database_url == "postgresql+psycopg://db/oms"


def test_without_a_home_there_is_nothing_to_guard(tmp_path: Path) -> None:
    assert Settings.from_environment({"OMS_HOME": str(tmp_path)}).has_home
    assert not Settings.from_environment({"OMS_HOME": str(tmp_path / "none")}).has_home
    elsewhere = {"OMS_HOME": str(tmp_path / "none"), "OMS_DATABASE_URL": "postgresql+psycopg://db/oms"}
    assert Settings.from_environment(elsewhere).has_home


def test_the_person_at_the_machine_is_the_systems_user_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "bea")
    assert Settings.from_environment({}).person == "bea"
    assert Settings.from_environment({"OMS_USER": " ada "}).person == "ada"


def test_the_idle_time_is_a_number_of_minutes_and_nothing_else() -> None:
    assert Settings.from_environment({}).idle == timedelta(minutes=30)
    assert Settings.from_environment({"OMS_IDLE_MINUTES": "5"}).idle == timedelta(minutes=5)
    for wrong in ("0", "-5", "half an hour", "5.5", "721", "1e3", "٣"):
        with pytest.raises(SettingsError, match="from 1 to 720"):
            Settings.from_environment({"OMS_IDLE_MINUTES": wrong})


def test_the_time_of_a_question_is_a_number_of_seconds() -> None:
    assert Settings.from_environment({}).ask_seconds == 30
    assert Settings.from_environment({"OMS_ASK_SECONDS": "600"}).ask_seconds == 600
    with pytest.raises(SettingsError, match="OMS_ASK_SECONDS is a whole number from 1 to 3600"):
        Settings.from_environment({"OMS_ASK_SECONDS": "3601"})
