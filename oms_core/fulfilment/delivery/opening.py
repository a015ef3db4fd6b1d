"""From a route to the transport that goes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from oms_core.fulfilment.delivery.drop import Drop
from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.delivery.routes import HttpRoute, Route, S3Route, SftpRoute
from oms_core.fulfilment.delivery.transport import NotDelivered, Transport


def open_transport(route: Route, folder: Path, secret: Callable[[str], str | None]) -> Transport:
    """A transport for a route. `folder`: where a folder's files go; `secret`: the value of an environment variable.

    Raises NotDelivered where a variable that the route names is not set. Nothing is connected yet.
    """

    def value(name: str) -> str:
        found = secret(name)
        if not found:
            raise NotDelivered(f"the environment variable {name}, which partners.yaml names, is not set")
        return found

    # Imported where they are needed: most homes need none of the three.
    if isinstance(route, SftpRoute):
        from oms_core.fulfilment.delivery.sftp import SftpShelf

        password = value(route.password_env) if route.password_env else None
        private_key = value(route.private_key_env) if route.private_key_env else None
        return Drop(SftpShelf(route, password=password, private_key=private_key))
    if isinstance(route, S3Route):
        from oms_core.fulfilment.delivery.s3 import S3Transport

        return S3Transport(route, value(route.access_key_env), value(route.secret_key_env))
    if isinstance(route, HttpRoute):
        from oms_core.fulfilment.delivery.http import HttpTransport

        return HttpTransport(route, value(route.token_env) if route.token_env else None)
    return Drop(FolderShelf(folder))
