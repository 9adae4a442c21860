"""git answers in English, asks nothing, and may be missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from longtail import git_runner
from longtail.git_runner import NOT_INSTALLED, git_user, run_git


def test_output_and_exit_code_come_back_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    done = run_git(tmp_path, "rev-parse", "HEAD")
    assert done.returncode
    assert "not a git repository" in done.stderr
    assert run_git(tmp_path, "init", "--quiet").returncode == 0
    run_git(tmp_path, "config", "user.name", "ada")
    assert git_user(tmp_path) == "ada"


def test_without_git_there_is_no_output_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_git(tmp_path, "status").returncode == NOT_INSTALLED
    assert git_user(tmp_path) == ""


def test_what_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(subprocess.TimeoutExpired):
        git_runner.run_git(tmp_path, "fetch", timeout=0.2)
