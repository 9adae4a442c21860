"""Two clones of one repository: results are committed, pushed, and never merged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flows import git
from longtail.errors import LongtailError, Unreachable


def said(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two clones of a repository with code and no results."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")
    said(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "there")
    one, other = tmp_path / "one", tmp_path / "other"
    said(tmp_path, "clone", "--quiet", "there", "one")
    (one / "code.py").write_text("1\n")
    said(one, "add", "code.py")
    said(one, "commit", "--quiet", "-m", "code")
    said(one, "push", "--quiet", "origin", "HEAD:main")
    said(tmp_path, "clone", "--quiet", "there", "other")
    return one, other


def ran(root: Path, lock: str, receipt: str) -> None:
    """What a run leaves behind."""
    (root / "dvc.lock").write_text(lock)
    (root / "receipts").mkdir(exist_ok=True)
    (root / "receipts" / receipt).write_text("{}")


def test_results_are_committed_and_nothing_else(clones: tuple[Path, Path]) -> None:
    one, _ = clones
    ran(one, "lock", "1.json")
    (one / "notes.txt").write_text("mine")
    (one / "code.py").write_text("mine\n")
    said(one, "add", "notes.txt")
    assert git.commit(one, "run")
    assert said(one, "show", "--name-only", "--format=%s").split() == ["run", "dvc.lock", "receipts/1.json"]
    assert set(said(one, "status", "--porcelain").split()) == {"A", "notes.txt", "M", "code.py"}
    assert not git.commit(one, "again")


def test_a_push_that_comes_too_late_is_told_apart_from_one_that_finds_nobody(clones: tuple[Path, Path]) -> None:
    one, other = clones
    for root, receipt in ((one, "1.json"), (other, "2.json")):
        ran(root, receipt, receipt)
        git.commit(root, "run")
    git.push(one, "origin", "main")
    with pytest.raises(git.Rejected, match="somebody has pushed in between"):
        git.push(other, "origin", "main")
    said(other, "remote", "set-url", "origin", str(other.parent / "nowhere"))
    with pytest.raises(Unreachable, match="cannot push"):
        git.push(other, "origin", "main")


def test_a_branch_that_moved_on_is_seen_before_anything_is_committed(clones: tuple[Path, Path]) -> None:
    one, other = clones
    git.refuse_moved(one, "origin", "main")
    pushed(other, "notes.txt", "hers\n")
    with pytest.raises(git.Rejected, match=r"somebody has pushed in between \(origin/main\)"):
        git.refuse_moved(one, "origin", "main")
    git.refuse_moved(one, "origin", "a branch to come")
    git.refuse_moved(other, "origin", "main")
    said(one, "remote", "set-url", "origin", str(one.parent / "nowhere"))
    git.refuse_moved(one, "origin", "main")  # who does not answer is told of when there is something to push


def test_on_a_fresh_base_the_lock_is_the_others_and_the_receipt_ours(clones: tuple[Path, Path]) -> None:
    one, other = clones
    for root, receipt in ((one, "1.json"), (other, "2.json")):
        ran(root, f"lock of {receipt}", receipt)
        git.commit(root, "run")
    git.push(one, "origin", "main")
    git.restart_on_remote(other, "origin", "main")
    assert (other / "dvc.lock").read_text() == "lock of 1.json"
    assert sorted(path.name for path in (other / "receipts").iterdir()) == ["1.json", "2.json"]
    ran(other, "lock of both", "2.json")
    git.commit(other, "run again")
    git.push(other, "origin", "main")
    assert said(other, "log", "--format=%s", "origin/main").splitlines() == ["run again", "run", "code"]


@pytest.mark.parametrize("both", [True, False])
def test_on_a_fresh_base_the_ancestor_is_what_the_others_run_started_from(
    clones: tuple[Path, Path], both: bool
) -> None:
    one, other = clones
    for root in clones[: 1 + both]:
        (root / "data").mkdir()
        (root / git.ANCESTOR).write_text(f"of {root.name}")
    ran(one, "lock of one", "1.json")
    git.commit(one, "run")
    git.push(one, "origin", "main")
    ran(other, "lock of other", "2.json")
    git.commit(other, "run")
    git.restart_on_remote(other, "origin", "main")
    assert (other / git.ANCESTOR).read_text() == f"of {one.name}"


def test_what_somebody_changed_here_is_not_thrown_away(clones: tuple[Path, Path]) -> None:
    one, other = clones
    (other / "code.py").write_text("mine\n")
    with pytest.raises(LongtailError, match=r"changed here and not a result of the run, e\.g\. code\.py"):
        git.restart_on_remote(other, "origin", "main")
    assert (other / "code.py").read_text() == "mine\n"
    assert git.branch_of(one) == "main"


def test_parameters_are_somebodys_work(clones: tuple[Path, Path]) -> None:
    one, other = clones
    pushed(one, "params.yaml", "train: 1\n")
    said(other, "pull", "--quiet")
    pushed(one, "other.txt", "x")
    (other / "params.yaml").write_text("train: 2\n")
    ran(other, "lock", "2.json")
    git.commit(other, "run")
    with pytest.raises(LongtailError, match=r"not a result of the run, e\.g\. params\.yaml"):
        git.restart_on_remote(other, "origin", "main")
    assert (other / "params.yaml").read_text() == "train: 2\n"


def test_other_code_there_ends_the_run(clones: tuple[Path, Path]) -> None:
    one, other = clones
    (one / "src").mkdir()
    pushed(one, "src/new.py", "1\n")
    with pytest.raises(LongtailError, match=r"code or parameters changed there meanwhile, e\.g\. src/new\.py"):
        git.restart_on_remote(other, "origin", "main")


def test_new_data_there_is_said_and_on_both_sides_refused(clones: tuple[Path, Path]) -> None:
    one, other = clones
    for root in clones:
        (root / "data").mkdir()
    pushed(one, "data/raw.dvc", "1\n")
    ran(other, "lock", "2.json")
    git.commit(other, "run")
    assert git.restart_on_remote(other, "origin", "main")
    assert (other / "data/raw.dvc").read_text() == "1\n"
    pushed(one, "data/raw.dvc", "2\n")
    (other / "data/raw.dvc").write_text("3\n")
    with pytest.raises(LongtailError, match="the data changed here and there"):
        git.restart_on_remote(other, "origin", "main")
    assert (other / "data/raw.dvc").read_text() == "3\n"


def test_a_file_that_git_does_not_know_is_not_overwritten(clones: tuple[Path, Path]) -> None:
    one, other = clones
    pushed(one, "notes.txt", "theirs")
    (other / "notes.txt").write_text("mine")
    with pytest.raises(LongtailError, match="git merge failed"):
        git.restart_on_remote(other, "origin", "main")
    assert (other / "notes.txt").read_text() == "mine"


def test_another_branch_is_not_pushed_along(clones: tuple[Path, Path]) -> None:
    one, _ = clones
    said(one, "switch", "--quiet", "-c", "feature")
    with pytest.raises(LongtailError, match="the branch feature is checked out"):
        git.push(one, "origin", "main")


def test_a_branch_that_takes_nothing_is_no_reason_to_begin_again(clones: tuple[Path, Path]) -> None:
    one, _ = clones
    hook = one.parent / "there/hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    ran(one, "lock", "1.json")
    git.commit(one, "run")
    with pytest.raises(LongtailError, match="the remote does not take the push") as caught:
        git.push(one, "origin", "main")
    assert not isinstance(caught.value, git.Rejected)


def pushed(root: Path, name: str, text: str) -> None:
    """A commit of somebody's, on the branch."""
    (root / name).write_text(text)
    said(root, "add", name)
    said(root, "commit", "--quiet", "-m", name)
    said(root, "push", "--quiet", "origin", "HEAD:main")
