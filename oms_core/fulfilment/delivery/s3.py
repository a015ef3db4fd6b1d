"""Delivery as objects of an S3 bucket, or of any store that speaks its protocol; and taking such objects up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from oms_core.fulfilment.delivery.pickup import NotFetched, Waiting
from oms_core.fulfilment.delivery.routes import S3Route
from oms_core.fulfilment.delivery.transport import FateUnknown, NotDelivered, OutgoingFile, Refused

if TYPE_CHECKING:
    from obstore import ObjectMeta


class S3Transport:
    """A bucket's prefix. By the route's `repeats`:

    refuses      objects are put on the condition that there is none; a repeat is refused, and compared
    overwrites   objects are put over whatever is there
    none         the partner takes objects away: what is not there after an unknown fate may have been taken
    """

    def __init__(self, route: S3Route, access_key: str, secret_key: str) -> None:
        self._route, self._store = route, _store(route, access_key, secret_key)

    def prepare(self, file: OutgoingFile) -> None:
        """See whether the bucket can be reached."""
        try:
            self._read(file)
        except BaseError as error:
            raise NotDelivered(self._words(error)) from error

    def commit(self, file: OutgoingFile) -> None:
        """Put the object."""
        try:
            obstore.put(
                self._store,
                file.name,
                file.data,
                mode="overwrite" if self._route.repeats == "overwrites" else "create",
                attributes={"Content-Type": file.media_type},
            )
        except AlreadyExistsError:
            self._compare(file)
        except BaseError as error:
            raise FateUnknown(self._words(error)) from error

    def settle(self, file: OutgoingFile) -> None:
        """Put it again where that is harmless, else look whether it is there."""
        if self._route.repeats != "none":
            self.commit(file)
            return
        self._compare(file)

    def close(self) -> None:
        """Nothing is held open."""

    def _compare(self, file: OutgoingFile) -> None:
        try:
            there = self._read(file)
        except BaseError as error:
            raise FateUnknown(self._words(error)) from error
        if there is None:
            raise FateUnknown(f"{file.name} is not in {self._route.bucket}: it never came, or was taken away")
        if there != file.data:
            raise Refused(f"{file.name} is in {self._route.bucket} with another content, and is kept")

    def _read(self, file: OutgoingFile) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, file.name).bytes())
        except FileNotFoundError:
            return None

    def _words(self, error: Exception) -> str:
        return _words(self._route, error)


class S3Pickup:
    """A bucket's prefix from which we take objects."""

    def __init__(self, route: S3Route, access_key: str, secret_key: str) -> None:
        self._route, self._store = route, _store(route, access_key, secret_key)

    def files(self) -> list[Waiting]:
        """What is there, the earliest first; an object's version is its entity tag, or its time."""
        try:
            found = list(obstore.list_with_delimiter(self._store)["objects"])
        except BaseError as error:
            raise NotFetched(_words(self._route, error)) from error
        found.sort(key=lambda one: (one["last_modified"], one["path"]))
        return [_waiting(one) for one in found]

    def look(self, name: str) -> Waiting | None:
        """An object as it is now."""
        try:
            return _waiting(obstore.head(self._store, name))
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise NotFetched(_words(self._route, error)) from error

    def read(self, name: str) -> bytes | None:
        """An object's content."""
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise NotFetched(_words(self._route, error)) from error

    def remove(self, name: str) -> None:
        """Delete an object."""
        try:
            obstore.delete(self._store, name)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise NotFetched(_words(self._route, error)) from error

    def close(self) -> None:
        """Nothing is held open."""


def _store(route: S3Route, access_key: str, secret_key: str) -> S3Store:
    return S3Store(
        route.bucket,
        prefix=route.folder or None,
        region=route.region,
        access_key_id=access_key,
        secret_access_key=secret_key,
        virtual_hosted_style_request=False,
        client_options={"timeout": timedelta(seconds=route.timeout_seconds), "allow_http": route.is_loopback},
        # What was put once and maybe not received is settled by the outbox, not by a loop in here.
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=route.timeout_seconds)},
        # Left out, the endpoint is Amazon's own for the region.
        config={"endpoint": route.endpoint} if route.endpoint else None,
    )


def _waiting(found: ObjectMeta) -> Waiting:
    version = found["e_tag"] or found["last_modified"].isoformat()
    return Waiting(found["path"], found["size"], f"{found['size']}-{version}")


def _words(route: S3Route, error: Exception) -> str:
    return f"{route.bucket}: {' '.join(str(error).split())[:200]}"
