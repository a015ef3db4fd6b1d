"""Files are handed over whole or not at all; routes are read, or refused by line, key and reason."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_core.fulfilment.delivery.drop import Drop
from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.delivery.http import HttpTransport
from oms_core.fulfilment.delivery.opening import open_transport
from oms_core.fulfilment.delivery.routes import FolderRoute, HttpRoute
from oms_core.fulfilment.delivery.transport import FateUnknown, NotDelivered, OutgoingFile, Refused
from oms_core.fulfilment.partners import PartnersError, read_partners

FILE = OutgoingFile("order.json", b"{}\n")
SFTP = {"by": "sftp", "host": "h", "user": "u", "host_key": "ssh-ed25519 AAAA", "password_env": "P"}
S3 = {"by": "s3", "bucket": "b", "access_key_env": "A", "secret_key_env": "S"}
HTTP = {"by": "http", "url": "https://h/orders", "look_up": "https://h/orders/{key}"}


def deliver(folder: Path, file: OutgoingFile) -> None:
    drop = Drop(FolderShelf(folder))
    drop.prepare(file)
    drop.commit(file)


class TestDrop:
    def test_what_is_prepared_is_passed_over_by_receivers_and_what_is_committed_is_all_there_is(
        self, tmp_path: Path
    ) -> None:
        folder, drop = tmp_path / "out" / "WH-1", Drop(FolderShelf(tmp_path / "out" / "WH-1"))
        drop.prepare(FILE)
        assert [path.name for path in folder.iterdir()] == [".order.json.part"]
        drop.commit(FILE)
        assert [path.name for path in folder.iterdir()] == ["order.json"]
        assert (folder / "order.json").read_bytes() == FILE.data

    def test_the_same_content_again_leaves_the_file_as_it_is(self, tmp_path: Path) -> None:
        deliver(tmp_path, FILE)
        before = (tmp_path / "order.json").stat()
        deliver(tmp_path, FILE)
        after = (tmp_path / "order.json").stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert len(list(tmp_path.iterdir())) == 1

    def test_another_content_under_that_name_is_refused_and_the_first_is_kept(self, tmp_path: Path) -> None:
        deliver(tmp_path, FILE)
        with pytest.raises(Refused, match="another content"):
            deliver(tmp_path, OutgoingFile("order.json", b"second"))
        assert (tmp_path / "order.json").read_bytes() == FILE.data

    def test_settling_finishes_what_is_staged_and_never_writes_what_was_taken_away(self, tmp_path: Path) -> None:
        drop = Drop(FolderShelf(tmp_path))
        drop.prepare(FILE)
        drop.settle(FILE)
        assert [path.name for path in tmp_path.iterdir()] == ["order.json"]
        (tmp_path / "order.json").unlink()
        drop.settle(FILE)
        assert list(tmp_path.iterdir()) == []

    def test_a_disk_that_refuses_leaves_nothing_behind(self, tmp_path: Path) -> None:
        program = (
            "import resource, signal, sys; from pathlib import Path\n"
            "from oms_core.fulfilment.delivery.drop import Drop\n"
            "from oms_core.fulfilment.delivery.folder import FolderShelf\n"
            "from oms_core.fulfilment.delivery.transport import OutgoingFile\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "Drop(FolderShelf(Path(sys.argv[1]))).prepare(OutgoingFile('order.json', b'x' * 5000))"
        )
        end = subprocess.run(
            [sys.executable, "-B", "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60
        )
        assert end.returncode == 1
        assert "NotDelivered" in end.stderr
        assert "File too large" in end.stderr
        assert list(tmp_path.iterdir()) == []


def read(spec: Any) -> Any:
    return read_partners(yaml.safe_dump({"partners": {"WH-1": {"deliver": spec}}})).of("WH-1").route


class TestRoutes:
    def test_who_says_nothing_has_a_folder(self) -> None:
        assert read_partners("partners: {WH-1: {forms: [json]}}").of("WH-1").route == FolderRoute()
        assert read_partners("").of("anybody").route == FolderRoute()

    def test_each_way_is_read_with_its_defaults(self) -> None:
        assert read({"by": "folder"}) == FolderRoute()
        assert (read(SFTP).port, read(SFTP).folder, read(SFTP).timeout_seconds) == (22, ".", 30)
        assert (read(S3).repeats, read(S3).region, read(S3).is_loopback) == ("refuses", "us-east-1", False)
        assert read(HTTP) == HttpRoute("https://h/orders", "https://h/orders/{key}", "none", None, 30)

    @pytest.mark.parametrize(
        ("spec", "words"),
        [
            ({"by": "pigeon"}, "'pigeon' is none of folder, sftp, s3, http"),
            ({"by": "folder", "host": "h"}, "unknown key"),
            (SFTP | {"password_env": None}, "is no name"),
            ({**SFTP, "private_key_env": "K"}, "password_env or private_key_env"),
            (SFTP | {"port": 0}, "no whole number from 1"),
            ({"by": "sftp", "host": "h", "user": "u", "password_env": "P"}, "host_key is missing"),
            (S3 | {"repeats": "remembers"}, "is none of refuses, overwrites, none"),
            (S3 | {"endpoint": "http://elsewhere.example"}, "only https leaves this machine"),
            (HTTP | {"url": "http://elsewhere.example/o"}, "only https leaves this machine"),
            (HTTP | {"url": "https://me:secret@h/o"}, "without a password"),
            (HTTP | {"url": "orders"}, "is no address"),
            (HTTP | {"look_up": "https://h/orders"}, "none needs look_up"),
            (HTTP | {"repeats": "overwrites"}, "put {key} into it"),
            (HTTP | {"timeout_seconds": 3600}, "from 1 to 600"),
        ],
    )
    def test_a_route_that_cannot_be_gone_is_refused_by_line_key_and_reason(self, spec: Any, words: str) -> None:
        with pytest.raises(PartnersError) as error:
            read(spec)
        assert words in str(error.value)
        assert str(error.value).startswith("line ")

    @pytest.mark.parametrize(
        "spec", [{"by": "folder"}, SFTP, S3, S3 | {"folder": "in"}, HTTP, HTTP | {"token_env": "T"}]
    )
    def test_every_way_opens_before_anything_is_connected(self, tmp_path: Path, spec: Any) -> None:
        open_transport(read(spec), tmp_path, dict.fromkeys("PAST", "secret").get).close()

    def test_nobody_there_is_certain_before_a_request_and_unknown_after_one(self, tmp_path: Path) -> None:
        nobody = {"by": "http", "url": "http://127.0.0.1:9/o", "look_up": "http://127.0.0.1:9/{key}"}
        transport = open_transport(read(nobody), tmp_path, {}.get)
        with pytest.raises(NotDelivered, match=r"^127\.0\.0\.1: Connection refused$"):
            transport.commit(FILE)
        with pytest.raises(FateUnknown, match=r"^127\.0\.0\.1: Connection refused$"):
            transport.settle(FILE)

    def test_a_secret_that_is_not_set_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(NotDelivered, match="environment variable A, which"):
            open_transport(read(S3), tmp_path, {}.get)


class TestAPartnerThatDoesNotEnd:
    """It says one byte after the other, each in time, until we hang up."""

    @pytest.mark.parametrize(
        ("said", "endless", "expected"),
        [
            pytest.param(b"HTTP/1.1 201 Created\r\nX-A: ", b"a", FateUnknown, id="its head has no end"),
            pytest.param(b"HTTP/1.1 201 Created\r\n\r\n", b"a", None, id="what it says to what it took"),
            pytest.param(b"HTTP/1.1 500 Oh\r\n\r\n", b"a", FateUnknown, id="it says slowly what went wrong"),
            pytest.param(b"HTTP/1.1 422 No\r\n\r\n", b"a" * 65_536, Refused, id="it says why not without an end"),
        ],
    )
    def test_it_is_not_waited_for_nor_read_without_an_end(
        self, said: bytes, endless: bytes, expected: type[Exception] | None
    ) -> None:
        with _saying(said, endless) as url:
            route = HttpRoute(url, url, "remembers", None, 0.2)  # type: ignore[arg-type]
            with (
                closing(HttpTransport(route, None)) as transport,
                pytest.raises(expected) if expected else nullcontext(),
            ):
                transport.commit(FILE)


@contextmanager
def _saying(first: bytes, endless: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            # It ends when the other end has hung up.
            with suppress(OSError), server.accept()[0] as line:
                line.recv(65_536)
                line.sendall(first)
                while True:
                    line.sendall(endless)
                    pause.wait(0.02 if len(endless) == 1 else 0)

        pause = threading.Event()
        talking = threading.Thread(target=answer, daemon=True)
        talking.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/orders"
        pause.set()
