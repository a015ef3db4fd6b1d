"""A shelf that is a folder of an SFTP server, reached under its known host key only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import asyncssh

from oms_core.fulfilment.delivery.pickup import Waiting
from oms_core.fulfilment.delivery.routes import SftpRoute

T = TypeVar("T")


class SftpShelf:
    """A folder of a server. The connection is made when it is needed, and anew after it was lost."""

    def __init__(self, route: SftpRoute, *, password: str | None = None, private_key: str | None = None) -> None:
        self._route, self._password, self._private_key = route, password, private_key
        self._runner = asyncio.Runner()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    def write(self, name: str, data: bytes) -> None:
        """Write a file, and have the server sync it if it can."""

        async def act(client: asyncssh.SFTPClient) -> None:
            async with client.open(name, "wb") as file:
                await file.write(data)
                # An extension that not every server has; without it the server's own habits must do.
                with suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()

        self._do(act)

    def rename(self, old: str, new: str) -> None:
        """Rename a file: in one step where the server knows how, else as plain SFTP does."""

        async def act(client: asyncssh.SFTPClient) -> None:
            try:
                await client.posix_rename(old, new)
            except asyncssh.SFTPOpUnsupported:
                await client.rename(old, new)

        self._do(act)

    def read(self, name: str) -> bytes | None:
        """A file's content."""

        async def act(client: asyncssh.SFTPClient) -> bytes | None:
            try:
                async with client.open(name, "rb") as file:
                    content = await file.read()
            except asyncssh.SFTPNoSuchFile:
                return None
            return content if isinstance(content, bytes) else content.encode()

        return self._do(act)

    def files(self) -> list[Waiting]:
        """What is there, the earliest first; a server tells times to the second."""

        async def act(client: asyncssh.SFTPClient) -> list[Waiting]:
            found = [one async for one in client.scandir(".") if one.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR]
            found.sort(key=lambda one: (one.attrs.mtime or 0, str(one.filename)))
            return [_waiting(str(one.filename), one.attrs) for one in found]

        return self._do(act)

    def look(self, name: str) -> Waiting | None:
        """A file as it is now."""

        async def act(client: asyncssh.SFTPClient) -> Waiting | None:
            try:
                return _waiting(name, await client.stat(name))
            except asyncssh.SFTPNoSuchFile:
                return None

        return self._do(act)

    def remove(self, name: str) -> None:
        """Remove a file."""

        async def act(client: asyncssh.SFTPClient) -> None:
            with suppress(asyncssh.SFTPNoSuchFile):
                await client.remove(name)

        self._do(act)

    def close(self) -> None:
        """Leave the server."""
        self._drop_connection()
        self._runner.close()

    def _do(self, act: Callable[[asyncssh.SFTPClient], Awaitable[T]]) -> T:
        try:
            return self._runner.run(asyncio.wait_for(self._connected(act), self._route.timeout_seconds))
        except TimeoutError as error:
            self._drop_connection()
            raise TimeoutError(f"{self._route.host} did not answer in {self._route.timeout_seconds} s") from error
        except ValueError as error:
            raise OSError(f"{self._route.host}: its host key, or our private key, cannot be read: {error}") from error
        except (asyncssh.Error, ConnectionError) as error:
            self._drop_connection()
            if isinstance(error, asyncssh.SFTPError) and not isinstance(error, _LOST):
                where = f"{self._route.host}, in {self._route.folder}"
                raise OSError(f"{where}: {error.reason or type(error).__name__}") from error
            raise ConnectionError(f"{self._route.host}: {error}") from error

    async def _connected(self, act: Callable[[asyncssh.SFTPClient], Awaitable[T]]) -> T:
        if self._client is None:
            route = self._route
            self._connection = await asyncssh.connect(
                route.host,
                route.port,
                username=route.user,
                password=self._password,
                client_keys=[asyncssh.import_private_key(self._private_key)] if self._private_key else None,
                # This key and no other, whatever the host is called: patterns of known_hosts treat port 22 apart.
                known_hosts=([asyncssh.import_public_key(route.host_key)], [], []),
                agent_path=None,
                config=None,
                connect_timeout=route.timeout_seconds,
            )
            self._client = await self._connection.start_sftp_client()
            await self._client.chdir(route.folder)
        return await act(self._client)

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._runner.run(_abort(self._connection))
        self._connection = self._client = None


def _waiting(name: str, attributes: asyncssh.SFTPAttrs) -> Waiting:
    return Waiting(name, attributes.size or 0, f"{attributes.size}-{attributes.mtime}")


_LOST = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)


async def _abort(connection: asyncssh.SSHClientConnection) -> None:
    connection.abort()
    await connection.wait_closed()
