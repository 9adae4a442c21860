"""The whole flow on a tiny drawn sample: what a user does, with the processes a user starts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.e2e.tiny import Project, Ran

pytestmark = pytest.mark.slow

BEFORE_TRAIN = ("validate", "prepare@labelled", "prepare@test", "audit", "split", "oversample")


def test_the_first_run_ends_with_a_report_and_a_receipt_and_the_second_runs_nothing(
    first: tuple[Project, Ran], project: Project
) -> None:
    _, ran = first
    assert ran.ran() == {*BEFORE_TRAIN, "train", "evaluate", "predict", "report", "publish"} | {
        f"embed@{part}" for part in ("labelled", "augmented", "test")
    }
    assert "MAP@5 on" in ran.said
    assert re.search(r"started by .+ \(by hand\), commit [0-9a-f]{10}$", ran.said, re.MULTILINE)
    assert (project.root / "artifacts/report/report.html").stat().st_size > 10_000
    [receipt] = project.receipts()
    published = project.root / "published/submission.csv"
    assert published.read_bytes() == (project.root / "artifacts/predict/submission.csv").read_bytes()
    assert receipt["code"]["dirty"] is False

    again = project.finish()
    assert again.ran() == set()
    assert "Nothing was published again" in again.said
    assert len(project.receipts()) == 1


def test_dvc_shows_metrics_plots_and_the_graph(project: Project) -> None:
    assert "open_map_at_5" in project.command("dvc", "metrics", "show").stdout
    assert "report" in project.command("dvc", "dag").stdout
    plots = project.command("dvc", "plots", "show")
    assert plots.returncode == 0, plots.stderr


def test_ten_new_test_photographs_and_an_old_word_in_params_retrain_nothing(project: Project) -> None:
    raw = project.root / "data/raw"
    table = pd.read_csv(raw / "sample_submission.csv", dtype=str)
    rng = np.random.default_rng(0)
    names = [f"new_{number}.jpg" for number in range(10)]
    for name in names:
        Image.fromarray(rng.integers(0, 255, (60, 90, 3), dtype=np.uint8)).save(raw / "test" / name)
    rows = pd.DataFrame({table.columns[0]: names, table.columns[1]: "new_whale"})
    pd.concat([table, rows]).to_csv(raw / "sample_submission.csv", index=False)
    params = project.root / "params.yaml"
    params.write_text(params.read_text().replace("  size_outlier_factor:", "  odd_factor:"))

    ran = project.finish()
    assert ran.said.count("audit.odd_factor is now size_outlier_factor") == 1  # an old word, by the flow alone
    assert ran.ran() <= {"prepare@test", "audit", "embed@test", "predict", "report", "publish"}
    assert {"prepare@test", "embed@test", "predict", "publish"} <= ran.ran()
    submission = pd.read_csv(project.root / "published/submission.csv")
    assert set(names) <= set(submission[table.columns[0]])
    assert len(project.receipts()) == 2


def test_other_epochs_retrain_and_flipped_back_all_is_restored(project: Project) -> None:
    model = project.root / "artifacts/train/model.safetensors"
    before = model.read_bytes()
    project.set_params(train={"unfrozen_epochs": 2})
    ran = project.finish()
    assert all(ran.states[name] == "cached" for name in BEFORE_TRAIN)
    assert "train" in ran.ran()
    assert model.read_bytes() != before

    project.set_params(train={"unfrozen_epochs": 1})
    shutil.rmtree(project.root / "artifacts/split")
    shutil.rmtree(project.root / "artifacts/train")
    receipts = len(project.receipts())
    back = project.finish()
    assert back.ran() == set()
    assert model.read_bytes() == before
    assert (project.root / "artifacts/split/split.parquet").exists()
    assert len(project.receipts()) == receipts


def test_a_change_of_the_code_reruns_the_stages_that_need_it_and_no_others(project: Project) -> None:
    submission = project.root / "artifacts/predict/submission.csv"
    before = submission.read_bytes()
    with (project.root / "src/longtail/duplicates/verify.py").open("a") as code:
        code.write("# changes nothing\n")
    assert project.finish().ran() == {"audit"}

    scorecard = project.root / "src/longtail/evaluation/scorecard.py"
    text = scorecard.read_text()
    assert "\nDIGITS = 6\n" in text
    scorecard.write_text(text.replace("\nDIGITS = 6\n", "\nDIGITS = 3\n"))
    assert project.finish().ran() == {"evaluate", "report"}
    assert submission.read_bytes() == before


def test_one_photograph_more_leaves_the_folds_of_other_identities(project: Project) -> None:
    before = project.table("split/split.parquet")
    raw = project.root / "data/raw"
    table = pd.read_csv(raw / "train.csv", dtype=str)
    grown = before.loc[before["identity"] != "", "identity"].mode()[0]
    noise = np.random.default_rng(1).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(raw / "train/one_more.jpg")
    pd.concat([table, pd.DataFrame([["one_more.jpg", grown]], columns=table.columns[:2])]).to_csv(
        raw / "train.csv", index=False
    )

    assert {"validate", "prepare@labelled", "split", "train"} <= project.finish().ran()
    after = project.table("split/split.parquet")
    assert set(after["image"]) - set(before["image"]) == {"one_more.jpg"}
    columns = ["image", "group", "fold", "known", "scored"]
    others = [frame.loc[frame["identity"] != grown, columns].reset_index(drop=True) for frame in (before, after)]
    pd.testing.assert_frame_equal(*others)


def test_bad_input_stops_the_run_with_2_its_words_and_nothing_half_written(project: Project) -> None:
    (next((project.root / "data/raw/train").glob("*.jpg"))).unlink()
    outputs = sorted(path.name for path in (project.root / "artifacts/split").iterdir())
    ran = project.flow()
    assert ran.code == 2, ran.said
    assert "data/raw/train" in ran.said
    assert sorted(path.name for path in (project.root / "artifacts/split").iterdir()) == outputs
    assert not list((project.root / "artifacts").rglob("*.tmp"))
    assert len(project.receipts()) == 1


@pytest.fixture
def small_disk(project: Project) -> Iterator[Path]:
    """`artifacts/prepare` on a disk of one megabyte, empty as yet."""
    place = project.root / "artifacts/prepare"
    place.rename(place.with_name("prepared"))
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk needs root: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave(room: int, place: Path) -> None:
    """Fill a disk up to `room` bytes."""
    with (place / "filler").open("wb") as filler:
        filler.write(bytes(max(0, shutil.disk_usage(place).free - room)))


def assert_full(ran: Ran, project: Project) -> None:
    assert ran.code == 1, ran.said
    assert "no space left on the disk" in ran.said
    assert "Free some space and run the same command again." in ran.said
    assert len(project.receipts()) == 1


def test_a_disk_that_fills_while_a_stage_writes_ends_with_1_its_words_and_nothing_half_written(
    project: Project, small_disk: Path
) -> None:
    shutil.copytree(small_disk.with_name("prepared"), small_disk, dirs_exist_ok=True)
    project.set_params(prepare={"side": 300})
    leave(20_000, small_disk)
    assert_full(project.flow(), project)
    left = {path.name for path in small_disk.iterdir()}
    assert left == {"filler", "test", "test.parquet", "test.record.json"}  # the other part, as it was


def test_a_disk_too_full_to_restore_what_is_missing_ends_the_same_way(project: Project, small_disk: Path) -> None:
    leave(20_000, small_disk)
    assert_full(project.flow(), project)
    assert not list(small_disk.rglob("*.tmp"))
