"""From a route to what goes it: a transport that delivers, or a pickup that fetches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oms_core.fulfilment.delivery.drop import Drop
from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.delivery.pickup import Pickup, ShelfPickup
from oms_core.fulfilment.delivery.routes import FetchRoute, HttpRoute, Route, S3Route, SftpRoute
from oms_core.fulfilment.delivery.transport import NotDelivered, Transport

if TYPE_CHECKING:
    from oms_core.fulfilment.delivery.sftp import SftpShelf

Secret = Callable[[str], str | None]


def open_transport(route: Route, folder: Path, secret: Secret) -> Transport:
    """A transport for a route. `folder`: where a folder's files go; `secret`: the value of an environment variable.

    Raises NotDelivered where a variable that the route names is not set. Nothing is connected yet.
    """
    # Imported where they are needed, here and below: most homes need none of the three.
    if isinstance(route, SftpRoute):
        return Drop(_sftp(route, secret))
    if isinstance(route, S3Route):
        from oms_core.fulfilment.delivery.s3 import S3Transport

        return S3Transport(route, _value(secret, route.access_key_env), _value(secret, route.secret_key_env))
    if isinstance(route, HttpRoute):
        from oms_core.fulfilment.delivery.http import HttpTransport

        return HttpTransport(route, _value(secret, route.token_env) if route.token_env else None)
    return Drop(FolderShelf(Path(route.path) if route.path else folder))


def open_pickup(fetch: FetchRoute, secret: Secret) -> Pickup:
    """Where a partner's files are fetched from. Raises NotDelivered where a variable that it names is not set."""
    route = fetch.route
    if isinstance(route, SftpRoute):
        return ShelfPickup(_sftp(route, secret))
    if isinstance(route, S3Route):
        from oms_core.fulfilment.delivery.s3 import S3Pickup

        return S3Pickup(route, _value(secret, route.access_key_env), _value(secret, route.secret_key_env))
    return ShelfPickup(FolderShelf(Path(route.path or ".")))


def _sftp(route: SftpRoute, secret: Secret) -> SftpShelf:
    from oms_core.fulfilment.delivery.sftp import SftpShelf

    password = _value(secret, route.password_env) if route.password_env else None
    private_key = _value(secret, route.private_key_env) if route.private_key_env else None
    return SftpShelf(route, password=password, private_key=private_key)


def _value(secret: Secret, name: str) -> str:
    found = secret(name)
    if not found:
        raise NotDelivered(f"the environment variable {name}, which partners.yaml names, is not set")
    return found
