"""As whom a provider knows somebody."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.shell.signing import identities

EVE = {"iss": "https://id.example", "sub": "9", "email": "Ada@Example.com"}


def test_an_address_counts_that_the_provider_has_verified() -> None:
    assert identities(EVE | {"email_verified": True}) == ["https://id.example#9", "ada@example.com"]


@pytest.mark.parametrize(
    "claims", [{}, {"email_verified": False}, {"email_verified": "true"}, {"preferred_username": "ada", "name": "Ada"}]
)
def test_whatever_else_somebody_claims_to_be_he_is_his_subject(claims: dict[str, Any]) -> None:
    assert identities(EVE | claims) == ["https://id.example#9"]
