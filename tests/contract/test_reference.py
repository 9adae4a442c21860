"""The pages of docs/reference/ that come from the code are those that the code gives today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import _generate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return _generate.pages(ROOT)


def test_every_generated_page_is_in_step_with_the_code(pages: dict[str, str]) -> None:
    stale = [name for name, text in pages.items() if (ROOT / name).read_text("utf-8") != text]
    assert stale == [], "`make reference` writes them"


def test_every_parameter_of_the_presets_is_described_with_default_and_range(pages: dict[str, str]) -> None:
    from longtail import params

    section, described = "", set()
    for line in pages["docs/reference/parameters.md"].splitlines():
        section = line.removeprefix("## ") if line.startswith("## ") else section
        if cells := re.match(r"\| `(\w+)` \| `[^|]+` \| (?:[^|]|\\\|)+ \| [^|]+ \|$", line):
            described.add((section, cells[1]))
    raw = params.read(ROOT / "params.yaml")
    assert {(name, key) for name, keys in raw.items() for key in keys} <= described


def test_every_verb_has_a_section(pages: dict[str, str]) -> None:
    from longtail import commands, stages

    sections = set(re.findall(r"^### longtail ([\w-]+)$", pages["docs/reference/cli.md"], re.MULTILINE))
    assert sections == {*stages.names(), *commands.verbs()}


def test_the_picture_names_every_run_of_dvc_yaml(pages: dict[str, str]) -> None:
    from docs._generate.graph import run_names

    named = re.findall(r'class="name"[^>]*>([^<]+)<', pages["docs/images/stages.svg"])
    assert named == run_names(ROOT)


def test_every_file_that_a_stage_writes_is_on_the_page_of_files() -> None:
    from docs._generate.graph import runs

    text = (ROOT / "docs/reference/files.md").read_text("utf-8")
    missing = []
    for run in runs(ROOT):
        stage = run.name.partition("@")[0]
        section = text.partition(f"\n## {stage}\n")[2].partition("\n## ")[0]
        names = [Path(path).name for path in run.writes]
        missing += [f"{stage}: {name}" for name in names if not re.search(rf"`{re.escape(name)}/?`", section)]
    assert missing == []
