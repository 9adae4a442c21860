from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from longtail.reporting.inputs import Inputs
from longtail.stages import report
from tests.reporting.building import artifacts, write
from tests.reporting.parsing import Page

ROOT = Path(__file__).resolve().parents[2]


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    write(tmp_path, artifacts())
    paths = report.Paths.at(tmp_path)
    report.run(report.Params(), paths)
    first = paths.page.read_bytes(), paths.card.read_bytes()
    report.run(report.Params(), paths)
    assert (paths.page.read_bytes(), paths.card.read_bytes()) == first
    assert str(tmp_path).encode() not in first[0] + first[1]


def test_the_summary_says_where_the_page_is_and_repeats_its_warnings(tmp_path: Path) -> None:
    write(tmp_path, artifacts(unknowns=False))
    summary = report.run(report.Params(), report.Paths.at(tmp_path))
    assert summary.line.startswith("artifacts/report/report.html (0.")
    assert any("no threshold was fitted" in warning for warning in summary.warnings)


def test_settings_say_how_much_is_shown(tmp_path: Path) -> None:
    write(tmp_path, artifacts())
    paths = report.Paths.at(tmp_path)
    report.run(report.Params(gallery_size=5, pairs=0, examples=1), paths)
    page = Page(paths.page.read_text("utf-8"))
    assert len(page.section("data").all("img")) == 5
    assert page.section("checks").values("album") == []
    assert len(page.section("examples").values("photo")) == 2


def test_a_setting_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationError, match="gallery_size"):
        report.Params(gallery_size=-1)


def test_the_page_shows_the_sections_that_the_graph_lists() -> None:
    listed = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]["report"]["params"]
    assert set(report.SECTIONS) == set(listed)


def test_the_fields_read_are_those_of_the_inputs() -> None:
    read = [item.name for item in fields(report.Paths) if item.metadata["role"] == "reads"]
    assert read == [item.name for item in fields(Inputs)]
