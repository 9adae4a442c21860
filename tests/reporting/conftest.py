"""The report of a set of artifacts, as a test asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from longtail.stages import report
from tests.reporting.building import Artifacts, artifacts, write

Draw = Callable[..., str]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """`draw(artifacts, **settings)`: write them, run the stage, give the page's text."""

    def drawn(made: Artifacts | None = None, **settings: int) -> str:
        write(tmp_path, made or artifacts())
        paths = report.Paths.at(tmp_path)
        report.run(report.Params(**settings), paths)  # type: ignore[arg-type]
        return paths.page.read_text("utf-8")

    return drawn
