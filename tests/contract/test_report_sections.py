"""A section of the report has one name: that of its module, its template and its id in the page."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import grimp
import pytest

from longtail.reporting import page
from longtail.reporting.context import ReportContext

FOLDER = Path(page.__file__).with_name("sections")
FORBIDDEN = ("longtail.evaluation", "longtail.recognition", "longtail.training")


def test_sections_modules_and_templates_have_the_same_names() -> None:
    files = {path.name for path in FOLDER.iterdir() if path.name != "__pycache__"}
    expected = [f"{name}{ending}" for name in page.names() for ending in (".py", ".html.j2")]
    assert files == {"__init__.py", *expected}
    assert len(set(expected)) == 2 * len(page.SECTIONS)


@pytest.mark.parametrize("module", page.SECTIONS, ids=page.names())
def test_a_section_has_a_title_and_one_function_of_the_context(module: ModuleType) -> None:
    assert isinstance(module.TITLE, str)
    signature = inspect.signature(module.section)
    assert [parameter.annotation for parameter in signature.parameters.values()] == [ReportContext.__name__]


def test_titles_differ() -> None:
    assert len({module.TITLE for module in page.SECTIONS}) == len(page.SECTIONS)


def test_the_report_reads_files_and_computes_no_scores() -> None:
    graph = grimp.build_graph("longtail")
    modules = {"longtail.reporting"} | graph.find_descendants("longtail.reporting")
    imported = {name for module in modules for name in graph.find_upstream_modules(module)}
    assert {name for name in imported if name.startswith(FORBIDDEN)} == set()
