"""Delivery by HTTP, a request a file, each with its idempotency key."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from oms_core.fulfilment.delivery.routes import HttpRoute
from oms_core.fulfilment.delivery.transport import FateUnknown, NotDelivered, OutgoingFile, Refused

#: Answers of a partner's door: it did not look at the document.
_AT_THE_DOOR = (
    *(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED),
    HTTPStatus.TOO_MANY_REQUESTS,
)


#: Of what a partner says, so much is read: more than a document laid out anew is no answer to it.
_MOST_BYTES, _MOST_TIMES = 65_536, 4


@dataclass(frozen=True, slots=True)
class _Answer:
    """A status, and as much as is read of what was said with it."""

    status: int
    data: bytes


class HttpTransport:
    """An address that takes documents. By the route's `repeats`:

    refuses      a key that was used is refused with 409; what the partner has under it is compared
    overwrites   a file is put to its own address, over whatever is there
    remembers    the first answer to a key is given again; 409 while the request before it is still worked on
    none         the partner takes what comes: after an unknown fate it is asked for the key first
    """

    def __init__(self, route: HttpRoute, token: str | None) -> None:
        self._route = route
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(route.timeout_seconds), retries=False)

    def prepare(self, file: OutgoingFile) -> None:
        """Nothing: a request is seen at once."""

    def commit(self, file: OutgoingFile) -> None:
        """Send the request."""
        method = "PUT" if self._route.repeats == "overwrites" else "POST"
        headers = {"Idempotency-Key": file.name, "Content-Type": file.media_type}
        try:
            answer = self._ask(method, self._route.url, file, headers, file.data)
        except (NewConnectionError, ConnectTimeoutError, SSLError) as error:
            raise NotDelivered(self._words(error)) from error
        except (HTTPError, TimeoutError) as error:
            raise FateUnknown(self._words(error)) from error
        self._understand(file, answer)

    def settle(self, file: OutgoingFile) -> None:
        """Ask for the file where the partner would take it twice; else send it again."""
        if self._route.repeats == "none" and self._look_up(file) is not None:
            return
        try:
            self.commit(file)
        except NotDelivered as error:
            # This request did not get through; the one before it still may have.
            raise FateUnknown(str(error)) from error

    def close(self) -> None:
        """Leave the partner."""
        self._pool.clear()

    def _understand(self, file: OutgoingFile, answer: _Answer) -> None:
        status = answer.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        said = f"{self._route.host} answered {status}: {_text(answer)}"
        if status == HTTPStatus.CONFLICT and self._route.repeats == "refuses":
            self._compare(file)
        elif status in _AT_THE_DOOR or status < HTTPStatus.BAD_REQUEST:
            raise NotDelivered(said)
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR or self._is_being_taken(status):
            raise FateUnknown(said)
        else:
            raise Refused(said)

    def _is_being_taken(self, status: int) -> bool:
        """Whether the partner may still be at it: this request came too slowly, or too soon after one with its key
        (409 by the IETF's draft "The Idempotency-Key HTTP Header Field", 2.7)."""
        is_too_soon = status == HTTPStatus.CONFLICT and self._route.repeats == "remembers"
        return is_too_soon or status == HTTPStatus.REQUEST_TIMEOUT

    def _compare(self, file: OutgoingFile) -> None:
        there = self._look_up(file)
        if there is None:
            raise FateUnknown(f"{self._route.host} refuses {file.name} as known, and does not find it")
        if not _is_same(there, file.data):
            raise Refused(f"{self._route.host} has {file.name} with another content")

    def _look_up(self, file: OutgoingFile) -> bytes | None:
        """What the partner has under a file's key; None where it has nothing. Raises FateUnknown."""
        try:
            answer = self._ask("GET", self._route.look_up, file, {}, None)
        except (HTTPError, TimeoutError) as error:
            raise FateUnknown(self._words(error)) from error
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise FateUnknown(f"{self._route.host} answered {answer.status} when it was asked for {file.name}")
        return answer.data

    def _ask(self, method: str, url: str, file: OutgoingFile, headers: dict[str, str], body: bytes | None) -> _Answer:
        """The partner's answer. Each step may take the route's seconds, and all of it twice as many: a partner that
        says one byte after the other would never be late. Raises TimeoutError, HTTPError."""
        address = url.replace("{key}", file.name)
        most = _MOST_BYTES + _MOST_TIMES * len(file.data)

        def asking() -> _Answer:
            answer = self._pool.request(
                method, address, body=body, headers=self._headers | headers, redirect=False, preload_content=False
            )
            try:
                # What a partner says to a document that it takes is of no use.
                is_read = body is None or answer.status >= HTTPStatus.MULTIPLE_CHOICES
                return _Answer(answer.status, answer.read(most) if is_read else b"")
            finally:
                answer.close()

        return _in_time(asking, 2 * self._route.timeout_seconds)

    def _words(self, error: Exception) -> str:
        first = error.__context__ if isinstance(error, HTTPError) else error
        if isinstance(first, TimeoutError):
            return f"{self._route.host} did not answer in {self._route.timeout_seconds} s"
        # The system's words; urllib3's own name objects and addresses of its making.
        return f"{self._route.host}: {getattr(first, 'strerror', None) or first or type(error).__name__}"


def _in_time(ask: Callable[[], _Answer], seconds: float) -> _Answer:
    """What it gives in so many seconds. Raises TimeoutError; it may go on then, and nobody waits for it."""
    found: Future[_Answer] = Future()

    def asking() -> None:
        try:
            found.set_result(ask())
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=asking, daemon=True).start()
    return found.result(seconds)


def _text(answer: _Answer) -> str:
    return " ".join(answer.data.decode("utf-8", "replace").split())[:200] or "nothing more"


def _is_same(there: bytes, ours: bytes) -> bool:
    """Whether two bodies say the same; JSON may be laid out anew on the way."""
    if there == ours:
        return True
    try:
        return bool(json.loads(there) == json.loads(ours))
    except ValueError:
        return False
