"""Where the pages look for their data."""

from __future__ import annotations

from pathlib import Path

from dashboards.settings import Settings


def test_the_home_is_named_by_the_environment() -> None:
    settings = Settings.from_environment({"OMS_HOME": "/srv/oms"})
    assert settings == Settings(Path("/srv/oms/published"), "sqlite:////srv/oms/operations.db")


def test_without_a_name_it_is_the_folder_of_the_command_line() -> None:
    assert Settings.from_environment({}).home == Path(".oms").absolute()


def test_another_database_may_be_named() -> None:
    settings = Settings.from_environment({"OMS_HOME": "/h", "OMS_DATABASE_URL": "postgresql+psycopg://db/oms"})
    assert settings.database_url == "postgresql+psycopg://db/oms"
