"""Clones of one team: nothing recomputed that is there, no push lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.tiny import Project, Ran, set_params, states_said
from tests.team.team import BRANCH, Checkout, Team, clone

pytestmark = pytest.mark.slow


PULLED = ("data/raw", "artifacts/prepare/labelled", "artifacts/embed/labelled")
"""What nothing needs that is up to date."""


def finish(checkout: Checkout, python: Path) -> tuple[dict[str, str], str]:
    """The flow by hand to its good end; gives {stage: what became of it}, and what it said."""
    flow = checkout.flow(python)
    try:
        assert flow.wait() == 0, flow.said()
    finally:
        flow.end()
    return states_said(flow.said()), flow.said()


@pytest.fixture(scope="module")
def published(first: tuple[Project, Ran], tmp_path_factory: pytest.TempPathFactory) -> Team:
    """The first run, committed and pushed to a team's repository and store; copied, never changed."""
    folder = tmp_path_factory.mktemp("published")
    subprocess.run(["git", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", folder / "team.git"], check=True)
    shutil.copytree(first[0].root, folder / "worker")
    worker = Checkout(folder / "worker")
    set_params(worker.root, share={"commit": True})
    worker.run("git", "branch", "--quiet", "--move", BRANCH)
    worker.run("git", "remote", "add", "origin", str(folder / "team.git"))
    worker.run("dvc", "remote", "add", "--quiet", "--default", "team", str(folder / "store"))
    worker.run("dvc", "push", "--quiet", "--run-cache")
    worker.commit("Start")
    worker.run("git", "branch", "--quiet", "--set-upstream-to", f"origin/{BRANCH}")
    return Team(folder / "team.git", worker, "", folder / "nobody")


@pytest.fixture
def team(published: Team, prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    return published.copied(tmp_path)


def test_a_clone_with_the_lock_alone_recomputes_and_publishes_nothing(
    team: Team, stage_python: Path, tmp_path: Path
) -> None:
    """Before it has pulled anything; afterwards DVC finds nothing changed."""
    head = team.head()
    third = clone(team.bare, tmp_path / "third")
    receipts = third.receipts()
    assert len(receipts) == 1
    states, _ = finish(third, stage_python)
    assert {"train", "predict", "publish", "push", "commit"} <= set(states)
    assert set(states.values()) == {"cached"}
    assert (third.receipts(), team.head(), third.head()) == (receipts, head, head)
    assert third.run("git", "status", "--porcelain", "--untracked-files=no") == ""
    assert [path for path in PULLED if (third.root / path).exists()] == []
    assert (third.root / "artifacts/report/report.html").exists()

    third.run("dvc", "pull", "--quiet")
    assert [path for path in PULLED if not (third.root / path).exists()] == []
    assert json.loads(third.run("dvc", "status", "--json")) == {}


def test_two_runs_at_once_and_one_that_comes_too_late_all_end_well_and_publish_once(
    team: Team, stage_python: Path, tmp_path: Path
) -> None:
    shutil.copytree(team.worker.root, tmp_path / "other", symlinks=True)
    clones = (team.worker, Checkout(tmp_path / "other"))
    person = team.person()
    set_params(person.root, predict={"expected_unknown_share": 0.0})
    person.commit("Expect no unknowns")
    for checkout in clones:
        checkout.run("git", "pull", "--quiet", "--ff-only")
    late = Checkout(tmp_path / "late")
    shutil.copytree(team.worker.root, late.root, symlinks=True)
    _two_at_once(team, clones, stage_python)

    head, receipts = team.head(), team.person().receipts()
    states, said = finish(late, stage_python)
    assert "somebody has pushed in between" in said
    assert {states[name] for name in ("predict", "publish", "push", "commit")} == {"cached"}
    assert (late.receipts(), team.head(), late.head()) == (receipts, head, head)


def _two_at_once(team: Team, clones: tuple[Checkout, Checkout], python: Path) -> None:
    """Both end well; one of them begins again on what the other has made."""
    flows = [checkout.flow(python) for checkout in clones]
    try:
        codes = [flow.wait() for flow in flows]
    finally:
        for flow in flows:
            flow.end()
    assert codes == [0, 0], "\n".join(flow.said() for flow in flows)
    began_again = ["Beginning again on what is there now." in flow.said() for flow in flows]
    assert sorted(began_again) == [False, True]
    last = clones[began_again.index(True)]
    assert team.head() == last.head()
    ran = [{stage for stage, state in states_said(flow.said()).items() if state == "ran"} for flow in flows]
    assert {"predict", "report", "publish", "push", "commit"} <= ran[began_again.index(False)]
    # On the fresh base all is there already, but for the receipt of one that published before it saw the other's.
    published = [receipt["submission"]["md5"] for receipt in team.person().receipts()]
    assert ran[began_again.index(True)] == ({"commit"} if len(published) == 3 else set())
    assert len(published) in (2, 3)  # the first run's, and what both clones made alike
    assert len(set(published)) == 2
