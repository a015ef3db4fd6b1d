"""A warehouse's bucket: moto's server, in a thread, with versions kept so that every put can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import uuid4

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app

from tests.partners.line import Line, Partner
from tests.partners.serving import Serving, breaking

_KEYS = {"TEST_S3_KEY": "key", "TEST_S3_SECRET": "secret"}


@contextmanager
def s3_partner(name: str, repeats: str) -> Iterator[Partner]:
    """A bucket whose name begins so, and whose partner treats repeats in that way."""
    line = Line()
    # moto keeps its buckets for the whole process.
    name = f"{name}-{uuid4().hex[:8]}"
    serving = Serving(breaking(DomainDispatcherApplication(create_backend_app), line))
    endpoint = f"http://127.0.0.1:{serving.port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    @cache
    def content(key: str, version_id: str) -> bytes:
        # A version never changes: each is read once, however often a test asks what has come.
        data: bytes = client.get_object(Bucket=name, Key=key, VersionId=version_id)["Body"].read()
        return data

    def came() -> dict[str, tuple[int, bytes]]:
        found: dict[str, tuple[int, bytes]] = {}
        for version in client.list_object_versions(Bucket=name).get("Versions", []):
            data = content(version["Key"], version["VersionId"])
            file = version["Key"].removeprefix("in/")
            times = found.get(file, (0, b""))[0] + 1
            # Over the same content, a further version is no further effect.
            found[file] = (1 if repeats == "overwrites" and found.get(file, (0, data))[1] == data else times, data)
        return found

    def take_away() -> None:
        for one in client.list_objects_v2(Bucket=name).get("Contents", []):
            client.delete_object(Bucket=name, Key=one["Key"])

    def lay_down(file: str, data: bytes) -> None:
        client.put_object(Bucket=name, Key=f"out/{file}", Body=data)

    def left() -> dict[str, bytes]:
        found = client.list_objects_v2(Bucket=name, Prefix="out/").get("Contents", [])
        read = {one["Key"]: client.get_object(Bucket=name, Key=one["Key"])["Body"].read() for one in found}
        return {key.removeprefix("out/"): data for key, data in read.items()}

    deliver = {
        "by": "s3",
        "bucket": name,
        "folder": "in",
        "endpoint": endpoint,
        "repeats": repeats,
        "access_key_env": "TEST_S3_KEY",
        "secret_key_env": "TEST_S3_SECRET",
        "timeout_seconds": 20,
    }
    try:
        yield Partner(deliver, _KEYS, came, serving.down, take_away, line, {"folder": "out"}, lay_down, left)
    finally:
        serving.stop()
