"""A proxy in front of the pages' server, as far as the server can tell: it says for whom it asks.

Belongs here: forwarding bytes, and the header. Does not belong here: what the server makes of it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


@contextmanager
def proxy_for(address: str, visitor: str) -> Iterator[str]:
    """The address of a proxy that says of each connection that it comes from `visitor`, WebSockets included."""
    target = urlsplit(address)

    class Forward(StreamRequestHandler):
        def handle(self) -> None:
            request = self.rfile.readline()
            with socket.create_connection((target.hostname, target.port)) as server:
                server.sendall(request + f"X-Forwarded-For: {visitor}\r\n".encode())
                threading.Thread(target=_copy, args=(server.recv, self.connection), daemon=True).start()
                _copy(self.rfile.read1, server)

    class Proxy(ThreadingTCPServer):
        daemon_threads = True

    with Proxy(("127.0.0.1", 0), Forward) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
        proxy.shutdown()


def _copy(read: Callable[[int], bytes], to: socket.socket) -> None:
    # Browsers and servers that leave do not say goodbye.
    with suppress(OSError):
        while data := read(1 << 16):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
