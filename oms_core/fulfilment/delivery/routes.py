"""A partner's ways, as `deliver` and `fetch` of its profile say them. Secrets are named, never written there.

    deliver: {by: folder}
    deliver: {by: sftp, host: sftp.example, user: quartermaster, folder: /in, host_key: ssh-ed25519 AAAA…,
              password_env: WH_NORTH_PASSWORD}
    deliver: {by: s3, bucket: wh-north, folder: in, region: eu-central-1, repeats: refuses,
              access_key_env: WH_NORTH_KEY, secret_key_env: WH_NORTH_SECRET}
    deliver: {by: http, url: "https://api.example/orders", look_up: "https://api.example/orders/{key}",
              repeats: refuses, token_env: WH_NORTH_TOKEN}

    fetch: {feed: wh_north_x12, folder: /out, after: remove}           on the server of `deliver`
    fetch: {feed: wh_north_x12, by: folder, folder: /mnt/wh-north/out, after: keep}

Belongs here: routes as data, and their reading. Does not belong here: going them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from oms_core.yaml_reading import Path, YamlReader

#: What a partner does with what is sent twice.
_REPEATS = ("refuses", "overwrites", "remembers", "none")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST_TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class FolderRoute:
    """A folder of this machine: the partner's in the home's outbox, unless an absolute `path` is named."""

    path: str | None = None


@dataclass(frozen=True, slots=True)
class SftpRoute:
    """A folder of an SFTP server. `host_key`: as `ssh-keyscan` prints it, without the host's name."""

    host: str
    port: int
    user: str
    folder: str
    host_key: str
    password_env: str | None
    private_key_env: str | None
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class S3Route:
    """A prefix of a bucket. `endpoint`: of another store than Amazon's."""

    bucket: str
    folder: str
    region: str
    endpoint: str | None
    access_key_env: str
    secret_key_env: str
    repeats: str
    timeout_seconds: int

    @property
    def is_loopback(self) -> bool:
        """Whether it never leaves this machine, and so may go without TLS."""
        return self.endpoint is not None and _is_loopback(self.endpoint)


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """An address. `url` and `look_up` may hold `{key}`, the file's idempotency key."""

    url: str
    look_up: str
    repeats: str
    token_env: str | None
    timeout_seconds: int

    @property
    def host(self) -> str:
        """Whom messages name: addresses may hold what is nobody's business."""
        return urlsplit(self.url).hostname or ""


Route = FolderRoute | SftpRoute | S3Route | HttpRoute


@dataclass(frozen=True, slots=True)
class FetchRoute:
    """Where a partner lays files down for us. `feed`: into whose inbox they come; `after`: what becomes of them there.

    remove   they are removed once we have them: the partner looks whether they are gone
    keep     they stay, and what was fetched is known by its name, size and time (S3: entity tag)
    """

    feed: str
    after: str
    route: FolderRoute | SftpRoute | S3Route


#: What becomes of a file that we have fetched.
_AFTER = ("remove", "keep")
_FEED_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")


def read_fetch(reader: YamlReader, path: Path, spec: object, deliver: Route) -> FetchRoute:
    """Where to fetch from, by a profile: a way of its own, or another folder on the server of `deliver`.

    Raises YamlError with line, key and reason.
    """
    values = dict(reader.mapping(path, spec))
    for key in ("feed", "after"):
        if key not in values:
            reader.refuse(path, f"{key} is missing: fetch needs feed, after (remove or keep) and where")
    feed = reader.name((*path, "feed"), values.pop("feed", None))
    if not _FEED_NAME.fullmatch(feed):
        reader.refuse((*path, "feed"), f"{feed!r} is no name of a feed: small letters, digits and _, as in feeds/")
    after = reader.one_of((*path, "after"), values.pop("after", None), _AFTER)
    return FetchRoute(feed, after, _fetched_from(reader, path, values, deliver))


def _fetched_from(
    reader: YamlReader, path: Path, values: dict[Any, Any], deliver: Route
) -> FolderRoute | SftpRoute | S3Route:
    if "by" not in values:
        return _beside(reader, path, values, deliver)
    if values["by"] == "folder":
        reader.only(path, values, ("by", "folder"))
        folder = reader.name((*path, "folder"), values.get("folder"))
        if not folder.startswith("/"):
            reader.refuse((*path, "folder"), f"{folder!r} is no absolute path of this machine")
        return FolderRoute(folder)
    route = read_route(reader, path, values)
    if not isinstance(route, SftpRoute | S3Route):
        reader.refuse((*path, "by"), "files are fetched by folder, sftp or s3")
    return route


def _beside(reader: YamlReader, path: Path, values: dict[Any, Any], deliver: Route) -> SftpRoute | S3Route:
    """Another folder on the server that we deliver to."""
    reader.only(path, values, ("folder",))
    if not isinstance(deliver, SftpRoute | S3Route):
        reader.refuse(path, "deliver is no server to fetch from: say by (folder, sftp or s3), and where")
    folder = reader.name((*path, "folder"), values.get("folder"))
    if folder.strip("/") == deliver.folder.strip("/"):
        reader.refuse((*path, "folder"), "it is where we deliver to: we would fetch our own documents")
    return replace(deliver, folder=folder)


def read_route(reader: YamlReader, path: Path, spec: object) -> Route:
    """A route from a profile. Raises YamlError with line, key and reason."""
    values = reader.mapping(path, spec)
    by = reader.one_of((*path, "by"), values.get("by"), tuple(_READERS))
    known, read = _READERS[by]
    reader.only(path, values, ("by", *known))
    return read(_Values(reader, path, values))


@dataclass(frozen=True, slots=True)
class _Values:
    """A route's values, read one by one."""

    reader: YamlReader
    path: Path
    values: dict[Any, Any]

    def text(self, key: str, default: str | None = None) -> str:
        if key not in self.values and default is None:
            self.reader.refuse(self.path, f"{key} is missing")
        return self.reader.name((*self.path, key), self.values.get(key, default))

    def text_or_none(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def whole(self, key: str, default: int, most: int) -> int:
        return self.reader.whole((*self.path, key), self.values.get(key, default), 1, most)

    def timeout(self) -> int:
        return self.whole("timeout_seconds", 30, _LONGEST_TIMEOUT)

    def one_of(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        return self.reader.one_of((*self.path, key), self.values.get(key, default), allowed)

    def address(self, key: str) -> str:
        address = self.text(key)
        parts = urlsplit(address)
        if not parts.hostname or parts.scheme not in ("http", "https") or parts.username or parts.password:
            self.refuse(key, f"{address!r} is no address such as https://api.example/orders, without a password")
        if parts.scheme == "http" and not _is_loopback(address):
            self.refuse(key, "only https leaves this machine")
        return address

    def refuse(self, key: str, reason: str) -> None:
        self.reader.refuse((*self.path, key), reason)


def _folder(_: _Values) -> Route:
    return FolderRoute()


def _sftp(values: _Values) -> Route:
    password, private_key = values.text_or_none("password_env"), values.text_or_none("private_key_env")
    if (password is None) == (private_key is None):
        values.refuse("by", "sftp needs password_env or private_key_env: the variable that holds the secret")
    return SftpRoute(
        host=values.text("host"),
        port=values.whole("port", 22, 65_535),
        user=values.text("user"),
        folder=values.text("folder", "."),
        host_key=values.text("host_key"),
        password_env=password,
        private_key_env=private_key,
        timeout_seconds=values.timeout(),
    )


def _s3(values: _Values) -> Route:
    return S3Route(
        bucket=values.text("bucket"),
        folder=values.text_or_none("folder") or "",
        region=values.text("region", "us-east-1"),
        endpoint=values.address("endpoint") if "endpoint" in values.values else None,
        access_key_env=values.text("access_key_env"),
        secret_key_env=values.text("secret_key_env"),
        repeats=values.one_of("repeats", "refuses", ("refuses", "overwrites", "none")),
        timeout_seconds=values.timeout(),
    )


def _http(values: _Values) -> Route:
    repeats = values.one_of("repeats", "none", _REPEATS)
    look_up = values.address("look_up") if "look_up" in values.values else ""
    if repeats in ("refuses", "none") and "{key}" not in look_up:
        values.refuse("repeats", f"{repeats} needs look_up, an address with {{key}} that tells what the partner has")
    if repeats == "overwrites" and "{key}" not in values.text("url"):
        values.refuse("url", "overwrites needs an address of its own for every file: put {key} into it")
    return HttpRoute(values.address("url"), look_up, repeats, values.text_or_none("token_env"), values.timeout())


_READERS: dict[str, tuple[tuple[str, ...], Callable[[_Values], Route]]] = {
    "folder": ((), _folder),
    "sftp": (
        ("host", "port", "user", "folder", "host_key", "password_env", "private_key_env", "timeout_seconds"),
        _sftp,
    ),
    "s3": (
        ("bucket", "folder", "region", "endpoint", "access_key_env", "secret_key_env", "repeats", "timeout_seconds"),
        _s3,
    ),
    "http": (("url", "look_up", "repeats", "token_env", "timeout_seconds"), _http),
}


def _is_loopback(address: str) -> bool:
    return urlsplit(address).hostname in _LOOPBACK
