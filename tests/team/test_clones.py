"""Clones of one team: the same bytes anywhere, nothing recomputed that is there, no push lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from longtail import run_record
from tests.e2e.tiny import set_params, states_said
from tests.team.team import Checkout, Team, clone

pytestmark = pytest.mark.slow
MODEL, SUBMISSION = "artifacts/train/model.safetensors", "artifacts/predict/submission.csv"


def finish(checkout: Checkout) -> dict[str, str]:
    """The flow by hand to its good end; gives {stage: what became of it}."""
    flow = checkout.flow()
    try:
        assert flow.wait() == 0, flow.said()
    finally:
        flow.end()
    return states_said(flow.said())


def test_a_clone_elsewhere_makes_the_same_model_and_submission_from_nothing(
    finished: tuple[Team, str], started: Path, tmp_path: Path
) -> None:
    first = finished[0].worker
    shutil.copytree(started, tmp_path / "a/longer/way/team.git")
    other = clone(tmp_path / "a/longer/way/team.git", tmp_path / "a/longer/way/clone")
    other.run("dvc", "pull", "--quiet", "data/raw.dvc")
    other.run("dvc", "remote", "default", "--unset")  # else what the first has made would come from there
    assert set(finish(other).values()) == {"ran"}
    for path in (MODEL, SUBMISSION):
        assert run_record.md5_of(other.root / path) == run_record.md5_of(first.root / path)


@pytest.mark.parametrize("pulled", [True, False])
def test_a_clone_with_the_lock_alone_recomputes_and_publishes_nothing(team: Team, tmp_path: Path, pulled: bool) -> None:
    head = team.head()
    third = clone(team.bare, tmp_path / "third")
    if pulled:
        third.run("dvc", "pull", "--quiet")
    receipts = third.receipts()
    assert len(receipts) == 1
    states = finish(third)
    assert {"train", "predict", "publish", "push", "commit"} <= set(states)
    assert set(states.values()) == {"cached"}
    assert (third.receipts(), team.head(), third.head()) == (receipts, head, head)
    assert third.run("git", "status", "--porcelain", "--untracked-files=no") == ""
    for path in ("data/raw", "artifacts/prepare/labelled", "artifacts/embed/labelled"):
        assert (third.root / path).exists() == pulled  # nothing needs them
    assert (third.root / "artifacts/report/report.html").exists()


def test_two_runs_at_once_in_two_clones_both_end_well(team: Team, tmp_path: Path) -> None:
    shutil.copytree(team.worker.root, tmp_path / "other", symlinks=True)
    clones = (team.worker, Checkout(tmp_path / "other"))
    person = team.person()
    set_params(person.root, predict={"expected_unknown_share": 0.0})
    person.commit("Expect no unknowns")
    for checkout in clones:
        checkout.run("git", "pull", "--quiet", "--ff-only")
    flows = [checkout.flow() for checkout in clones]
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


def test_what_a_colleague_has_published_meanwhile_is_not_published_again(team: Team, tmp_path: Path) -> None:
    person = team.person()
    set_params(person.root, predict={"expected_unknown_share": 0.0})
    person.commit("Expect no unknowns")
    team.worker.run("git", "pull", "--quiet", "--ff-only")
    late = clone(team.bare, tmp_path / "late")
    assert finish(team.worker)["publish"] == "ran"
    head, receipts = team.head(), team.person().receipts()
    flow = late.flow()
    try:
        assert flow.wait() == 0, flow.said()
    finally:
        flow.end()
    assert "somebody has pushed in between" in flow.said()
    states = states_said(flow.said())
    assert {states[name] for name in ("predict", "publish", "push", "commit")} == {"cached"}
    assert (late.receipts(), team.head(), late.head()) == (receipts, head, head)
