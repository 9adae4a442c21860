"""Templates compiled once a process: Great Expectations compiles some 50 for each of its sites, a third of its time."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment


def keep_templates(patch: pytest.MonkeyPatch) -> None:
    """Let an environment find what another one with equal options has compiled.

    Args:
        patch: for as long as they are kept.
    """
    compile_template = Environment.compile
    kept: dict[tuple[object, ...], Any] = {}

    def compile_once(self: Environment, source: Any, name: str | None = None, *arguments: Any, **options: Any) -> Any:
        is_escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        key = (source, name, arguments, *options.items(), *self.extensions, *self.filters, is_escaped)
        if key not in kept:
            kept[key] = compile_template(self, source, name, *arguments, **options)
        return kept[key]

    patch.setattr(Environment, "compile", compile_once)
