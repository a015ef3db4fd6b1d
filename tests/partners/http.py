"""A warehouse's HTTP service: it takes documents in by one of the four habits about what is sent twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.wrappers import Request, Response

from tests.partners.line import Line, Partner
from tests.partners.serving import Serving, breaking


class Service:
    """What the partner has. `mood`: how it behaves; `released`: lets slow answers go.

    fair       does what it says
    slow       takes the document in, and answers when `released` is set; who remembers says 409 meanwhile
    doubling   handles every request twice, as a proxy that repeats does
    liar       takes the document in, and says that it failed
    forgetful  says that it took the document in, and did not
    strict     takes no document of this content
    locked     lets nobody in
    busy       asks to come again
    """

    def __init__(self, repeats: str) -> None:
        self.repeats, self.mood, self.released = repeats, "fair", threading.Event()
        self.times: dict[str, int] = {}
        self.bodies: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @Request.application
    def __call__(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer t0ken":
            return Response("who are you?", 401)
        if request.method == "GET":
            body = self.bodies.get(request.path.rpartition("/")[2])
            return Response(body, 200) if body is not None else Response(status=404)
        door = {"strict": 422, "locked": 403, "busy": 429, "forgetful": 202}.get(self.mood)
        if door is not None:
            return Response(f"I am {self.mood}", door)
        answer = self._take(request)
        if self.mood == "doubling":
            answer = self._take(request)
        if self.mood == "slow" and answer.status_code != 409:
            self.released.wait(30)
        return Response("it failed", 500) if self.mood == "liar" else answer

    def _take(self, request: Request) -> Response:
        key = request.headers["Idempotency-Key"] if request.method == "POST" else request.path.rpartition("/")[2]
        with self._lock:
            if key in self.times and self.repeats == "refuses":
                return Response("known", 409)
            if key in self.times and self.repeats == "remembers" and self.mood == "slow" and not self.released.is_set():
                return Response("still at it", 409)
            if key in self.times and self.repeats in ("remembers", "overwrites"):
                self.bodies[key] = request.data if self.repeats == "overwrites" else self.bodies[key]
                return Response("as before", 200)
            self.times[key] = self.times.get(key, 0) + 1
            self.bodies[key] = request.data
        return Response("taken", 201)


@contextmanager
def http_partner(service: Service, timeout_seconds: int = 20) -> Iterator[Partner]:
    """The service on the loopback."""
    line = Line()
    serving = Serving(breaking(service, line))
    address = f"http://127.0.0.1:{serving.port}/orders"
    deliver = {
        "by": "http",
        "url": f"{address}/{{key}}" if service.repeats == "overwrites" else address,
        "look_up": f"{address}/{{key}}",
        "repeats": service.repeats,
        "token_env": "TEST_HTTP_TOKEN",
        "timeout_seconds": timeout_seconds,
    }

    def came() -> dict[str, tuple[int, bytes]]:
        return {key: (times, service.bodies[key]) for key, times in service.times.items()}

    try:
        yield Partner(deliver, {"TEST_HTTP_TOKEN": "t0ken"}, came, serving.down, None, line)
    finally:
        service.released.set()
        serving.stop()
