"""The code that Jinja makes of dbt's templates, kept from build to build.

dbt compiles the text of each node and macro anew in each build, a tenth of what it does. Jinja keeps code of templates
that it loads by name; dbt's have none, so they are filed under what they say. Does not belong here: whose (`building`).
"""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from jinja2.bccache import FileSystemBytecodeCache

if TYPE_CHECKING:
    from jinja2 import Environment

#: What a template's code follows from beside its text.
_MADE_BY = ":".join(version(name) for name in ("jinja2", "dbt-common"))


def keep_code(environments: type[Environment], folder: Path) -> None:
    """Have environments of a class look in a folder for the code of a template before they compile it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, compiled = FileSystemBytecodeCache(str(folder)), environments.compile

    def found_or_compiled(self: Environment, source: str) -> CodeType:
        name = f"{type(self).__name__}:{_MADE_BY}:{sha256(source.encode()).hexdigest()}"
        bucket = kept.get_bucket(self, name, None, source)
        if bucket.code is None:
            bucket.code = compiled(self, source)
            kept.set_bucket(bucket)
        return bucket.code

    environments.compile = found_or_compiled  # type: ignore[method-assign, assignment]
