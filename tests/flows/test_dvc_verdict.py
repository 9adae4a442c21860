"""What came of a stage is DVC's own answer: what it and the stage write decides nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows import dvc, dvc_process
from longtail.errors import Busy, NoSpace, StageFailed

pytestmark = pytest.mark.slow  # each starts git and DVC

if TYPE_CHECKING:
    from conftest import Toy

WORDS = "Running stage 'train': 'train' is cached - skipping run; it didn't change, skipping; exited with -9"
REWORDED = f"""
import logging
logging.LogRecord.getMessage = lambda record: {WORDS!r}
from dvc.exceptions import DvcException
DvcException.__str__ = lambda error: {WORDS!r}
"""
SILENCED = """
import logging
from dvc.exceptions import DvcException

logging.disable(logging.CRITICAL)
DvcException.__str__ = lambda error: ""
"""


@pytest.fixture(params=[REWORDED, SILENCED], ids=["reworded", "silenced"])
def other_words(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC's lines and messages are others than today, in every process that is started."""
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(request.param)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")


def reproduce(toy: Toy, stage: str) -> dvc.Verdict:
    return dvc.reproduce(toy.root, stage, lambda line: None)


@pytest.mark.usefixtures("other_words")
def test_other_words_of_dvcs_change_no_verdict(finished_toy: Toy) -> None:
    finished_toy.params(train=2)
    assert [reproduce(finished_toy, stage) for stage in ("prepare@test", "train", "train")] == [
        "unchanged",
        "ran",
        "unchanged",
    ]
    finished_toy.params(train=1)
    assert reproduce(finished_toy, "train") == "restored"
    assert finished_toy.runs() == ["train"]


@pytest.mark.usefixtures("other_words")
def test_other_words_of_dvcs_change_no_failure(finished_toy: Toy) -> None:
    finished_toy.params(train=2)
    (finished_toy.root / "step.py").write_text("import sys; sys.exit(3)")
    with pytest.raises(StageFailed, match=r"train failed, e\.g\. exit code 3\."):
        reproduce(finished_toy, "train")
    (finished_toy.root / "step.py").write_text("import os; os.kill(os.getpid(), 9)")
    with pytest.raises(StageFailed, match="train was killed"):
        reproduce(finished_toy, "train")
    hold = "import sys, zc.lockfile as z; lock = z.LockFile('.dvc/tmp/lock'); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], cwd=finished_toy.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Busy):
            reproduce(finished_toy, "train")
        other.communicate("\n")


def test_a_stage_that_writes_what_dvc_would_is_not_taken_for_it(finished_toy: Toy) -> None:
    step = finished_toy.root / "step.py"
    step.write_text(step.read_text().replace('print(f"{name} at work"', f'print("{WORDS}"'))
    lines: list[str] = []
    assert dvc.reproduce(finished_toy.root, "train", lines.append) == "ran"
    assert lines == [WORDS]


def test_an_answer_may_be_longer_than_a_pipe_holds(finished_toy: Toy) -> None:
    answer = dvc_process.call(finished_toy.root, "x" * 100_000, {})
    assert answer.failure
    assert answer.failure.message.endswith("x" * 100_000 + "'")


def test_a_process_that_was_killed_hands_over_nothing(finished_toy: Toy) -> None:
    (finished_toy.root / "step.py").write_text("import os; os.kill(os.getpgrp(), 9)")  # DVC leads its group
    answer = dvc_process.call(finished_toy.root, "reproduce", {"stage": "train", "pull": False})
    assert (answer.result, answer.failure) == (None, dvc_process.Failure("ended"))


@pytest.fixture
def small_disk(finished_toy: Toy) -> Iterator[Path]:
    """`artifacts/train` on a disk of one megabyte."""
    folder = finished_toy.root / "artifacts/train"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk needs root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_too_full_to_restore_an_output_is_told(finished_toy: Toy, small_disk: Path) -> None:
    step = finished_toy.root / "step.py"
    step.write_text(step.read_text().replace('f"{name} {value}\\n")', 'f"{name} {value}\\n" * 20_000)'))
    for value in (5, 6):
        finished_toy.params(train=value)
        assert reproduce(finished_toy, "train") == "ran"
    finished_toy.params(train=5)
    (small_disk / "model").unlink()
    with (small_disk / "filler").open("wb") as filler:
        filler.write(bytes(shutil.disk_usage(small_disk).free - 5_000))
    with pytest.raises(NoSpace, match=r"no space left on the disk \(train\)"):
        reproduce(finished_toy, "train")
