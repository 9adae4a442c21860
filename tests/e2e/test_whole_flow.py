"""The whole flow on a tiny drawn sample: what a user does, with the processes a user starts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.tiny import BEFORE_TRAIN, Project, Ran

pytestmark = pytest.mark.slow


def test_the_first_run_ends_with_a_report_and_a_receipt_and_the_second_runs_nothing(
    first: tuple[Project, Ran], project: Project
) -> None:
    _, ran = first
    assert ran.ran() == {*BEFORE_TRAIN, "train", "evaluate", "predict", "discover", "report", "publish"} | {
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


def test_a_change_of_the_code_reruns_the_stages_that_need_it_and_no_others(project: Project) -> None:
    """`audit` writes what it wrote before, so nothing after it runs; `evaluate` does not, and the report reads it."""
    submission = project.root / "artifacts/predict/submission.csv"
    before = submission.read_bytes()
    with (project.root / "src/longtail/duplicates/verify.py").open("a") as code:
        code.write("# changes nothing\n")
    scorecard = project.root / "src/longtail/evaluation/scorecard.py"
    text = scorecard.read_text()
    assert "\nDIGITS = 6\n" in text
    scorecard.write_text(text.replace("\nDIGITS = 6\n", "\nDIGITS = 3\n"))
    changed = json.loads(project.command("dvc", "status", "--json").stdout)
    assert {name: _dependencies(entries) for name, entries in changed.items()} == {
        "audit": {"src/longtail/duplicates"},
        "evaluate": {"src/longtail/evaluation"},
    }
    assert project.finish().ran() == {"audit", "evaluate", "report"}
    assert submission.read_bytes() == before


def _dependencies(entries: list[dict[str, dict[str, str]]]) -> set[str]:
    """The changed dependencies of one stage, as `dvc status` tells them."""
    return {path for entry in entries for path in entry["changed deps"]}


def test_bad_input_stops_the_run_with_2_its_words_and_nothing_half_written(project: Project) -> None:
    (next((project.root / "data/raw/train").glob("*.jpg"))).unlink()
    outputs = sorted(path.name for path in (project.root / "artifacts/split").iterdir())
    ran = project.flow()
    assert ran.code == 2, ran.said
    assert "data/raw/train" in ran.said
    assert ran.said.count("artifacts/validate/docs/index.html in a browser.") == 1
    assert sorted(path.name for path in (project.root / "artifacts/split").iterdir()) == outputs
    assert not list((project.root / "artifacts").rglob("*.tmp"))
    assert len(project.receipts()) == 1


@pytest.fixture
def small_disk(project: Project) -> Iterator[Path]:
    """`artifacts/prepare` on a disk of one megabyte, empty as yet."""
    disk = project.root / "artifacts/prepare"
    disk.rename(disk.with_name("prepared"))
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk needs root: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def leave(room: int, disk: Path) -> None:
    """Fill a disk up to `room` bytes."""
    with (disk / "filler").open("wb") as filler:
        filler.write(bytes(max(0, shutil.disk_usage(disk).free - room)))


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
