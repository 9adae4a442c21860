"""The report of a set of artifacts, as a test asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from longtail.stages import report
from tests.reporting.building import Artifacts, artifacts, write
from tests.reporting.parsing import Page

Draw = Callable[..., Page]


def draw_page(root: Path, tables: Artifacts, **settings: int) -> Page:
    """Write the artifacts, run the stage, parse the page."""
    write(root, tables)
    paths = report.Paths.at(root)
    report.run(report.Params(**settings), paths)  # type: ignore[arg-type]
    return Page(paths.page.read_text("utf-8"))


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """`draw(artifacts, **settings)`: the page of these artifacts."""

    def drawn(tables: Artifacts, **settings: int) -> Page:
        return draw_page(tmp_path, tables, **settings)

    return drawn


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of `artifacts()` as they are."""
    return draw_page(tmp_path_factory.mktemp("report"), artifacts())
