"""`longtail preset` on a small drawn set: what it writes, what it leaves, what it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from longtail import params
from longtail.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six photographs of two individuals and one of an unknown one, 90 px high; presets, and no params.yaml."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    shutil.copyfile(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    folder = tmp_path / "data/raw/train"
    folder.mkdir(parents=True)
    (tmp_path / "data/raw/test").mkdir()
    rows = ["Image,Id"]
    for at, name in enumerate(["anna"] * 3 + ["ben"] * 3 + ["new_whale"]):
        pixels = np.random.default_rng(at).integers(0, 256, (90, 120, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{at}.jpg")
        rows.append(f"{at}.jpg,{name}")
    (tmp_path / "data/raw/train.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_valid_file_with_reasons(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preset", "--no-measure"]) == 0
    stdout = capsys.readouterr().out
    assert "7 labelled photographs of 2 individuals (3.0 each, 0 with one), 1 of unknown ones" in stdout
    assert "short side up to 90 px, 0% without colour" in stdout
    assert stdout.endswith("Next: make run\n")
    values = params.read(project / "params.yaml")
    assert values["prepare"]["side"] == 90
    assert (
        "side: 90  # short side of a working copy, in pixels; never made larger; preset 90: no photograph is larger"
        in (project / "params.yaml").read_text("utf-8")
    )


def test_where_nothing_changes_nothing_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preset", "--no-measure"]) == 0
    params_file = project / "params.yaml"
    without_reasons = re.sub("; preset .*", "", params_file.read_text("utf-8"))
    for text in (params_file.read_text("utf-8"), without_reasons, without_reasons.replace("  size: 96", "  size: 160")):
        for options in ([], ["--dry-run"]):
            params_file.write_text(text)
            capsys.readouterr()
            assert main(["preset", "--no-measure", *options]) == 0
            screen = capsys.readouterr().out
            assert screen.endswith("params.yaml: not changed\nNext: make run\n")
            assert "written" not in screen
            assert params_file.read_text("utf-8") == text


def test_what_the_user_set_stays_and_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (project / "presets/sample.yaml").read_text("utf-8")
    (project / "params.yaml").write_text(
        text.replace("  size: 96", "  size: 160").replace("seed: 0  # of", "seed: 7  # of")
    )
    assert main(["preset", "--no-measure"]) == 0
    assert "train.size: 160 stays, you have set it (the preset: 96, " in capsys.readouterr().out
    values = params.read(project / "params.yaml")
    assert (values["train"]["size"], values["split"]["seed"]) == (160, 7)


def test_a_dry_run_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preset", "--dry-run", "--no-measure"]) == 0
    assert capsys.readouterr().out.endswith("params.yaml: not written\nNext: longtail preset\n")
    assert not (project / "params.yaml").exists()


def test_without_a_set_it_says_what_to_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "data/raw/train.csv").unlink()
    assert main(["preset", "--no-measure"]) == 2
    assert "longtail import SOURCE" in capsys.readouterr().err
    assert not (project / "params.yaml").exists()


def test_photographs_that_cannot_be_opened_are_an_error_of_theirs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (project / "data/raw/train").iterdir():
        path.write_bytes(b"no picture")
    assert main(["preset", "--no-measure"]) == 2
    assert "none of the photographs that were looked at can be opened" in capsys.readouterr().err


@pytest.mark.slow
def test_it_tells_the_minutes_of_a_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copyfile(ROOT / "presets/sample.yaml", project / "params.yaml")
    text = (project / "params.yaml").read_text("utf-8")
    (project / "params.yaml").write_text(
        text.replace("  size: 96", "  size: 32").replace("batch_size: 32", "batch_size: 4")
    )
    assert main(["preset"]) == 0
    assert "make run: about 1 minute on this machine (train 0, embed 0, prepare 0, other 1)" in capsys.readouterr().out
