"""A template's code is made once, and found again by whoever asks for the same text."""

from __future__ import annotations

from pathlib import Path
from types import CodeType

import pytest
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_template, render_template

from pipelines.modelling.templates import keep_code


def test_the_same_text_is_compiled_once_and_rendered_each_time(tmp_path: Path) -> None:
    compiled = []

    class Watched(MacroFuzzEnvironment):
        def _compile(self, source: str, filename: str) -> CodeType:
            compiled.append(source)
            return super()._compile(source, filename)

    keep_code(Watched, tmp_path)
    texts = ["{{ name }} came", "{{ name }} came", "{{ name }} went"]
    rendered = [Watched().from_string(text).render({"name": "Ada"}) for text in texts]
    assert rendered == ["Ada came", "Ada came", "Ada went"]
    assert len(compiled) == 2


def test_dbts_own_way_to_a_template_finds_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MacroFuzzEnvironment, "compile", MacroFuzzEnvironment.compile)
    keep_code(MacroFuzzEnvironment, tmp_path)
    for native in (False, True):
        first, again = (render_template(get_template("{{ 1 + 1 }}", {}, native=native), {}) for _ in range(2))
        assert first == again
    assert len(list(tmp_path.iterdir())) == 2
