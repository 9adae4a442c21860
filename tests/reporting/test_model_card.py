from __future__ import annotations

from pathlib import Path

import pytest

from longtail.reporting.jinja_environment import markdown_safe
from longtail.stages import report
from tests.reporting import cases, parsing
from tests.reporting.building import Artifacts, artifacts, write


def card_of(root: Path, tables: Artifacts) -> str:
    write(root, tables)
    paths = report.Paths.at(root)
    report.run(report.Params(), paths)
    return paths.card.read_text("utf-8")


def test_the_card_has_its_sections_and_no_warning_without_cause(tmp_path: Path) -> None:
    card = card_of(tmp_path, artifacts())
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == [
        "Intended use",
        "Data",
        "Training",
        "Scores",
        "Limits",
        "Licence and ethics",
        "How to reproduce",
    ]
    assert "Warning" not in card


@pytest.mark.parametrize(
    ("low", "high", "verdict", "warned"),
    [(0.1, 0.3, "better", False), (-0.3, -0.1, "worse", True), (-0.1, 0.2, "no significant difference", True)],
)
def test_the_card_says_what_the_interval_shows(
    tmp_path: Path, low: float, high: float, verdict: str, warned: bool
) -> None:
    tables = artifacts()
    cases.set_gain(tables, "frozen_1nn", low, high)
    lines = card_of(tmp_path, tables).splitlines()
    [row] = [line for line in lines if line.startswith("| frozen 1-NN")]
    assert row.endswith(f" | {verdict} |")
    warnings = [line for line in lines if line.startswith("> **Warning.**")]
    assert len(warnings) == warned
    assert all("train.base\\_lr" in line for line in warnings)


def test_warnings_come_before_the_scores(tmp_path: Path) -> None:
    card = card_of(tmp_path, cases.warned("hardly_learned"))
    assert 0 < card.index("> **Warning.**") < card.index("0.437")


def test_a_warm_start_is_told_and_one_from_scratch_is_the_rule(tmp_path: Path) -> None:
    tables = artifacts()
    assert "- Start:" not in card_of(tmp_path / "scratch", tables)
    about = {"start": "ancestor", "ancestor": "run.json", "warm_runs": 2, "new_images": 1, "images_per_epoch": 1001}
    tables["model"] |= about
    [line] = [line for line in card_of(tmp_path / "warm", tables).splitlines() if line.startswith("- Start:")]
    assert "from the network of run.json; 2 warm trainings since one from scratch" in line
    assert "1 new or changed image and 1,000 of what was known" in line
    page = parsing.Page((tmp_path / "warm/artifacts/report/report.html").read_text("utf-8"))
    assert "2 warm trainings since one from scratch" in page.section("summary").one("span", field="warm").text


def test_lists_and_tables_are_whole(tmp_path: Path) -> None:
    lines = card_of(tmp_path, artifacts()).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + 5 + 2 + 7
    assert {row.replace("\\|", "").count("|") for row in rows[:7]} == {8}
    assert rows[2] == "| **this identifier** | **0.437** | 0.381 to 0.492 | 0.357 | | | |"
    items = [index for index, line in enumerate(lines) if line.startswith("- ")]
    assert all(lines[index - 1] == "" or lines[index - 1].startswith(("-", "#")) for index in items)


def test_foreign_text_is_no_markup(tmp_path: Path) -> None:
    tables = artifacts()
    tables["choice"]["why"] = "[click](javascript:x) <script> | `code`\n# heading"
    card = card_of(tmp_path, tables)
    assert "\\[click\\](javascript:x) \\<script\\> \\| \\`code\\` \\# heading" in card
    assert markdown_safe("a\nb") == "a b"


def test_the_card_and_the_page_say_that_the_network_that_answers_has_no_score(tmp_path: Path) -> None:
    tables = artifacts()
    tables["identifier"]["network"] = {"fold": "all", "photographs": 40, "identities": 9}
    card = card_of(tmp_path, tables)
    assert "The network that answers was trained on 40 photographs of 9 identities" in card
    assert "every figure below is of the scored network" in card
    assert "that took no part in the training of the scored network" in card
    page = parsing.Page((tmp_path / "artifacts/report/report.html").read_text("utf-8"))
    assert "has no score of its own" in page.section("summary").one("span", field="unscored").text


def test_the_card_and_the_page_name_the_networks_that_answer(tmp_path: Path) -> None:
    tables, words = artifacts(), "a_net, trained, and the same backbone as pretrained, side by side."
    tables["choice"]["network_choice"] = {"used": "both", "backbone": "a_net", "why": "measured: +0.1"}
    line = f"- The network that answers: {words} Used: measured: +0.1."
    assert line in card_of(tmp_path, tables).replace("\\", "")
    page = parsing.Page((tmp_path / "artifacts/report/report.html").read_text("utf-8"))
    assert page.section("summary").one("span", field="answers-by").text == f"The network that answers: {words}"


def test_networks_side_by_side_are_counted(tmp_path: Path) -> None:
    tables = artifacts()
    tables["model"] |= {"networks": 3, "seed": 4}
    card = card_of(tmp_path, tables)
    assert "- Networks: 3 side by side, trained alike with the seeds from 4 on; the epochs" in card
    assert "Networks:" not in card_of(tmp_path, artifacts())
