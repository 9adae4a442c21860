"""While a run is at work, and after it was stopped, the last finished run answers: the whole of it, and no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longtail import stages
from tests.e2e.tiny import Project

pytestmark = pytest.mark.slow

LONGTAIL = (sys.executable, "-m", "longtail")
_PATIENCE = 300.0


def until(what: str, is_so: object, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + _PATIENCE
    while not is_so():  # type: ignore[operator]
        assert process.poll() is None, f"the flow ended before {what}: {process.communicate()}"
        assert time.monotonic() < give_up, what
        time.sleep(0.1)


def photograph(project: Project) -> str:
    return sorted((project.root / "data/raw/test").glob("*.jpg"))[0].relative_to(project.root).as_posix()


def answers(project: Project, photo: str) -> dict[str, str]:
    """What each verb says, on stdout; all are content."""
    verbs = {
        "identify": ("identify", photo, "--json", "--html", "page.html"),
        "review": ("review", "--all"),
        "lineage": ("lineage", "--json"),
        "network": ("lineage", "artifacts/train/model.safetensors", "--json"),
    }
    said = {}
    for name, verb in verbs.items():
        done = project.verb(*verb)
        assert done.returncode == 0, (name, done.stderr)
        said[name] = done.stdout
        said[f"{name}, beside"] = done.stderr
    page = project.root / "page.html"
    assert page.read_text("utf-8").count("data:image/jpeg;base64,") > 1  # the labelled photographs too
    page.unlink()
    return said


@pytest.fixture
def at_work(project: Project) -> Iterator[tuple[Project, subprocess.Popen[str], dict[str, str]]]:
    """A run whose folds are new, in the middle of a training that would take hours; and what was said before it."""
    photo = photograph(project)
    before = answers(project, photo)
    assert "finished run" not in before["identify, beside"] + before["review, beside"]
    project.set_params(split={"seed": 7}, train={"unfrozen_epochs": 1000})
    environment = {**os.environ, "PYTHONPATH": f"src{os.pathsep}."}
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.retrain"],
        cwd=project.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    model = project.root / "artifacts/train/model.safetensors"
    until("the training has begun", lambda: not model.exists(), process)
    yield project, process, before
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()


def same_as(before: dict[str, str], now: dict[str, str]) -> None:
    for name in ("identify", "review", "lineage", "network"):
        assert now[name] == before[name], name
    for name in ("identify", "review"):
        assert "artifacts/ is not as a finished run leaves it" in now[f"{name}, beside"]
        assert "the run of 20" in now[f"{name}, beside"]


def files(project: Project) -> set[str]:
    """The working tree's files, without what the run itself writes."""
    mine = ("artifacts/train/", ".longtail/", ".prefect/", ".dvc/", ".git/")
    every = (path.relative_to(project.root).as_posix() for path in project.root.rglob("*") if path.is_file())
    return {path for path in every if not path.startswith(mine) and "__pycache__" not in path}


def test_verbs_answer_from_the_last_finished_run_during_a_training_and_after_it_was_stopped(
    at_work: tuple[Project, subprocess.Popen[str], dict[str, str]],
) -> None:
    project, process, before = at_work
    photo = photograph(project)
    lying_there = files(project)
    same_as(before, answers(project, photo))
    assert files(project) == lying_there  # nothing is laid out under the feet of the run
    verified = project.verb("lineage", "--verify")
    assert verified.returncode == 0, verified.stderr
    assert "are sound in the store and not in the working tree: artifacts/train/" in verified.stdout

    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert not (project.root / "artifacts/train/model.safetensors").exists()
    same_as(before, answers(project, photo))

    lost = json.loads(before["lineage"])["links"]
    md5 = next(link["hashes"]["artifacts/train/model.safetensors"] for link in lost if link["name"] == "train")
    (project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    refused = project.verb("identify", photo)
    assert refused.returncode == 2
    assert "artifacts/train/model.safetensors" in refused.stderr
    assert "`dvc pull` brings it where a remote has it; `make run` makes it anew." in refused.stderr


def test_in_a_sub_folder_verbs_find_the_project_and_leave_nothing_there(project: Project, tmp_path: Path) -> None:
    folder = project.root / "notes" / "mine"
    folder.mkdir(parents=True)
    inside = Project(folder)
    code = str(project.root / "src")

    def ran(*verb: str, code_expected: int = 0) -> subprocess.CompletedProcess[str]:
        is_stage = verb[0] in stages.names()
        done = inside.command("env", f"PYTHONPATH={code}", *LONGTAIL, *verb) if is_stage else inside.verb(*verb)
        assert done.returncode == code_expected, (verb, done.stderr)
        return done

    photo = f"../../{photograph(project)}"
    answer = json.loads(ran("identify", photo, "--json").stdout)
    assert answer["photograph"] == photo
    ran("review", "--all")
    ran("lineage", "--verify")
    ran("lineage", "../../artifacts/predict/submission.csv")
    ran("score", "../../data/solution.csv", "../../data/solution.csv")
    ran("split")
    assert "data/raw already holds data" not in ran("import", "nothing-here.zip", code_expected=2).stdout
    ran("import", "nothing-here.zip", "--to", "data/raw", code_expected=2)
    ran("sample", "data/raw", code_expected=2)
    ran("train", "--set", "train.nonsense=1", code_expected=2)
    image = project.table("split/split.parquet")["image"].iloc[0]
    ran("lineage", "--image", image)
    assert list(folder.iterdir()) == []
    ran("identify", photo, "--html", "page.html")
    assert [path.name for path in folder.iterdir()] == ["page.html"]
