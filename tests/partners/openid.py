"""An OIDC provider on the loopback: the code flow, with tokens that are really signed. It asks nobody for a password.

`person` is who sits before it; `lives_for_seconds` how long it vouches for him.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.partners.serving import Serving

CLIENT_ID, CLIENT_SECRET = "quartermaster", "s3cret"


class Provider:
    """The provider."""

    def __init__(self) -> None:
        self.issuer = ""
        self.person: dict[str, object] = {}
        self.lives_for_seconds = 3600
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._nonces: dict[str, str] = {}

    @Request.application
    def __call__(self, request: Request) -> Response:
        if request.path == "/.well-known/openid-configuration":
            return self._json(self._metadata())
        if request.path == "/keys":
            return self._json({"keys": [self._key.as_dict(private=False)]})
        if request.path == "/authorize":
            return self._authorize(request)
        if request.path == "/token" and request.form["code"] in self._nonces:
            return self._json({"access_token": "none", "token_type": "Bearer", "id_token": self._token(request)})
        return Response(status=404)

    def _metadata(self) -> dict[str, object]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{path}" for name, path in ends.items()},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def _authorize(self, request: Request) -> Response:
        code = secrets.token_urlsafe()
        self._nonces[code] = request.args["nonce"]
        answer = urlencode({"code": code, "state": request.args["state"]})
        return redirect(f"{request.args['redirect_uri']}?{answer}")  # type: ignore[return-value]

    def _token(self, request: Request) -> str:
        issued_at = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": issued_at,
            "exp": issued_at + self.lives_for_seconds,
            "nonce": self._nonces.pop(request.form["code"]),
            **self.person,
        }
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self._key)

    @staticmethod
    def _json(content: object) -> Response:
        return Response(json.dumps(content), mimetype="application/json")


@contextmanager
def openid_provider() -> Iterator[Provider]:
    """A provider that is there for the length of a test."""
    provider = Provider()
    serving = Serving(provider)
    provider.issuer = f"http://127.0.0.1:{serving.port}"
    try:
        yield provider
    finally:
        serving.stop()
