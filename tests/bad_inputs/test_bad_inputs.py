"""Whatever is wrong with the data or the parameters: words, exit code 2, and nothing half-written.

A row of cases.csv a mistake: the command, and what its message must hold (how many, an example, where, what to do).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from longtail import cli
from longtail.cli import main
from tests.bad_inputs.building import SPOILERS, good_project

with (Path(__file__).parent / "cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


@pytest.fixture
def project(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(good_project(tmp_path, root / "src"))
    return tmp_path


def written(project: Path) -> dict[str, bytes]:
    """The files under artifacts/; the Data Docs apart, which are built so that a refused table can be looked at."""
    files = {
        path.relative_to(project).as_posix(): path for path in (project / "artifacts").rglob("*") if path.is_file()
    }
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith("artifacts/validate/docs/")}


def test_every_case_has_a_spoiler_and_every_spoiler_a_case() -> None:
    assert [case["case"] for case in CASES] == list(SPOILERS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_mistake_is_told_in_words(case: dict[str, str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SPOILERS[case["case"]](project)
    before = written(project)
    code = main(case["command"].split())
    out, message = capsys.readouterr()
    assert code == 2, message
    for part in ("counted", "example", "place", "remedy"):
        assert case[part] in message, part
    assert "Traceback" not in out + message
    after = written(project)
    assert after.items() <= before.items()  # nothing new; validate takes an earlier pass back
    left = json.loads((project / ".longtail/error.json").read_text("utf-8"))
    assert (left["exit_code"], left["can_retry"]) == (2, False)


def test_in_a_flow_the_words_are_the_flows_to_say(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    SPOILERS["blank_identity"](project)
    assert main(["validate"]) == 2
    words = capsys.readouterr().err
    left = json.loads((project / ".longtail/error.json").read_text("utf-8"))["message"]
    assert words.count(left) == 1
    monkeypatch.setattr(cli, "_in_flow", lambda: True)
    assert main(["validate"]) == 2
    assert left not in capsys.readouterr().err
    monkeypatch.setattr(cli, "_leave_error_file", lambda *_: False)  # a full disk: words are all there is
    assert main(["validate"]) == 2
    assert left in capsys.readouterr().err


@pytest.mark.parametrize("command", ["validate", "prepare --part labelled", "prepare --part test"])
def test_the_unspoilt_project_passes(command: str, project: Path) -> None:
    assert main(command.split()) == 0


def test_a_refused_table_loses_its_earlier_pass(project: Path) -> None:
    SPOILERS["blank_identity"](project)
    assert main(["validate"]) == 2
    assert "artifacts/validate/passed.json" not in written(project)
