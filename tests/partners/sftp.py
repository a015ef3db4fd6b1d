"""A warehouse's SFTP server: asyncssh's own, in a thread, which counts what is given its final name."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from tests.partners.folder import laid_down
from tests.partners.line import Line, Partner

#: The key that the server takes instead of a password.
CLIENT_KEY = asyncssh.generate_private_key("ssh-ed25519")
_OPERATIONS = ("open", "read", "write", "close", "rename", "posix_rename", "remove", "fsync", "scandir", "stat")


class _Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("quartermaster", "s3cret")

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "quartermaster" and key.public_data == CLIENT_KEY.public_data


def _files(root: Path, line: Line, counts: dict[str, int]) -> Callable[..., asyncssh.SFTPServer]:
    """A session of the server: every operation may break the line; every final name is counted."""

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(root))

        def _through(self, name: str, *arguments: Any) -> Any:
            breaks = line.begins()
            if breaks == "before":
                self.connection.abort()
                raise asyncssh.SFTPConnectionLost("the line broke")
            result = getattr(asyncssh.SFTPServer, name)(self, *arguments)
            if name.endswith("rename"):
                final = Path(arguments[1].decode()).name
                counts[final] = counts.get(final, 0) + 1
            if breaks == "after":
                self.connection.abort()
                raise asyncssh.SFTPConnectionLost("the line broke")
            return result

    for operation in _OPERATIONS:
        setattr(Files, operation, lambda self, *arguments, name=operation: self._through(name, *arguments))
    return Files


class _Running:
    """The server, in a thread with a loop of its own; it can be stopped, and started again at the same port."""

    def __init__(self, root: Path, line: Line, counts: dict[str, int]) -> None:
        self._root, self._line, self._counts = root, line, counts
        self.host_key, self.port = asyncssh.generate_private_key("ssh-ed25519"), 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    def start(self) -> None:
        async def listening() -> asyncssh.SSHAcceptor:
            files = _files(self._root, self._line, self._counts)
            return await asyncssh.listen(
                *("127.0.0.1", self.port),
                server_factory=_Server,
                server_host_keys=[self.host_key],
                sftp_factory=files,
            )

        self._acceptor = asyncio.run_coroutine_threadsafe(listening(), self._loop).result(30)
        self.port = self._acceptor.get_port()

    def stop(self) -> None:
        async def stopping() -> None:
            self._acceptor.close()
            await self._acceptor.wait_closed()

        asyncio.run_coroutine_threadsafe(stopping(), self._loop).result(30)

    @contextmanager
    def down(self) -> Iterator[None]:
        self.stop()
        yield
        self.start()

    def end(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)


@contextmanager
def sftp_partner(root: Path) -> Iterator[Partner]:
    """A server on the loopback whose files lie in `root`."""
    folder, theirs = root / "in", root / "out"
    folder.mkdir(parents=True)
    theirs.mkdir()
    line, counts, taken = Line(), dict[str, int](), dict[str, bytes]()
    server = _Running(root, line, counts)

    def came() -> dict[str, tuple[int, bytes]]:
        there = {path.name: path.read_bytes() for path in folder.glob("[!.]*")}
        return {name: (counts[name], data) for name, data in (taken | there).items()}

    def take_away() -> None:
        for path in folder.glob("[!.]*"):
            taken[path.name] = path.read_bytes()
            path.unlink()

    deliver = {
        "by": "sftp",
        "host": "127.0.0.1",
        "port": server.port,
        "user": "quartermaster",
        "folder": "/in",
        "host_key": server.host_key.export_public_key().decode().strip(),
        "password_env": "TEST_SFTP_PASSWORD",
        "timeout_seconds": 20,
    }
    try:
        secrets = {"TEST_SFTP_PASSWORD": "s3cret"}
        yield Partner(deliver, secrets, came, server.down, take_away, line, {"folder": "/out"}, *laid_down(theirs))
    finally:
        server.end()
