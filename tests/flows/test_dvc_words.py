"""Why DVC failed is told: each failure with file, reason, remedy and exit code; a kill's chatter is one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows import dvc, dvc_client, dvc_locks
from longtail.errors import BadInput, Busy, LongtailError, StageFailed
from longtail.lineage import links
from tests.flows import rawset

pytestmark = pytest.mark.slow  # each starts git and DVC

GONE = 2**22 + 1  # above the largest pid that Linux gives


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a raw set that is not versioned yet; copied, never changed."""
    return rawset.started(tmp_path_factory.mktemp("made") / "project")


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(made, root)
    return root


def error_of_add(root: Path) -> LongtailError:
    """What `dvc add data/raw` ends with, where nothing was looked at before."""
    with pytest.raises(LongtailError) as caught:
        dvc.call(root, "add", targets=["data/raw"])
    return caught.value


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("mv data/raw raw && ln -s ../raw data/raw", "it lies behind a link, e.g. "),
        ("ln -s gone data/raw/train/e.jpg", "link that leads nowhere, e.g. {root}/data/raw/train/e.jpg"),
        ("ln -s e.jpg data/raw/train/e.jpg", "a link that leads to itself, e.g. {root}/data/raw/train/e.jpg"),
        ("touch data/raw/train/$(printf 'whale\\351').jpg", "a name is not UTF-8"),
    ],
)
def test_the_users_data_ends_with_2_when_dvc_stumbles_over_it(project: Path, spoil: str, words: str) -> None:
    subprocess.run(spoil, shell=True, cwd=project, check=True)
    error = error_of_add(project)
    assert words.format(root=project) in str(error)
    assert (type(error), error.exit_code, error.can_retry) == (BadInput, 2, False)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("rm -r .git", "not the root of a git repository with DVC in it, e.g. {root}. Run it in the project's root"),
        ("printf '<<<<<<< HEAD\\nouts:\\n- md5: a\\n' > data/raw.dvc", "a merge conflict in it, e.g. data/raw.dvc"),
        ("echo /data > .gitignore", "git ignores the file that says which version"),
        ("rm .gitignore && git add data", "git has it already, and DVC is to have it, e.g. data/raw"),
        ("echo '{\"wri' > .dvc/tmp/rwlock", "DVC's list of who reads and writes is damaged, as after a kill"),
    ],
)  # fmt: skip
def test_all_else_ends_with_1(project: Path, spoil: str, words: str) -> None:
    subprocess.run(spoil, shell=True, cwd=project, check=True)
    error = error_of_add(project)
    assert words.format(root=project) in str(error)
    assert isinstance(error, StageFailed)
    assert (error.exit_code, error.can_retry) == (1, False)


def test_a_held_lock_is_busy_and_can_be_tried_again(project: Path) -> None:
    hold = (
        "import sys, zc.lockfile as z; lock = z.LockFile('.dvc/tmp/lock'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(
            Busy, match=r"DVC is at work in this checkout, e\.g\. Unable to acquire lock.*Wait for it"
        ) as caught:
            dvc.add(project)
        assert other.stdin
        other.stdin.close()
    assert (caught.value.exit_code, caught.value.can_retry) == (1, True)
    dvc.add(project)


def test_a_path_that_another_process_holds_is_busy_and_says_whose(project: Path) -> None:
    who = {"pid": os.getpid(), "cmd": "dvc repro train"}
    listed = {"write": {str(project / "data/raw"): who}, "read": {}}
    (project / ".dvc/tmp/rwlock").write_text(json.dumps(listed))
    with pytest.raises(Busy, match=rf"PID {os.getpid()}\): dvc repro train"):
        dvc.add(project)
    assert dvc_locks.clear_dead(project) == ""
    assert json.loads((project / ".dvc/tmp/rwlock").read_text()) == listed


def test_locks_of_a_killed_run_are_one_line_and_then_nothing(project: Path) -> None:
    readers = {str(project / f"data/raw/train/{name}.jpg"): [{"pid": GONE, "cmd": "dvc repro"}] for name in "abcd"}
    writer = {str(project / "data/raw"): {"pid": GONE, "cmd": "dvc repro"}}
    (project / ".dvc/tmp/rwlock").write_text(json.dumps({"write": writer, "read": readers}))
    message = dvc_locks.clear_dead(project)
    assert message == f"an earlier run was killed (pid {GONE}): DVC's locks on 5 paths are removed"
    dvc.add(project)
    assert dvc_locks.clear_dead(project) == ""


@pytest.mark.parametrize("text", ['{"write": {"/x": {"pi', "", "[]", '{"write": {"/x": 3}}'])
def test_a_list_of_locks_that_a_kill_cut_off_is_removed(project: Path, text: str) -> None:
    (project / ".dvc/tmp/rwlock").write_text(text)
    assert "was damaged and is removed" in dvc_locks.clear_dead(project)
    dvc.add(project)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="takes root's powers away for DVC alone")
def test_a_file_that_may_not_be_read_is_told_by_the_real_dvc(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "data/raw/train/b.jpg").chmod(0)
    powerless = project / "python"
    powerless.write_text(
        f'#!/bin/sh\nexec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all {sys.executable} "$@"\n'
    )
    powerless.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(powerless))
    dvc_client.stop()  # the process that has imported DVC has root's powers
    try:
        error = error_of_add(project)
    finally:
        dvc_client.stop()
    assert "may not read or write it, e.g. " + str(project / "data/raw/train/b.jpg") in str(error)
    assert (type(error), error.exit_code) == (BadInput, 2)


def test_the_check_before_and_dvc_agree_on_the_exit_code(project: Path) -> None:
    (project / "data/raw/train/e.jpg").symlink_to("gone")
    with pytest.raises(BadInput) as before:
        links.check(project)
    assert before.value.exit_code == error_of_add(project).exit_code
