"""A WSGI application on the loopback, in a thread, on a line that can break."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.partners.line import Line

App = Callable[..., Iterable[bytes]]
_LOOK_SECONDS = 0.02


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Tests speak by failing."""


def breaking(app: App, line: Line) -> App:
    """The application behind a line: where it breaks, the connection ends without an answer."""

    def through(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        breaks = line.begins()
        if breaks != "before":
            answer = list(app(environ, start))
        if breaks == "never":
            return answer
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("the line broke")

    return through


class Serving:
    """A server that can be stopped, and started again at the same port."""

    def __init__(self, app: App) -> None:
        self._app, self.port = app, 0
        self.start()

    def start(self) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", self.port, self._app, threaded=True, request_handler=_Quiet
        )
        self.port = self._server.server_port
        # It looks so often whether it is to stop: by itself every half second, for which a test would wait.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOK_SECONDS,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)

    @contextmanager
    def down(self) -> Iterator[None]:
        self.stop()
        yield
        self.start()
