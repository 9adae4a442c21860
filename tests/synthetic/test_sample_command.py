"""`longtail sample`: what it tells, what it refuses, what it leaves alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from longtail.cli import main
from longtail.commands import sample
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.sheet import write_sheet

SMALL = ["--identities", "4", "--images", "10", "--test", "3", "--workers", "64"]  # no process is started


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_it_draws_says_what_and_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(tmp_path / "data" / "raw"), *SMALL, "--sheet", str(tmp_path / "sheet.png")]) == 0
    said = capsys.readouterr().out
    assert "10 labelled photographs of 4 drawn whales" in said
    assert "3 test photographs" in said
    assert said.endswith("Next: make run\n")
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"raw", "solution.csv", "individuals.csv"}
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert len(sheet.getcolors() or []) > 50


def test_an_earlier_sample_is_replaced_whole(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    assert main(["sample", str(raw), *SMALL]) == 0
    before = names(raw)
    assert main(["sample", str(raw), *SMALL, "--seed", "2"]) == 0
    assert len(names(raw)) == len(before)
    assert not {name for name in names(raw) if name.endswith(".jpg")} & before


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "mine.jpg").write_bytes(b"my own photograph")
    assert main(["sample", str(tmp_path / "raw"), *SMALL]) == 2
    assert "the folder is not empty and was not drawn by `longtail sample`" in capsys.readouterr().err
    assert names(tmp_path) == {"raw", "raw/mine.jpg"}


def test_a_sample_that_a_person_added_to_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(tmp_path / "raw"), *SMALL]) == 0
    (tmp_path / "raw" / "train" / "mine.jpg").write_bytes(b"my own photograph")
    assert main(["sample", str(tmp_path / "raw"), *SMALL]) == 2
    assert "was not drawn" in capsys.readouterr().err
    assert (tmp_path / "raw" / "train" / "mine.jpg").read_bytes() == b"my own photograph"


def test_answers_of_another_set_are_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "solution.csv").write_text("Image,Id\na.jpg,w_1287fbc\n", encoding="utf-8")
    assert main(["sample", str(tmp_path / "raw"), *SMALL]) == 2
    assert "solution.csv beside the folder is not of a drawn sample" in capsys.readouterr().err
    assert names(tmp_path) == {"solution.csv"}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").write_text("not a folder", encoding="utf-8")
    assert main(["sample", str(tmp_path / "raw"), *SMALL]) == 2
    assert "the place for the sample is a file" in capsys.readouterr().err


def test_numbers_out_of_range_are_told_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(tmp_path / "raw"), "--identities", "1", "--seed", "-3", "--workers", "0"]) == 2
    said = capsys.readouterr().err
    assert "--identities 1 is out of range. Give 2 to 100,000." in said
    assert "--seed -3 is out of range" in said
    assert "--workers 0 is out of range" in said
    assert not names(tmp_path)


def test_too_few_images_name_how_many_are_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(tmp_path / "raw"), "--identities", "10", "--images", "17"]) == 2
    assert "cannot show 10 identities in a long tail. Give --images 18 or more" in capsys.readouterr().err


def test_the_sheet_in_the_docs_is_of_the_sample_that_is_drawn_unasked(root: Path, tmp_path: Path) -> None:
    parser = ArgumentParser()
    sample.add_arguments(parser)
    unasked = parser.parse_args(["data/raw"])
    plan = plan_sample(unasked.identities, unasked.images, unasked.test, unasked.seed)
    write_sheet(plan, unasked.seed, tmp_path / "sheet.png")
    with Image.open(root / "docs" / "images" / "flukes.png") as kept, Image.open(tmp_path / "sheet.png") as drawn:
        assert kept.size == drawn.size
        apart = np.asarray(kept.convert("RGB"), dtype=float) - np.asarray(drawn.convert("RGB"), dtype=float)
    assert np.abs(apart).mean() < 3, "longtail sample DIR --sheet docs/images/flukes.png remakes it"


@pytest.mark.slow
def test_a_sample_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    command = [sys.executable, "-m", "longtail", "sample", str(raw), "--workers", "2"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    patience = time.monotonic() + 60
    while not list(tmp_path.rglob("*.jpg")):
        assert running.poll() is None, "it ended before it drew"
        assert time.monotonic() < patience, "it drew nothing"
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Stopped. Run again: longtail sample" in said
    assert not names(tmp_path)
